//! What page and engine say to each other about measuring a network.

use serde::{Deserialize, Serialize};

use super::dataset::SetId;
use crate::evaluation::{Evaluation, Predictions};

/// From the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvaluationCommand {
    /// Measure the network at work on some samples. Answered by [`EvaluationEvent::Progress`], then
    /// [`EvaluationEvent::Done`], [`EvaluationEvent::Failed`] or [`EvaluationEvent::Cancelled`] with the same `run`.
    Run {
        /// Named again in the answers.
        run: u32,
        /// Of which set.
        set: SetId,
        /// Which samples.
        #[serde(with = "super::packed")]
        samples: Vec<u32>,
        /// What these samples are called in the report, such as `PublicTest`.
        split: String,
    },
    /// Break a run off.
    Cancel {
        /// Which.
        run: u32,
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
        reason: String,
    },
    /// A run was broken off as asked.
    Cancelled {
        /// The command's.
        run: u32,
    },
}
