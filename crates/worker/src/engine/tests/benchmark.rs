//! The measurement of the device's speed.

use super::doubles::{GreyPicture, OTHER_NETWORK, TestEngine, files, set_tick};
use crate::engine::platform::Received;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_protocol::{
    Backend, BenchmarkCommand, BenchmarkEvent, Command, Event, Figures, FrameSource, Message, NetworkCommand,
};

const START: Command = Command::Benchmark(BenchmarkCommand::Start { run: 1 });
const CANCEL: Command = Command::Benchmark(BenchmarkCommand::Cancel { run: 1 });

/// The events of the benchmark, without its progress; backends by name.
fn outcome(events: &[Event]) -> Vec<String> {
    let mut outcome = Vec::new();
    for event in events {
        outcome.push(match event {
            Event::Benchmark(BenchmarkEvent::Progress { run: 1, share, .. }) => {
                assert!((0.0..=1.0).contains(share), "{event:?}");
                continue;
            }
            Event::Benchmark(BenchmarkEvent::Measured { run: 1, result }) => {
                format!("measured {}", result.backend.name())
            }
            Event::Benchmark(BenchmarkEvent::Unmeasured { run: 1, backend, .. }) => {
                format!("unmeasured {}", backend.name())
            }
            Event::Benchmark(BenchmarkEvent::Done { run: 1, .. }) => "done".to_owned(),
            Event::Benchmark(BenchmarkEvent::Cancelled { run: 1 }) => "cancelled".to_owned(),
            Event::Ready { backend, .. } => format!("ready {}", backend.name()),
            Event::Recognized { .. } => "recognized".to_owned(),
            event => panic!("{event:?}"),
        });
    }
    outcome
}

/// Calls back after so many slices of the job.
fn after_slices(engine: &TestEngine, count: usize, act: impl FnOnce() + 'static) {
    (1..count).for_each(|_| engine.tasks.then(|| ()));
    engine.tasks.then(act);
}

fn reasons(events: &[Event]) -> Vec<Message> {
    let reason = |event: &Event| match event {
        Event::Benchmark(BenchmarkEvent::Unmeasured { reason, .. } | BenchmarkEvent::Failed { reason, .. }) => {
            Some(reason.clone())
        }
        _ => None,
    };
    events.iter().filter_map(reason).collect()
}

#[test]
fn both_backends_are_measured_the_cpu_first() {
    let engine = TestEngine::on_gpu();
    set_tick(1000.0);
    let events = engine.send(START);
    assert_eq!(outcome(&events), ["measured cpu", "measured webgpu", "done"]);
    let mut shares = Vec::new();
    for event in &events {
        match event {
            Event::Benchmark(BenchmarkEvent::Progress { share, .. }) => shares.push(*share),
            Event::Benchmark(BenchmarkEvent::Measured { result, .. }) => {
                let Figures { infer_1, infer_32, train_32, detect } = result.milliseconds;
                assert!([infer_1, infer_32, train_32, detect].iter().all(|time| *time >= 1000.0), "{result:?}");
                assert_eq!(result.repetitions, Figures { infer_1: 3, infer_32: 3, train_32: 3, detect: 3 });
                assert_eq!(result.adapter, if result.backend == Backend::Cpu { "" } else { "test" });
            }
            _ => {}
        }
    }
    assert!(shares.len() > 20 && shares.is_sorted(), "{shares:?}");
    let Some(Event::Benchmark(BenchmarkEvent::Done { json, .. })) = events.last() else { panic!("{events:?}") };
    let report: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!((&report["network"], &report["version"]), (&"cnn".into(), &env!("CARGO_PKG_VERSION").into()));
    assert_eq!(report["date"], "2026-03-01T14:05:12.000Z");
    assert_eq!(report["results"][1]["backend"], "webgpu");
    assert_eq!(report["results"][0]["repetitions"]["train_32"], 3);
    assert_eq!(report["unmeasured"], serde_json::json!([]));
}

