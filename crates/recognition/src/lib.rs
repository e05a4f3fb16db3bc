//! From a frame to classified faces, without Burn: what computes the networks is a parameter, a [`DetectorNetwork`] and a
//! [`CropClassifier`]. `mien-compute` implements them with Burn.
//!
//! - `face` (0): [`Face`] and its alignment to a crop.
//! - `classifier` (0): [`CropClassifier`], [`Classifier`] for networks with our preprocessing, and [`CompiledClassifier`] on
//!   `mien-inference`.
//! - `detector_network` (0): the same for the detector.
//! - `smoothing` (0): [`Smoothing`] of predictions over time, and which class is named.
//! - `decode` (1): from raw outputs of BlazeFace ("back", Bazarevsky et al., 2019) to faces: anchors and non-maximum suppression.
//! - `detector` (2): [`Detector`], which runs the network over regions of a picture.
//! - `tracking` (3): [`Tracker`], which follows faces from frame to frame.
//! - `recognizer` (4): [`Recognizer`].

mod classifier;
mod decode;
mod detector;
mod detector_network;
mod face;
#[cfg(test)]
mod fakes;
mod recognizer;
mod smoothing;
mod tracking;

pub use classifier::{Classifier, ClassifierError, CompiledClassifier, CropClassifier};
pub use decode::{ANCHORS, VALUES, best_of, decode, suppress};
pub use detector::{DetectError, Detector, Region};
pub use detector_network::{CompiledDetectorNetwork, DetectorNetwork};
pub use face::{Face, Landmark};
pub use recognizer::Recognizer;
pub use smoothing::{Smoothed, Smoothing};
pub use tracking::{Search, Track, Tracker};
