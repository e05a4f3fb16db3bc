//! The timeline of cameras and videos: the probabilities of each face in each frame, and what is drawn of them.
//!
//! - `tally` (0): one face in one frame, and summaries of several frames. `view` (0): the visible part of a timeline.
//!   `sampling` (0): which frames of a video are analysed. `analysis` (0): how a video was analysed.
//! - `record` (1): [`Timeline`], which keeps all frames with summaries of several lengths of time, so that any part of it
//!   is drawn in about the same time.
//! - `columns` (2): what is visible of a face in each column of pixels. `join` (2): tracks that are of the same face.
//!   `summary` (2): a summary of each face. `export` (3): CSV and JSON.
//! - `paint` (3): columns as pixels. `drawing` (3): columns as SVG.

mod analysis;
#[cfg(test)]
mod analysis_tests;
mod columns;
mod drawing;
mod export;
mod join;
mod paint;
mod record;
mod sampling;
mod summary;
mod tally;
#[cfg(test)]
mod tests;
mod view;

pub use analysis::Analysis;
pub use columns::{Band, Column, MAX_BANDS, Run, runs};
pub use drawing::{Drawing, DrawnBand, DrawnMarker, MarkerLabel, marker_labels};
pub use join::JoinError;
pub use paint::{Palette, Paper, Pixel, paint, rgb};
pub use record::{MAX_GAP, MAX_MARKERS, MAX_MEMORY, MAX_ROWS, Marker, Reading, Source, Timeline};
pub use sampling::{Following, Rate, Sampled, Seeker, Shown, Timed};
pub use summary::FaceSummary;
pub use tally::{Row, Tally};
pub use view::{View, Window, step, ticks};

/// How the probabilities of a face are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A curve for each class, with the range of values where several frames share a column.
    #[default]
    Curves,
    /// The classes on top of each other, in FER2013's order from below.
    Area,
}
