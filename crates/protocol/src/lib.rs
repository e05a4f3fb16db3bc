//! Messages between page and engine: commands and events. Pictures and files are not encoded in them, but attached.
//!
//! - [`wire`]: encodes them as bytes.
//! - `fault`: errors of the connection and of settings files.
//! - `document`: files that the engine writes and reads for the page.
//! - [`quick_start`]: the messages of the quick-start engine.
//! - `dataset`, `network`, `training`, `evaluation`, `robustness`, `photographs`, `explanation`, `fit`, `benchmark`: the commands and
//!   events of each feature.

mod benchmark;
mod dataset;
mod document;
mod evaluation;
mod explanation;
mod fault;
mod fit;
mod network;
mod photographs;
pub mod quick_start;
mod robustness;
mod training;
pub mod wire;

use serde::{Deserialize, Serialize};

use mien_core::evaluation::TestTimeAugmentation;

pub use benchmark::{BenchmarkCommand, BenchmarkEvent, BenchmarkResult, Figures};
pub use dataset::{
    CropSummary, DatasetCommand, DatasetEvent, DatasetId, DatasetSummary, Exploration, GroupColumn,
    NearDuplicateStatus, SavedDataset,
};
pub use document::{Document, DocumentCommand, DocumentEvent};
pub use evaluation::{EvaluationCommand, EvaluationEvent};
pub use explanation::{Explanation, ExplanationCommand, ExplanationEvent};
pub use fault::{Fault, SettingsFault};
pub use fit::{FitCommand, FitEvent, FitMethod};
pub use mien_core::recognition::{FrameSource, RecognizedFace, Timing};
pub use mien_message::{Argument, Message, ToMessage};
pub use network::{NetworkCommand, NetworkEntry, NetworkEvent, NetworkFormat, NetworkId};
pub use photographs::{PhotographsCommand, PhotographsEvent, PhotographsOutcome};
pub use robustness::{RobustnessCommand, RobustnessEvent, RobustnessOutcome};
pub use training::{Outcome, Plan, Progress, StartFrom, StoredRun, TrainingCommand, TrainingEvent};

/// The user's choice of backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendChoice {
    /// The faster of the two, as measured, for live recognition and for batches apart: WebGPU only if it is available and its results
    /// match the CPU's.
    #[default]
    Auto,
    /// WebGPU, with the same check.
    WebGpu,
    /// The CPU.
    Cpu,
}

/// The backend on which networks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// The visitor's GPU through WebGPU.
    WebGpu,
    /// The CPU through wasm with SIMD.
    Cpu,
}

impl Backend {
    /// The name in reports and in `data-backend`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebGpu => "webgpu",
            Self::Cpu => "cpu",
        }
    }
}

/// The time of the same work on both backends, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendTimes {
    /// On the CPU.
    pub cpu: f64,
    /// On the GPU.
    pub gpu: f64,
}

impl BackendTimes {
    /// The backend to use: the GPU, which leaves the CPU free, unless the CPU takes clearly less time.
    pub fn preferred(self) -> Backend {
        if self.cpu < 0.9 * self.gpu { Backend::Cpu } else { Backend::WebGpu }
    }

    /// Whether the GPU takes so much longer that how long need not be known.
    pub fn is_gpu_slow(self) -> bool {
        self.gpu > 4.0 * self.cpu
    }
}

/// What [`BackendChoice::Auto`] measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Live recognition: a search for faces in a picture of 640×480 pixels, and the prediction for one face. If the GPU is slow
    /// ([`BackendTimes::is_gpu_slow`]), its time may be that of the prediction alone.
    pub live: BackendTimes,
    /// Predictions for a batch of 32 images. Measured before the first training, evaluation or robustness test, if live recognition
    /// is on the CPU; otherwise the GPU has everything.
    pub batches: Option<BackendTimes>,
}

impl Measured {
    /// Whether the CPU has everything. A GPU that has not been measured with batches is expected to be used for them.
    pub fn is_all_on_cpu(self) -> bool {
        let is_on_cpu = |times: BackendTimes| times.preferred() == Backend::Cpu;
        is_on_cpu(self.live) && self.batches.is_some_and(is_on_cpu)
    }
}

