//! Which text is shown for a state. The texts themselves are in `www/text/`, one file per language: see
//! [`crate::language`].

pub mod actions;
pub mod analysis;
pub mod benchmark;
pub mod card;
pub mod curves;
pub mod dataset;
pub mod evaluation;
pub mod explain;
pub mod fit;
pub mod game;
pub mod groups;
pub mod inference;
pub mod lesson;
pub mod model_face;
mod notices;
pub mod photographs;
pub mod privacy;
pub mod robustness;
pub mod run;
pub mod sets;
#[cfg(test)]
mod tests;
pub mod timeline;
pub mod training;

use super::format::{fixed, milliseconds, percent};
use super::language::{Text, messages, say};
use super::settings::{Page, Theme};
use super::state::{Camera, CameraState, EngineState, RecognitionResult, Recording};
use mien_core::expression::Expression;
use mien_protocol::{
    Backend, BackendChoice, BackendTimes, Fallback, Measured, Message, NetworkSummary, Problem, ProblemKind,
    RecognizedFace, StartupStep, onnx_cause,
};

pub use messages::*;
pub use notices::notice;

/// A page's name in the navigation.
pub const fn page(page: Page) -> Text {
    match page {
        Page::Live => PAGE_LIVE,
        Page::Lesson => PAGE_LESSON,
        Page::Dataset => PAGE_DATASET,
        Page::Training => PAGE_TRAINING,
        Page::Evaluation => PAGE_EVALUATION,
        Page::About => PAGE_ABOUT,
    }
}

/// The label of the theme toggle.
pub const fn theme(theme: Theme) -> Text {
    match theme {
        Theme::System => THEME_SYSTEM,
        Theme::Light => THEME_LIGHT,
        Theme::Dark => THEME_DARK,
    }
}

/// The name of a backend choice.
pub const fn choice(choice: BackendChoice) -> Text {
    match choice {
        BackendChoice::Auto => CHOICE_AUTO,
        BackendChoice::WebGpu => CHOICE_WEB_GPU,
        BackendChoice::Cpu => CHOICE_CPU,
    }
}

/// A short description of the engine's state.
pub fn engine(engine: &EngineState) -> String {
    match engine {
        EngineState::Starting { step, .. } => startup_step(*step).into(),
        EngineState::QuickStarted => ENGINE_QUICK_STARTED.into(),
        EngineState::Ready { backend: Backend::Cpu, .. } => ENGINE_CPU.into(),
        EngineState::Ready { backend: Backend::WebGpu, adapter, .. } if adapter.is_empty() => ENGINE_GPU.into(),
        EngineState::Ready { backend: Backend::WebGpu, adapter, .. } => engine_adapter(adapter),
        EngineState::Failed(_) => ENGINE_OFF.into(),
    }
}

/// What *Auto* measured, and what follows.
pub fn measured(measured: Measured) -> String {
    let parts = |times: BackendTimes| {
        let [cpu, gpu] = [times.cpu, times.gpu].map(|time| milliseconds(time as f32));
        (cpu, gpu, benchmark::name(times.preferred()))
    };
    let (cpu, mut gpu, chosen) = parts(measured.live);
    if measured.live.is_gpu_slow() {
        gpu = measured_at_least(&gpu);
    }
    let mut text = measured_live(&cpu, &gpu, chosen);
    if let Some(batches) = measured.batches {
        let (cpu, gpu, chosen) = parts(batches);
        text = format!("{text} {}", measured_batches(&cpu, &gpu, chosen));
    }
    text
}

const fn startup_step(step: Option<StartupStep>) -> Text {
    match step {
        None | Some(StartupStep::Weights) => ENGINE_STAGE_WEIGHTS,
        Some(StartupStep::Device) => ENGINE_STAGE_DEVICE,
        Some(StartupStep::Check) => ENGINE_STAGE_CHECK,
        Some(StartupStep::Warmup) => ENGINE_STAGE_WARMUP,
    }
}

/// Why the CPU is used although WebGPU was selected.
pub const fn fallback(fallback: &Fallback) -> Text {
    match fallback {
        Fallback::Missing { .. } => FALLBACK_MISSING,
        Fallback::Mismatch { .. } => FALLBACK_MISMATCH,
        Fallback::Lost { .. } => FALLBACK_LOST,
    }
}

