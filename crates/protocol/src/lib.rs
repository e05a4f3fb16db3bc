//! What page and engine say to each other. Pictures and files do not pass through here: they travel beside a command or
//! an event.

mod dataset;
mod document;
mod evaluation;
mod explanation;
mod fault;
mod network;
mod robustness;
mod training;
pub mod wire;

use serde::{Deserialize, Serialize};

use mien_core::evaluation::Views;

pub use dataset::{DatasetCommand, DatasetEvent, Exploration, GroupColumn, SetId, SetSummary, StoredSet};
pub use document::{Document, DocumentCommand, DocumentEvent};
pub use evaluation::{EvaluationCommand, EvaluationEvent};
pub use explanation::{Explanation, ExplanationCommand, ExplanationEvent};
pub use fault::{Fault, SettingsFault};
pub use mien_core::recognition::{FaceReading, FrameSource, Timing};
pub use mien_message::{Argument, Message, ToMessage};
pub use network::{NetworkCommand, NetworkEntry, NetworkEvent, NetworkId};
pub use robustness::{RobustnessCommand, RobustnessEvent, RobustnessOutcome};
pub use training::{Outcome, Plan, Progress, StartFrom, StoredRun, TrainingCommand, TrainingEvent};

/// What the visitor wants the networks to run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendChoice {
    /// WebGPU if the browser has it and it computes rightly, else the CPU.
    #[default]
    Auto,
    /// WebGPU, with the same check.
    WebGpu,
    /// The CPU.
    Cpu,
}

/// What the networks run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// The visitor's GPU through WebGPU.
    WebGpu,
    /// The CPU through wasm with SIMD.
    Cpu,
}

impl Backend {
    /// As reports and `data-backend` write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebGpu => "webgpu",
            Self::Cpu => "cpu",
        }
    }
}

/// From the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// Start on, or change over to, a backend. Answered by [`Event::Progress`], then [`Event::Ready`] or [`Event::Failed`].
    Start {
        /// What to run on.
        choice: BackendChoice,
    },
    /// Find and classify the faces of the bitmap that travels beside. Answered by [`Event::Recognized`] or
    /// [`Event::Refused`] with the same `request`.
    Recognize {
        /// Named again in the answer.
        request: u32,
        /// A single picture or a frame of a stream.
        source: FrameSource,
        /// When the frame was taken, in milliseconds on any clock that only goes forward.
        time: f64,
    },
    /// A new stream begins: forget the tracked faces.
    Reset,
    /// Look at every face in these ways from now on.
    Look {
        /// Which.
        views: Views,
    },
    /// About sets of images.
    Dataset(DatasetCommand),
    /// About measuring the network.
    Evaluation(EvaluationCommand),
    /// About spoilt images.
    Robustness(RobustnessCommand),
    /// About why the network says what it says.
    Explanation(ExplanationCommand),
    /// About training a network.
    Training(TrainingCommand),
    /// About the networks to choose from.
    Network(NetworkCommand),
    /// About files.
    Document(DocumentCommand),
}

/// From the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// How far the start is.
    Progress {
        /// What is being done.
        stage: Stage,
        /// How much of the whole start is done, 0 to 1.
        share: f32,
    },
    /// The engine recognises from now on.
    Ready {
        /// What it runs on.
        backend: Backend,
        /// The GPU's name as the browser tells it; empty on the CPU or if it tells none.
        adapter: String,
        /// Why it is not what was asked for, where it is not.
        fallback: Option<Fallback>,
        /// The classifier.
        network: NetworkSummary,
    },
    /// The engine cannot run at all.
    Failed {
        /// Why.
        problem: Problem,
    },
    /// The faces of a picture.
    Recognized {
        /// The command's.
        request: u32,
        /// The picture's size in pixels, to which all coordinates refer.
        width: u32,
        /// See `width`.
        height: u32,
        /// Every face found: of a still the largest first, of a stream by identity, so that none jumps about.
        faces: Vec<FaceReading>,
        /// Where the time went.
        timing: Timing,
    },
    /// A picture could not be looked at; the engine goes on.
    Refused {
        /// The command's.
        request: u32,
        /// Why.
        problem: Problem,
    },
    /// About sets of images.
    Dataset(DatasetEvent),
    /// About measuring the network.
    Evaluation(EvaluationEvent),
    /// About spoilt images.
    Robustness(RobustnessEvent),
    /// About why the network says what it says.
    Explanation(ExplanationEvent),
    /// About training a network.
    Training(TrainingEvent),
    /// About the networks to choose from.
    Network(NetworkEvent),
    /// About files.
    Document(DocumentEvent),
}

/// Stages of the engine's start, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The weights are on their way.
    Weights,
    /// The device is being set up.
    Device,
    /// GPU and CPU compute the same and are compared.
    Check,
    /// A first pass, so that the first picture does not wait.
    Warmup,
}

/// Why the engine runs on the CPU though WebGPU was wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fallback {
    /// The browser has no WebGPU, or no adapter for it.
    Missing {
        /// What the browser said.
        reason: Message,
    },
    /// The GPU computed something else than the CPU.
    Mismatch {
        /// What differed by how much.
        reason: Message,
    },
    /// The GPU went away while in use.
    Lost {
        /// What the browser said.
        reason: Message,
    },
}

/// What went wrong, as a kind that the page says what to do about, and details.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of problem.
    pub kind: ProblemKind,
    /// What exactly.
    pub detail: Message,
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
    /// Computing failed.
    Compute,
    /// The worker could not be started or crashed.
    Worker,
}

/// The classifier in a few figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSummary {
    /// Such as `vgg`.
    pub name: String,
    /// How many numbers training learns.
    pub parameters: u64,
    /// Multiply-adds for one face.
    pub multiply_adds: u64,
    /// Where the weights come from, where the file says.
    pub description: Option<Message>,
    /// Measured accuracy on the validation images, 0 to 1.
    pub validation_accuracy: Option<f64>,
    /// Which images these were, where the file says.
    pub validated_on: Option<Message>,
}
