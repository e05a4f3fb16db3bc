//! Evaluation of networks: predictions, metrics and reports.
//!
//! - [`Predictions`] are the probabilities for each image, [`PendingPredictions`] those of a run in progress,
//!   [`TestTimeAugmentation`] is the test-time augmentation.
//! - [`ConfusionMatrix`], [`ClassCurves`], [`CalibrationBin`] and the functions of this module are the metrics.
//! - [`Evaluation`] contains all metrics of a run, and its [`Report`] is written to files; [`Comparison`] compares two runs.
//! - [`Reordering`] detects labels that were interpreted in a wrong order.
//! - [`robustness`] evaluates on corrupted images, [`GroupTable`] by groups of people, [`photos`] end to end on photographs.
//! - [`figures`] are the drawings, [`csv`], [`html`] and [`text`] the formats.
//!
//! Every metric equals that of scikit-learn with default settings; `docs/report.md` describes divisions by zero.

mod batch;
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
mod pending;
pub mod photos;
mod predictions;
#[cfg(test)]
mod reference;
mod reordering;
mod report;
pub mod robustness;
mod scores;
mod statistics;
mod test_time_augmentation;
pub mod text;

pub use batch::Batch;
pub use calibration::{BINS, Calibration, CalibrationBin, Change, expected_calibration_error, reliability};
pub use card::{Card, networks_table};
pub use comparison::{Comparison, ComparisonError};
pub use confusion::{Average, Cells, ClassScores, ConfusionMatrix, MatrixCell};
pub use curves::ClassCurves;
pub use groups::{ClassGap, Gaps, GroupError, GroupScores, GroupTable, MIN_CLASS_IMAGES, MIN_IMAGES};
pub use mcnemar::{McNemar, McNemarMethod};
pub use metric::Metric;
pub use pending::PendingPredictions;
pub use predictions::Predictions;
pub use reordering::Reordering;
pub use report::{ClassReport, Evaluation, LabelReport, Report, RunInfo};
pub use scores::{brier_score, log_loss, top_2_accuracy};
pub use statistics::wilson_interval;
pub use test_time_augmentation::{TestTimeAugmentation, add_probabilities, mean_of_views};
