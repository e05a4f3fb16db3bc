//! Which processor computes batches, where *Auto* recognizes faces on the CPU.

use super::doubles::{GreyPicture, TestEngine, image, set_tick};
use super::scheduling::evaluate;
use crate::engine::platform::Received;
use mien_core::dataset::Augmentation;
use mien_core::training::Settings;
use mien_core::vision::corruption::Corruption;
use mien_protocol::{
    Backend, BackendChoice, BackendTimes, Command, EvaluationEvent, Event, ExplanationCommand, ExplanationEvent,
    Fallback, FrameSource, Measured, Message, Outcome, RobustnessCommand, RobustnessEvent, StartFrom, TrainingCommand,
    TrainingEvent,
};

/// What the CPU takes for anything, in milliseconds.
const CPU: f64 = 10.0;

/// An engine with 42 images whose *Auto* has chosen the CPU for live recognition, since the GPU takes 15 ms. For what comes then, the GPU
/// takes so many milliseconds.
fn live_on_cpu(gpu: f64) -> TestEngine {
    let engine = TestEngine::new();
    engine.devices.gpu.set(true);
    engine.devices.lag.set(5.0);
    set_tick(CPU);
    let events = engine.send(Command::Start { choice: BackendChoice::Auto });
    let [.., Event::Ready { backend: Backend::Cpu, fallback: None, .. }, Event::Measured(measured)] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(*measured, Measured { live: LIVE, batches: None });
    engine.add_dataset(42);
    engine.devices.lag.set(gpu - CPU);
    engine
}

const LIVE: BackendTimes = BackendTimes { cpu: CPU, gpu: 15.0 };

fn measured(gpu: f64) -> Event {
    Event::Measured(Measured { live: LIVE, batches: Some(BackendTimes { cpu: CPU, gpu }) })
}

fn has_measured(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::Measured(_)))
}

/// What computed an evaluation of six images.
fn evaluated_on(events: &[Event]) -> &str {
    match events.last() {
        Some(Event::Evaluation(EvaluationEvent::Done { evaluation, predictions, .. })) => {
            assert_eq!(predictions.len(), 6);
            &evaluation.report.backend
        }
        event => panic!("{event:?}"),
    }
}

fn evaluation() -> Command {
    evaluate(1, 1, &[0, 1, 2, 3, 4, 5], &[])
}

fn train() -> Command {
    let settings =
        Settings { epochs: 1, batch: 8, learning_rate: 0.001, augmentation: Augmentation::OFF, ..Settings::default() };
    Command::Training(TrainingCommand::Start { set: 1, from: StartFrom::Network, settings: Box::new(settings) })
}

/// The number of slices of a run's batches, and the events before it began.
fn began(events: &[Event]) -> (usize, &[Event]) {
    let began = events.iter().enumerate().find_map(|(place, event)| match event {
        Event::Training(TrainingEvent::Began { plan }) => Some((plan.settings.slices, &events[..place])),
        _ => None,
    });
    began.unwrap_or_else(|| panic!("{events:?}"))
}

fn has_finished(events: &[Event]) -> bool {
    let finished =
        |event: &Event| matches!(event, Event::Training(TrainingEvent::Over { outcome: Outcome::Finished, .. }));
    events.iter().any(finished)
}

#[test]
fn batches_are_computed_by_the_gpu_where_that_is_faster_and_measured_once() {
    let engine = live_on_cpu(6.0);
    let events = engine.send(evaluation());
    assert_eq!((&events[0], evaluated_on(&events)), (&measured(6.0), "webgpu"));
    let events = engine.send(evaluation());
    assert_eq!((has_measured(&events), evaluated_on(&events)), (false, "webgpu"));
    // faces are not: the GPU is not asked for errors
    engine.devices.fail_next();
    let picture = Received::Picture(Box::new(GreyPicture), None);
    let events = engine.send_with(Command::Recognize { request: 5, source: FrameSource::Still, time: 0.0 }, picture);
    assert!(matches!(events[..], [Event::Recognized { .. }]), "{events:?}");
    assert_eq!(engine.devices.errors.borrow().len(), 1);
}

#[test]
fn batches_are_computed_by_the_cpu_where_the_gpu_is_slower_for_them_too() {
    let engine = live_on_cpu(15.0);
    let events = engine.send(evaluation());
    assert_eq!((&events[0], evaluated_on(&events)), (&measured(15.0), "cpu"));
    engine.devices.lag.set(-4.0);
    let events = engine.send(evaluation());
    assert_eq!((has_measured(&events), evaluated_on(&events)), (false, "cpu"));
}