/// Commands from the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// Start the engine on a backend, or switch to it. Answered by [`Event::Progress`], then [`Event::Ready`] and perhaps
    /// [`Event::Measured`], or [`Event::Failed`].
    Start {
        /// The backend.
        choice: BackendChoice,
    },
    /// Detect and classify the faces of the attached bitmap. If its file is attached too, it is checked before: a browser
    /// also shows files that end early. Answered by [`Event::Recognized`] or [`Event::Refused`] with the same `request`.
    Recognize {
        /// Request number, repeated in the answer.
        request: u32,
        /// A single picture or a frame of a stream.
        source: FrameSource,
        /// When the frame was captured, in milliseconds of a monotonic clock.
        time: f64,
    },
    /// Decode the attached picture file, which the browser cannot. Answered by [`Event::Decoded`].
    Decode {
        /// Request number, repeated in the answer.
        request: u32,
    },
    /// A new stream begins: forget the tracked faces.
    Reset,
    /// Set the test-time augmentation for faces.
    SetTestTimeAugmentation {
        /// The test-time augmentation.
        augmentation: TestTimeAugmentation,
    },
    /// About datasets.
    Dataset(DatasetCommand),
    /// About evaluations.
    Evaluation(EvaluationCommand),
    /// About robustness to corruptions.
    Robustness(RobustnessCommand),
    /// About labelled photographs.
    Photographs(PhotographsCommand),
    /// About explanations of predictions.
    Explanation(ExplanationCommand),
    /// About training a network.
    Training(TrainingCommand),
    /// About the networks to choose from.
    Network(NetworkCommand),
    /// About files.
    Document(DocumentCommand),
    /// About the speed of this device.
    Benchmark(BenchmarkCommand),
    /// About networks adapted to one person.
    Fit(FitCommand),
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// The progress of the startup.
    Progress {
        /// The current step.
        step: StartupStep,
        /// The progress of the whole startup, 0 to 1.
        progress: f32,
    },
    /// The quick-start engine recognizes until the engine is ready. Only the page's connection posts this event.
    QuickStarted {
        /// The network that it uses.
        network: NetworkSummary,
    },
    /// The engine is ready.
    Ready {
        /// The backend.
        backend: Backend,
        /// The GPU's name from the browser; empty on the CPU or if unknown.
        adapter: String,
        /// Why the backend differs from the selected one, if it does.
        fallback: Option<Fallback>,
        /// The active network.
        network: NetworkSummary,
    },
    /// What [`BackendChoice::Auto`] measured: after [`Event::Ready`], and again once batches were measured.
    Measured(Measured),
    /// The engine cannot run at all.
    Failed {
        /// Why.
        problem: Problem,
    },
    /// The faces of a picture.
    Recognized {
        /// As in the command.
        request: u32,
        /// The picture's size in pixels, to which all coordinates refer.
        width: u32,
        /// The picture's height in pixels.
        height: u32,
        /// The 32 largest faces: in a still picture the largest first, in a stream by id, so that their order is stable.
        faces: Vec<RecognizedFace>,
        /// Number of all detected faces.
        found: u32,
        /// The processing times.
        timing: Timing,
    },
    /// A picture could not be processed; the engine continues.
    Refused {
        /// As in the command.
        request: u32,
        /// Why.
        problem: Problem,
    },
    /// A picture file was decoded or could not be. Its pixels are attached: RGBA, opaque, row by row.
    Decoded {
        /// As in the command.
        request: u32,
        /// The picture, or why there is none.
        picture: Result<DecodedPicture, Problem>,
    },
    /// About datasets.
    Dataset(DatasetEvent),
    /// About evaluations.
    Evaluation(EvaluationEvent),
    /// About robustness to corruptions.
    Robustness(RobustnessEvent),
    /// About labelled photographs.
    Photographs(PhotographsEvent),
    /// About explanations of predictions.
    Explanation(ExplanationEvent),
    /// About training a network.
    Training(TrainingEvent),
    /// About the networks to choose from.
    Network(NetworkEvent),
    /// About files.
    Document(DocumentEvent),
    /// About the speed of this device.
    Benchmark(BenchmarkEvent),
    /// About networks adapted to one person.
    Fit(FitEvent),
}

