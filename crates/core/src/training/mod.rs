//! How a network is trained, and what a run has come to: the parts that need no tensors.
//!
//! - [`Settings`] say how; [`Preset`]s are settings for a purpose. [`Scope`] says which part of the network learns.
//! - [`History`] is what the curves are drawn from; [`Divergence`] tells runs that fail.
//! - [`CrossReport`] sums up a cross-validation.

mod criterion;
mod cross_report;
mod divergence;
mod history;
mod preset;
mod schedule;
mod settings;

pub use criterion::Criterion;
pub use cross_report::{CrossReport, FoldRecord, MetricSpread};
pub use divergence::Divergence;
pub use history::{EpochRecord, History, LossCurve, StepRecord, Validation};
pub use preset::Preset;
pub use schedule::Schedule;
pub use settings::{Balance, EarlyStopping, Method, Scope, SecondHead, Settings};
