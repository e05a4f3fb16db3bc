//! Tests of texts that depend on a value: each value has a distinct text, and numbers are formatted correctly.

use std::collections::BTreeSet;

use super::*;
use crate::fixtures::{distribution, face, message, network, recognized};
use crate::language::Text;
use mien_protocol::{BackendTimes, Message};

/// Asserts that these texts are not empty and are distinct.
pub fn assert_distinct(texts: impl IntoIterator<Item = Text>) {
    let mut seen = BTreeSet::new();
    for text in texts {
        assert!(!text.is_empty());
        assert!(seen.insert(text.text()), "“{text}” twice");
    }
}

#[test]
fn every_choice_has_a_name_of_its_own() {
    assert_distinct(Page::ALL.map(page));
    assert_distinct([Theme::System, Theme::Light, Theme::Dark].map(theme));
    assert_distinct([BackendChoice::Auto, BackendChoice::WebGpu, BackendChoice::Cpu].map(choice));
    assert_distinct(Expression::ALL.map(expression));
    assert_distinct(Expression::ALL.map(inline));
    assert_distinct(Expression::ALL.map(about::class));
    assert_distinct([CameraState::Asking, CameraState::Paused, CameraState::On].map(camera_wait));
}

#[test]
fn every_problem_says_what_to_do() {
    let kinds = [
        ProblemKind::WeightsMissing,
        ProblemKind::WeightsDamaged,
        ProblemKind::Picture,
        ProblemKind::Compute,
        ProblemKind::Worker,
    ];
    assert_distinct(kinds.map(|kind| engine_problem(&Problem { kind, detail: Message::default() })));
    let detail = Message::new("onnx/not-finite", [], "the model computes no numbers".into());
    let of_onnx = Problem { kind: ProblemKind::Compute, detail };
    assert_eq!(engine_problem(&of_onnx), ONNX_FAILED_DO);
    let reason = Message::default;
    let fallbacks = [
        Fallback::Missing { reason: reason() },
        Fallback::Mismatch { reason: reason() },
        Fallback::Lost { reason: reason() },
    ];
    assert_distinct(fallbacks.iter().map(fallback));
}

#[test]
fn the_engine_is_described_from_start_to_failure() {
    let starting = |step| engine(&EngineState::Starting { step, progress: 0.5 });
    assert_eq!(starting(None), "Loading the network");
    let steps = [StartupStep::Weights, StartupStep::Device, StartupStep::Check, StartupStep::Warmup]
        .map(|step| starting(Some(step)));
    assert_eq!(steps.iter().collect::<BTreeSet<_>>().len(), 4);
    let ready =
        |backend, adapter: &str| engine(&EngineState::Ready { backend, adapter: adapter.into(), fallback: None });
    assert_eq!(ready(Backend::WebGpu, "Apple M2"), "Running on the GPU: Apple M2");
    assert_eq!(ready(Backend::WebGpu, ""), "Running on the GPU", "not all browsers provide its name");
    assert_eq!(ready(Backend::Cpu, "Apple M2"), "Running on the CPU");
    let failed = EngineState::Failed(Problem { kind: ProblemKind::Compute, detail: message("x") });
    assert_eq!(engine(&failed), "Not running");
    assert_distinct([EngineState::Starting { step: None, progress: 0.0 }, failed].iter().map(waiting));
}

#[test]
fn what_was_measured_is_said_with_the_times_of_both_processors() {
    let live = BackendTimes { cpu: 5.0, gpu: 12.34 };
    let of_one = "Measured on this device: finding and classifying a face takes 5.0 ms on the CPU and 12 ms on the GPU. Live \
                  recognition runs on the CPU.";
    assert_eq!(measured(Measured { live, batches: None }), of_one);
    let slow = Measured { live: BackendTimes { gpu: 340.0, ..live }, batches: None };
    assert_eq!(measured(slow), of_one.replace("12 ms", "at least 340 ms"));
    let batches = BackendTimes { cpu: 150.0, gpu: 31.0 };
    let of_batches =
        "A batch of 32 faces takes 150 ms on the CPU and 31 ms on the GPU. Training and evaluations run on the GPU.";
    assert_eq!(measured(Measured { live, batches: Some(batches) }), format!("{of_one} {of_batches}"));
}

