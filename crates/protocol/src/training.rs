//! What page and engine say to each other about training a network. One run at a time.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::dataset::SetId;
use mien_core::dataset::Augmentation;
use mien_core::expression::Expression;
use mien_core::training::{CrossReport, Divergence, EpochRecord, FoldRecord, History, Settings};

/// What a run begins from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartFrom {
    /// The network at work.
    Network,
    /// Random weights.
    Scratch,
}

/// From the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrainingCommand {
    /// Begin a run. Answered by [`TrainingEvent::Began`] or [`TrainingEvent::Failed`].
    Start {
        /// The set to learn from (Training) and to validate on (PublicTest, or else a held-out share).
        set: SetId,
        /// What to begin from.
        from: StartFrom,
        /// How.
        settings: Box<Settings>,
    },
    /// Stop after the step that is being made, and store the run. Answered by [`TrainingEvent::Paused`].
    Pause,
    /// Go on. Answered by [`TrainingEvent::Resumed`].
    Resume,
    /// End the run; what it has learned stays until the next. Answered by [`TrainingEvent::Over`].
    Cancel,
    /// Let the network as it is being trained recognise faces, or the one at work again.
    Show {
        /// Whether it is the one in training.
        training: bool,
    },
    /// Take what was learned into the library of networks. Answered by [`super::NetworkEvent::Networks`].
    Adopt {
        /// What to call it.
        name: String,
        /// The best epoch's weights rather than the last.
        best: bool,
    },
    /// Ask whether a run was left unfinished. Answered by [`TrainingEvent::Unfinished`].
    Unfinished {
        /// A run that the page holds since this device does not store it; its bytes (a `Uint8Array`) are beside.
        held: Option<StoredRun>,
    },
    /// Take the run in the file that travels beside for the one that was left unfinished. Answered by
    /// [`TrainingEvent::Unfinished`] or [`TrainingEvent::Failed`].
    Open,
    /// Go on with the run that was left unfinished. Answered as [`Self::Start`].
    Continue {
        /// The set that it learned from.
        set: SetId,
    },
    /// Delete the run that was left unfinished. Answered by [`TrainingEvent::Unfinished`].
    Discard,
    /// Ask for the run that is under way, or that was left unfinished, as a file. Answered by
    /// [`TrainingEvent::Checkpoint`] with the file beside.
    Checkpoint,
    /// Ask how augmentation changes some images. Answered by [`TrainingEvent::Preview`] with the same `request`.
    Preview {
        /// Named again in the answer.
        request: u32,
        /// Of which set.
        set: SetId,
        /// Which samples.
        samples: Vec<u32>,
        /// How.
        augmentation: Augmentation,
        /// What it is drawn from.
        seed: u64,
    },
    /// Begin a cross-validation, which learns from all samples of Training and PublicTest. Answered by
    /// [`TrainingEvent::Fold`], then [`TrainingEvent::Validated`]; broken off by [`Self::Cancel`].
    CrossValidate {
        /// Of which set.
        set: SetId,
        /// What every fold begins from.
        from: StartFrom,
        /// How.
        settings: Box<Settings>,
        /// How many folds, 2 to 100.
        folds: u32,
    },
}

/// From the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrainingEvent {
    /// A run begins or goes on where it was.
    Began {
        /// What is going to be done.
        plan: Box<Plan>,
    },
    /// Some steps more; not told of every step.
    Step {
        /// Where the run is.
        progress: Progress,
        /// Mean losses of the steps since it was last told.
        loss: f32,
    },
    /// An epoch is over.
    Epoch {
        /// What it brought.
        record: Box<EpochRecord>,
        /// Whether it is the best so far.
        best: bool,
    },
    /// The run was stored on this device, or why not; then it goes on all the same.
    Stored {
        /// Why not.
        problem: Option<Message>,
        /// Then the run itself, for the page to hold; its bytes (a `Uint8Array`) are beside.
        held: Option<StoredRun>,
    },
    /// The visitor is done with the run that was stored, or that the page holds.
    Cleared,
    /// The run pauses.
    Paused,
    /// The run goes on.
    Resumed,
    /// The run is over; its weights may be adopted.
    Over {
        /// Why.
        outcome: Outcome,
        /// The best epoch, the first being 1, if one is over.
        best_epoch: Option<u32>,
    },
    /// Nothing was begun, or the device failed.
    Failed {
        /// Why.
        reason: Message,
    },
    /// The GPU failed; the run goes on from its last checkpoint on the CPU.
    MovedToCpu {
        /// The epochs that are over at that checkpoint.
        epoch: u32,
    },
    /// The run that was left unfinished, if one was.
    Unfinished {
        /// Which.
        run: Option<StoredRun>,
    },
    /// A run as a file, which is beside (a `Blob`), or absent where there is none.
    Checkpoint,
    /// Images as training would see them.
    Preview {
        /// The command's.
        request: u32,
        /// 48×48 grey bytes each, one image after the other.
        #[serde(with = "serde_bytes")]
        pixels: Vec<u8>,
    },
    /// A fold of a cross-validation is over.
    Fold {
        /// What it found.
        record: Box<FoldRecord>,
        /// Folds in all.
        folds: u32,
    },
    /// A cross-validation is over, or was broken off and this is what it found until then.
    Validated {
        /// What it found.
        report: Box<CrossReport>,
    },
}

/// What a run is going to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The set's name.
    pub set: String,
    /// How.
    pub settings: Settings,
    /// The same as a file has it.
    pub settings_json: String,
    /// Images learned from.
    pub training_images: u32,
    /// Images validated on.
    pub validation_images: u32,
    /// What these are called, such as `PublicTest`.
    pub validation_name: Message,
    /// Classes without an image to learn from.
    pub missing: Vec<Expression>,
    /// Steps of an epoch.
    pub steps_per_epoch: u32,
    /// The curves so far; empty for a new run.
    pub history: History,
    /// Folds of a cross-validation; 0 for a run.
    pub folds: u32,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The fold of a cross-validation, the first being 1; 0 for a run.
    pub fold: u32,
    /// The epoch, the first being 1.
    pub epoch: u32,
    /// Steps made in the epoch.
    pub step: u32,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// Images a second, of late.
    pub images_per_second: f32,
    /// Seconds until all epochs are over, as far as can be told.
    pub seconds_left: f32,
}

/// Why a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All epochs are over.
    Finished,
    /// Nothing got better for as long as the settings allow.
    Early,
    /// It was cancelled.
    Cancelled,
    /// It led nowhere; the last good weights are kept.
    Diverged(Divergence),
}

/// A run that was left unfinished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRun {
    /// The name of the set that it learned from; empty for a run from a file, which does not tell.
    pub set: String,
    /// Epochs that are over.
    pub epoch: u32,
    /// Epochs in all.
    pub epochs: u32,
    /// Bytes that it takes.
    pub bytes: u64,
    /// Whether it lies in the memory of the page alone, since this device does not store it.
    pub held: bool,
}
