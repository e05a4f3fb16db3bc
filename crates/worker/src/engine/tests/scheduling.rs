//! The queues of commands and jobs.

use super::doubles::{TestEngine, set_tick};
use crate::engine::platform::Received;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_protocol::{
    Command, DatasetCommand, DatasetEvent, DatasetId, EvaluationCommand, EvaluationEvent, Event, NetworkId,
};

pub fn evaluate(run: u32, set: DatasetId, samples: &[u32], networks: &[NetworkId]) -> Command {
    Command::Evaluation(EvaluationCommand::Run {
        run,
        set,
        samples: samples.to_vec(),
        split: "Training".into(),
        networks: networks.to_vec(),
        augmentation: mien_core::evaluation::TestTimeAugmentation::default(),
    })
}

fn position(events: &[Event], matches: impl Fn(&Event) -> bool) -> usize {
    events.iter().position(matches).unwrap_or_else(|| panic!("{events:#?}"))
}

fn done(run: u32) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::Evaluation(EvaluationEvent::Done { run: ended, .. }) if *ended == run)
}

#[test]
fn commands_are_handled_between_the_slices_of_alternating_jobs() {
    let engine = TestEngine::started();
    let set = engine.add_dataset(20);
    let samples: Vec<u32> = (0..20).collect();
    let (inbox, again) = (engine.inbox.clone(), engine.inbox.clone());
    // each slice reports
    set_tick(101.0);
    engine.tasks.then(move || inbox.take(evaluate(2, set, &[0, 1, 2, 3, 4, 5], &[]), Received::Nothing));
    engine.tasks.then(move || {
        let images = DatasetCommand::Images { request: 7, set, samples: vec![3] };
        again.take(Command::Dataset(images), Received::Nothing);
    });
    let events = engine.send(evaluate(1, set, &samples, &[]));
    let progress = |run: u32, number: usize| {
        let of_run = |event: &&Event| matches!(event, Event::Evaluation(EvaluationEvent::Progress { run: reported, .. }) if *reported == run);
        let event = events.iter().filter(of_run).nth(number).unwrap_or_else(|| panic!("{events:#?}"));
        position(&events, |other| std::ptr::eq(other, event))
    };
    let images = position(
        &events,
        |event| matches!(event, Event::Dataset(DatasetEvent::Images { request: 7, pixels }) if pixels.len() == 48 * 48),
    );
    assert!(progress(1, 0) < progress(1, 1) || progress(1, 1) > images);
    assert!(images < position(&events, done(1)));
    assert!(progress(2, 0) < position(&events, done(1)), "the second does not wait for the first");
    assert!(position(&events, done(2)) < position(&events, done(1)));
}

#[test]
fn a_job_that_fails_leaves_the_others() {
    let engine = TestEngine::started();
    let set = engine.add_dataset(10);
    let inbox = engine.inbox.clone();
    set_tick(50.0);
    engine.tasks.then(move || inbox.take(evaluate(2, set, &[0, 1], &[99]), Received::Nothing));
    let events = engine.send(evaluate(1, set, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[]));
    let failed = EvaluationEvent::Failed { run: 2, reason: Failure::from(EngineError::NetworkGone).into() };
    let failed = position(&events, |event| *event == Event::Evaluation(failed.clone()));
    assert!(failed < position(&events, done(1)));
}

#[test]
fn only_the_run_that_is_named_is_cancelled() {
    let engine = TestEngine::started();
    let set = engine.add_dataset(20);
    let inbox = engine.inbox.clone();
    set_tick(50.0);
    engine.tasks.then(move || {
        inbox.take(evaluate(2, set, &[0, 1], &[]), Received::Nothing);
        for run in [1, 3, 1] {
            inbox.take(Command::Evaluation(EvaluationCommand::Cancel { run }), Received::Nothing);
        }
    });
    let events = engine.send(evaluate(1, set, &(0..20).collect::<Vec<u32>>(), &[]));
    let cancelled = |event: &&Event| matches!(event, Event::Evaluation(EvaluationEvent::Cancelled { .. }));
    let cancelled: Vec<&Event> = events.iter().filter(cancelled).collect();
    assert_eq!(cancelled, [&Event::Evaluation(EvaluationEvent::Cancelled { run: 1 })]);
    assert!(!events.iter().any(done(1)));
    assert!(events.iter().any(done(2)));
    assert_eq!(engine.send(Command::Evaluation(EvaluationCommand::Cancel { run: 2 })), [], "it has ended");
}

#[test]
fn an_idle_engine_takes_commands_again() {
    let engine = TestEngine::new();
    let created = |events: &[Event]| {
        let [Event::Dataset(loaded), Event::Dataset(explored), Event::Dataset(searched)] = events else { return false };
        matches!(
            (loaded, explored, searched),
            (DatasetEvent::Loaded { .. }, DatasetEvent::Explored { .. }, DatasetEvent::NearDuplicates { .. })
        )
    };
    engine.page.take();
    for _ in 0..2 {
        assert!(created(&engine.send(Command::Dataset(DatasetCommand::Create { name: "a".into() }))));
    }
}
