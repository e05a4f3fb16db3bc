//! Face detection with BlazeFace ("back", Bazarevsky et al., 2019), its anchors and non-maximum suppression, and tracking of
//! faces from frame to frame.

mod blazeface;
mod decode;
mod detector;
mod face;
mod tracking;

pub use blazeface::BlazeFace;
pub use detector::{DetectError, Detector, Region};
pub use face::{Face, Landmark};
pub use tracking::{Search, Track, Tracker};
