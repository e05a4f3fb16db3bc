//! Robustness tests and the worker pool.

use super::doubles::{OTHER_NETWORK, World, files, image};
use crate::engine::platform::Received;
use crate::failure::{EngineError, Failure};
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
        let world = World::started();
        world.add_dataset(30);
        world.workers.cores.set(cores);
        world.workers.crash.set(crash);
        (outcome(world.send(run((0..30).collect()))), world.workers.batches.get())
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
fn a_gpu_needs_no_pool_and_its_loss_is_made_up_for() {
    let world = World::on_gpu();
    world.add_dataset(6);
    world.workers.cores.set(3);
    world.devices.fail_next();
    let events = world.send(run((0..6).collect()));
    assert!(matches!(events[0], Event::Ready { backend: Backend::Cpu, .. }), "{events:?}");
    assert_eq!(outcome(events).samples, 6);
    assert_eq!(world.workers.batches.get(), 0);
}

#[test]
fn a_run_fails_when_another_network_is_chosen() {
    let world = World::started();
    world.add_dataset(30);
    world.send_with(Command::Network(NetworkCommand::Load { name: "vgg".into() }), files(&[OTHER_NETWORK]));
    let inbox = world.inbox.clone();
    world.tasks.then(move || inbox.take(Command::Network(NetworkCommand::Activate { network: 1 }), Received::Nothing));
    let events = world.send(run((0..30).collect()));
    assert_eq!(events.last(), failed(EngineError::NetworkChanged).last());
}

#[test]
fn what_is_gone_is_not_evaluated_and_runs_are_cancelled() {
    let world = World::started();
    assert_eq!(world.send(run(vec![0])), failed(EngineError::SetClosed));
    world.add_dataset(30);
    assert_eq!(world.send(run(vec![30])), failed(EngineError::NoSamples));
    let cancel = |run| Command::Robustness(RobustnessCommand::Cancel { run });
    assert_eq!(world.send(cancel(1)), []);
    let inbox = world.inbox.clone();
    world.tasks.then(move || inbox.take(cancel(1), Received::Nothing));
    let events = world.send(run((0..30).collect()));
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
    let world = World::new();
    assert_eq!(corrupted(&world.send(attempt(image(1).to_vec()))), (2304, false), "it has not started");
    let world = World::on_gpu();
    assert_eq!(corrupted(&world.send(attempt(image(1).to_vec()))), (2304, true));
    assert_eq!(corrupted(&world.send(attempt(vec![0; 5]))), (0, false));
    world.devices.fail_next();
    let events = world.send(attempt(image(1).to_vec()));
    assert!(matches!(events[0], Event::Ready { backend: Backend::Cpu, .. }), "{events:?}");
    assert_eq!(corrupted(&events), (2304, true));
}
