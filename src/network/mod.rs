//! The networks that classify an expression: their architectures, configuration, and weights files.
//!
//! A network takes `[batch, 1, 48, 48]` of normalised light ([`crate::vision::Crop::normalise`]) and gives logits
//! `[batch, 7]` in FER2013's order.

//!
//! - [`Architecture`] says which network and how large; `cnn`, `vgg`, `resnet`, `inception` and `mobile` lay each out as a
//!   plan, from which its numbers are counted and its layers built.
//! - [`Network`] is any of them, [`NetworkFile`] one with what its file says of it.

mod architecture;
#[cfg(feature = "compute")]
mod backbone;
#[cfg(feature = "compute")]
mod classifier;
mod cnn;
#[cfg(feature = "compute")]
mod file;
mod inception;
#[cfg(feature = "compute")]
mod layer;
#[cfg(feature = "compute")]
mod maps;
mod mobile;
mod offer;
mod plan;
mod resnet;
mod vgg;

pub use architecture::{Architecture, Sizes};
#[cfg(feature = "compute")]
pub use backbone::Backbone;
#[cfg(feature = "compute")]
pub use classifier::Network;
#[cfg(feature = "compute")]
pub use file::{NetworkFile, TEMPERATURES, TrainingSummary, load, save, save_as};
pub use offer::{Labels, Offer};

/// The weights that the page begins with, as seen from the repository.
pub const DEFAULT_FILE: &str = "www/weights/default.safetensors";

/// The same as the page finds them.
pub const DEFAULT_PATH: &str = DEFAULT_FILE.split_at("www/".len()).1;
