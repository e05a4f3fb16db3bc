//! When a run leads nowhere: what went wrong, and what to change.

use serde::{Deserialize, Serialize};

use crate::expression::Expression;

/// Why a run was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum Divergence {
    /// The loss is no finite number.
    #[error(
        "training diverged in epoch {epoch}, step {step}: the loss is no finite number any more. A learning rate ten \
         times lower helps; so does a longer warm-up"
    )]
    NotFinite {
        /// The first epoch is 1.
        epoch: usize,
        /// The epoch's first step is 1.
        step: usize,
    },
    /// The mean loss of 20 steps is more than four times that of a guess.
    #[error(
        "training diverged in epoch {epoch}, step {step}: the loss of the last steps is {loss:.1}, where a guess has \
         1.9. A learning rate ten times lower helps; so does a longer warm-up"
    )]
    Exploded {
        /// The first epoch is 1.
        epoch: usize,
        /// The epoch's first step is 1.
        step: usize,
        /// The mean loss.
        loss: f32,
    },
    /// After the warm-up all validation images were taken for one class in three epochs in a row, and the training
    /// images were classified no better than by always naming the commonest class.
    #[error(
        "training collapsed: after epoch {epoch} the network takes every image for {class}, as in the epochs before. A \
         lower learning rate helps; so do balanced classes and less weight decay"
    )]
    Collapsed {
        /// The first epoch is 1.
        epoch: usize,
        /// What everything is taken for.
        class: Expression,
    },
}
