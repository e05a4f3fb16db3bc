//! The networks that classify an expression, with weights.
//!
//! A network takes `[batch, 1, 48, 48]` of normalised light ([`mien_core::vision::Crop::normalise`]) and gives logits
//! `[batch, 7]` in FER2013's order. [`Network`] is one of any architecture, [`NetworkFile`] one with what its file says of it.

mod backbone;
mod classifier;
mod file;
mod layer;
mod maps;

pub use backbone::Backbone;
pub use classifier::Network;
pub use file::{NetworkFile, TEMPERATURES, TrainingSummary, load, save, save_as};
pub use mien_core::network::*;
