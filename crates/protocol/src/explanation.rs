//! What page and engine say to each other about why the network says what it says.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::dataset::SetId;
use mien_core::explanation::{Layers, Method, Part, Pixmap};
use mien_core::expression::{Distribution, Expression};

/// From the page to the engine. Answered with the same `request`, or by [`ExplanationEvent::Failed`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExplanationCommand {
    /// Ask where in crops a class comes from. Answered by [`ExplanationEvent::Explained`].
    Explain {
        /// Named again in the answer.
        request: u32,
        /// 48×48 grey bytes each, one crop after the other.
        #[serde(with = "serde_bytes")]
        crops: Vec<u8>,
        /// How to find it; without one the crops are only classified.
        method: Option<Method>,
        /// For which class; without one for the likeliest of each crop.
        class: Option<Expression>,
    },
    /// Ask what the layers make of a crop. Answered by [`ExplanationEvent::Seen`].
    See {
        /// Named again in the answer.
        request: u32,
        /// 48×48 grey bytes.
        #[serde(with = "serde_bytes")]
        crop: Vec<u8>,
    },
    /// Ask for the Training images (all, where there are none) that the network takes for most like one. Answered by
    /// [`ExplanationEvent::Alike`] again and again while it looks at more of them. What it has looked at it knows the
    /// next time.
    Alike {
        /// Named again in the answers.
        request: u32,
        /// Of which set.
        set: SetId,
        /// Like which sample.
        sample: u32,
        /// How many.
        count: u32,
    },
    /// Look at no more of them.
    Stop {
        /// The request for them.
        request: u32,
    },
}

/// From the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExplanationEvent {
    /// What the network says of crops, and where it comes from.
    Explained {
        /// The command's.
        request: u32,
        /// One for each crop.
        explanations: Vec<Explanation>,
        /// Stages that the network has.
        stages: u32,
        /// Milliseconds that it took.
        time: f32,
    },
    /// What the layers make of a crop.
    Seen {
        /// The command's.
        request: u32,
        /// What they make.
        layers: Box<Layers>,
    },
    /// The images that the network takes for most like one, of those it has looked at.
    Alike {
        /// The command's.
        request: u32,
        /// Samples, and the cosine between their features and the one's, most like first.
        samples: Vec<(u32, f32)>,
        /// Images looked at.
        done: u32,
        /// Images to look at.
        total: u32,
        /// Seconds since it began, and images looked at since then.
        pace: (f64, u32),
        /// Whether it goes on.
        over: bool,
    },
    /// There is no answer.
    Failed {
        /// The command's.
        request: u32,
        /// Why.
        reason: Message,
    },
}

/// What the network says of a crop, and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// What it says.
    pub reading: Distribution,
    /// The class that the map is for.
    pub class: Expression,
    /// The map in colours, to lie over the crop; absent where only the reading was asked for.
    pub map: Option<Pixmap>,
    /// The largest number of the map: of Grad-CAM in the unit of logits, of occlusion the loss of probability. 0 where
    /// nothing speaks for the class.
    pub peak: f32,
    /// How what is strong in it spreads over the parts of a face, as shares of 1, the most first.
    pub parts: Vec<(Part, f32)>,
}
