//! Why a network predicts what it predicts: `docs/explanation.md` has the formulas and their limits.
//!
//! - [`grad_cam`] and [`Occlusion`] compute a saliency map ([`Heat`]).
//! - [`see`] computes what the layers make of a crop ([`Layers`]).
//! - [`FeatureIndex`] finds the images whose features are nearest.

mod features;
mod grad_cam;
mod occlusion;
mod passes;
mod see;
#[cfg(test)]
mod tests;

pub use features::{FeatureIndex, features};
pub use grad_cam::grad_cam;
pub use mien_core::explanation::*;
pub use occlusion::Occlusion;
pub use passes::read;
pub use see::see;

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The device did not hand the numbers over.
    #[error("the numbers could not be read back from the device ({0})")]
    Device(String),
}
