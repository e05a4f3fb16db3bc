//! What page and engine say to each other about measuring a network.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::dataset::SetId;
use super::network::NetworkId;
use mien_core::dataset::Binning;
use mien_core::evaluation::{Evaluation, GroupTable, Predictions, Views};

/// From the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvaluationCommand {
    /// Measure networks on some samples. Answered by [`EvaluationEvent::Progress`], then
    /// [`EvaluationEvent::Done`], [`EvaluationEvent::Failed`] or [`EvaluationEvent::Cancelled`] with the same `run`.
    Run {
        /// Named again in the answers.
        run: u32,
        /// Of which set.
        set: SetId,
        /// Which samples.
        #[serde(with = "mien_core::packed")]
        samples: Vec<u32>,
        /// What these samples are called in the report, such as `PublicTest`.
        split: String,
        /// Which networks, whose probabilities are averaged; none for the one at work.
        networks: Vec<NetworkId>,
        /// How each looks at an image.
        views: Views,
    },
    /// Break a run off.
    Cancel {
        /// Which.
        run: u32,
    },
    /// Measure how a run fares on groups: those of the set's own columns, and of the table that travels beside, if one
    /// does. Answered by [`EvaluationEvent::Groups`].
    Groups {
        /// Which run.
        run: u32,
        /// The set that it was measured on.
        set: SetId,
        /// What the network said.
        predictions: Predictions,
        /// Columns whose numbers are put into bins.
        bins: Vec<(String, Binning)>,
    },
}

/// From the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvaluationEvent {
    /// How far a run is.
    Progress {
        /// The command's.
        run: u32,
        /// Samples done.
        done: u32,
        /// Samples in all.
        total: u32,
        /// Seconds since it began.
        seconds: f64,
    },
    /// A run is over.
    Done {
        /// The command's.
        run: u32,
        /// The command's.
        set: SetId,
        /// What it found.
        evaluation: Box<Evaluation>,
        /// What the network said of each sample.
        predictions: Predictions,
    },
    /// A run came to nothing.
    Failed {
        /// The command's.
        run: u32,
        /// Why.
        reason: Message,
    },
    /// How a run fares on groups.
    Groups {
        /// The command's.
        run: u32,
        /// One entry a column.
        groups: Vec<GroupTable>,
        /// What is wrong with columns or table, and how many images the table says nothing of.
        faults: Vec<Message>,
    },
    /// A run was broken off as asked.
    Cancelled {
        /// The command's.
        run: u32,
    },
}
