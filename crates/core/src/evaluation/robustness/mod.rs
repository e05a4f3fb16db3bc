//! Robustness of a network to corrupted images: accuracy by corruption and severity.
//!
//! [`RobustnessTest`] returns batches of corrupted images and takes the predictions of a network for them; [`RobustnessReport`] is
//! the result.

mod conditions;
mod csv;
mod markdown;
mod report;
#[cfg(test)]
mod tests_support;
mod text;

pub use conditions::RobustnessTest;
pub use csv::table as csv;
pub use markdown::page as markdown;
pub use report::{CorruptionReport, GOAL, Mean, RobustnessReport, Score, SeverityReport};
pub use text::report as text;
