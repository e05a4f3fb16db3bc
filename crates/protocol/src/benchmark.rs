//! Commands and events about the speed of this device.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::Backend;

/// Commands from the page to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BenchmarkCommand {
    /// Measure the CPU, then the GPU; a run in progress is cancelled. Answered by [`BenchmarkEvent::Progress`], for each
    /// backend [`BenchmarkEvent::Measured`] or [`BenchmarkEvent::Unmeasured`], then [`BenchmarkEvent::Done`],
    /// [`BenchmarkEvent::Failed`] or [`BenchmarkEvent::Cancelled`], all with the same `run`.
    Start {
        /// Run number, repeated in the answers.
        run: u32,
    },
    /// Cancel a run.
    Cancel {
        /// The run.
        run: u32,
    },
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BenchmarkEvent {
    /// The progress of a run.
    Progress {
        /// As in the command.
        run: u32,
        /// The backend that is being measured.
        backend: Backend,
        /// How much of the run is done, 0 to 1.
        share: f32,
        /// Seconds since it began.
        seconds: f64,
    },
    /// A backend was measured.
    Measured {
        /// As in the command.
        run: u32,
        /// Its figures.
        result: Box<BenchmarkResult>,
    },
    /// A backend could not be measured.
    Unmeasured {
        /// As in the command.
        run: u32,
        /// The backend.
        backend: Backend,
        /// Why.
        reason: Message,
    },
    /// A run is finished.
    Done {
        /// As in the command.
        run: u32,
        /// The results as JSON: see `docs/speed.md`.
        json: String,
    },
    /// A run failed.
    Failed {
        /// As in the command.
        run: u32,
        /// Why.
        reason: Message,
    },
    /// A run was cancelled on request.
    Cancelled {
        /// As in the command.
        run: u32,
    },
}

/// The figures of a backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkResult {
    /// The backend.
    pub backend: Backend,
    /// The GPU's name from the browser; empty on the CPU or if unknown.
    pub adapter: String,
    /// The median times in milliseconds.
    pub milliseconds: Figures<f64>,
    /// The number of repetitions of which each is the median.
    pub repetitions: Figures<u32>,
    /// The engine's memory after the measurement, in bytes. A GPU's own memory is not included.
    pub memory_bytes: u64,
}

/// A value for everything that is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures<T> {
    /// A prediction for one image.
    pub infer_1: T,
    /// The predictions for a batch of 32 images.
    pub infer_32: T,
    /// A training step on a batch of 32 images.
    pub train_32: T,
    /// A search for faces in a picture of 640×480 pixels.
    pub detect: T,
}
