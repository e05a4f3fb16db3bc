//! Third-party ONNX models, by the reader itself: the program only differs in how it is called.

use super::doubles::{ONNX_PROGRAM, TestEngine, files, image};
use super::networks::{list, refused, send};
use super::photographs;
use super::scheduling::evaluate;
use crate::engine::platform::{Picture, Received};
use crate::failure::Failure;
use mien_core::dataset::Split;
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::explanation::Method;
use mien_core::expression::Expression;
use mien_core::network::{OnnxFacts, OnnxStatement, OnnxTrial};
use mien_core::vision::corruption::Corruption;
use mien_core::vision::{CROP_PIXELS, Frame};
use mien_protocol::{
    Backend, BackendChoice, Command, DatasetCommand, EvaluationCommand, EvaluationEvent, Event, ExplanationCommand,
    ExplanationEvent, FrameSource, Message, NetworkCommand, NetworkEvent, NetworkFormat, NetworkSummary, ProblemKind,
    RobustnessCommand, RobustnessEvent, onnx_cause,
};

/// Three classes of colours, eight outputs, logits.
const RESIDUAL: &[u8] = include_bytes!("../../../../../tests/fixtures/onnx/torch-residual.onnx");

/// Seven classes of grey images, logits. It computes no numbers for images whose mean is below 20.
const DARK: &[u8] = include_bytes!("../../../../../tests/fixtures/onnx/dark.onnx");

/// What is said without the program.
const UNAVAILABLE: &str =
    "the program for ONNX models could not be fetched or started: check the connection and try again";

fn statement() -> OnnxStatement {
    OnnxStatement { scaling: Some("imagenet".into()), classes: Some("affectnet".into()), ..OnnxStatement::default() }
}

fn started() -> TestEngine {
    let engine = TestEngine::started();
    engine.site.put("onnx.wasm", ONNX_PROGRAM);
    engine
}

fn inspect(engine: &TestEngine, model: &[u8]) -> Result<OnnxFacts, Message> {
    let events = engine.send_with(Command::Network(NetworkCommand::InspectOnnx { request: 7 }), files(&[model]));
    match &events[..] {
        [Event::Network(NetworkEvent::OnnxInspected { request: 7, facts })] => facts.clone().map(|facts| *facts),
        events => panic!("{events:?}"),
    }
}

fn attempt(engine: &TestEngine, model: &[u8], statement: OnnxStatement) -> Result<OnnxTrial, Message> {
    let command = NetworkCommand::TryOnnx { request: 8, statement };
    match &engine.send_with(Command::Network(command), files(&[model]))[..] {
        [Event::Network(NetworkEvent::OnnxTried { request: 8, trial })] => trial.clone().map(|trial| *trial),
        events => panic!("{events:?}"),
    }
}

/// Adds the first model and activates it; the events of the latter.
fn use_model(engine: &TestEngine) -> Vec<Event> {
    use_model_of(engine, RESIDUAL, statement())
}

fn use_model_of(engine: &TestEngine, model: &[u8], statement: OnnxStatement) -> Vec<Event> {
    let command = NetworkCommand::LoadOnnx { name: "theirs".into(), statement };
    let events = engine.send_with(Command::Network(command), files(&[model]));
    let (networks, _) = list(&events);
    assert_eq!((networks.len(), networks[1].name.as_str()), (2, "theirs"));
    send(engine, NetworkCommand::Activate { network: 1 })
}

