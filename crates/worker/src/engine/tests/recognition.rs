//! The start, faces, and the change of the device.

use super::doubles::{GreyPicture, MemoryFile, TestEngine, files, set_tick};
use super::scheduling::evaluate;
use crate::engine::platform::{InputFile, ReadSeek, Received};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::dataset::Rejection;
use mien_protocol::{
    Backend, BackendChoice, BackendTimes, Command, DecodedPicture, EvaluationEvent, Event, Fallback, FrameSource,
    MAX_PHOTO_BYTES, MAX_PHOTO_SIDE, Measured, Message, Problem, ProblemKind, StartupStep,
};

fn recognize(engine: &TestEngine, received: Received) -> Vec<Event> {
    engine.send_with(Command::Recognize { request: 5, source: FrameSource::Still, time: 0.0 }, received)
}

/// A picture, and its file if it is to be checked.
fn grey(file: Option<&[u8]>) -> Received {
    Received::Picture(Box::new(GreyPicture), file.map(|file| Box::new(MemoryFile(file.to_vec())) as _))
}

fn problem(kind: ProblemKind, error: impl Into<Failure>) -> Problem {
    Problem { kind, detail: error.into().into() }
}

fn refused(kind: ProblemKind, error: impl Into<Failure>) -> Event {
    Event::Refused { request: 5, problem: problem(kind, error) }
}

#[test]
fn the_start_reports_its_steps() {
    let engine = TestEngine::new();
    assert_eq!(engine.page.take(), [Event::Progress { step: StartupStep::Weights, progress: 0.0 }]);
    let events = engine.send(Command::Start { choice: BackendChoice::Cpu });
    let steps = |event: &Event| match event {
        Event::Progress { step, .. } => Some(*step),
        _ => None,
    };
    assert_eq!(
        events.iter().filter_map(steps).collect::<Vec<_>>(),
        [StartupStep::Weights, StartupStep::Device, StartupStep::Warmup]
    );
    let Some(Event::Ready { backend: Backend::Cpu, fallback: None, network, .. }) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!(network.name, "cnn");
}

#[test]
fn a_start_without_weights_fails_and_can_be_repeated() {
    let engine = TestEngine::new();
    engine.site.remove("weights/default.safetensors");
    let events = engine.send(Command::Start { choice: BackendChoice::Cpu });
    let fault = EngineError::Status(404).into();
    let detail = Failure::from(EngineError::File { path: "weights/default.safetensors", fault }).into();
    let problem = Problem { kind: ProblemKind::WeightsMissing, detail };
    assert_eq!(events.last(), Some(&Event::Failed { problem }));
    engine.site.put("weights/default.safetensors", b"no weights");
    let events = engine.send(Command::Start { choice: BackendChoice::Cpu });
    let is_damaged =
        |event: &Event| matches!(event, Event::Failed { problem } if problem.kind == ProblemKind::WeightsDamaged);
    assert!(events.last().is_some_and(is_damaged), "{events:?}");
}

#[test]
fn pictures_are_refused_with_the_reason() {
    let engine = TestEngine::new();
    engine.page.take();
    let not_started = refused(ProblemKind::Compute, EngineError::NotStarted);
    assert_eq!(recognize(&engine, grey(None)), [not_started]);
    let none = refused(ProblemKind::Picture, EngineError::NoPicture);
    assert_eq!(recognize(&engine, Received::Nothing), [none]);
}

#[test]
fn a_picture_whose_file_ends_early_is_refused() {
    let engine = TestEngine::started();
    let whole = include_bytes!("../../../../../tests/fixtures/astronaut.jpg");
    let is_recognized = |events: &[Event]| matches!(events, [Event::Recognized { request: 5, .. }]);
    assert!(is_recognized(&recognize(&engine, grey(Some(whole)))));
    let end = refused(ProblemKind::PictureFile, Rejection::ImageEnd);
    assert_eq!(recognize(&engine, grey(Some(&whole[..whole.len() / 4]))), [end]);
    // the browser's word counts for what is not read here
    assert!(is_recognized(&recognize(&engine, grey(Some(b"\0\0\0\x24ftypheic")))));
    let large = Received::Picture(Box::new(GreyPicture), Some(Box::new(HugeFile)));
    assert_eq!(recognize(&engine, large), [refused(ProblemKind::PictureFile, Rejection::ImageFile(64))]);
}

