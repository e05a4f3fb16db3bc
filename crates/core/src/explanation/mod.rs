//! Why a network predicts what it predicts, as pictures: `docs/explanation.md` has the formulas and their limits.
//!
//! - [`Heat`] is a saliency map: how much each part of a crop speaks for a class.
//! - [`Layers`] is what the network makes of a crop on its way through: filters, activation maps, logits.
//! - [`Part`] are the parts of a face in a crop, to say in words where a map is strongest.

mod heat;
mod layers;
mod painting;
mod part;

use serde::{Deserialize, Serialize};

use crate::expression::{Distribution, Expression};

pub use heat::Heat;
pub use layers::{Layers, StageMaps};
pub use painting::Painting;
pub use part::Part;

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
