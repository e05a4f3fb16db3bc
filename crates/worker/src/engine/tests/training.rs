//! Training.

use std::rc::Rc;

use burn::tensor::Device;
use pollster::block_on;

use super::datasets::{load, loaded, persons};
use super::doubles::{TestEngine, files, set_tick};
use crate::engine::platform::Received;
use crate::engine::storage_error::StorageError;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use crate::file_text::FileText;
use mien_compute::network::{self, Architecture, Network, NetworkFile, Sizes};
use mien_core::dataset::{Augmentation, Split};
use mien_core::expression::Expression;
use mien_core::random::derive_seed;
use mien_core::training::Settings;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{
    Backend, BackendChoice, Command, DatasetCommand, DatasetEvent, Event, NearDuplicateStatus, NetworkCommand,
    NetworkEvent, Outcome, StartFrom, StoredRun, TrainingCommand, TrainingEvent,
};
use mien_weights::{NetworkHeader, Precision};

const IMAGES: usize = 42;

fn settings(epochs: usize) -> Box<Settings> {
    let augmentation = Augmentation::OFF;
    Box::new(Settings { epochs, batch: 8, learning_rate: 0.001, augmentation, ..Settings::default() })
}

fn start(epochs: usize) -> Command {
    Command::Training(TrainingCommand::Start { set: 1, from: StartFrom::Network, settings: settings(epochs) })
}

fn training(events: &[Event]) -> Vec<&TrainingEvent> {
    let mut training = Vec::new();
    for event in events {
        if let Event::Training(event) = event {
            training.push(event);
        }
    }
    training
}

fn send(engine: &TestEngine, command: TrainingCommand) -> Vec<TrainingEvent> {
    training(&engine.send(Command::Training(command))).into_iter().cloned().collect()
}

/// Sends a command after a number of further waits of the engine.
fn later(engine: &TestEngine, waits: usize, command: TrainingCommand) {
    (0..waits).for_each(|_| engine.tasks.then(|| ()));
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || inbox.take(Command::Training(command), Received::Nothing));
}

fn has(events: &[&TrainingEvent], matches: impl Fn(&TrainingEvent) -> bool) -> bool {
    events.iter().any(|event| matches(event))
}

fn with_dataset() -> TestEngine {
    let engine = TestEngine::started();
    engine.add_dataset(IMAGES);
    engine
}

const STORED: TrainingEvent = TrainingEvent::Stored { problem: None, held: None };

#[test]
fn a_run_posts_its_steps_and_epochs_and_is_stored() {
    let engine = with_dataset();
    set_tick(101.0);
    let events = engine.send(start(2));
    let events = training(&events);
    let TrainingEvent::Began { plan } = events[0] else { panic!("{events:?}") };
    assert_eq!((plan.set.as_str(), plan.settings.epochs, plan.folds), ("set", 2, 0));
    assert_eq!(*events[1], STORED);
    let count = |matches: fn(&TrainingEvent) -> bool| events.iter().filter(|event| matches(event)).count();
    assert_eq!(count(|event| matches!(event, TrainingEvent::Step { .. })), 2 * plan.steps_per_epoch as usize);
    assert_eq!(count(|event| matches!(event, TrainingEvent::Epoch { .. })), 2);
    assert_eq!(count(|event| *event == STORED), 3);
    assert!(
        matches!(events.last(), Some(TrainingEvent::Over { outcome: Outcome::Finished, best_epoch: Some(_) })),
        "{events:?}"
    );
    assert_eq!(engine.files.names(), ["training-1"]);
}

#[test]
fn what_is_learned_is_adopted_and_its_checkpoint_deleted() {
    let engine = with_dataset();
    engine.send(start(1));
    let events = engine.send(Command::Training(TrainingCommand::Adopt { name: "mine".into(), best: true }));
    let adopted = events.iter().any(|event| {
        matches!(event, Event::Network(NetworkEvent::Networks { networks, .. })
            if networks[1].name == "mine" && networks[1].summary.description == Some(FileText::TrainedHere("set".into()).into()))
    });
    assert!(adopted, "{events:?}");
    assert!(has(&training(&events), |event| *event == TrainingEvent::Cleared));
    assert_eq!(engine.files.names(), [""; 0]);
}

