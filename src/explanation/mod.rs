//! Why a network says what it says, as far as that can be seen. `docs/explanation.md` has the formulas and what they do
//! not tell.
//!
//! - [`Heat`] is how much each part of a crop speaks for a class: `grad_cam` and `Occlusion` find it.
//! - [`Layers`] is what the network makes of a crop on its way through: filters, maps, logits.
//! - `FeatureIndex` finds the images that the network takes for alike.
//! - [`Part`] are the parts of a face in a crop, to say in words where a map is strongest.
//!
//! What computes needs the feature `compute`; the rest is what a page shows.

#[cfg(feature = "compute")]
mod features;
#[cfg(feature = "compute")]
mod grad_cam;
mod heat;
mod layers;
#[cfg(feature = "compute")]
mod occlusion;
mod painting;
mod part;
#[cfg(feature = "compute")]
mod passes;
#[cfg(feature = "compute")]
mod see;
#[cfg(feature = "compute")]
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::expression::{Distribution, Expression};

#[cfg(feature = "compute")]
pub use features::{FeatureIndex, features};
#[cfg(feature = "compute")]
pub use grad_cam::grad_cam;
pub use heat::Heat;
pub use layers::{Layers, StageMaps};
#[cfg(feature = "compute")]
pub use occlusion::Occlusion;
pub use painting::Painting;
pub use part::Part;
#[cfg(feature = "compute")]
pub use passes::read;
#[cfg(feature = "compute")]
pub use see::see;

/// How a map is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Grad-CAM (Selvaraju et al. 2017) on the maps of a stage, the last where none is named or there are not so many.
    GradCam {
        /// Counted from 0.
        stage: Option<u32>,
    },
    /// Occlusion sensitivity (Zeiler & Fergus 2014).
    Occlusion,
}

/// What a network says of a crop and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// What it says.
    pub reading: Distribution,
    /// The class that the map is for.
    pub class: Expression,
    /// The map.
    pub heat: Heat,
}

/// Why there is no explanation.
#[cfg(feature = "compute")]
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The device did not hand the numbers over.
    #[error("the numbers could not be read back from the device ({0})")]
    Device(String),
}
