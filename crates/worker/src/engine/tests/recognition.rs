//! The start, faces, and the change of the device.

use super::doubles::{GreyPicture, World};
use super::scheduling::evaluate;
use crate::engine::platform::Received;
use crate::failure::{EngineError, Failure};
use mien_protocol::{
    Backend, BackendChoice, Command, EvaluationEvent, Event, Fallback, FrameSource, Message, Problem, ProblemKind,
    StartupStep,
};

fn recognize(world: &World, received: Received) -> Vec<Event> {
    world.send_with(Command::Recognize { request: 5, source: FrameSource::Still, time: 0.0 }, received)
}

fn refused(kind: ProblemKind, error: EngineError) -> Event {
    Event::Refused { request: 5, problem: Problem { kind, detail: Failure::from(error).into() } }
}

#[test]
fn the_start_reports_its_steps() {
    let world = World::new();
    assert_eq!(world.page.take(), [Event::Progress { step: StartupStep::Weights, share: 0.0 }]);
    let events = world.send(Command::Start { choice: BackendChoice::Cpu });
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
    let world = World::new();
    world.site.remove("weights/default.safetensors");
    let events = world.send(Command::Start { choice: BackendChoice::Cpu });
    let fault = EngineError::Status(404).into();
    let detail = Failure::from(EngineError::File { path: "weights/default.safetensors", fault }).into();
    let problem = Problem { kind: ProblemKind::WeightsMissing, detail };
    assert_eq!(events.last(), Some(&Event::Failed { problem }));
    world.site.put("weights/default.safetensors", b"no weights");
    let events = world.send(Command::Start { choice: BackendChoice::Cpu });
    let is_damaged =
        |event: &Event| matches!(event, Event::Failed { problem } if problem.kind == ProblemKind::WeightsDamaged);
    assert!(events.last().is_some_and(is_damaged), "{events:?}");
}

#[test]
fn pictures_are_refused_with_the_reason() {
    let world = World::new();
    world.page.take();
    let not_started = refused(ProblemKind::Compute, EngineError::NotStarted);
    assert_eq!(recognize(&world, Received::Picture(Box::new(GreyPicture))), [not_started]);
    let none = refused(ProblemKind::Picture, EngineError::NoPicture);
    assert_eq!(recognize(&world, Received::Nothing), [none]);
}

#[test]
fn a_gpu_that_reports_an_error_in_its_check_is_not_used() {
    let world = World::new();
    world.devices.gpu.set(true);
    world.devices.fail_next();
    let events = world.send(Command::Start { choice: BackendChoice::Auto });
    let fallback = Some(Fallback::Mismatch { reason: Message::quoted("lost".into()) });
    let is_ready = |event: &Event| matches!(event, Event::Ready { backend: Backend::Cpu, fallback: because, .. } if *because == fallback);
    assert!(events.last().is_some_and(is_ready), "{events:?}");
    assert!(events.contains(&Event::Progress { step: StartupStep::Check, share: 0.5 }));
}

#[test]
fn a_picture_is_looked_at_again_on_the_cpu_when_the_gpu_is_lost() {
    let world = World::on_gpu();
    world.devices.fail_next();
    let events = recognize(&world, Received::Picture(Box::new(GreyPicture)));
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
    let world = World::on_gpu();
    let set = world.add_dataset(6);
    world.devices.errors.borrow_mut().push_back(None);
    world.devices.fail_next();
    let events = world.send(evaluate(1, set, &[0, 1, 2, 3, 4, 5], &[]));
    let ready = events.iter().position(|event| matches!(event, Event::Ready { backend: Backend::Cpu, .. }));
    let done = events.iter().position(|event| match event {
        Event::Evaluation(EvaluationEvent::Done { predictions, .. }) => predictions.len() == 6,
        _ => false,
    });
    assert!(ready.is_some() && ready < done, "{events:?}");
}

#[test]
fn a_job_fails_that_has_no_device_left() {
    let world = World::on_gpu();
    let set = world.add_dataset(2);
    world.devices.fail_next();
    let fail = |event: &Event| matches!(event, Event::Evaluation(EvaluationEvent::Failed { run: 1, .. }));
    assert!(!world.send(evaluate(1, set, &[0, 1], &[])).iter().any(fail), "the CPU is left");
    let world = World::new();
    let set = world.add_dataset(2);
    let reason = Failure::from(EngineError::NotStarted).into();
    assert_eq!(
        world.send(evaluate(1, set, &[0, 1], &[])),
        [Event::Evaluation(EvaluationEvent::Failed { run: 1, reason })]
    );
}
