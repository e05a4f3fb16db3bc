//! What is known of the faces of a picture: the recogniser's answer, as the page shows it and the command line prints it.

use serde::{Deserialize, Serialize};

use crate::expression::Distribution;
use crate::vision::{Point, Rectangle};

/// Where a picture comes from, which decides whether faces keep an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A single picture: detected afresh, nothing is smoothed.
    Still,
    /// A frame of a camera or video: faces are tracked and smoothed from frame to frame.
    Stream,
}

/// One face of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaceReading {
    /// The same from frame to frame of a stream while the face is in view; counted up from 1.
    pub id: u32,
    /// Upright box from brow to chin, in pixels of the picture.
    pub bounds: Rectangle,
    /// Right eye, left eye (the person's own), nose tip, mouth centre, right ear, left ear.
    pub landmarks: [Point; 6],
    /// The corners of the aligned crop in the picture, clockwise from the crop's top left.
    pub outline: [Point; 4],
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// What the classifier says of this picture alone.
    pub reading: Distribution,
    /// The reading smoothed over time; equal to `reading` for a still.
    pub smoothed: Distribution,
    /// Whether the top class of `smoothed` is clear enough to be named.
    pub clear: bool,
    /// The 48×48 grey bytes that the network saw.
    #[serde(with = "serde_bytes")]
    pub crop: Vec<u8>,
}

/// Milliseconds by stage for one picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Reading the bitmap's pixels.
    pub pixels: f32,
    /// Finding the faces.
    pub detect: f32,
    /// Aligning and cropping.
    pub align: f32,
    /// Classifying.
    pub classify: f32,
    /// All of it, from message to answer.
    pub total: f32,
}