/// Maximum size of a photo's file, in bytes: cameras do not write larger files, and reading them could exhaust a phone's
/// memory.
pub const MAX_PHOTO_BYTES: u64 = 64 << 20;

/// Maximum length of a photo's longer side, in pixels. Larger photos are shrunk; faces too small to be detected then are
/// rarely useful.
pub const MAX_PHOTO_SIDE: u32 = 1920;

/// A picture that the engine decoded, upright.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecodedPicture {
    /// Width in pixels; neither side is longer than [`MAX_PHOTO_SIDE`].
    pub width: u32,
    /// Pixels of the file per pixel; at least 1.
    pub scale: f32,
}

/// Steps of the engine's startup, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartupStep {
    /// Loading the weights.
    Weights,
    /// The device is being set up.
    Device,
    /// Comparing the results of GPU and CPU.
    Check,
    /// A first forward pass, so that the first picture is not delayed.
    Warmup,
}

/// Why the CPU is used although WebGPU was selected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fallback {
    /// The browser has no WebGPU, or no adapter for it.
    Missing {
        /// The browser's message.
        reason: Message,
    },
    /// The GPU's results differ from the CPU's.
    Mismatch {
        /// What differs, and by how much.
        reason: Message,
    },
    /// The GPU was lost while in use.
    Lost {
        /// The browser's message.
        reason: Message,
    },
}

impl Fallback {
    /// The reason that each of them has.
    pub const fn reason(&self) -> &Message {
        let (Self::Missing { reason } | Self::Mismatch { reason } | Self::Lost { reason }) = self;
        reason
    }
}

/// What went wrong, as a kind that the page says what to do about, and details.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of problem.
    pub kind: ProblemKind,
    /// What exactly.
    pub detail: Message,
}

/// What is wrong with an ONNX model, if that is why something failed: neither another device nor another try helps then.
pub fn onnx_cause(reason: &Message) -> Option<&Message> {
    reason.find(&|message| message.id().starts_with("onnx/") || message.id().starts_with("engine/onnx-"))
}

/// Kinds of problems on the engine's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProblemKind {
    /// A weights file could not be fetched.
    WeightsMissing,
    /// A weights file is damaged.
    WeightsDamaged,
    /// The picture's pixels could not be read.
    Picture,
    /// The picture's file is damaged, ends early, or has an unsupported encoding.
    PictureFile,
    /// Computing failed.
    Compute,
    /// The worker could not be started or crashed.
    Worker,
}

/// A summary of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSummary {
    /// The architecture, such as `vgg`.
    pub name: String,
    /// Number of parameters.
    pub parameters: u64,
    /// Multiply-adds per face.
    pub multiply_adds: u64,
    /// Where the weights come from, where the file says.
    pub description: Option<Message>,
    /// The validation accuracy, 0 to 1, if known.
    pub validation_accuracy: Option<f64>,
    /// The validation images, if known.
    pub validated_on: Option<Message>,
}

impl NetworkSummary {
    /// The name of the architecture of ONNX models.
    pub const ONNX: &str = "ONNX";

    /// Whether it is a third-party ONNX model, which only classifies.
    pub fn is_onnx(&self) -> bool {
        self.name == Self::ONNX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gpu_is_preferred_unless_the_cpu_is_clearly_faster() {
        let preferred = |cpu, gpu| BackendTimes { cpu, gpu }.preferred();
        assert_eq!([preferred(5.0, 12.0), preferred(8.9, 10.0)], [Backend::Cpu; 2]);
        let is_slow = |gpu| BackendTimes { cpu: 5.0, gpu }.is_gpu_slow();
        assert_eq!([is_slow(20.0), is_slow(21.0)], [false, true]);
        let all = |live, batches| Measured { live, batches }.is_all_on_cpu();
        let [cpu, gpu] = [(5.0, 12.0), (12.0, 5.0)].map(|(cpu, gpu)| BackendTimes { cpu, gpu });
        assert!(all(cpu, Some(cpu)) && !all(cpu, Some(gpu)) && !all(cpu, None) && !all(gpu, None));
        assert_eq!([preferred(9.5, 10.0), preferred(10.0, 10.0), preferred(12.0, 5.0)], [Backend::WebGpu; 3]);
    }
}