/// Why something failed, as a sentence, if an ONNX model is the reason: another device would not help.
pub fn onnx_failure(reason: &Message) -> Option<String> {
    onnx_cause(reason).map(|cause| format!("{}.", dataset::sentence(&say(cause))))
}

/// What to do if the engine cannot run.
pub fn engine_problem(problem: &Problem) -> Text {
    match problem.kind {
        ProblemKind::Compute if onnx_cause(&problem.detail).is_some() => ONNX_FAILED_DO,
        ProblemKind::WeightsMissing => ENGINE_PROBLEM_WEIGHTS_MISSING,
        ProblemKind::WeightsDamaged => ENGINE_PROBLEM_WEIGHTS_DAMAGED,
        ProblemKind::Picture | ProblemKind::PictureFile => ENGINE_PROBLEM_PICTURE,
        ProblemKind::Compute => ENGINE_PROBLEM_COMPUTE,
        ProblemKind::Worker => ENGINE_PROBLEM_WORKER,
    }
}

pub const SHORTCUTS: [(Text, Text); 4] = [
    (SHORTCUT_SPACE, SHORTCUT_SPACE_DOES),
    (SHORTCUT_SNAPSHOT, SHORTCUT_SNAPSHOT_DOES),
    (SHORTCUT_FLIP, SHORTCUT_FLIP_DOES),
    (SHORTCUT_EXPLAIN, SHORTCUT_EXPLAIN_DOES),
];

/// The name of a camera in the list.
pub fn camera(index: usize, camera: &Camera) -> String {
    if camera.label.is_empty() { camera_number(index + 1) } else { camera.label.clone() }
}

/// The message while there is no camera picture.
pub const fn camera_wait(state: CameraState) -> Text {
    match state {
        CameraState::Asking => CAMERA_WAIT_ASKING,
        CameraState::Paused => CAMERA_WAIT_PAUSED,
        CameraState::Off | CameraState::On => CAMERA_WAIT_ON,
    }
}

/// The message while a picture waits for the engine.
pub const fn waiting(state: &EngineState) -> Text {
    match state {
        EngineState::Ready { .. } | EngineState::QuickStarted => WAITING_READY,
        EngineState::Starting { .. } => WAITING_STARTING,
        EngineState::Failed(_) => WAITING_FAILED,
    }
}

/// The state of the timeline recording.
pub fn recording(recording: Recording) -> String {
    if recording.rows == 0 { RECORDING_EMPTY.into() } else { recording_rows(recording.rows) }
}

/// The result for a photo thumbnail.
pub fn photo_result(result: &RecognitionResult) -> String {
    match result.faces.as_slice() {
        [] => PHOTO_NO_FACE.into(),
        [face] => verdict(face).into(),
        _ => face_count(result.found as usize),
    }
}

/// What networks and processors are called, by their names in files and reports; the same in every language.
const TITLES: [(&str, &str); 7] = [
    ("cnn", "CNN"),
    ("vgg", "VGG"),
    ("resnet", "ResNet"),
    ("inception", "Inception"),
    ("mobile", "Mobile"),
    ("webgpu", "GPU"),
    ("cpu", "CPU"),
];

/// What the networks or processors of a report are called, by their names there, such as `vgg + inception` or `cpu`.
pub fn titled(names: &str) -> String {
    let title = |name: &str| {
        // the name of a visitor's network, which may follow, stays as it is
        let (kind, rest) = name.split_at(name.find(' ').unwrap_or(name.len()));
        let title = TITLES.iter().find(|(name, _)| *name == kind).map_or(kind, |(_, title)| title);
        [title, rest].concat()
    };
    names.split(" + ").map(title).collect::<Vec<_>>().join(" + ")
}

/// The name of a class.
pub const fn expression(expression: Expression) -> Text {
    match expression {
        Expression::Angry => EXPRESSION_ANGRY,
        Expression::Disgust => EXPRESSION_DISGUST,
        Expression::Fear => EXPRESSION_FEAR,
        Expression::Happy => EXPRESSION_HAPPY,
        Expression::Sad => EXPRESSION_SAD,
        Expression::Surprise => EXPRESSION_SURPRISE,
        Expression::Neutral => EXPRESSION_NEUTRAL,
    }
}

