//! Messages between the engine and a pool worker.

use serde::{Deserialize, Serialize};

use mien_core::expression::Expression;

/// Commands from the engine to a pool worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PoolCommand {
    /// Load a network. Answered by [`PoolEvent::Failed`] if it cannot be read.
    Load {
        /// The weights file.
        #[serde(with = "serde_bytes")]
        weights: Vec<u8>,
    },
    /// Classify crops. Answered by [`PoolEvent::Classified`] or [`PoolEvent::Failed`].
    Classify {
        /// 48×48 grey bytes each, one after the other.
        #[serde(with = "serde_bytes")]
        crops: Vec<u8>,
    },
}

/// Events from a pool worker to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PoolEvent {
    /// The logits of each crop, in their order.
    Classified {
        /// `[crops, 7]`.
        logits: Vec<[f32; Expression::COUNT]>,
    },
    /// The pool worker failed.
    Failed,
}

/// A message from a pool worker.
#[derive(Clone, Debug, PartialEq)]
pub enum PoolMessage {
    /// It accepts commands.
    Started,
    /// It sent an event.
    Event(PoolEvent),
    /// It crashed or sent an invalid message; the reason.
    Crashed(String),
}