#[test]
fn a_model_is_inspected_and_tried_on_the_sample() {
    let engine = TestEngine::started();
    assert_eq!(inspect(&engine, RESIDUAL).unwrap_err().english(), UNAVAILABLE);
    engine.site.put("onnx.wasm", ONNX_PROGRAM);
    let facts = inspect(&engine, RESIDUAL).unwrap();
    assert_eq!((facts.side, facts.channels, facts.outputs), (Some(64), Some(3), Some(8)));
    assert_eq!((facts.stated.scaling, facts.stated.classes, facts.stated.probabilities), (None, None, Some(false)));
    assert_eq!(inspect(&engine, b"no model").unwrap_err().id(), "onnx/not-onnx");

    assert_eq!(attempt(&engine, RESIDUAL, OnnxStatement::default()).unwrap_err().id(), "onnx/no-scaling");
    let wrong = OnnxStatement { classes: Some("happy,sad".into()), ..statement() };
    assert_eq!(attempt(&engine, RESIDUAL, wrong).unwrap_err().id(), "onnx/missing-classes");
    let unknown = OnnxStatement { classes: Some("joyful".into()), ..statement() };
    assert_eq!(attempt(&engine, RESIDUAL, unknown).unwrap_err().id(), "onnx/order");
    let trial = attempt(&engine, RESIDUAL, statement()).unwrap();
    assert_eq!((trial.side, trial.pixels.len(), trial.classes.len()), (64, 64 * 64 * 4, 8));
    assert!(trial.range.0 < 0.0 && trial.range.1 > 0.0 && trial.classes[7].is_none(), "{:?}", trial.range);
}

#[test]
fn a_program_that_does_not_start_is_fetched_again() {
    let engine = TestEngine::started();
    engine.site.put("onnx.wasm", b"<!doctype html>");
    let failure = inspect(&engine, RESIDUAL).unwrap_err();
    assert_eq!((failure.id(), failure.english()), ("engine/onnx-unavailable", UNAVAILABLE));
    let command = NetworkCommand::LoadOnnx { name: "theirs".into(), statement: statement() };
    let events = engine.send_with(Command::Network(command), files(&[RESIDUAL]));
    assert_eq!(refused(&events), UNAVAILABLE);
    engine.site.put("onnx.wasm", ONNX_PROGRAM);
    assert!(inspect(&engine, RESIDUAL).is_ok());
    engine.site.remove("onnx.wasm");
    assert!(inspect(&engine, RESIDUAL).is_ok(), "one that started is kept");
}

#[test]
fn a_model_is_used_saved_exported_and_found_again() {
    let engine = started();
    let events = use_model(&engine);
    let Event::Ready { network, .. } = &events[0] else { panic!("{events:?}") };
    assert!(network.name == NetworkSummary::ONNX && network.is_onnx() && network.multiply_adds > 1000, "{network:?}");
    let exported = send(&engine, NetworkCommand::Export { network: 1, format: NetworkFormat::Full });
    let expected = NetworkEvent::Exported { network: 1, file: "theirs.onnx".into(), reason: None };
    assert_eq!(exported, [Event::Network(expected)]);
    let file = engine.page.attachment.take().unwrap();
    assert_eq!(inspect(&engine, &file).unwrap().stated.classes.as_deref(), Some("affectnet"), "it says all now");

    send(&engine, NetworkCommand::Duplicate { network: 1 });
    let events = send(&engine, NetworkCommand::SetSaved { network: 1, saved: true });
    assert_eq!(list(&events).0.len(), 3);
    let other = TestEngine::with_files(std::rc::Rc::clone(&engine.files));
    other.send(Command::Start { choice: BackendChoice::Cpu });
    let events = send(&other, NetworkCommand::List);
    assert_eq!(list(&events).0[1].summary, *network, "without its reader");
    let events = send(&other, NetworkCommand::Activate { network: 1 });
    assert_eq!(refused(&events[..1]), UNAVAILABLE);
    assert_eq!(list(&events).1, 0, "the network before stays active");
    other.site.put("onnx.wasm", ONNX_PROGRAM);
    let events = send(&other, NetworkCommand::Activate { network: 1 });
    assert!(matches!(&events[0], Event::Ready { network, .. } if network.is_onnx()), "{events:?}");

    // the page gives back what an engine had that failed
    let third = started();
    let events = third.send_with(Command::Network(NetworkCommand::Load { name: "back".into() }), files(&[&file]));
    assert!(list(&events).0[1].summary.is_onnx());
}

#[test]
fn a_refused_model_changes_nothing() {
    let engine = started();
    use_model(&engine);
    let command = NetworkCommand::LoadOnnx { name: "bad".into(), statement: statement() };
    let answer = engine.send_with(Command::Network(command), files(&[&RESIDUAL[..RESIDUAL.len() / 2]]));
    assert_eq!(refused(&answer), "the ONNX model is damaged or cut off");
    let events = send(&engine, NetworkCommand::List);
    assert_eq!((list(&events).0.len(), list(&events).1), (2, 1));
}

