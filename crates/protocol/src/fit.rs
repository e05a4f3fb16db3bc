//! Commands and events about networks adapted to one person: see `docs/fit.md`.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::NetworkId;
use mien_core::expression::{Distribution, Expression};

/// Commands from the page to the engine. Answered with the same `request`, or by [`FitEvent::Failed`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FitCommand {
    /// Classify frames, all of them by each network. Answered by [`FitEvent::Classified`].
    Classify {
        /// Request number, repeated in the answer.
        request: u32,
        /// The networks.
        networks: Vec<NetworkId>,
        /// 48×48 grey bytes each, one crop after the other.
        #[serde(with = "serde_bytes")]
        crops: Vec<u8>,
    },
    /// Add a network that is adapted to frames of one person. Answered by [`NetworkEvent::Networks`](crate::NetworkEvent::Networks), then
    /// [`FitEvent::Adapted`].
    Adapt {
        /// Request number, repeated in the answer.
        request: u32,
        /// The network to adapt.
        network: NetworkId,
        /// The name of the adapted network.
        name: String,
        /// What is adapted.
        method: FitMethod,
        /// 48×48 grey bytes each, one crop after the other.
        #[serde(with = "serde_bytes")]
        crops: Vec<u8>,
        /// The look that was asked for, of each crop.
        looks: Vec<Expression>,
    },
    /// Forget a request.
    Cancel {
        /// Its number.
        request: u32,
    },
}

/// What is adapted to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FitMethod {
    /// A bias for each class, from the frames of a neutral look.
    Neutral,
    /// The fully connected layer, from the frames of at least two looks.
    Head,
}

impl FitMethod {
    /// The name in attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Head => "head",
        }
    }
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FitEvent {
    /// The probabilities of the frames.
    Classified {
        /// As in the command.
        request: u32,
        /// For each network, one for each crop.
        predictions: Vec<Vec<Distribution>>,
    },
    /// A network was adapted.
    Adapted {
        /// As in the command.
        request: u32,
        /// The adapted network. It is not active yet.
        network: NetworkId,
    },
    /// A request failed.
    Failed {
        /// As in the command.
        request: u32,
        /// Why.
        reason: Message,
    },
}
