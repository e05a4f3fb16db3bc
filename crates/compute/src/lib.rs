//! The modules of *mien* that compute with tensors, on Burn; predictions on the CPU by [`mien_inference`]. They run natively and in the
//! web worker.
//!
//! Modules that have a counterpart in [`mien_core`] re-export it, so that everything about a topic is in one place.
//!
//! - [`weights`] (1): saving and loading the tensors of a module ([`mien_weights`]), and Burn's own format.
//! - [`network`] (2): the classifiers, their layers and weights files.
//! - [`detection`] (2): the network of the face detector.
//! - [`adaptation`] (3): a network adapted to one person.
//! - [`evaluation`] (3): predictions of a network or an ensemble, temperature scaling.
//! - [`training`] (3): training sessions, checkpoints, cross-validation.
//! - [`explanation`] (3): Grad-CAM, occlusion sensitivity, activations, search by features.
//! - [`Recognizer`] (4): from a frame to classified faces ([`mien_recognition`]). [`check`] verifies the results of a device against the CPU.

pub mod adaptation;
pub mod detection;
pub mod evaluation;
pub mod explanation;
pub mod network;
mod self_check;
pub mod training;
mod transfer;
pub mod weights;

pub use self_check::{CheckError, Computation, check};

/// Detects and classifies the faces of pictures and streams, on a device.
pub type Recognizer<C = network::Predictor> = mien_recognition::Recognizer<detection::DeviceDetectorNetwork, C>;
