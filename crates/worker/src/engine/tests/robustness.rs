//! Robustness tests and the worker pool.

use super::doubles::{OTHER_NETWORK, TestEngine, files, image};
use crate::engine::platform::Received;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::vision::corruption::Corruption;
use mien_protocol::{Backend, Command, Event, NetworkCommand, RobustnessCommand, RobustnessEvent, RobustnessOutcome};

const CORRUPTION: Corruption = Corruption::ALL[0];

fn run(samples: Vec<u32>) -> Command {
    let corruptions = vec![CORRUPTION];
    Command::Robustness(RobustnessCommand::Run { run: 1, set: 1, samples, split: "Training".into(), corruptions })
}

fn outcome(events: Vec<Event>) -> RobustnessOutcome {
    match events.into_iter().last() {
        Some(Event::Robustness(RobustnessEvent::Done { run: 1, outcome })) => {
            RobustnessOutcome { seconds: 0.0, json: String::new(), csv: String::new(), text: String::new(), ..*outcome }
        }
        event => panic!("{event:?}"),
    }
}

fn failed(error: EngineError) -> Vec<Event> {
    vec![Event::Robustness(RobustnessEvent::Failed { run: 1, reason: Failure::from(error).into() })]
}

#[test]
fn the_pool_finds_what_the_engine_finds_alone_and_its_failure_costs_nothing() {
    let evaluate = |cores, crash| {
        let engine = TestEngine::started();
        engine.add_dataset(30);
        engine.workers.cores.set(cores);
        engine.workers.crash.set(crash);
        (outcome(engine.send(run((0..30).collect()))), engine.workers.batches.get())
    };
    let (alone, batches) = evaluate(0, false);
    assert_eq!((alone.samples, batches), (30, 0));
    assert_eq!((alone.model.as_str(), alone.backend.as_str(), alone.dataset.as_str()), ("cnn", "cpu", "set"));
    let (pooled, batches) = evaluate(3, false);
    assert_eq!(pooled, alone);
    assert!(batches > 0);
    assert_eq!(evaluate(3, true), (alone, 0));
}

#[test]
fn a_gpu_needs_no_pool_and_its_loss_is_compensated() {
    let engine = TestEngine::on_gpu();
    engine.add_dataset(6);
    engine.workers.cores.set(3);
    assert_eq!(outcome(engine.send(run((0..6).collect()))).samples, 6);
    assert_eq!(engine.workers.batches.get(), 0);
    engine.devices.fail_next();
    let events = engine.send(run((0..6).collect()));
    assert!(matches!(events[0], Event::Ready { backend: Backend::Cpu, .. }), "{events:?}");
    assert_eq!(outcome(events).samples, 6);
    assert!(engine.workers.batches.get() > 0);
}

#[test]
fn a_run_fails_when_another_network_is_chosen() {
    let engine = TestEngine::started();
    engine.add_dataset(30);
    engine.send_with(Command::Network(NetworkCommand::Load { name: "vgg".into() }), files(&[OTHER_NETWORK]));
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || inbox.take(Command::Network(NetworkCommand::Activate { network: 1 }), Received::Nothing));
    let events = engine.send(run((0..30).collect()));
    assert_eq!(events.last(), failed(EngineError::NetworkChanged).last());
}

#[test]
fn what_is_gone_is_not_evaluated_and_runs_are_cancelled() {
    let engine = TestEngine::started();
    assert_eq!(engine.send(run(vec![0])), failed(EngineError::SetClosed));
    engine.add_dataset(30);
    assert_eq!(engine.send(run(vec![30])), failed(EngineError::NoSamples));
    let cancel = |run| Command::Robustness(RobustnessCommand::Cancel { run });
    assert_eq!(engine.send(cancel(1)), []);
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || inbox.take(cancel(1), Received::Nothing));
    let events = engine.send(run((0..30).collect()));
    assert_eq!(events.last(), Some(&Event::Robustness(RobustnessEvent::Cancelled { run: 1 })));
}

fn attempt(crop: Vec<u8>) -> Command {
    let (corruption, strength, seed) = (CORRUPTION, 3.0, 1);
    Command::Robustness(RobustnessCommand::Corrupt { request: 8, crop, corruption, strength, seed })
}

/// The corrupted crop's length, and whether it was classified.
fn corrupted(events: &[Event]) -> (usize, bool) {
    match events.last() {
        Some(Event::Robustness(RobustnessEvent::Corrupted { request: 8, crop, prediction })) => {
            (crop.len(), prediction.is_some())
        }
        event => panic!("{event:?}"),
    }
}

#[test]
fn one_crop_is_corrupted_and_classified() {
    let engine = TestEngine::new();
    assert_eq!(corrupted(&engine.send(attempt(image(1).to_vec()))), (2304, false), "it has not started");
    let engine = TestEngine::on_gpu();
    assert_eq!(corrupted(&engine.send(attempt(image(1).to_vec()))), (2304, true));
    assert_eq!(corrupted(&engine.send(attempt(vec![0; 5]))), (0, false));
    engine.devices.fail_next();
    let events = engine.send(attempt(image(1).to_vec()));
    assert!(matches!(events[0], Event::Ready { backend: Backend::Cpu, .. }), "{events:?}");
    assert_eq!(corrupted(&events), (2304, true));
}
