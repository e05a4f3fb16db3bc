//! Training of networks: sessions, checkpoints, and cross-validation.
//!
//! All random numbers of a [`Session`] (initial weights, order, augmentation, dropout, mixup) are derived from the seed
//! and the position in the run, so a resumed run gives exactly the same result as an uninterrupted one.
//!
//! - [`Settings`] configure a run; [`Preset`]s are settings for a purpose. [`Scope`] is the part of the network that is
//!   trained.
//! - [`TrainingData`] are the images for training and validation.
//! - [`History`] contains the curves; [`Divergence`] is why a run failed.
//! - [`CrossValidation`] runs a session for each fold.
//! - [`BatchSlice`]s are parts of a batch that a [`SliceExecutor`] computes, possibly in parallel.

mod average;
mod batches;
mod cross_validation;
mod data;
mod divergence_monitor;
mod error;
mod inputs;
mod optimizer;
mod sampling;
mod session;
mod slices;
mod tensors;
#[cfg(test)]
mod tests;

pub use cross_validation::{CrossOutcome, CrossValidation};
pub use data::{HELD_OUT, TrainingData};
pub use error::{CheckpointError, TrainingError};
pub use mien_core::training::*;
pub use session::{Session, StepOutcome};
pub use slices::{BatchSlice, MIN_SLICE, OwnDevice, Replica, SliceExecutor, SliceOutput, weights};
