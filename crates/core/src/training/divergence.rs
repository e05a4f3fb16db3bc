//! Failures of a training run, with advice.

use serde::{Deserialize, Serialize};

use crate::expression::Expression;

/// Why a training run diverged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum Divergence {
    /// The loss is not finite.
    #[error(
        "training diverged in epoch {epoch}, step {step}: the loss is no longer finite. A learning rate ten \
         times lower helps; so does a longer warm-up"
    )]
    NotFinite {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step in the epoch, counted from 1.
        step: usize,
    },
    /// The mean loss of 20 steps is more than four times that of a uniform prediction.
    #[error(
        "training diverged in epoch {epoch}, step {step}: the loss of the last steps is {loss:.1}, while guessing gives \
         1.9. A learning rate ten times lower helps; so does a longer warm-up"
    )]
    Exploded {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step in the epoch, counted from 1.
        step: usize,
        /// The mean loss.
        loss: f32,
    },
    /// After the warm-up, all validation images were predicted as one class in three consecutive epochs, and the training
    /// accuracy was no better than that of always predicting the most common class.
    #[error(
        "training collapsed: after epoch {epoch} the network predicts {class} for every image, as in the epochs before. A \
         lower learning rate helps; so do balanced classes and less weight decay"
    )]
    Collapsed {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The predicted class.
        class: Expression,
    },
}
