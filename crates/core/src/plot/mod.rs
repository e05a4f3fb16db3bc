//! Charts and matrices as SVG text, the same in page, report and download.
//!
//! Colours are CSS variables with fall-back values: put into a page, a drawing takes the page's theme; [`standalone`]
//! makes a file of it. What is told apart by colour is told apart by dashes, borders or labels as well, and every drawing
//! has a title and a description for screen readers.

mod bars;
mod chart;
mod heat;
mod matrix;
mod svg;

pub use bars::{Bar, Bars};
pub use chart::{Axis, Chart, Interval, Line};
pub use heat::Heat;
pub use matrix::{Cell, Matrix};
pub use svg::{escape, standalone};