#[test]
fn a_run_is_paused_resumed_and_cancelled() {
    let engine = with_dataset();
    later(&engine, 1, TrainingCommand::Pause);
    let events = engine.send(start(2));
    let events = training(&events);
    assert_eq!(events[events.len() - 2..], [&TrainingEvent::Paused, &STORED]);
    assert_eq!(send(&engine, TrainingCommand::Pause), [], "it is paused already");
    later(&engine, 1, TrainingCommand::Cancel);
    let events = send(&engine, TrainingCommand::Resume);
    assert_eq!(events[0], TrainingEvent::Resumed);
    let end = &events[events.len() - 3..];
    assert!(matches!(end[0], TrainingEvent::Over { outcome: Outcome::Cancelled, .. }), "{events:?}");
    assert_eq!(end[1..], [TrainingEvent::Cleared, TrainingEvent::Unfinished { run: None }]);
    assert_eq!(send(&engine, TrainingCommand::Cancel), []);
    assert_eq!(engine.files.names(), [""; 0]);
}

#[test]
fn an_unfinished_run_is_continued_by_another_engine() {
    let engine = with_dataset();
    later(&engine, 1, TrainingCommand::Pause);
    engine.send(start(2));
    let other = TestEngine::with_files(Rc::clone(&engine.files));
    other.send(Command::Start { choice: BackendChoice::Cpu });
    other.add_dataset(IMAGES);
    assert_eq!(
        send(&other, TrainingCommand::Unfinished { held: None }),
        [TrainingEvent::Unfinished { run: None }],
        "a tab is training it"
    );
    // that tab is closed, and the browser releases its lock a moment later
    let locked = Rc::clone(&engine.files.locked);
    other.tasks.then(move || locked.borrow_mut().clear());
    let unfinished = send(&other, TrainingCommand::Unfinished { held: None });
    let [TrainingEvent::Unfinished { run: Some(run) }] = &unfinished[..] else { panic!("{unfinished:?}") };
    assert_eq!((run.set.as_str(), run.epochs, run.held), ("set", 2, false));
    send(&other, TrainingCommand::Checkpoint);
    assert!(other.page.attachment.take().is_some());
    // another tab continues it first
    engine.files.locked.borrow_mut().extend(engine.files.names());
    let taken = send(&other, TrainingCommand::Continue { set: 1 });
    assert_eq!(taken, [TrainingEvent::Failed { reason: Failure::from(EngineError::RunTaken).into() }]);
    engine.files.locked.borrow_mut().clear();
    send(&other, TrainingCommand::Unfinished { held: None });
    let events = send(&other, TrainingCommand::Continue { set: 1 });
    assert!(matches!(events[0], TrainingEvent::Began { .. }), "{events:?}");
    assert!(matches!(events.last(), Some(TrainingEvent::Over { outcome: Outcome::Finished, .. })));
    let again = send(&other, TrainingCommand::Continue { set: 1 });
    assert_eq!(again, [TrainingEvent::Failed { reason: Failure::from(EngineError::NoRun).into() }]);
}

