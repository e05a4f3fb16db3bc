//! Commands and events about evaluations.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::dataset::DatasetId;
use super::network::NetworkId;
use mien_core::dataset::Binning;
use mien_core::evaluation::{Evaluation, GroupTable, Predictions, TestTimeAugmentation};

/// Commands from the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvaluationCommand {
    /// Evaluate networks on samples of a dataset. Answered by [`EvaluationEvent::Progress`], then
    /// [`EvaluationEvent::Done`], [`EvaluationEvent::Failed`] or [`EvaluationEvent::Cancelled`] with the same `run`.
    Run {
        /// Run number, repeated in the answers.
        run: u32,
        /// The dataset.
        set: DatasetId,
        /// The samples.
        #[serde(with = "mien_core::packed")]
        samples: Vec<u32>,
        /// The name of the selection in the report, such as `PublicTest`.
        split: String,
        /// The networks, whose probabilities are averaged; empty for the active one.
        networks: Vec<NetworkId>,
        /// The test-time augmentation.
        augmentation: TestTimeAugmentation,
    },
    /// Cancel a run.
    Cancel {
        /// The run.
        run: u32,
    },
    /// Evaluate a run by groups: those of the dataset's columns, and of the attached table, if any. Answered by
    /// [`EvaluationEvent::Groups`].
    Groups {
        /// The run.
        run: u32,
        /// The dataset that it was evaluated on.
        set: DatasetId,
        /// The predictions of the run.
        predictions: Predictions,
        /// Columns to bin, and how.
        bins: Vec<(String, Binning)>,
    },
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvaluationEvent {
    /// The progress of a run.
    Progress {
        /// As in the command.
        run: u32,
        /// Number of finished samples.
        done: u32,
        /// Total number of samples.
        total: u32,
        /// Seconds since it began.
        seconds: f64,
    },
    /// A run is finished.
    Done {
        /// As in the command.
        run: u32,
        /// The command's.
        set: DatasetId,
        /// The metrics.
        evaluation: Box<Evaluation>,
        /// The predictions.
        predictions: Predictions,
    },
    /// A run failed.
    Failed {
        /// As in the command.
        run: u32,
        /// Why.
        reason: Message,
    },
    /// The metrics of a run by group.
    Groups {
        /// As in the command.
        run: u32,
        /// One entry per column.
        groups: Vec<GroupTable>,
        /// Errors in columns or the table, and the number of images without a row in the table.
        faults: Vec<Message>,
    },
    /// A run was cancelled on request.
    Cancelled {
        /// As in the command.
        run: u32,
    },
}
