//! Errors of training settings.

use mien_message::ToMessage;

use super::schedule::ScheduleError;
use crate::dataset::StrengthError;
use crate::network::ArchitectureError;
use crate::number::plain;

/// A setting is out of range. The texts complete the sentence “the settings ask for …”.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, ToMessage)]
pub enum SettingsError {
    /// The sizes of the architecture.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// The strengths of the augmentation.
    #[error(transparent)]
    Strength(#[from] StrengthError),
    /// The learning-rate schedule.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A fraction that must be less than 1.
    #[error("{share} of {} (0 to less than 1)", plain(*.value, 9))]
    BelowOne {
        /// The setting.
        share: Share,
        /// Its value.
        value: f64,
    },
    /// A fraction that may be 1.
    #[error("{share} of {} (0 to 1)", plain(*.value, 9))]
    AtMostOne {
        /// The setting.
        share: Share,
        /// Its value.
        value: f64,
    },
    /// The learning rate.
    #[error("a learning rate of {} (more than 0, at most 10)", plain(*.0, 9))]
    LearningRate(f64),
    /// Muon's learning rate factor for the layers that it does not optimize.
    #[error("a learning rate factor of the other layers of {} (more than 0, at most 100)", plain(*.0, 9))]
    RestRate(f64),
    /// An integer.
    #[error("{value} {amount} ({least} to {most})")]
    Amount {
        /// The setting.
        amount: Amount,
        /// Its value.
        value: usize,
        /// The minimum.
        least: usize,
        /// The maximum.
        most: usize,
    },
    /// There are no images.
    #[error("0 {0} (at least 1)")]
    None(Amount),
    /// The scope has no stages.
    #[error("the last 0 stages to train (`head` is the head alone)")]
    NoStages,
}

/// Settings from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
#[allow(missing_docs)] // the texts describe them
pub enum Share {
    #[error("a momentum")]
    Momentum,
    #[error("a first beta")]
    FirstBeta,
    #[error("a second beta")]
    SecondBeta,
    #[error("label smoothing")]
    LabelSmoothing,
    #[error("weight averaging")]
    Averaging,
    #[error("dropout")]
    Dropout,
    #[error("a weight decay")]
    WeightDecay,
    #[error("a share of the votes")]
    Votes,
    #[error("a mixup alpha")]
    Mixup,
    #[error("a loss of the second head")]
    SecondLoss,
    #[error("a share of the second head")]
    SecondShare,
}

/// Settings that are integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
#[allow(missing_docs)] // the texts describe them
pub enum Amount {
    #[error("epochs")]
    Epochs,
    #[error("images per step")]
    Batch,
    #[error("slices of a batch")]
    Slices,
    #[error("variants of an image")]
    Variants,
    #[error("training images")]
    TrainingImages,
    #[error("validation images")]
    ValidationImages,
    #[error("epochs of patience")]
    Patience,
}