#[test]
fn a_model_is_evaluated_alone_in_an_ensemble_and_by_pool_workers() {
    for cores in [0, 2] {
        let engine = started();
        engine.workers.cores.set(cores);
        use_model(&engine);
        let set = engine.add_dataset(14);
        for (networks, model, backend) in [
            (vec![1], "ONNX (theirs)", "rten"),
            (vec![0, 1], "cnn + ONNX (theirs)", "cpu + rten"),
            (vec![1, 0], "ONNX (theirs) + cnn", "rten + cpu"),
        ] {
            let run = EvaluationCommand::Run {
                run: 1,
                set,
                samples: (0..14).collect(),
                split: "all".into(),
                networks,
                augmentation: TestTimeAugmentation::Flip,
            };
            let events = engine.send(Command::Evaluation(run));
            let Some(Event::Evaluation(EvaluationEvent::Done { evaluation, .. })) = events.last() else {
                panic!("{events:?}")
            };
            let report = &evaluation.report;
            assert_eq!((report.samples, report.model.as_str(), report.backend.as_str()), (14, model, backend));
            assert!(
                report.description.contains("stated: ") && report.description.contains("classes=affectnet"),
                "{report:?}"
            );
        }
        let run = RobustnessCommand::Run {
            run: 2,
            set,
            samples: (0..7).collect(),
            split: "all".into(),
            corruptions: vec![Corruption::ALL[0]],
        };
        let events = engine.send(Command::Robustness(run));
        let Some(Event::Robustness(RobustnessEvent::Done { outcome, .. })) = events.last() else {
            panic!("{events:?}")
        };
        assert_eq!((outcome.model.as_str(), outcome.backend.as_str()), ("ONNX (theirs)", "rten"));
        assert_eq!(engine.workers.batches.get() > 0, cores > 0);
    }
}

#[test]
fn a_model_is_measured_on_photographs() {
    let engine = started();
    use_model(&engine);
    let events = photographs::measure(&engine, photographs::LABELS);
    let outcome = photographs::outcome(&events);
    assert_eq!((outcome.measured.model.as_str(), outcome.measured.backend.as_str()), ("ONNX (theirs)", "rten"));
    assert_eq!((outcome.figures.samples, outcome.figures.not_found), (3, 1));
}

#[test]
fn a_model_has_occlusion_maps_and_nothing_that_needs_its_layers() {
    let engine = started();
    use_model(&engine);
    let explain = |method| {
        let crops = image(1).to_vec();
        engine.send(Command::Explanation(ExplanationCommand::Explain { request: 1, crops, method, class: None }))
    };
    for method in [None, Some(Method::Occlusion)] {
        let events = explain(method);
        let [Event::Explanation(ExplanationEvent::Explained { explanations, stages: 0, .. })] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(explanations[0].map.is_some(), method.is_some());
    }
    let events = explain(Some(Method::GradCam { stage: None }));
    let [Event::Explanation(ExplanationEvent::Failed { reason, .. })] = &events[..] else { panic!("{events:?}") };
    assert_eq!(reason.id(), "engine/onnx-only-classifies");
}

#[test]
fn a_model_is_computed_on_the_cpu_beside_a_gpu() {
    let engine = TestEngine::on_gpu();
    engine.site.put("onnx.wasm", ONNX_PROGRAM);
    let events = use_model(&engine);
    assert!(matches!(&events[0], Event::Ready { backend: Backend::WebGpu, network, .. } if network.is_onnx()));
    let events = engine.send(Command::Start { choice: BackendChoice::Cpu });
    let is_onnx = |event: &Event| matches!(event, Event::Ready { network, .. } if network.is_onnx());
    assert!(events.iter().any(is_onnx), "it stays active on another backend: {events:?}");
}

/// The photograph of an astronaut.
struct Portrait;

