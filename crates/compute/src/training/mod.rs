//! Training a network: the session that goes step by step, its settings, its checkpoints, and cross-validation.
//!
//! A [`Session`] draws everything random (first weights, order, augmentation, dropout, mixup) from the seed and its
//! position alone, so that going on from a checkpoint equals never having stopped.
//!
//! - [`Settings`] say how; [`Preset`]s are settings for a purpose. [`Scope`] says which part of the network learns.
//! - [`TrainingData`] says from which images, and on which others the network is validated.
//! - [`History`] is what the curves are drawn from; [`Divergence`] tells runs that lead nowhere.
//! - [`CrossValidation`] is a session for each fold.

mod average;
mod batches;
mod checkpoint;
mod cross_validation;
mod data;
mod draw;
mod error;
mod inputs;
mod optimizer;
mod session;
mod tensors;
#[cfg(test)]
mod tests;
mod watch;

pub use cross_validation::{CrossProgress, CrossValidation};
pub use data::TrainingData;
pub use error::TrainingError;
pub use mien_core::training::*;
pub use session::{Progress, Session};