/// A class inside a sentence.
pub const fn inline(expression: Expression) -> Text {
    match expression {
        Expression::Angry => INLINE_ANGRY,
        Expression::Disgust => INLINE_DISGUST,
        Expression::Fear => INLINE_FEAR,
        Expression::Happy => INLINE_HAPPY,
        Expression::Sad => INLINE_SAD,
        Expression::Surprise => INLINE_SURPRISE,
        Expression::Neutral => INLINE_NEUTRAL,
    }
}

/// The predicted class of a face, or "not sure".
pub fn verdict(face: &RecognizedFace) -> Text {
    if face.clear { expression(face.smoothed.top().0) } else { NOT_SURE }
}

/// The second most likely class if the prediction is clear, otherwise the most likely one.
pub fn beside(face: &RecognizedFace) -> String {
    let [first, second, ..] = face.smoothed.ranked();
    if face.clear {
        beside_then(inline(second.0), &percent(second.1))
    } else {
        beside_closest(inline(first.0), &percent(first.1))
    }
}

/// The faces in one sentence, for screen readers.
pub fn announcement(result: &RecognitionResult) -> String {
    let say = |face: &RecognizedFace| if face.clear { inline(face.smoothed.top().0) } else { INLINE_NOT_SURE };
    match result.faces.as_slice() {
        [] => NO_FACE_STREAM.into(),
        [face] => announce_face(say(face)),
        faces => {
            let list: Vec<String> = faces.iter().take(4).map(|face| format!("{} {}", face.id, say(face))).collect();
            announce_faces(result.found as usize, &list.join(", "))
        }
    }
}

/// The frame rate.
pub fn frame_rate(rate: f32) -> String {
    frames_per_second(&fixed(f64::from(rate), u32::from(rate < 10.0)))
}

/// A time with its unit.
pub fn time(value: f32) -> String {
    milliseconds(value)
}

/// Texts of the About page.
pub mod about {
    use super::{Expression, NetworkSummary, Text, messages, titled};
    use crate::format::{fixed, scaled, share};
    use crate::language::say;
    use mien_protocol::Message;

    pub use messages::about::*;

    /// The typical appearance of a class.
    pub const fn class(expression: Expression) -> Text {
        match expression {
            Expression::Angry => CLASS_ANGRY,
            Expression::Disgust => CLASS_DISGUST,
            Expression::Fear => CLASS_FEAR,
            Expression::Happy => CLASS_HAPPY,
            Expression::Sad => CLASS_SAD,
            Expression::Surprise => CLASS_SURPRISE,
            Expression::Neutral => CLASS_NEUTRAL,
        }
    }

    /// The measured accuracy in a sentence.
    pub fn accuracy(accuracy: f64, validated_on: Option<&Message>) -> String {
        let wrong = 100.0 - (accuracy * 100.0).round();
        let on = validated_on.map(|on| format!(" ({})", say(on))).unwrap_or_default();
        accuracy_measured(&on, &share(accuracy), &fixed(wrong, 0))
    }

    pub const CHECKS: [Text; 3] = [CHECK_TOOLS, CHECK_OFFLINE, CHECK_CAMERA];

    /// The network's facts: term and value.
    pub fn network(network: &NetworkSummary) -> Vec<(Text, String)> {
        let mut facts = vec![
            (NETWORK_NAME, titled(&network.name)),
            (NETWORK_PARAMETERS, scaled(network.parameters)),
            (NETWORK_MULTIPLY_ADDS, scaled(network.multiply_adds)),
        ];
        if let Some(accuracy) = network.validation_accuracy {
            facts.push((NETWORK_ACCURACY, share(accuracy)));
            facts.extend(network.validated_on.as_ref().map(|on| (NETWORK_VALIDATED_ON, say(on))));
        }
        facts.extend(network.description.as_ref().map(|description| (NETWORK_ORIGIN, say(description))));
        facts
    }

    pub const CREDITS_LIST: [Text; 5] =
        [CREDIT_SAMPLE, super::sets::LONDON_CREDIT, CREDIT_DETECTOR, CREDIT_PICTURES, CREDIT_BUILT];
}