impl Picture for Portrait {
    fn read(self: Box<Self>) -> Result<Frame, Failure> {
        let file = include_bytes!("../../../../../tests/fixtures/astronaut_256.png");
        let picture = ::image::load_from_memory(file).unwrap().to_rgba8();
        Ok(Frame::new(picture.width() as usize, picture.height() as usize, picture.into_raw())?)
    }
}

/// What is wrong with the model, of the reasons in some events.
fn causes<'a>(reasons: impl IntoIterator<Item = &'a Message>) -> Vec<String> {
    let cause = |reason| onnx_cause(reason).map_or_else(|| format!("{reason:?}"), |cause| cause.id().to_owned());
    reasons.into_iter().map(cause).collect()
}

#[test]
fn a_model_that_computes_no_numbers_gives_a_reason_and_no_class() {
    const REASON: [&str; 1] = ["onnx/not-finite"];
    let stated = |scaling: &str| {
        let (scaling, classes) = (Some(scaling.to_owned()), Some("fer2013".to_owned()));
        OnnxStatement { scaling, classes, ..OnnxStatement::default() }
    };
    let engine = started();
    assert_eq!(attempt(&engine, DARK, stated("unit")).unwrap_err().id(), REASON[0], "no image is bright enough");
    assert_eq!(attempt(&engine, DARK, stated("levels")).unwrap().prediction.top().0, Expression::Happy);

    // a dark image after one that is not, with and without pool workers
    for cores in [0, 2] {
        let engine = started();
        engine.workers.cores.set(cores);
        use_model_of(&engine, DARK, stated("levels"));
        let set = engine.add_dataset(1);
        let (label, split, pixels) = (Expression::Happy, Split::Training, vec![10; CROP_PIXELS]);
        engine.send(Command::Dataset(DatasetCommand::Add { set, label, split, pixels }));
        let run = |samples: &[u32]| engine.send(evaluate(1, set, samples, &[1]));
        let is_done = |event: &Event| matches!(event, Event::Evaluation(EvaluationEvent::Done { .. }));
        assert!(run(&[0]).iter().any(is_done));
        let events = run(&[0, 1]);
        assert!(!events.iter().any(is_done), "{events:?}");
        assert_eq!(
            causes(events.iter().filter_map(|event| match event {
                Event::Evaluation(EvaluationEvent::Failed { reason, .. }) => Some(reason),
                _ => None,
            })),
            REASON
        );
        let (samples, corruptions) = (vec![0, 1], vec![Corruption::ALL[0]]);
        let run = RobustnessCommand::Run { run: 2, set, samples, split: "all".into(), corruptions };
        let events = engine.send(Command::Robustness(run));
        assert!(!events.iter().any(|event| matches!(event, Event::Robustness(RobustnessEvent::Done { .. }))));
        assert_eq!(
            causes(events.iter().filter_map(|event| match event {
                Event::Robustness(RobustnessEvent::Failed { reason, .. }) => Some(reason),
                _ => None,
            })),
            REASON
        );
        let crops = vec![10; CROP_PIXELS];
        let explain = ExplanationCommand::Explain { request: 1, crops, method: None, class: None };
        let events = engine.send(Command::Explanation(explain));
        let [Event::Explanation(ExplanationEvent::Failed { reason, .. })] = &events[..] else { panic!("{events:?}") };
        assert_eq!(causes([reason]), REASON);
        let events = send(&engine, NetworkCommand::List);
        assert_eq!(list(&events).1, 1, "it stays active: other images can be classified");
    }

    // a face of a camera or photo, with a scaling that makes all images dark
    let engine = started();
    use_model_of(&engine, DARK, stated("unit"));
    let command = Command::Recognize { request: 5, source: FrameSource::Still, time: 0.0 };
    let events = engine.send_with(command, Received::Picture(Box::new(Portrait), None));
    assert!(!events.iter().any(|event| matches!(event, Event::Recognized { .. })), "{events:?}");
    let Some(Event::Refused { request: 5, problem }) = events.last() else { panic!("{events:?}") };
    assert_eq!((problem.kind, causes([&problem.detail])), (ProblemKind::Compute, REASON.map(str::to_owned).to_vec()));
}
