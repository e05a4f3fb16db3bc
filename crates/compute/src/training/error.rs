//! Errors of training sessions.

use mien_core::training::SettingsError;
use mien_message::ToMessage;

use super::Divergence;
use mien_core::dataset::PartitionError;
use mien_weights::WeightsError;

/// Why a session cannot start or continue.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum TrainingError {
    /// A setting is out of range.
    #[error("the settings ask for {0}")]
    Settings(#[from] SettingsError),
    /// More epochs are finished than the settings allow.
    #[error("the settings end with epoch {epochs}, but epoch {over} is already finished")]
    Over {
        /// Number of epochs in the settings.
        epochs: usize,
        /// Number of finished epochs.
        over: usize,
    },
    /// There are no training images.
    #[error("there are no Training images")]
    NoData,
    /// The images cannot be divided into this number of folds.
    #[error(transparent)]
    Folds(#[from] PartitionError),
    /// A checkpoint of other data.
    #[error("the checkpoint belongs to other images, labels or votes")]
    OtherData,
    /// Not a checkpoint, or a damaged one.
    #[error("not a checkpoint, or a damaged one: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Training diverged. The session holds the last good weights.
    #[error(transparent)]
    #[message(opaque)]
    Diverged(#[from] Divergence),
    /// The results could not be read back from the device.
    #[error("the results could not be read back from the device ({0})")]
    Device(String),
    /// The caller stopped it.
    #[error("stopped")]
    Stopped,
    /// See [`WeightsError`].
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// Errors in a checkpoint.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum CheckpointError {
    /// It is not a weights file, or has tensors of another run.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// It is a weights file of another format.
    #[error("its format is not `{0}`")]
    Format(&'static str),
    /// The state of the run cannot be parsed or written.
    #[error("its entry `session`: {0}")]
    State(String),
    /// The run does not have this step or epoch.
    #[error("its position is outside the run")]
    Position,
}
