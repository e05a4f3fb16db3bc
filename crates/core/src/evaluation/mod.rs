//! How good a network is: its predictions, what follows from them, and how that is written down.
//!
//! - [`Predictions`] are the probabilities of each image, [`Views`] the test-time augmentation that they come from.
//! - [`ConfusionMatrix`], [`ClassCurves`], [`CalibrationBin`] and the functions beside them are the metrics.
//! - [`Evaluation`] is all of it for one run; its [`Report`] is what is written to files, [`Comparison`] two runs.
//! - [`robustness`] measures on spoilt images, [`GroupTable`] on groups of people.
//! - [`figures`] are the drawings, [`csv`], [`html`] and [`text`] the written forms.
//!
//! Every metric equals scikit-learn's with its default settings. Where one divides by zero, `docs/report.md` says what
//! stands there.

mod calibration;
mod card;
mod comparison;
mod confusion;
pub mod csv;
mod curves;
pub mod figures;
mod groups;
pub mod html;
mod mcnemar;
mod metric;
mod predictions;
#[cfg(test)]
mod reference;
mod report;
pub mod robustness;
mod scores;
mod statistics;
pub mod text;
mod views;

pub use calibration::{BINS, Calibration, CalibrationBin, Change, expected_calibration_error, reliability};
pub use card::{Card, networks_table};
pub use comparison::{Comparison, ComparisonError};
pub use confusion::{Average, Cells, ClassScores, ConfusionMatrix, MatrixCell};
pub use curves::ClassCurves;
pub use groups::{ClassGap, FEWEST_IMAGES, FEWEST_OF_CLASS, Gaps, GroupError, GroupScores, GroupTable};
pub use mcnemar::{McNemar, McNemarMethod};
pub use metric::Metric;
pub use predictions::Predictions;
pub use report::{ClassReport, Evaluation, LabelReport, Report, Run};
pub use scores::{brier_score, log_loss, top_2_accuracy};
pub use statistics::wilson_interval;
pub use views::Views;
