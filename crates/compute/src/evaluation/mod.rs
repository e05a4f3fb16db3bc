//! Predictions of networks, and calibration. The metrics are in [`mien_core::evaluation`].
//!
//! [`predict()`] computes logits, an [`Ensemble`] the mean probabilities of several networks with
//! [`TestTimeAugmentation`]; [`calibrate`] fits temperature and biases; [`robustness`] evaluates a network on corrupted
//! images.

mod ensemble;
mod predict;
pub mod robustness;
mod temperature;

pub use ensemble::Ensemble;
pub use mien_core::evaluation::*;
pub use predict::{PredictError, predict};
pub use temperature::{LabelledLogits, calibrate};
