//! Training of networks: sessions, checkpoints, and cross-validation.
//!
//! All random numbers of a [`Session`] (initial weights, order, augmentation, dropout, mixup) depend on the seed and its
//! position alone, so resuming from a checkpoint gives the same result as never having stopped.
//!
//! - [`Settings`] configure a run; [`Preset`]s are settings for a purpose. [`Scope`] is the part of the network that is
//!   trained.
//! - [`TrainingData`] are the images for training and validation.
//! - [`History`] contains the curves; [`Divergence`] is why a run failed.
//! - [`CrossValidation`] runs a session for each fold.

mod average;
mod batches;
mod checkpoint;
mod cross_validation;
mod data;
mod divergence_monitor;
mod error;
mod inputs;
mod optimizer;
mod sampling;
mod session;
mod tensors;
#[cfg(test)]
mod tests;

pub use cross_validation::{CrossOutcome, CrossValidation};
pub use data::{HELD_OUT, TrainingData};
pub use error::{CheckpointError, TrainingError};
pub use mien_core::training::*;
pub use session::{Session, StepOutcome};
