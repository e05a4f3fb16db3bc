//! Errors of training sessions.

use super::Divergence;
use crate::weights::WeightsError;
use mien_core::dataset::PartitionError;

/// Why a session can't start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// A setting out of its range.
    #[error("the settings ask for {0}")]
    Settings(String),
    /// Nothing to learn from.
    #[error("there are no Training images to learn from")]
    NoData,
    /// The images can't be cut into so many folds.
    #[error(transparent)]
    Folds(#[from] PartitionError),
    /// A checkpoint of other data.
    #[error("the checkpoint belongs to other images, labels or votes")]
    OtherData,
    /// No checkpoint, or a damaged one.
    #[error("this is no checkpoint, or a damaged one: {0}")]
    Checkpoint(String),
    /// The run leads nowhere. The session stands at its last good weights.
    #[error(transparent)]
    Diverged(#[from] Divergence),
    /// The device did not hand over what was computed.
    #[error("what was computed could not be read back from the device ({0})")]
    Device(String),
    /// The caller stopped it.
    #[error("stopped")]
    Stopped,
    /// See [`WeightsError`].
    #[error(transparent)]
    Weights(#[from] WeightsError),
}