#[test]
fn a_run_comes_from_a_file_and_is_discarded() {
    let engine = with_dataset();
    later(&engine, 1, TrainingCommand::Pause);
    engine.send(start(2));
    send(&engine, TrainingCommand::Checkpoint);
    let file = engine.page.attachment.take().unwrap();
    let other = TestEngine::started();
    let open =
        |file: &[u8]| training(&other.send_with(Command::Training(TrainingCommand::Open), files(&[file])))[0].clone();
    assert!(matches!(open(b"no run"), TrainingEvent::Failed { .. }));
    assert!(
        matches!(&open(&file), TrainingEvent::Unfinished { run: Some(run) } if run.set.is_empty() && run.epochs == 2)
    );
    assert_eq!(send(&other, TrainingCommand::Discard), [TrainingEvent::Unfinished { run: None }]);
    let problem = Some(Failure::from(EngineError::NoRun).into());
    assert_eq!(send(&other, TrainingCommand::Discard), [TrainingEvent::Stored { problem, held: None }]);
}

#[test]
fn a_run_that_is_not_stored_is_held_by_the_page() {
    let engine = with_dataset();
    engine.files.room.set(Some(100));
    later(&engine, 0, TrainingCommand::Pause);
    let events = engine.send(start(2));
    let held = engine.page.attachment.take();
    let problem = Some(Failure::from(StorageError::Full).into());
    let is_held = |event: &TrainingEvent| matches!(event, TrainingEvent::Stored { problem: why, held: Some(StoredRun { held: true, .. }) } if *why == problem);
    assert!(has(&training(&events), is_held), "{events:?}");

    let other = TestEngine::started();
    let run = StoredRun { set: "set".into(), epoch: 0, epochs: 2, bytes: 1, held: true };
    let command = Command::Training(TrainingCommand::Unfinished { held: Some(run.clone()) });
    let events = other.send_with(command, Received::Bytes(held.unwrap()));
    assert_eq!(training(&events), [&TrainingEvent::Unfinished { run: Some(run) }]);
    other.add_dataset(IMAGES);
    let events = send(&other, TrainingCommand::Continue { set: 1 });
    assert!(matches!(events.last(), Some(TrainingEvent::Over { .. })), "{events:?}");
}

#[test]
fn a_page_that_is_slow_is_sent_one_checkpoint_at_a_time() {
    let engine = with_dataset();
    engine.files.room.set(Some(100));
    let held = |events: &[&TrainingEvent]| {
        let epoch = |event: &&TrainingEvent| match event {
            TrainingEvent::Stored { held, .. } => held.as_ref().map(|run| run.epoch),
            _ => None,
        };
        events.iter().filter_map(epoch).collect::<Vec<_>>()
    };
    let events = engine.send(start(3));
    assert_eq!(held(&training(&events)), [0], "the page has not taken the first");
    let first = engine.page.attachment.take().unwrap();
    assert_eq!(held(&send(&engine, TrainingCommand::Held).iter().collect::<Vec<_>>()), [3]);
    assert_ne!(engine.page.attachment.take().unwrap(), first);
    assert_eq!(send(&engine, TrainingCommand::Held), []);
}

#[test]
fn a_run_continues_on_the_cpu_when_the_gpu_is_lost() {
    let engine = TestEngine::on_gpu();
    engine.add_dataset(IMAGES);
    engine.devices.errors.borrow_mut().extend([None, None]);
    engine.devices.fail_next();
    let events = engine.send(start(1));
    let moved = |event: &Event| matches!(event, Event::Training(TrainingEvent::MovedToCpu { .. }));
    let moved = events.iter().position(moved).unwrap_or_else(|| panic!("{events:?}"));
    assert!(matches!(events[moved + 1], Event::Ready { backend: Backend::Cpu, .. }), "{events:?}");
    assert!(matches!(training(&events).last(), Some(TrainingEvent::Over { outcome: Outcome::Finished, .. })));
}

