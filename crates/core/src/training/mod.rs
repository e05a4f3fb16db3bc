//! Settings and results of training, without tensors.
//!
//! - [`Settings`] configure a run; [`Preset`]s are settings for a purpose. [`Scope`] is the part of the network that is
//!   trained.
//! - [`History`] contains the curves; [`Divergence`] is why a run failed.
//! - [`CrossReport`] is the result of a cross-validation.

mod criterion;
mod cross_report;
mod divergence;
mod history;
mod preset;
mod schedule;
mod settings;
mod settings_error;

pub use criterion::Criterion;
pub use cross_report::{CrossReport, FoldRecord, MetricSpread};
pub use divergence::Divergence;
pub use history::{EpochRecord, History, LossCurve, StepRecord, Validation};
pub use preset::Preset;
pub use schedule::{Schedule, ScheduleError};
pub use settings::{Balance, EarlyStopping, Method, Scope, SecondHead, Settings};
pub use settings_error::{Amount, SettingsError, Share};
