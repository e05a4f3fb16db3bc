//! How good a network is: its predictions, the confusion matrix, the metrics and the report.
//!
//! Every metric equals scikit-learn's with its default settings. Where one divides by zero, `docs/report.md` says what
//! stands there.

mod confusion;
#[cfg(feature = "compute")]
mod predict;
mod report;

pub use confusion::{ClassScores, ConfusionMatrix};
#[cfg(feature = "compute")]
pub use predict::{PredictError, predict};
pub use report::{ClassReport, Report};
