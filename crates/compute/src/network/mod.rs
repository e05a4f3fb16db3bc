//! The networks that classify an expression, with weights.
//!
//! The input of a network is a batch of normalized crops `[batch, 1, 48, 48]` ([`mien_core::vision::Crop::normalize`]),
//! its output is logits `[batch, 7]` in FER2013's order. A [`NetworkFile`] is a [`Network`] with the metadata of its
//! file. A [`Predictor`] classifies with it; on the CPU it runs a compiled form of the network instead of Burn's.

mod backbone;
mod classifier;
mod file;
mod layer;
mod maps;
mod predictor;

pub use backbone::Backbone;
pub use classifier::Network;
pub use file::{NetworkFile, load, save, save_as};
pub use mien_core::network::*;
pub use predictor::{NotCompiled, Predictor};
