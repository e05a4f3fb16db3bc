//! How a network fares when its images are spoilt: accuracy by corruption and severity.
//!
//! [`Lab`] holds the images and deals them out, spoilt, in batches; whoever has a network reads a batch and hands the
//! readings back; [`RobustnessReport`] is what comes of it.

mod csv;
mod lab;
mod markdown;
mod report;
#[cfg(test)]
mod tests_support;
mod text;

pub use csv::table as csv;
pub use lab::{Batch, Lab};
pub use markdown::page as markdown;
pub use report::{CorruptionReport, HOPED, Mean, RobustnessReport, Score, SeverityReport};
pub use text::report as text;
