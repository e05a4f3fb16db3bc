//! Commands and events about explanations of predictions.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::dataset::DatasetId;
use mien_core::explanation::{FaceRegion, Layers, Method, Pixmap};
use mien_core::expression::{Distribution, Expression};

/// Commands from the page to the engine. Answered with the same `request`, or by [`ExplanationEvent::Failed`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExplanationCommand {
    /// Explain the predictions for crops. Answered by [`ExplanationEvent::Explained`].
    Explain {
        /// Request number, repeated in the answer.
        request: u32,
        /// 48×48 grey bytes each, one crop after the other.
        #[serde(with = "serde_bytes")]
        crops: Vec<u8>,
        /// The method; without one, the crops are only classified.
        method: Option<Method>,
        /// The class to explain; `None` for the predicted class of each crop.
        class: Option<Expression>,
    },
    /// Request the activations for a crop. Answered by [`ExplanationEvent::Activations`].
    Activations {
        /// Request number, repeated in the answer.
        request: u32,
        /// 48×48 grey bytes.
        #[serde(with = "serde_bytes")]
        crop: Vec<u8>,
    },
    /// Search the Training images (all images if there are none) for those whose features are most similar to a
    /// sample's. Answered by [`ExplanationEvent::Similar`] repeatedly while the search progresses. Computed features
    /// are cached for the next search.
    Similar {
        /// Request number, repeated in the answers.
        request: u32,
        /// The dataset.
        set: DatasetId,
        /// The sample to which they are similar.
        sample: u32,
        /// Maximum number of images.
        count: u32,
    },
    /// Stop the search.
    Stop {
        /// The request number of the search.
        request: u32,
    },
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExplanationEvent {
    /// The predictions for crops and their explanations.
    Explained {
        /// As in the command.
        request: u32,
        /// One for each crop.
        explanations: Vec<Explanation>,
        /// Stages that the network has.
        stages: u32,
        /// Duration in milliseconds.
        time: f32,
    },
    /// The activations for a crop.
    Activations {
        /// As in the command.
        request: u32,
        /// The activations.
        layers: Box<Layers>,
    },
    /// The most similar images among those searched so far.
    Similar {
        /// As in the command.
        request: u32,
        /// Samples with the cosine similarity of their features, most similar first.
        samples: Vec<(u32, f32)>,
        /// Number of images searched.
        done: u32,
        /// Number of images to search.
        total: u32,
        /// Seconds since the start, and number of images searched since then.
        elapsed_and_searched: (f64, u32),
        /// Whether the search is finished.
        over: bool,
    },
    /// A request failed.
    Failed {
        /// As in the command.
        request: u32,
        /// Why.
        reason: Message,
    },
}

/// The prediction for a crop and its explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The predicted probabilities.
    pub prediction: Distribution,
    /// The class that the heatmap explains.
    pub class: Expression,
    /// The heatmap as an overlay for the crop; `None` if only a prediction was requested.
    pub map: Option<Pixmap>,
    /// The largest value of the heatmap: in units of logits for Grad-CAM, as a decrease of the probability for
    /// occlusion. 0 if no area supports the class.
    pub peak: f32,
    /// The distribution of the strong values over the regions of a face, as shares with the largest first.
    pub regions: Vec<(FaceRegion, f32)>,
}