#[test]
fn a_cross_validation_trains_every_fold_but_does_not_survive_the_gpu() {
    let cross = || {
        let (set, from, settings, folds) = (1, StartFrom::Network, settings(1), 2);
        Command::Training(TrainingCommand::CrossValidate { set, from, settings, folds })
    };
    let events = with_dataset().send(cross());
    let events = training(&events);
    let folds = events.iter().filter(|event| matches!(event, TrainingEvent::Fold { folds: 2, .. })).count();
    assert_eq!(folds, 2);
    assert!(matches!(events.last(), Some(TrainingEvent::Validated { .. })), "{events:?}");

    let engine = TestEngine::on_gpu();
    engine.add_dataset(IMAGES);
    engine.devices.fail_next();
    let events = engine.send(cross());
    let reason = Failure::from(EngineError::FoldLost).into();
    assert_eq!(training(&events).last(), Some(&&TrainingEvent::Failed { reason }));
}

#[test]
fn a_cross_validation_names_the_column_that_keeps_images_together() {
    let engine = TestEngine::started();
    let set = loaded(&load(&engine, persons().as_bytes())).id;
    for (column, name) in [(Some(1), Some("subject_id")), (None, None)] {
        engine.send(Command::Dataset(DatasetCommand::KeepTogether { set, column }));
        let (from, settings, folds) = (StartFrom::Network, settings(1), 2);
        let events = send(&engine, TrainingCommand::CrossValidate { set, from, settings, folds });
        let said = events.iter().filter_map(|event| match event {
            TrainingEvent::Began { plan } => Some(plan.grouped_by.as_deref()),
            TrainingEvent::Validated { report } => Some(report.grouped_by.as_deref()),
            _ => None,
        });
        assert_eq!(said.collect::<Vec<_>>(), [name; 2], "{events:?}");
    }
}

#[test]
fn a_run_waits_for_the_search_for_near_duplicates() {
    let (set, from) = (1, StartFrom::Network);
    let folds = TrainingCommand::CrossValidate { set, from, settings: settings(1), folds: 2 };
    for command in [start(1), Command::Training(folds)] {
        let engine = with_dataset();
        let inbox = engine.inbox.clone();
        engine.tasks.then(move || inbox.take(command, Received::Nothing));
        // the search restarts
        let events = engine.send(Command::Dataset(DatasetCommand::Remove { set, samples: vec![] }));
        let place =
            |matches: fn(&Event) -> bool| events.iter().position(matches).unwrap_or_else(|| panic!("{events:?}"));
        let found = place(|event| {
            let Event::Dataset(DatasetEvent::NearDuplicates { status, .. }) = event else { return false };
            matches!(status, NearDuplicateStatus::Finished { .. })
        });
        assert!(found < place(|event| matches!(event, Event::Training(TrainingEvent::Began { .. }))), "{events:?}");
        let last = training(&events).pop();
        let is_over = |event: &TrainingEvent| {
            matches!(event, TrainingEvent::Over { outcome: Outcome::Finished, .. } | TrainingEvent::Validated { .. })
        };
        assert!(last.is_some_and(is_over), "{last:?}");
    }
}

#[test]
fn what_cannot_begin_is_reported() {
    let failed = |events: &[Event], why: EngineError| {
        assert_eq!(training(events), [&TrainingEvent::Failed { reason: Failure::from(why).into() }]);
    };
    failed(&TestEngine::new().send(start(1)), EngineError::NotStarted);
    failed(&TestEngine::started().send(start(1)), EngineError::SetClosed);
    let engine = with_dataset();
    let Some(TrainingEvent::Failed { .. }) = training(&engine.send(start(0))).first() else { panic!("it began") };
}

