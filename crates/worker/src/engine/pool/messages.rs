//! Messages between the engine and a pool worker.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use mien_compute::training::{BatchSlice, SliceOutput};
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::expression::Distribution;

/// Commands from the engine to a pool worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PoolCommand {
    /// Load an ensemble. Answered by [`PoolEvent::Failed`] if a network cannot be read.
    Load {
        /// The weights file or ONNX model of each network.
        networks: Vec<ByteBuf>,
        /// The program that reads ONNX models, if there is one among them.
        onnx: Option<ByteBuf>,
        /// The views of an image that are predicted.
        augmentation: TestTimeAugmentation,
    },
    /// Predict crops. Answered by [`PoolEvent::Predicted`] or [`PoolEvent::Failed`].
    Predict {
        /// The number of the batch.
        batch: u32,
        /// 48×48 grey bytes each, one after the other.
        #[serde(with = "serde_bytes")]
        crops: Vec<u8>,
    },
    /// Make a network to train. Answered by [`PoolEvent::Failed`] if that is impossible.
    Make {
        /// The settings of the run, as JSON.
        settings: String,
        /// Whether its data have votes of FER+.
        votes: bool,
    },
    /// Compute a slice of a training batch. Answered by [`PoolEvent::Computed`] or [`PoolEvent::Failed`].
    Compute {
        /// The index of the slice.
        slice: u32,
        /// The weights of the trained part of the network.
        #[serde(with = "mien_core::packed")]
        weights: Vec<f32>,
        /// The slice.
        batch: BatchSlice,
    },
}

/// Events from a pool worker to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PoolEvent {
    /// The probabilities of each crop, in their order.
    Predicted {
        /// The number of the batch.
        batch: u32,
        /// One for each crop.
        predictions: Vec<Distribution>,
    },
    /// What a training step needs of a slice.
    Computed {
        /// The index of the slice.
        slice: u32,
        /// Its logits and gradients.
        output: SliceOutput,
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