#[test]
fn faces_are_recognized_between_repetitions_and_a_run_is_cancelled_at_once() {
    let engine = TestEngine::started();
    set_tick(1000.0);
    let inbox = engine.inbox.clone();
    after_slices(&engine, 2, move || {
        let picture = Received::Picture(Box::new(GreyPicture), None);
        inbox.take(Command::Recognize { request: 5, source: FrameSource::Still, time: 0.0 }, picture);
    });
    let inbox = engine.inbox.clone();
    after_slices(&engine, 2, move || inbox.take(CANCEL, Received::Nothing));
    let events = engine.send(START);
    assert_eq!(outcome(&events), ["recognized", "cancelled"]);
    assert_eq!(engine.send(CANCEL), [], "it has ended");
}

#[test]
fn a_second_run_replaces_the_first() {
    let engine = TestEngine::started();
    set_tick(1000.0);
    let inbox = engine.inbox.clone();
    after_slices(&engine, 1, move || {
        inbox.take(Command::Benchmark(BenchmarkCommand::Start { run: 2 }), Received::Nothing);
        inbox.take(Command::Benchmark(BenchmarkCommand::Cancel { run: 2 }), Received::Nothing);
    });
    let events = engine.send(START);
    let cancelled = |run| Event::Benchmark(BenchmarkEvent::Cancelled { run });
    assert_eq!(events[events.len() - 2..], [cancelled(1), cancelled(2)]);
}

#[test]
fn a_gpu_that_fails_leaves_the_figures_of_the_cpu() {
    let engine = TestEngine::on_gpu();
    set_tick(1000.0);
    // the CPU is prepared, takes four slices for each of four figures, then the GPU is prepared
    let devices = std::rc::Rc::clone(&engine.devices);
    after_slices(&engine, 18, move || devices.lose_next());
    let events = engine.send(START);
    assert_eq!(outcome(&events), ["measured cpu", "unmeasured webgpu", "ready cpu", "done"]);
    let lost = EngineError::GpuLost { reason: "Destroyed".into(), message: "by the test".into() };
    assert_eq!(reasons(&events), [Message::from(Failure::from(lost))]);
}

#[test]
fn a_gpu_that_is_not_used_is_opened_checked_and_measured() {
    let engine = TestEngine::started();
    engine.devices.gpu.set(true);
    set_tick(1000.0);
    assert_eq!(outcome(&engine.send(START)), ["measured cpu", "measured webgpu", "done"]);
    // the CPU stays in use whatever happens to the GPU
    let devices = std::rc::Rc::clone(&engine.devices);
    after_slices(&engine, 17, move || devices.fail_next());
    let events = engine.send(START);
    assert_eq!(outcome(&events), ["measured cpu", "unmeasured webgpu", "done"]);
    assert_eq!(reasons(&events), [Message::quoted("lost".to_owned())]);
}

#[test]
fn figures_of_two_networks_are_not_mixed() {
    let engine = TestEngine::on_gpu();
    engine.send_with(Command::Network(NetworkCommand::Load { name: "vgg".into() }), files(&[OTHER_NETWORK]));
    set_tick(1000.0);
    let inbox = engine.inbox.clone();
    after_slices(&engine, 5, move || {
        inbox.take(Command::Network(NetworkCommand::Activate { network: 1 }), Received::Nothing);
    });
    let events: Vec<Event> =
        engine.send(START).into_iter().filter(|event| matches!(event, Event::Benchmark(_))).collect();
    assert_eq!(outcome(&events), ["measured cpu", "unmeasured webgpu", "done"]);
    assert_eq!(reasons(&events), [Message::from(Failure::from(EngineError::NetworkChanged))]);
}

#[test]
fn nothing_is_measured_before_the_start() {
    let engine = TestEngine::new();
    engine.page.take();
    let events = engine.send(START);
    assert!(matches!(events[..], [Event::Benchmark(BenchmarkEvent::Failed { run: 1, .. })]), "{events:?}");
    assert_eq!(reasons(&events), [Message::from(Failure::from(EngineError::NotStarted))]);
}
