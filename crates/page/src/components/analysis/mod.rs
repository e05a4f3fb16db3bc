//! The analysis of video files: its settings, queue and progress, and each face in short.

mod queue;
mod summary;

pub use queue::analysis;
pub use summary::FaceSummaries;
