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
mod divergence;
mod draw;
mod error;
mod history;
mod inputs;
mod optimizer;
mod preset;
mod schedule;
mod session;
mod settings;
mod tensors;
#[cfg(test)]
mod tests;
mod validation;

pub use cross_validation::{CrossProgress, CrossReport, CrossValidation, FoldRecord, MetricSpread};
pub use data::TrainingData;
pub use divergence::Divergence;
pub use error::TrainingError;
pub use history::{EpochRecord, History, LossCurve, StepRecord};
pub use preset::Preset;
pub use schedule::Schedule;
pub use session::{Progress, Session};
pub use settings::{Balance, EarlyStopping, Method, Scope, Settings};
pub use validation::{Criterion, Validation};
