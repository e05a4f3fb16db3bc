//! Why settings are refused.

use mien_message::ToMessage;

use super::schedule::ScheduleError;
use crate::dataset::StrengthError;
use crate::network::ArchitectureError;
use crate::number::plain;

/// A setting out of its range. The texts go on with what asks for it.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, ToMessage)]
pub enum SettingsError {
    /// The architecture's sizes.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// The augmentation's strengths.
    #[error(transparent)]
    Strength(#[from] StrengthError),
    /// The learning rate's schedule.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A share that must be less than 1.
    #[error("{share} of {} (0 to less than 1)", plain(*.value, 9))]
    BelowOne {
        /// Which.
        share: Share,
        /// What was asked for.
        value: f64,
    },
    /// A share that may be 1.
    #[error("{share} of {} (0 to 1)", plain(*.value, 9))]
    AtMostOne {
        /// Which.
        share: Share,
        /// What was asked for.
        value: f64,
    },
    /// The learning rate.
    #[error("a learning rate of {} (more than 0, at most 10)", plain(*.0, 9))]
    LearningRate(f64),
    /// Muon's rate for what it does not step itself.
    #[error("a learning rate factor of the other layers of {} (more than 0, at most 100)", plain(*.0, 9))]
    RestRate(f64),
    /// A whole number.
    #[error("{value} {amount} ({least} to {most})")]
    Amount {
        /// Of what.
        amount: Amount,
        /// What was asked for.
        value: usize,
        /// The least possible.
        least: usize,
        /// The most possible.
        most: usize,
    },
    /// No images at all.
    #[error("0 {0} (at least 1)")]
    None(Amount),
    /// A scope of no stages.
    #[error("the last 0 stages to train (`head` is the head alone)")]
    NoStages,
}

/// Settings from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
#[allow(missing_docs)] // the texts tell
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

/// Settings that are whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
#[allow(missing_docs)] // the texts tell
pub enum Amount {
    #[error("epochs")]
    Epochs,
    #[error("images per step")]
    Batch,
    #[error("variants of an image")]
    Variants,
    #[error("training images")]
    TrainingImages,
    #[error("validation images")]
    ValidationImages,
    #[error("epochs of patience")]
    Patience,
}
