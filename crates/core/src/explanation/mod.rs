//! Explanations of predictions, as images: `docs/explanation.md` has the formulas and their limits.
//!
//! - [`Heatmap`] shows how much each pixel of a crop contributes to a class.
//! - [`Layers`] are the activations of a network for a crop: filters, feature maps, logits.
//! - [`FaceRegion`] are the regions of a face in a crop, to describe where a heatmap is strongest.

mod face_region;
mod heatmap;
mod layers;
mod pixmap;

use serde::{Deserialize, Serialize};

use crate::expression::{Distribution, Expression};

pub use face_region::FaceRegion;
pub use heatmap::Heatmap;
pub use layers::{Layers, StageMaps};
pub use pixmap::Pixmap;

/// A method that computes heatmaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Grad-CAM (Selvaraju et al. 2017) on the feature maps of a stage.
    GradCam {
        /// The stage, counted from 0; the last if `None` or too large.
        stage: Option<u32>,
    },
    /// Occlusion sensitivity (Zeiler & Fergus 2014).
    Occlusion,
}

/// A prediction with its heatmap.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The predicted probabilities.
    pub distribution: Distribution,
    /// The class that is explained.
    pub class: Expression,
    /// The heatmap.
    pub heatmap: Heatmap,
}
