//! Finding faces: BlazeFace ("back", Bazarevsky et al., 2019) in Burn, its anchors and non-maximum suppression, and the
//! tracking that gives a face its identity from frame to frame.

mod blazeface;
mod decode;
mod detector;
mod face;
mod tracking;

pub use blazeface::BlazeFace;
pub use detector::{DetectError, Detector, Region};
pub use face::{Face, Landmark};
pub use tracking::{Plan, Track, Tracker};