#[test]
fn pictures_that_the_browser_cannot_decode_are_decoded_before_the_start_too() {
    let engine = TestEngine::new();
    engine.page.take();
    let decode = |file: &[u8]| engine.send_with(Command::Decode { request: 7 }, files(&[file]));
    let decoded = |picture| Event::Decoded { request: 7, picture };
    let tiff = include_bytes!("../../../../../tests/fixtures/pictures/float32-1.tiff");
    let events = decode(tiff);
    let [Event::Decoded { request: 7, picture: Ok(picture) }] = events[..] else { panic!("{events:?}") };
    let pixels = engine.page.attachment.take().unwrap();
    assert_eq!((pixels.len() % (4 * picture.width as usize), picture.scale), (0, 1.0));
    assert!(pixels.chunks_exact(4).all(|pixel| pixel[0] == pixel[2] && pixel[3] == 255));

    let wide = image::GrayImage::from_pixel(4 * MAX_PHOTO_SIDE, 8, [77].into());
    let mut file = std::io::Cursor::new(Vec::new());
    wide.write_to(&mut file, image::ImageFormat::Tiff).unwrap();
    let picture = DecodedPicture { width: MAX_PHOTO_SIDE, scale: 4.0 };
    assert_eq!(decode(file.get_ref()), [decoded(Ok(picture))]);
    assert_eq!(engine.page.attachment.take().map(|pixels| pixels.len()), Some(4 * 2 * MAX_PHOTO_SIDE as usize));

    let cut = &include_bytes!("../../../../../tests/fixtures/astronaut.jpg")[..9000];
    for (file, reason) in [(cut, Rejection::ImageEnd), (&b"dear diary"[..], Rejection::NoImage)] {
        assert_eq!(decode(file), [decoded(Err(problem(ProblemKind::PictureFile, reason)))]);
        assert_eq!(engine.page.attachment.take(), None);
    }
    let no_file = problem(ProblemKind::PictureFile, EngineError::NoFile);
    assert_eq!(engine.send(Command::Decode { request: 7 }), [decoded(Err(no_file))]);
}

/// A file of more bytes than are read.
struct HugeFile;

impl InputFile for HugeFile {
    fn size(&self) -> u64 {
        MAX_PHOTO_BYTES + 1
    }

    fn open(&self) -> std::io::Result<Box<dyn ReadSeek>> {
        panic!("it is too large to be opened")
    }
}

#[test]
fn a_gpu_that_reports_an_error_in_its_check_is_not_used() {
    let engine = TestEngine::new();
    engine.devices.gpu.set(true);
    engine.devices.fail_next();
    let events = engine.send(Command::Start { choice: BackendChoice::Auto });
    let fallback = Some(Fallback::Mismatch { reason: Message::quoted("lost".into()) });
    let is_ready = |event: &Event| matches!(event, Event::Ready { backend: Backend::Cpu, fallback: because, .. } if *because == fallback);
    assert!(events.last().is_some_and(is_ready), "{events:?}");
    assert!(events.contains(&Event::Progress { step: StartupStep::Check, progress: 0.5 }));
}

#[test]
fn a_gpu_that_is_lost_in_its_check_at_its_first_run_or_when_it_is_measured_leaves_the_cpu() {
    for checks_passed in [0, 1, 2, 5] {
        let engine = TestEngine::new();
        engine.devices.gpu.set(true);
        engine.devices.errors.borrow_mut().extend((0..checks_passed).map(|_| None));
        engine.devices.lose_next();
        let events = engine.send(Command::Start { choice: BackendChoice::Auto });
        let is_ready = |event: &Event| {
            matches!(event, Event::Ready { backend: Backend::Cpu, fallback: Some(Fallback::Lost { .. }), .. })
        };
        assert!(events.last().is_some_and(is_ready), "{events:?}");
        assert!(engine.devices.errors.borrow().is_empty(), "the GPU was asked {checks_passed} times before");
    }
}

