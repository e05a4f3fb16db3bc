//! The networks that classify an expression: their architectures, configuration, and weights files.
//!
//! A network takes `[batch, 1, 48, 48]` of normalised light ([`crate::vision::Crop::normalise`]) and gives logits
//! `[batch, 7]` in FER2013's order.

mod architecture;
#[cfg(feature = "compute")]
mod classifier;
#[cfg(feature = "compute")]
mod file;
#[cfg(feature = "compute")]
mod vgg;

pub use architecture::{Architecture, VggConfig};
#[cfg(feature = "compute")]
pub use classifier::Network;
#[cfg(feature = "compute")]
pub use file::{NetworkFile, TrainingSummary, load, save, save_as};
#[cfg(feature = "compute")]
pub use vgg::Vgg;
