//! Training a network: the session that goes step by step, its settings, its checkpoints, and cross-validation.
//!
//! A [`Session`] draws everything random (first weights, order, augmentation, dropout, mixup) from the seed and its
//! position alone, so that going on from a checkpoint equals never having stopped.
//!
//! - [`Settings`] say how; [`Preset`]s are settings for a purpose. [`Scope`] says which part of the network learns.
//! - [`TrainingData`] says from which images, and on which others the network is validated.
//! - [`History`] is what the curves are drawn from; [`Divergence`] tells runs that lead nowhere.
//! - [`CrossValidation`] is a session for each fold.

#[cfg(feature = "compute")]
mod average;
#[cfg(feature = "compute")]
mod batches;
#[cfg(feature = "compute")]
mod checkpoint;
mod cross_report;
#[cfg(feature = "compute")]
mod cross_validation;
#[cfg(feature = "compute")]
mod data;
mod divergence;
#[cfg(feature = "compute")]
mod draw;
#[cfg(feature = "compute")]
mod error;
mod history;
#[cfg(feature = "compute")]
mod inputs;
#[cfg(feature = "compute")]
mod optimizer;
mod preset;
mod schedule;
#[cfg(feature = "compute")]
mod session;
mod settings;
#[cfg(feature = "compute")]
mod tensors;
#[cfg(test)]
#[cfg(feature = "compute")]
mod tests;
mod validation;
#[cfg(feature = "compute")]
mod watch;

pub use cross_report::{CrossReport, FoldRecord, MetricSpread};
#[cfg(feature = "compute")]
pub use cross_validation::{CrossProgress, CrossValidation};
#[cfg(feature = "compute")]
pub use data::TrainingData;
pub use divergence::Divergence;
#[cfg(feature = "compute")]
pub use error::TrainingError;
pub use history::{EpochRecord, History, LossCurve, StepRecord};
pub use preset::Preset;
pub use schedule::Schedule;
#[cfg(feature = "compute")]
pub use session::{Progress, Session};
pub use settings::{Balance, EarlyStopping, Method, Scope, SecondHead, Settings};
pub use validation::{Criterion, Validation};
