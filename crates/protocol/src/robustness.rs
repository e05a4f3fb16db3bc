//! What page and engine say to each other about spoilt images.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::dataset::SetId;
use mien_core::expression::Distribution;
use mien_core::vision::corruption::{Corruption, SEVERITIES};

/// From the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobustnessCommand {
    /// Measure the network at work on some samples, spoilt in every way. Answered by [`RobustnessEvent::Progress`], then
    /// [`RobustnessEvent::Done`], [`RobustnessEvent::Failed`] or [`RobustnessEvent::Cancelled`] with the same `run`.
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
        /// In which ways.
        corruptions: Vec<Corruption>,
    },
    /// Break a run off.
    Cancel {
        /// Which.
        run: u32,
    },
    /// Spoil one crop and read it. Answered by [`RobustnessEvent::Tried`] with the same `request`.
    Try {
        /// Named again in the answer.
        request: u32,
        /// 48×48 grey bytes.
        #[serde(with = "serde_bytes")]
        crop: Vec<u8>,
        /// How.
        corruption: Corruption,
        /// How strongly, 0 to 5.
        strength: f32,
        /// What is random in it is drawn from this.
        seed: u32,
    },
}

/// From the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobustnessEvent {
    /// How far a run is.
    Progress {
        /// The command's.
        run: u32,
        /// Readings done.
        done: u32,
        /// Readings in all.
        total: u32,
        /// Seconds since it began.
        seconds: f64,
    },
    /// A run is over.
    Done {
        /// The command's.
        run: u32,
        /// What it found.
        outcome: Box<RobustnessOutcome>,
    },
    /// A run came to nothing.
    Failed {
        /// The command's.
        run: u32,
        /// Why.
        reason: Message,
    },
    /// A run was broken off as asked.
    Cancelled {
        /// The command's.
        run: u32,
    },
    /// A crop was spoilt and read.
    Tried {
        /// The command's.
        request: u32,
        /// 48×48 grey bytes; empty if the command's were none.
        #[serde(with = "serde_bytes")]
        crop: Vec<u8>,
        /// What the network says of it; `None` if it could not.
        reading: Option<Distribution>,
    },
}

/// A run that is over: what the page shows of it, and the files that it hands on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RobustnessOutcome {
    /// Images measured.
    pub samples: u32,
    /// Readings computed.
    pub readings: u32,
    /// In which ways they were spoilt.
    pub corruptions: Vec<Corruption>,
    /// The accuracy for each corruption: clean, then at each severity; 0 to 1.
    pub accuracies: Vec<[f64; SEVERITIES + 1]>,
    /// The macro F1 likewise.
    pub macro_f1s: Vec<[f64; SEVERITIES + 1]>,
    /// The network.
    pub model: String,
    /// What computed it.
    pub backend: String,
    /// Where the images come from.
    pub dataset: String,
    /// Which of them.
    pub split: String,
    /// How long it took.
    pub seconds: f64,
    /// The report for programs: see `docs/robustness.md`.
    pub json: String,
    /// The report for spreadsheets.
    pub csv: String,
    /// The report as text.
    pub text: String,
}