#[test]
fn cameras_without_a_name_are_numbered_from_one() {
    let camera = |label: &str| camera(0, &Camera { id: String::new(), label: label.into() });
    assert_eq!((camera("FaceTime"), camera("")), ("FaceTime".to_owned(), "Camera 1".to_owned()));
}

#[test]
fn counts_take_singular_and_plural() {
    let rows = |rows| recording(Recording { on: true, rows, changes: 0 });
    assert_eq!([rows(0), rows(1), rows(2_000)], ["No rows yet", "1 row", "2,000 rows"]);
    assert_eq!([1_usize, 3].map(face_count), ["1 face", "3 faces"]);
}

#[test]
fn an_unclear_face_is_not_named() {
    let (clear, unclear) = (face(1, Expression::Happy, 0.9, true), face(2, Expression::Sad, 0.4, false));
    assert_eq!((verdict(&clear).text(), verdict(&unclear).text()), ("Happy", "Not sure"));
    assert_eq!((beside(&clear).as_str(), beside(&unclear).as_str()), ("next: angry 2%", "most likely: sad 40%"));
    let photo = |faces: Vec<_>| photo_result(&recognized(faces));
    assert_eq!(photo(Vec::new()), "No face");
    assert_eq!(photo(vec![unclear.clone()]), "Not sure");
    assert_eq!(photo(vec![clear.clone(), unclear.clone()]), "2 faces");
    let announced = |faces: Vec<_>| announcement(&recognized(faces));
    assert_eq!(announced(Vec::new()), "No face detected.");
    assert_eq!(announced(vec![clear.clone()]), "One face: happy.");
    assert_eq!(announced(vec![clear, unclear]), "2 faces: 1 happy, 2 not sure.");
    let crowd = (1..=6).map(|id| face(id, Expression::Happy, 0.9, true)).collect();
    assert_eq!(announced(crowd), "6 faces: 1 happy, 2 happy, 3 happy, 4 happy.", "the first of them");
}

#[test]
fn slow_frame_rates_have_a_decimal() {
    assert_eq!([0.0, 7.46, 24.4].map(frame_rate), ["0.0 frames/s", "7.5 frames/s", "24 frames/s"]);
    assert!(!frame_rate(f32::NAN).is_empty() && !time(f32::INFINITY).is_empty());
}

#[test]
fn networks_and_processors_have_titles() {
    assert_eq!(
        ["vgg + inception", "cnn + ONNX (my cnn)", "cpu", "webgpu", "rten + cpu", "mobile (cpu) + vgg", ""].map(titled),
        ["VGG + Inception", "CNN + ONNX (my cnn)", "CPU", "GPU", "rten + CPU", "Mobile (cpu) + VGG", ""]
    );
}

#[test]
fn the_accuracy_of_a_network_shows_where_it_was_measured() {
    let mut summary = network(0, "").summary;
    assert_eq!(about::network(&summary).len(), 3, "architecture, parameters, multiply-adds");
    summary.validation_accuracy = Some(0.6777);
    summary.validated_on = Some(message("PrivateTest"));
    summary.description = Some(message("trained here"));
    let values: Vec<String> = about::network(&summary).into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["VGG", "1.3 million", "117 million", "67.8%", "PrivateTest", "trained here"]);
    let sentence = about::accuracy(0.6777, Some(&message("PrivateTest")));
    assert!(sentence.contains("(PrivateTest)") && sentence.contains("67.8%") && sentence.contains("about 32 times"));
    assert!(!about::accuracy(1.0, None).contains('('));
}

#[test]
fn probabilities_of_no_number_are_written_all_the_same() {
    let odd = face(1, Expression::Happy, f32::NAN, true);
    assert!(!beside(&odd).is_empty() && !announcement(&recognized(vec![odd])).is_empty());
    assert!(!lesson::rule(&distribution(Expression::Happy, f32::INFINITY), true).is_empty());
}
