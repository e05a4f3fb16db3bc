//! Training a network: the session that goes step by step, its settings, and its checkpoints.
//!
//! A [`Session`] draws everything random (first weights, order, augmentation, dropout) from the seed and its position
//! alone, so that going on from a checkpoint equals never having stopped.

mod average;
mod checkpoint;
mod data;
mod optimizer;
mod record;
mod session;
mod settings;
mod tensors;
#[cfg(test)]
mod tests;

pub use data::TrainingData;
pub use record::{EpochRecord, Progress, StepRecord, TrainingError, Validation};
pub use session::Session;
pub use settings::{Method, Schedule, Settings};
