//! Explanations: heatmaps of what a prediction depends on.

mod heatmap;
mod painting;
mod panel;

pub use heatmap::HeatmapOverlay;
pub use painting::{painting, styled_painting};
pub use panel::{explain_panel, explain_toggle};
