//! Commands and events about training. There is one run at a time.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::dataset::DatasetId;
use mien_core::dataset::Augmentation;
use mien_core::expression::Expression;
use mien_core::training::{CrossReport, Divergence, EpochRecord, FoldRecord, History, Settings};

/// The initial weights of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartFrom {
    /// The weights of the active network.
    Network,
    /// Random weights.
    Scratch,
}

/// Commands from the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrainingCommand {
    /// Start a run, once the search for near duplicates in the dataset is finished or cancelled. Answered by
    /// [`TrainingEvent::Began`] or [`TrainingEvent::Failed`].
    Start {
        /// The dataset to train on (Training) and to validate on (PublicTest, or else held-out Training images).
        set: DatasetId,
        /// The initial weights.
        from: StartFrom,
        /// The settings.
        settings: Box<Settings>,
    },
    /// Pause after the current step, and store the run. Answered by [`TrainingEvent::Paused`].
    Pause,
    /// Resume after a pause. Answered by [`TrainingEvent::Resumed`].
    Resume,
    /// Stop the run; its network can be adopted until the next run starts. Answered by [`TrainingEvent::Over`].
    Cancel,
    /// Use the network being trained for recognition, or the active one again.
    Show {
        /// Whether to use the one being trained.
        training: bool,
    },
    /// Add the trained network to the library. Answered by [`super::NetworkEvent::Networks`].
    Adopt {
        /// Its name.
        name: String,
        /// The weights of the best epoch instead of the last.
        best: bool,
    },
    /// Ask for an unfinished run. Answered by [`TrainingEvent::Unfinished`].
    Unfinished {
        /// A run that the page holds because it cannot be stored on this device; its bytes (a `Uint8Array`) are
        /// attached.
        held: Option<StoredRun>,
    },
    /// The page has taken the run to hold that was attached to [`TrainingEvent::Stored`]: a newer one may follow.
    Held,
    /// Open the attached checkpoint file as the unfinished run. Answered by [`TrainingEvent::Unfinished`] or
    /// [`TrainingEvent::Failed`].
    Open,
    /// Resume the unfinished run. Answered as [`Self::Start`].
    Continue {
        /// The dataset that it was trained on.
        set: DatasetId,
    },
    /// Delete the unfinished run. Answered by [`TrainingEvent::Unfinished`].
    Discard,
    /// Export the current or unfinished run as a file. Answered by [`TrainingEvent::Checkpoint`] with the file
    /// attached.
    Checkpoint,
    /// Preview the augmentation of some images. Answered by [`TrainingEvent::Preview`] with the same `request`.
    Preview {
        /// Request number, repeated in the answer.
        request: u32,
        /// The dataset.
        set: DatasetId,
        /// The samples.
        samples: Vec<u32>,
        /// The augmentation settings.
        augmentation: Augmentation,
        /// The random seed.
        seed: u64,
    },
    /// Start a cross-validation on all samples of Training and PublicTest. Answered by [`TrainingEvent::Fold`], then
    /// [`TrainingEvent::Validated`]; cancelled by [`Self::Cancel`].
    CrossValidate {
        /// The dataset.
        set: DatasetId,
        /// The initial weights of every fold.
        from: StartFrom,
        /// The settings.
        settings: Box<Settings>,
        /// Number of folds, 2 to 100.
        folds: u32,
    },
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrainingEvent {
    /// A run starts or resumes.
    Began {
        /// The plan of the run.
        plan: Box<Plan>,
    },
    /// Steps were finished; not sent for every step.
    Step {
        /// The position of the run.
        progress: Progress,
        /// Mean loss of the steps since the last event.
        loss: f32,
    },
    /// An epoch was finished.
    Epoch {
        /// Its metrics.
        record: Box<EpochRecord>,
        /// Whether it is the best so far.
        best: bool,
    },
    /// The run was stored on this device, or could not be; it continues in either case.
    Stored {
        /// Why not.
        problem: Option<Message>,
        /// In that case, the run for the page to hold; its bytes (a `Uint8Array`) are attached. Answered by
        /// [`TrainingCommand::Held`].
        held: Option<StoredRun>,
    },
    /// The stored or held run is no longer needed.
    Cleared,
    /// The run is paused.
    Paused,
    /// The run was resumed.
    Resumed,
    /// The run has ended; its network can be adopted.
    Over {
        /// Why.
        outcome: Outcome,
        /// The best epoch, counted from 1, if an epoch was finished.
        best_epoch: Option<u32>,
    },
    /// Nothing was begun, or the device failed.
    Failed {
        /// Why.
        reason: Message,
    },
    /// The GPU failed; the run continues from its last checkpoint on the CPU.
    MovedToCpu {
        /// Number of finished epochs at that checkpoint.
        epoch: u32,
    },
    /// The unfinished run, if any.
    Unfinished {
        /// The run.
        run: Option<StoredRun>,
    },
    /// A run as an attached file (a `Blob`); without attachment if there is none.
    Checkpoint,
    /// Augmented images.
    Preview {
        /// As in the command.
        request: u32,
        /// 48×48 grey bytes each, one image after the other.
        #[serde(with = "serde_bytes")]
        pixels: Vec<u8>,
    },
    /// A fold of a cross-validation was finished.
    Fold {
        /// Its results.
        record: Box<FoldRecord>,
        /// Total number of folds.
        folds: u32,
    },
    /// A cross-validation was finished or cancelled.
    Validated {
        /// The report of the finished folds.
        report: Box<CrossReport>,
    },
}

/// The plan of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The set's name.
    pub set: String,
    /// The settings.
    pub settings: Settings,
    /// The settings as JSON.
    pub settings_json: String,
    /// Number of training images.
    pub training_images: u32,
    /// Number of validation images.
    pub validation_images: u32,
    /// The name of the validation images, such as `PublicTest`.
    pub validation_name: Message,
    /// Classes without training images.
    pub missing: Vec<Expression>,
    /// Number of steps per epoch.
    pub steps_per_epoch: u32,
    /// The curves so far; empty for a new run.
    pub history: History,
    /// Folds of a cross-validation; 0 for a run.
    pub folds: u32,
    /// The group column whose groups are in one fold each; `None` without one, and for a run.
    pub grouped_by: Option<String>,
}

/// The position of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The fold of a cross-validation, counted from 1; 0 for a run.
    pub fold: u32,
    /// The epoch, counted from 1.
    pub epoch: u32,
    /// Number of finished steps of the epoch.
    pub step: u32,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// Recent images per second.
    pub images_per_second: f32,
    /// Estimated seconds until the end of the run.
    pub seconds_left: f32,
}

/// Why a run has ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All epochs are finished.
    Finished,
    /// Early stopping.
    Early,
    /// It was cancelled.
    Cancelled,
    /// It diverged; the last good weights are kept.
    Diverged(Divergence),
}

/// An unfinished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRun {
    /// The name of the dataset that it was trained on; empty for a run from a file, which does not contain it.
    pub set: String,
    /// Number of finished epochs.
    pub epoch: u32,
    /// Epochs in all.
    pub epochs: u32,
    /// Size in bytes.
    pub bytes: u64,
    /// Whether it exists only in the page's memory, because it cannot be stored on this device.
    pub held: bool,
}
