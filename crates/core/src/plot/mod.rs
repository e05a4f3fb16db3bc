//! Charts and matrices as SVG, for the page, reports and downloads.
//!
//! Colours are CSS variables with fallback values: a drawing in the page uses its theme, and [`standalone`] converts it for a
//! file. Colours are never the only distinction: there are also dashes, borders or labels. Every drawing has a title and a
//! description for screen readers.

mod bars;
mod chart;
mod heatmap;
mod matrix;
pub(crate) mod svg;

pub use bars::{Bar, Bars};
pub use chart::{Axis, Chart, Interval, Line, STYLES};
pub use heatmap::Heatmap;
pub use matrix::{Cell, Matrix};
pub use svg::{escape, standalone};