#[test]
fn the_network_in_training_is_shown_and_images_are_previewed() {
    let engine = with_dataset();
    let preview = |samples: Vec<u32>| {
        let (request, set, augmentation, seed) = (4, 1, Augmentation::OFF, 0);
        match send(&engine, TrainingCommand::Preview { request, set, samples, augmentation, seed }).pop() {
            Some(TrainingEvent::Preview { request: 4, pixels }) => pixels.len() / (48 * 48),
            event => panic!("{event:?}"),
        }
    };
    assert_eq!(preview(vec![0, 1, 99]), 2);
    let read = || {
        let crops = super::doubles::image(1).to_vec();
        let explain = mien_protocol::ExplanationCommand::Explain { request: 1, crops, method: None, class: None };
        match engine.send(Command::Explanation(explain)).pop() {
            Some(Event::Explanation(mien_protocol::ExplanationEvent::Explained { explanations, .. })) => {
                explanations[0].prediction.0
            }
            event => panic!("{event:?}"),
        }
    };
    let before = read();
    engine.send(start(1));
    assert_eq!(read(), before);
    assert_eq!(send(&engine, TrainingCommand::Show { training: true }), []);
    assert_ne!(read(), before);
    engine.send(Command::Network(NetworkCommand::Activate { network: 0 }));
    assert_eq!(read(), before);
}

/// The weights file of a small network without dropout: the CPU's random state is shared by all tests.
fn without_dropout() -> Vec<u8> {
    let architecture = Architecture::Vgg(Sizes { stages: vec![(4, 1), (6, 1)], stage_dropout: vec![], dropout: 0.0 });
    let network = Network::new(&architecture, &Device::flex());
    let file = NetworkFile { header: NetworkHeader::new(architecture), network };
    block_on(network::save(&file, Precision::Full)).unwrap()
}

/// The losses of a run with this number of slices per batch, how many of them pool workers computed, and the number of slices that
/// the run has.
fn sliced(network: &[u8], other_cores: usize, crash: bool, slices: usize) -> (Vec<f32>, usize, usize) {
    let engine = TestEngine::new();
    engine.site.put("weights/default.safetensors", network);
    engine.send(Command::Start { choice: BackendChoice::Cpu });
    engine.send(Command::Dataset(DatasetCommand::Create { name: "noise".into() }));
    for index in 0..40 {
        let label = Expression::ALL[index % Expression::COUNT];
        // unlike the others, so that none counts as a near duplicate
        let pixels = (0..CROP_PIXELS).map(|pixel| derive_seed(index as u64, pixel as u64) as u8).collect();
        engine.send(Command::Dataset(DatasetCommand::Add { set: 1, label, split: Split::Training, pixels }));
    }
    engine.workers.cores.set(other_cores);
    engine.workers.crash.set(crash);
    set_tick(101.0);
    let settings = Box::new(Settings { batch: 32, slices, ..*settings(3) });
    let start = TrainingCommand::Start { set: 1, from: StartFrom::Network, settings };
    let events = engine.send(Command::Training(start));
    let events = training(&events);
    let TrainingEvent::Began { plan } = events[0] else { panic!("{events:?}") };
    let losses = events.iter().filter_map(|event| match event {
        TrainingEvent::Step { loss, .. } => Some(*loss),
        _ => None,
    });
    assert!(matches!(events.last(), Some(TrainingEvent::Over { outcome: Outcome::Finished, .. })), "{events:?}");
    (losses.collect(), engine.workers.batches.get(), plan.settings.slices)
}

#[test]
fn pool_workers_share_a_training_step_and_change_nothing() {
    let network = without_dropout();
    let (alone, computed, _) = sliced(&network, 0, false, 2);
    assert_eq!((alone.len(), computed), (3, 0));
    let (together, computed, _) = sliced(&network, 1, false, 2);
    assert_eq!(computed, 3, "one of two slices per step");
    assert_eq!(together, alone);
    let (crashed, computed, _) = sliced(&network, 1, true, 2);
    assert_eq!((crashed, computed), (alone, 0));
}

#[test]
fn the_number_of_slices_is_that_of_the_cores_unless_it_is_chosen() {
    let network = without_dropout();
    for (other_cores, chosen, expected) in [(0, 0, 1), (1, 0, 2), (15, 0, 4), (15, 3, 3)] {
        let (losses, computed, slices) = sliced(&network, other_cores, false, chosen);
        assert_eq!((losses.len(), slices), (3, expected));
        assert_eq!(computed == 0, expected == 1, "{other_cores} other cores");
    }
}
