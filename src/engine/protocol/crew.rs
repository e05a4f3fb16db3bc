//! What an engine and its hands say to each other: further workers of the same program that only read crops.

use serde::{Deserialize, Serialize};

use crate::expression::Expression;

/// From an engine to a hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CrewCommand {
    /// Take a network up. Answered by [`CrewEvent::Failed`] if it cannot be read.
    Load {
        /// The weights file.
        #[serde(with = "serde_bytes")]
        weights: Vec<u8>,
    },
    /// Read crops. Answered by [`CrewEvent::Read`] or [`CrewEvent::Failed`].
    Read {
        /// 48×48 grey bytes each, one after the other.
        #[serde(with = "serde_bytes")]
        crops: Vec<u8>,
    },
}

/// From a hand to its engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CrewEvent {
    /// What the network says of each crop, in their order.
    Read {
        /// Logits.
        logits: Vec<[f32; Expression::COUNT]>,
    },
    /// The hand is of no use.
    Failed,
}
