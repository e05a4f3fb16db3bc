//! Predictions of networks, and their calibration. The metrics are those of [`mien_core::evaluation`].
//!
//! [`predict`] computes logits, an [`Ensemble`] the mean probabilities of several networks over several [`Views`],
//! [`calibrate`] fits temperature and biases; [`robustness`] measures one network on corrupted images.

mod ensemble;
mod predict;
pub mod robustness;
mod temperature;

pub use ensemble::{Ensemble, mean_of_views};
pub use mien_core::evaluation::*;
pub use predict::{PredictError, predict};
pub use temperature::{Labelled, calibrate};
