//! Image processing: frames, alignment, crops and their normalization, corruptions.
//!
//! Live recognition, evaluation and training share one pipeline from a frame to the input of a network:
//! [`Frame`] → [`Frame::sample_grey`] → [`Crop`] → [`Crop::normalize`]. [`corruption`] corrupts a [`Crop`].

mod bilinear;
mod blur;
pub mod corruption;
mod crop;
mod frame;
mod geometry;

pub(crate) use bilinear::{AxisPosition, bilinear};
pub(crate) use blur::gaussian_blur;
pub use crop::{CROP_PIXELS, CROP_SIDE, Crop, LEAST_DEVIATION};
pub use frame::{Border, Frame, FrameError};
pub use geometry::{Point, Rectangle, Similarity};
