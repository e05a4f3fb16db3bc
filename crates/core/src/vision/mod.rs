//! Image processing: frames, alignment, crops and their normalization, corruptions.
//!
//! Live recognition, evaluation and training share one pipeline from a frame to the input of a network:
//! [`Frame`] → [`Framing`] → [`Frame::sample_grey`] → [`Crop`] → [`Crop::normalize`]. [`corruption`] corrupts a [`Crop`],
//! [`PhotoCondition`] a whole photograph.

mod bilinear;
mod blur;
mod condition;
pub mod corruption;
mod crop;
mod frame;
mod framing;
mod geometry;

pub(crate) use bilinear::{AxisPosition, bilinear};
pub(crate) use blur::gaussian_blur;
pub use condition::{PhotoCondition, pasted, pasted_corners};
pub use crop::{CROP_PIXELS, CROP_SIDE, Crop, LEAST_DEVIATION};
pub use frame::{Border, Frame, FrameError};
pub use framing::{Framing, FramingError};
pub use geometry::{Point, Rectangle, Similarity};
