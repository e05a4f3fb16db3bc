//! The analysis of video files: its settings, queue and progress, and a summary of each face.

mod queue;
mod summary;

pub use queue::analysis;
pub use summary::FaceSummaries;
