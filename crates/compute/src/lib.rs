//! The rooms of *mien* that compute with tensors, on Burn. They run natively and in the browser's worker.
//!
//! The rooms that [`mien_core`] begins are continued here under the same names and re-export what is there, so that whoever
//! computes finds all of a topic in one place.
//!
//! - [`weights`] (1): the tensors of a module to and from a weights file.
//! - [`network`] (2): the classifiers, their layers and files.
//! - [`detection`] (2): the face detector, and tracking of faces from frame to frame.
//! - [`evaluation`] (3): predictions of a network or an ensemble, temperature scaling.
//! - [`training`] (3): the session that trains a network, its checkpoints, cross-validation.
//! - [`explanation`] (3): Grad-CAM, occlusion sensitivity, activations, feature search.
//! - [`Recognizer`] (4): from a frame to classified faces. [`check`] compares a device with the CPU before it is trusted.

pub mod detection;
pub mod evaluation;
pub mod explanation;
pub mod network;
mod recognizer;
mod self_check;
pub mod training;
mod transfer;
pub mod weights;

pub use recognizer::Recognizer;
pub use self_check::{CheckError, check};