#[test]
fn nothing_is_measured_for_batches_where_one_processor_has_everything() {
    for (choice, lag) in [(BackendChoice::Cpu, 5.0), (BackendChoice::WebGpu, 5.0), (BackendChoice::Auto, -4.0)] {
        let engine = TestEngine::new();
        engine.devices.gpu.set(true);
        engine.devices.lag.set(lag);
        set_tick(CPU);
        engine.send(Command::Start { choice });
        engine.add_dataset(42);
        let events = engine.send(evaluation());
        let expected = if choice == BackendChoice::Cpu { "cpu" } else { "webgpu" };
        assert_eq!((has_measured(&events), evaluated_on(&events)), (false, expected), "{choice:?}");
    }
}

#[test]
fn a_robustness_test_is_computed_by_the_gpu_without_pool_workers() {
    let engine = live_on_cpu(6.0);
    engine.workers.cores.set(3);
    let (samples, split, corruptions) = ((0..6).collect(), "Training".into(), vec![Corruption::ALL[0]]);
    let events =
        engine.send(Command::Robustness(RobustnessCommand::Run { run: 1, set: 1, samples, split, corruptions }));
    assert_eq!(events[0], measured(6.0));
    let Some(Event::Robustness(RobustnessEvent::Done { outcome, .. })) = events.last() else { panic!("{events:?}") };
    assert_eq!((outcome.backend.as_str(), outcome.model.as_str(), outcome.samples), ("webgpu", "cnn", 6));
    assert_eq!(engine.workers.batches.get(), 0);
}

#[test]
fn a_network_is_trained_by_the_faster_processor() {
    for (gpu, slices) in [(6.0, 1), (15.0, 2)] {
        let engine = live_on_cpu(gpu);
        engine.workers.cores.set(1);
        let events = engine.send(train());
        assert_eq!(began(&events), (slices, &[measured(gpu)][..]));
        assert!(has_finished(&events), "{events:?}");
    }
}

#[test]
fn a_run_on_the_gpu_is_shown_on_the_cpu() {
    let engine = live_on_cpu(6.0);
    let read = || {
        let crops = image(1).to_vec();
        let explain = ExplanationCommand::Explain { request: 1, crops, method: None, class: None };
        match engine.send(Command::Explanation(explain)).pop() {
            Some(Event::Explanation(ExplanationEvent::Explained { explanations, .. })) => explanations[0].prediction.0,
            event => panic!("{event:?}"),
        }
    };
    let before = read();
    engine.send(train());
    assert_eq!(read(), before);
    engine.send(Command::Training(TrainingCommand::Show { training: true }));
    assert_ne!(read(), before);
    engine.send(Command::Training(TrainingCommand::Show { training: false }));
    assert_eq!(read(), before);
}

#[test]
fn a_run_continues_on_the_cpu_when_the_gpu_is_lost() {
    let engine = live_on_cpu(6.0);
    engine.send(evaluation());
    engine.devices.errors.borrow_mut().extend([None, None]);
    engine.devices.lose_next();
    let events = engine.send(train());
    let moved = |event: &Event| matches!(event, Event::Training(TrainingEvent::MovedToCpu { .. }));
    let moved = events.iter().position(moved).unwrap_or_else(|| panic!("{events:?}"));
    let is_ready = |event: &Event| {
        matches!(event, Event::Ready { backend: Backend::Cpu, fallback: Some(Fallback::Lost { .. }), .. })
    };
    assert!(is_ready(&events[moved + 1]), "{events:?}");
    assert!(has_finished(&events), "{events:?}");
    assert_eq!(evaluated_on(&engine.send(evaluation())), "cpu");
}

#[test]
fn a_gpu_that_fails_when_it_is_measured_is_not_used() {
    for measured_before in [0, 3] {
        let engine = live_on_cpu(6.0);
        engine.devices.errors.borrow_mut().extend((0..measured_before).map(|_| None));
        engine.devices.fail_next();
        let events = engine.send(evaluation());
        let fallback = Some(Fallback::Mismatch { reason: Message::quoted("lost".into()) });
        let Event::Ready { backend: Backend::Cpu, fallback: because, .. } = &events[0] else { panic!("{events:?}") };
        assert_eq!((because, has_measured(&events), evaluated_on(&events)), (&fallback, false, "cpu"));
        assert_eq!(engine.devices.errors.borrow().len(), 0);
    }
}

#[test]
fn a_run_moves_with_the_choice_of_the_processor() {
    let engine = live_on_cpu(6.0);
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || inbox.take(Command::Training(TrainingCommand::Pause), Received::Nothing));
    engine.send(train());
    let events = engine.send(Command::Start { choice: BackendChoice::Cpu });
    assert!(!has_measured(&events), "{events:?}");
    engine.devices.lag.set(5.0);
    let events = engine.send(Command::Start { choice: BackendChoice::Auto });
    // the GPU has become slow, and the paused run is to know where it continues
    assert_eq!(events.last(), Some(&measured(15.0)));
    assert!(has_finished(&engine.send(Command::Training(TrainingCommand::Resume))));
}
