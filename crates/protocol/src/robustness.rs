//! Commands and events about robustness to corruptions.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::dataset::DatasetId;
use mien_core::expression::Distribution;
use mien_core::vision::corruption::{Corruption, SEVERITIES};

/// Commands from the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobustnessCommand {
    /// Evaluate the active network on corrupted samples. Answered by [`RobustnessEvent::Progress`], then
    /// [`RobustnessEvent::Done`], [`RobustnessEvent::Failed`] or [`RobustnessEvent::Cancelled`] with the same `run`.
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
        /// The corruptions.
        corruptions: Vec<Corruption>,
    },
    /// Cancel a run.
    Cancel {
        /// The run.
        run: u32,
    },
    /// Corrupt and classify one crop. Answered by [`RobustnessEvent::Corrupted`] with the same `request`.
    Corrupt {
        /// Request number, repeated in the answer.
        request: u32,
        /// 48×48 grey bytes.
        #[serde(with = "serde_bytes")]
        crop: Vec<u8>,
        /// The corruption.
        corruption: Corruption,
        /// The strength, 0 to 5.
        strength: f32,
        /// The random seed.
        seed: u32,
    },
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobustnessEvent {
    /// The progress of a run.
    Progress {
        /// As in the command.
        run: u32,
        /// Number of finished predictions.
        done: u32,
        /// Total number of predictions.
        total: u32,
        /// Seconds since it began.
        seconds: f64,
    },
    /// A run is finished.
    Done {
        /// As in the command.
        run: u32,
        /// The results.
        outcome: Box<RobustnessOutcome>,
    },
    /// A run failed.
    Failed {
        /// As in the command.
        run: u32,
        /// Why.
        reason: Message,
    },
    /// A run was cancelled on request.
    Cancelled {
        /// As in the command.
        run: u32,
    },
    /// A crop was corrupted and classified.
    Corrupted {
        /// As in the command.
        request: u32,
        /// 48×48 grey bytes; empty if the command's crop was invalid.
        #[serde(with = "serde_bytes")]
        crop: Vec<u8>,
        /// The predicted probabilities; `None` if the prediction failed.
        prediction: Option<Distribution>,
    },
}

/// The results of a finished run: what the page shows, and the files for download.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RobustnessOutcome {
    /// Number of images.
    pub samples: u32,
    /// Number of computed predictions.
    pub predictions: u32,
    /// The corruptions.
    pub corruptions: Vec<Corruption>,
    /// The accuracy for each corruption: clean, then at each severity; 0 to 1.
    pub accuracies: Vec<[f64; SEVERITIES + 1]>,
    /// The macro F1, in the same form.
    pub macro_f1s: Vec<[f64; SEVERITIES + 1]>,
    /// The network.
    pub model: String,
    /// The backend.
    pub backend: String,
    /// The dataset.
    pub dataset: String,
    /// The split.
    pub split: String,
    /// Duration in seconds.
    pub seconds: f64,
    /// The report as JSON: see `docs/robustness.md`.
    pub json: String,
    /// The report as CSV.
    pub csv: String,
    /// The report as text.
    pub text: String,
}
