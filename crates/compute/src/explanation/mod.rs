//! Explanations of predictions: `docs/explanation.md` has the formulas and their limits.
//!
//! - [`grad_cam`] and [`Occlusion`] compute a [`Heatmap`].
//! - [`layer_activations`] computes the activations for a crop ([`Layers`]).
//! - [`FeatureIndex`] finds images with similar features.

mod activations;
mod features;
mod grad_cam;
mod occlusion;
mod passes;
#[cfg(test)]
mod tests;

pub use activations::layer_activations;
pub use features::{FeatureIndex, features};
pub use grad_cam::grad_cam;
pub use mien_core::explanation::*;
pub use occlusion::Occlusion;
pub use passes::classify;

/// Why there is no explanation.
#[derive(Debug, thiserror::Error, mien_message::ToMessage)]
pub enum ExplainError {
    /// The values could not be read back from the device, or the network computes none.
    #[error("the numbers could not be read back from the device ({0})")]
    Device(mien_message::Message),
}

impl ExplainError {
    /// The device failed with this message.
    fn device(reason: String) -> Self {
        Self::Device(mien_message::Message::quoted(reason))
    }
}
