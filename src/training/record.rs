//! What a session says of its steps and epochs, and why it fails.

use serde::{Deserialize, Serialize};

use crate::evaluation::{ConfusionMatrix, PredictError};
use crate::weights::WeightsError;

/// Why a session can't start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// A setting out of its range.
    #[error("the settings ask for {0}")]
    Settings(String),
    /// Nothing to learn from.
    #[error("there are no Training images to learn from")]
    NoData,
    /// The first weights are of another network than the settings'.
    #[error("the weights to start from are of another network than the settings ask for")]
    OtherNetwork,
    /// A checkpoint of other data.
    #[error("the checkpoint belongs to other images, labels or votes")]
    OtherData,
    /// No checkpoint, or a damaged one.
    #[error("this is no checkpoint, or a damaged one: {0}")]
    Checkpoint(String),
    /// The loss is no finite number any more.
    #[error("training diverged in epoch {epoch}, step {step}: the loss is {loss}; a lower learning rate helps")]
    Diverged {
        /// The first epoch is 1.
        epoch: usize,
        /// The epoch's first step is 1.
        step: usize,
        /// What the loss was.
        loss: f32,
    },
    /// The device did not hand the loss over.
    #[error("the loss could not be read back from the device ({0})")]
    Device(String),
    /// See [`WeightsError`].
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// See [`PredictError`].
    #[error(transparent)]
    Predict(#[from] PredictError),
}

/// What a call of [`Session::step`] did.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Learned from a batch.
    Step(StepRecord),
    /// Validated at the end of an epoch.
    Epoch(Box<EpochRecord>),
    /// Nothing: all epochs are over.
    Finished,
}

/// A batch that was learned from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The first epoch is 1.
    pub epoch: usize,
    /// The epoch's first step is 1.
    pub step: usize,
    /// The mean cross entropy of the batch, before the weights were changed.
    pub loss: f32,
    /// The learning rate.
    pub learning_rate: f64,
}

/// An epoch that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The first epoch is 1.
    pub epoch: usize,
    /// The mean loss of its steps.
    pub loss: f32,
    /// How the network does on the validation images, where there are any.
    pub validation: Option<Validation>,
}

/// How a network does on the validation images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Counts, and what follows from them.
    pub confusion: ConfusionMatrix,
    /// The mean cross entropy with the labels.
    pub loss: f32,
}