/// The backend on which an engine starts by itself, and what it measured, if its GPU takes so many milliseconds longer than the CPU's
/// ten.
fn chosen(lag: f64) -> (Backend, Measured) {
    let engine = TestEngine::new();
    engine.devices.gpu.set(true);
    engine.devices.lag.set(lag);
    set_tick(10.0);
    let events = engine.send(Command::Start { choice: BackendChoice::Auto });
    let [.., Event::Ready { backend, fallback: None, adapter, .. }, Event::Measured(measured)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(adapter, if *backend == Backend::WebGpu { "test" } else { "" });
    assert!(matches!(recognize(&engine, grey(None))[..], [Event::Recognized { .. }]));
    (*backend, *measured)
}

#[test]
fn the_faster_processor_is_chosen_for_live_recognition() {
    let live = |gpu| Measured { live: BackendTimes { cpu: 10.0, gpu }, batches: None };
    assert_eq!(chosen(5.0), (Backend::Cpu, live(15.0)));
    assert_eq!(chosen(-4.0), (Backend::WebGpu, live(6.0)));
    assert_eq!(chosen(1.0), (Backend::WebGpu, live(11.0)), "a little slower, but it leaves the CPU free");
}

#[test]
fn a_gpu_that_is_slow_with_a_face_searches_no_picture() {
    for (lag, computed) in [(50.0, 4), (20.0, 8)] {
        let engine = TestEngine::new();
        engine.devices.gpu.set(true);
        engine.devices.lag.set(lag);
        // one is taken after each computation on the GPU
        engine.devices.errors.borrow_mut().extend((0..20).map(|_| None));
        set_tick(10.0);
        let events = engine.send(Command::Start { choice: BackendChoice::Auto });
        let live = BackendTimes { cpu: 10.0, gpu: 10.0 + lag };
        assert_eq!(events.last(), Some(&Event::Measured(Measured { live, batches: None })));
        // the check, the first run, a face twice, and then the repetitions
        assert_eq!(20 - engine.devices.errors.borrow().len(), computed, "{lag}");
    }
}

#[test]
fn a_processor_that_was_chosen_is_used_however_fast_it_is() {
    let engine = TestEngine::new();
    engine.devices.gpu.set(true);
    engine.devices.lag.set(50.0);
    set_tick(10.0);
    let events = engine.send(Command::Start { choice: BackendChoice::Auto });
    assert!(matches!(events.last(), Some(Event::Measured(_))), "{events:?}");
    for (choice, chosen) in [(BackendChoice::WebGpu, Backend::WebGpu), (BackendChoice::Cpu, Backend::Cpu)] {
        let events = engine.send(Command::Start { choice });
        let is_ready = |event: &Event| matches!(event, Event::Ready { backend, .. } if *backend == chosen);
        assert!(events.last().is_some_and(is_ready), "nothing is measured: {events:?}");
    }
}

#[test]
fn a_picture_is_processed_again_on_the_cpu_when_the_gpu_is_lost() {
    let engine = TestEngine::on_gpu();
    engine.devices.fail_next();
    let events = recognize(&engine, grey(None));
    let [Event::Ready { backend, fallback, .. }, Event::Recognized { request: 5, width: 8, height: 8, faces, .. }] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((*backend, fallback), (Backend::Cpu, &Some(Fallback::Lost { reason: Message::quoted("lost".into()) })));
    assert_eq!(faces, &[]);
}

#[test]
fn a_job_continues_on_the_cpu_when_the_gpu_is_lost() {
    let engine = TestEngine::on_gpu();
    let set = engine.add_dataset(6);
    engine.devices.errors.borrow_mut().push_back(None);
    engine.devices.fail_next();
    let events = engine.send(evaluate(1, set, &[0, 1, 2, 3, 4, 5], &[]));
    let ready = events.iter().position(|event| matches!(event, Event::Ready { backend: Backend::Cpu, .. }));
    let done = events.iter().position(|event| match event {
        Event::Evaluation(EvaluationEvent::Done { predictions, .. }) => predictions.len() == 6,
        _ => false,
    });
    assert!(ready.is_some() && ready < done, "{events:?}");
}

#[test]
fn a_job_fails_that_has_no_device_left() {
    let engine = TestEngine::on_gpu();
    let set = engine.add_dataset(2);
    engine.devices.fail_next();
    let fail = |event: &Event| matches!(event, Event::Evaluation(EvaluationEvent::Failed { run: 1, .. }));
    assert!(!engine.send(evaluate(1, set, &[0, 1], &[])).iter().any(fail), "the CPU is left");
    let engine = TestEngine::new();
    let set = engine.add_dataset(2);
    let reason = Failure::from(EngineError::NotStarted).into();
    assert_eq!(
        engine.send(evaluate(1, set, &[0, 1], &[])),
        [Event::Evaluation(EvaluationEvent::Failed { run: 1, reason })]
    );
}
