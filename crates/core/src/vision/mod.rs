//! Pixels before any network sees them: frames, the transform that aligns a face, the crop, and normalised light.
//!
//! There is one way from a frame to a network's input, and live recognition, evaluation and training share it:
//! [`Frame`] → [`Frame::sample_grey`] → [`Crop`] → [`Crop::normalise`]. [`corruption`] spoils a [`Crop`] on that way.

mod bilinear;
mod blur;
pub mod corruption;
mod crop;
mod frame;
mod geometry;

pub(crate) use bilinear::{Place, bilinear};
pub(crate) use blur::gaussian_blur;
pub use crop::{CROP_PIXELS, CROP_SIDE, Crop};
pub use frame::{Border, Frame, FrameError};
pub use geometry::{Point, Rectangle, Similarity};
