//! What is loaded, what fails, and what a new engine gets back.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::Dataset;
use super::import::Job;
use super::sources::{DatasetSource, Origin};
use crate::built_in::BuiltInSet;
use crate::controller::decoder::Decoder;
use crate::controller::fake::{FakeHost, decoded, face, file, recognized, summary};
use crate::controller::recognizer::Recognizer;
use crate::fixtures::{label_question, message};
use crate::notice::Notice;
use crate::state::{Action, Burst, DatasetAction, Datasets, RecognitionResult};
use mien_core::dataset::{CropChoice, LabelOrder, Split};
use mien_core::evaluation::Predictions;
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{Command, DatasetCommand, DatasetEvent, DatasetSummary, Message, Problem, ProblemKind};

fn dataset() -> (Rc<FakeHost>, Rc<Dataset>) {
    let (host, link) = FakeHost::new();
    link.set_ready(true);
    let recognizer = Rc::new(Recognizer::new(link.clone()));
    (host, Dataset::new(link.clone(), Rc::new(Decoder::new(link)), recognizer))
}

/// A controller with a custom dataset, 1.
fn custom() -> (Rc<FakeHost>, Rc<Dataset>) {
    let (host, dataset) = dataset();
    dataset.create(String::from("hand"));
    assert!(deliver(&dataset, loaded(DatasetSummary { custom: true, ..summary(1, 0) })));
    host.take_actions();
    host.take_commands();
    (host, dataset)
}

fn deliver(dataset: &Dataset, event: DatasetEvent) -> bool {
    dataset.on_event(event, &JsValue::UNDEFINED)
}

fn loaded(summary: DatasetSummary) -> DatasetEvent {
    DatasetEvent::Loaded { summary: Box::new(summary) }
}

/// The state after what was dispatched.
fn state(host: &FakeHost) -> Datasets {
    let mut state = Datasets::default();
    for action in host.take_actions() {
        if let Action::Dataset(action) = action {
            state.apply(action);
        }
    }
    state
}

fn commands(host: &FakeHost) -> Vec<DatasetCommand> {
    let dataset = |command| if let Command::Dataset(command) = command { Some(command) } else { None };
    host.take_commands().into_iter().filter_map(dataset).collect()
}

/// The label and how many images of each command that adds images.
fn added(host: &FakeHost) -> Vec<(Expression, usize)> {
    let add = |command| match command {
        DatasetCommand::Add { label, pixels, .. } => Some((label, pixels.len() / CROP_PIXELS)),
        _ => None,
    };
    commands(host).into_iter().filter_map(add).collect()
}

fn load(dataset: &Dataset, name: &str) {
    dataset.load(DatasetSource::new(name.to_owned(), Origin::File(file())));
}

#[test]
fn files_are_a_set_or_a_folder() {
    let open = |paths: &[&str]| {
        let (host, dataset) = dataset();
        dataset.open_named(paths.iter().map(|&path| (path.to_owned(), file())).collect());
        (commands(&host).pop(), host.take_notices())
    };
    let load = |name: &str, paths: &[&str]| {
        let paths = paths.iter().map(|&path| path.to_owned()).collect();
        let load = DatasetCommand::Load { name: name.to_owned(), paths, order: None, crop: CropChoice::Automatic };
        (Some(load), Vec::new())
    };
    assert_eq!(open(&["fer2013.csv"]), load("fer2013.csv", &[]));
    assert_eq!(open(&["fer/happy/1.jpg"]), load("fer", &["fer/happy/1.jpg"]));
    let files = ["fer/happy/1", "fer/readme.txt", "fer/sad/2.png"];
    assert_eq!(open(&[files[0], "fer/.DS_Store", files[1], files[2]]), load("fer", &files));
    assert_eq!(open(&["1.jpg", "2.jpg"]), load("", &["1.jpg", "2.jpg"]));
    assert_eq!(open(&[".a.txt", "__MACOSX/b.jpg"]), (None, vec![Notice::FolderWithoutImages]));
    assert_eq!(open(&[]), (None, vec![Notice::FolderWithoutImages]));
}

#[test]
fn a_failure_names_the_request() {
    let (host, dataset) = dataset();
    load(&dataset, "a.csv");
    dataset.restore(String::from("stored"));
    let failed = |name: &str| DatasetEvent::LoadFailed { name: name.to_owned(), reason: message("why") };
    deliver(&dataset, failed("a.csv"));
    assert_eq!(&*state(&host).failure.unwrap().name, "a.csv");
    deliver(&dataset, failed(""));
    let failure = state(&host).failure.unwrap();
    assert_eq!((&*failure.name, failure.reason.english()), ("stored", "why"));
}

#[test]
fn a_dataset_with_integer_labels_is_loaded_in_the_chosen_order() {
    let (host, dataset) = dataset();
    let ask = |dataset: &Dataset| {
        load(dataset, "a.zip");
        let question = Box::new(label_question(&[1, 2]));
        assert!(!deliver(dataset, DatasetEvent::OrderNeeded { name: String::from("a.zip"), question }));
    };
    ask(&dataset);
    let state_before = state(&host);
    assert!(state_before.sheet.is_some() && state_before.loading.is_none());
    host.take_commands();
    // The engine may fail before: the page still has the files.
    dataset.on_engine_replaced();
    assert_eq!(commands(&host), [DatasetCommand::Saved]);
    dataset.read_in(LabelOrder::RafDb);
    let in_order = DatasetCommand::Load {
        name: String::from("a.zip"),
        paths: Vec::new(),
        order: Some(LabelOrder::RafDb),
        crop: CropChoice::Automatic,
    };
    assert_eq!(commands(&host), std::slice::from_ref(&in_order));
    assert!(deliver(&dataset, loaded(summary(1, 4))));
    let after = state(&host);
    assert!(after.sheet.is_none() && after.selected == Some(1));
    // A reload uses the chosen order.
    dataset.close(1);
    host.take_commands();
    dataset.reopen();
    assert_eq!(commands(&host), [in_order]);

    ask(&dataset);
    dataset.cancel_order();
    assert!(state(&host).sheet.is_none());
    host.take_commands();
    dataset.read_in(LabelOrder::RafDb);
    assert!(commands(&host).is_empty(), "it was cancelled");
    // Another file replaces the question.
    ask(&dataset);
    dataset.open_named(vec![(String::from("b.csv"), file())]);
    assert!(state(&host).sheet.is_none());
}

#[test]
fn a_cancelled_loading_is_over() {
    let (host, dataset) = dataset();
    load(&dataset, "a.csv");
    host.clock.set(2500.0);
    let progress = DatasetEvent::Loading { name: String::from("a.csv"), read: 1, length: 2, accepted: 0, rejected: 0 };
    deliver(&dataset, progress);
    dataset.cancel_loading();
    assert_eq!(commands(&host)[1..], [DatasetCommand::Cancel]);
    let mut datasets = Datasets::default();
    for action in host.take_actions() {
        if let Action::Dataset(action) = action {
            datasets.apply(action);
        }
    }
    assert_eq!(datasets.loading.as_ref().unwrap().seconds, 2.5);
    deliver(&dataset, DatasetEvent::LoadCancelled);
    assert!(state(&host).loading.is_none());
    dataset.on_engine_replaced();
    assert_eq!(commands(&host), [DatasetCommand::Saved]);
}

#[test]
fn a_new_engine_loads_all_sets_again() {
    let (host, dataset) = custom();
    dataset.custom.add(1, Expression::Happy, Split::Training, vec![1; 2 * CROP_PIXELS]);
    dataset.custom.add(1, Expression::Happy, Split::Training, vec![2; CROP_PIXELS]);
    dataset.custom.add(1, Expression::Sad, Split::Training, vec![3; CROP_PIXELS]);
    load(&dataset, "a.csv");
    assert!(deliver(&dataset, loaded(summary(2, 4))));
    dataset.keep_together(2, None);
    dataset.resplit(2, [8.0, 1.0, 1.0], 7);
    load(&dataset, "b.csv");
    host.take_commands();
    dataset.on_engine_replaced();
    let load = |name: &str| DatasetCommand::Load {
        name: name.to_owned(),
        paths: Vec::new(),
        order: None,
        crop: CropChoice::Automatic,
    };
    let create = DatasetCommand::Create { name: String::from("hand") };
    assert_eq!(commands(&host), [DatasetCommand::Saved, create, load("a.csv"), load("b.csv")]);
    assert!(state(&host).sets.is_empty());
    // In the new engine they have other numbers.
    assert!(deliver(&dataset, loaded(DatasetSummary { custom: true, ..summary(5, 0) })));
    assert_eq!(added(&host), [(Expression::Happy, 3), (Expression::Sad, 1)]);
    assert!(deliver(&dataset, loaded(summary(6, 4))));
    let resplit = DatasetCommand::Resplit { set: 6, shares: [8.0, 1.0, 1.0], seed: 7 };
    assert_eq!(commands(&host), [DatasetCommand::KeepTogether { set: 6, column: None }, resplit]);
    // A set whose storage holds the random split needs no other; that it has changed is no arrival.
    assert!(!deliver(&dataset, loaded(DatasetSummary { resplit: true, ..summary(6, 4) })));
    assert!(host.take_commands().is_empty());
    assert_eq!((dataset.find("hand"), dataset.find("a.csv"), dataset.find("b.csv")), (Some(5), Some(6), None));
}

#[test]
fn the_other_way_to_crop_replaces_a_set() {
    let (host, dataset) = dataset();
    load(&dataset, "photos.zip");
    assert!(deliver(&dataset, loaded(summary(1, 4))));
    host.take_commands();
    dataset.crop(1, CropChoice::Faces);
    dataset.crop(9, CropChoice::Faces);
    let again =
        DatasetCommand::Load { name: "photos.zip".to_owned(), paths: Vec::new(), order: None, crop: CropChoice::Faces };
    assert_eq!(commands(&host), [again]);
    assert!(deliver(&dataset, loaded(summary(2, 3))));
    assert_eq!(commands(&host), [DatasetCommand::Close { set: 1 }]);
    deliver(&dataset, DatasetEvent::Closed { set: 1 });
    let datasets = state(&host);
    assert_eq!((datasets.sets.keys().copied().collect::<Vec<_>>(), datasets.closed), (vec![2], None));
    // one that fails leaves the set as it was
    dataset.crop(2, CropChoice::Centre);
    deliver(&dataset, DatasetEvent::LoadFailed { name: "photos.zip".to_owned(), reason: message("why") });
    assert_eq!(dataset.find("photos.zip"), Some(2));
}

#[test]
fn an_engine_that_fails_while_it_loads_loads_once_more() {
    let (host, dataset) = dataset();
    load(&dataset, "a.csv");
    dataset.on_engine_replaced();
    dataset.on_engine_replaced();
    host.take_actions();
    assert!(deliver(&dataset, loaded(summary(1, 4))));
    assert!(!deliver(&dataset, loaded(summary(2, 4))));
    assert_eq!(dataset.find("a.csv"), Some(1));
}

#[test]
fn a_saved_custom_dataset_fetches_its_images() {
    let (host, dataset) = dataset();
    dataset.restore(String::from("hand"));
    host.take_commands();
    assert!(deliver(&dataset, loaded(DatasetSummary { custom: true, ..summary(1, 2) })));
    assert!(!state(&host).would_lose());
    let images = |request| DatasetCommand::Images { request, set: 1, samples: vec![0, 1] };
    assert_eq!(commands(&host), [images(1)]);
    deliver(&dataset, DatasetEvent::Images { request: 1, pixels: vec![9; 2 * CROP_PIXELS] });
    assert_eq!(dataset.pixels.get(1, 1).unwrap()[0], 9);
    // A new engine is given them, since it may not have stored what was changed.
    dataset.on_engine_replaced();
    host.take_commands();
    deliver(&dataset, loaded(DatasetSummary { custom: true, ..summary(2, 0) }));
    assert_eq!(added(&host), [(Expression::Angry, 2)]);
}

#[test]
fn only_the_newest_neighbours_count() {
    let (host, dataset) = dataset();
    dataset.request_neighbours(1, 4);
    dataset.request_neighbours(1, 5);
    let neighbours = |request| DatasetEvent::Neighbours { request, samples: vec![(0, 0.5)] };
    deliver(&dataset, neighbours(1));
    assert!(host.take_actions().is_empty());
    deliver(&dataset, neighbours(2));
    assert_eq!(state(&host).neighbours.unwrap().of, 5);
    dataset.request_neighbours(1, 6);
    dataset.on_engine_replaced();
    host.take_actions();
    deliver(&dataset, neighbours(3));
    assert!(host.take_actions().is_empty());
}

#[test]
fn errors_of_the_storage_are_reported() {
    let (host, dataset) = dataset();
    dataset.save(1, None);
    assert!(state(&host).saving);
    deliver(&dataset, DatasetEvent::StorageFailed { reason: message("full") });
    assert_eq!(state(&host).storage_failure.as_ref().map(Message::english), Some("full"));
    deliver(&dataset, DatasetEvent::Saved { saved: None, changed: true });
    assert_eq!(host.take_notices(), [Notice::SavedDatasetChanged]);
}

#[test]
fn what_is_saved_is_the_set_of_the_command() {
    let (host, dataset) = custom();
    dataset.save(1, None);
    deliver(&dataset, DatasetEvent::Saving { set: 1 });
    let state_after = state(&host);
    assert!(state_after.saving && state_after.kept == Some(1));
    // nothing is written where another tab has saved a set
    dataset.save(1, None);
    deliver(&dataset, DatasetEvent::Saved { saved: None, changed: true });
    let actions = host.take_actions();
    assert!(actions.iter().any(|action| matches!(action, Action::Dataset(DatasetAction::Kept(None)))));
}

#[test]
fn an_export_without_a_file_is_reported() {
    let (host, dataset) = dataset();
    deliver(&dataset, DatasetEvent::Exported { set: 1 });
    assert_eq!(host.take_downloads()[0].1, "*.csv");
    host.refuses_downloads.set(true);
    deliver(&dataset, DatasetEvent::Exported { set: 1 });
    assert_eq!(host.take_notices(), [Notice::SaveFailed { detail: String::new() }]);
}

#[test]
fn samples_without_a_prediction_are_distinguished() {
    let mut probabilities = [0.0; Expression::COUNT];
    probabilities[Expression::Sad.index()] = 1.0;
    let mut predictions = Predictions::default();
    predictions.push(2, Expression::Sad, Distribution(probabilities));
    assert_eq!(super::predicted_classes(&predictions), [255, 255, Expression::Sad.index() as u8]);
}

#[test]
fn a_held_button_captures_the_largest_face_eight_times_a_second() {
    let (host, dataset) = custom();
    dataset.capture.on_frame(&recognized(&[face(1, 4.0)]));
    assert!(host.take_commands().is_empty());
    dataset.capture.hold(1, Expression::Happy, Split::Training, &recognized(&[face(1, 4.0), face(2, 9.0)]));
    for time in [60.0, 124.0, 125.0, 180.0, 250.0] {
        host.clock.set(time);
        dataset.capture.on_frame(&recognized(&[face(3, 4.0)]));
    }
    dataset.capture.on_frame(&recognized(&[]));
    let pixels = |command: DatasetCommand| match command {
        DatasetCommand::Add { pixels, .. } => pixels.first().copied(),
        _ => None,
    };
    assert_eq!(commands(&host).into_iter().filter_map(pixels).collect::<Vec<_>>(), [2, 3, 3]);
    dataset.capture.release();
    dataset.capture.release();
    let state = state(&host);
    assert!(!state.capture.capturing);
    let hold = Burst { set: 1, label: Expression::Happy, count: 3 };
    assert_eq!(*state.capture.bursts, [hold]);
    dataset.custom.undo(hold);
    assert_eq!(commands(&host), [DatasetCommand::Remove { set: 1, samples: vec![0, 1, 2] }]);
    assert_eq!(dataset.pixels.get(1, 0), None);
}

#[test]
fn a_button_held_over_no_face_adds_nothing() {
    let (host, dataset) = custom();
    dataset.capture.hold(1, Expression::Happy, Split::Training, &recognized(&[]));
    dataset.close(1);
    assert_eq!(commands(&host), [DatasetCommand::Close { set: 1 }]);
    assert!(state(&host).capture.bursts.is_empty());
    // What is gone cannot be changed.
    dataset.custom.undo(Burst { set: 1, label: Expression::Happy, count: 1 });
    assert!(commands(&host).is_empty());
}

#[test]
fn an_image_is_removed_on_both_sides() {
    let (host, dataset) = custom();
    dataset.custom.add(1, Expression::Sad, Split::Training, [vec![1; CROP_PIXELS], vec![2; CROP_PIXELS]].concat());
    host.take_commands();
    dataset.custom.remove(1, 0);
    assert_eq!(dataset.pixels.get(1, 0).unwrap()[0], 2);
    assert_eq!(commands(&host), [DatasetCommand::Remove { set: 1, samples: vec![0] }]);
    // One that is not there is the engine's to refuse.
    dataset.custom.remove(1, 7);
    assert!(dataset.pixels.get(1, 0).is_some());
}

fn job(name: &str) -> Job {
    let (label, split) = (Expression::Sad, Split::Training);
    Job { set: 1, label, split, name: name.to_owned(), photo: file() }
}

/// Imports a photo up to the engine.
fn import(dataset: &Dataset, name: &str) {
    dataset.import.enqueue(vec![job(name)]);
    dataset.import.on_decoded(Ok(decoded()));
}

#[test]
fn all_faces_of_a_photo_are_added() {
    let (host, dataset) = custom();
    import(&dataset, "a.jpg");
    assert!(matches!(host.take_commands()[..], [Command::Recognize { .. }]));
    dataset.import.on_recognized(&recognized(&[face(1, 4.0), face(2, 4.0)]));
    assert_eq!(added(&host), [(Expression::Sad, 2)]);
    let state = state(&host);
    assert_eq!(*state.capture.bursts, [Burst { set: 1, label: Expression::Sad, count: 2 }]);
    assert_eq!(state.capture.waiting, 0);
    // The answer came already.
    dataset.import.on_recognized(&recognized(&[face(1, 4.0)]));
    assert!(added(&host).is_empty());
}

#[test]
fn faces_of_a_photo_that_are_left_out_are_counted() {
    let (host, dataset) = custom();
    import(&dataset, "a.jpg");
    dataset.import.on_recognized(&RecognitionResult { found: 40, ..recognized(&[face(1, 4.0), face(2, 4.0)]) });
    assert_eq!(host.take_notices(), [Notice::FacesLeft { name: String::from("a.jpg"), added: 2, found: 40 }]);
    assert_eq!(added(&host), [(Expression::Sad, 2)]);
}

#[test]
fn a_photo_that_adds_nothing_is_reported() {
    let (host, dataset) = custom();
    import(&dataset, "a.jpg");
    dataset.import.on_recognized(&recognized(&[]));
    import(&dataset, "b.jpg");
    dataset.import.on_refused(Problem { kind: ProblemKind::Picture, detail: message("why") });
    let (missing, refused) = (String::from("a.jpg"), String::from("b.jpg"));
    let detail = message("why");
    assert_eq!(
        host.take_notices(),
        [Notice::FaceMissing { name: missing }, Notice::PictureRefused { name: refused, detail }]
    );
    assert!(added(&host).is_empty());
}

#[test]
fn photos_that_wait_are_counted() {
    let (host, dataset) = custom();
    let waiting = || {
        let waiting = |action: Action| match action {
            Action::Dataset(DatasetAction::PhotosWaiting(waiting)) => Some(waiting),
            _ => None,
        };
        host.take_actions().into_iter().filter_map(waiting).collect::<Vec<_>>()
    };
    dataset.import.enqueue(["a.txt", "b.jpg", "c.jpg"].map(job).into());
    assert_eq!((waiting(), host.take_tasks()), (vec![3], 1));
    dataset.import.on_decoded(Err(Notice::NotAPicture { name: String::from("a.txt") }));
    assert_eq!((waiting(), host.take_tasks()), (vec![2], 1));
    dataset.import.on_decoded(Ok(decoded()));
    dataset.import.on_refused(Problem { kind: ProblemKind::Picture, detail: Message::default() });
    assert_eq!((waiting(), host.take_tasks()), (vec![1], 0));
}

#[test]
fn a_photo_that_the_engine_fails_with_is_decoded_again() {
    let (host, dataset) = custom();
    dataset.import.enqueue(["a.jpg", "b.jpg"].map(job).into());
    dataset.import.requeue();
    assert_eq!(host.take_tasks(), 1);
    dataset.import.on_decoded(Ok(decoded()));
    dataset.import.requeue();
    assert_eq!(host.take_tasks(), 1);
    // It is the same photo.
    dataset.import.on_refused(Problem { kind: ProblemKind::Picture, detail: Message::default() });
    let notice = Notice::PictureRefused { name: String::from("a.jpg"), detail: Message::default() };
    assert_eq!(host.take_notices(), [notice]);
}

fn load_command(name: &str) -> DatasetCommand {
    DatasetCommand::Load { name: name.to_owned(), paths: Vec::new(), order: None, crop: CropChoice::Automatic }
}

#[test]
fn a_set_of_the_page_is_fetched_then_loaded_and_later_only_selected() {
    let (host, dataset) = dataset();
    let set = BuiltInSet::London;
    let request = dataset.request_built_in(set);
    let loading = state(&host).loading.unwrap();
    assert_eq!((&*loading.name, loading.progress()), (set.name(), 0.0));
    assert!(dataset.on_built_in_part(request, set, set.bytes() / 2));
    let share = state(&host).loading.unwrap().progress();
    assert!((share - 0.5).abs() < 1e-4, "{share}");
    assert_eq!(commands(&host), [], "the engine has nothing to do yet");
    dataset.on_built_in(request, set, Some(Some(file())));
    assert_eq!(commands(&host), [load_command("London Set")]);
    assert!(deliver(&dataset, loaded(summary(4, 204))));
    host.take_actions();

    dataset.open_built_in(set);
    assert_eq!((state(&host).selected, commands(&host), host.take_tasks()), (Some(4), vec![], 0));
    // like any other set it can be closed and reopened, without another download
    dataset.close(4);
    dataset.reopen();
    assert_eq!(commands(&host), [DatasetCommand::Close { set: 4 }, load_command("London Set")]);
    assert_eq!(host.take_tasks(), 0);
}

#[test]
fn a_set_of_the_page_that_is_missing_or_not_wanted_changes_nothing() {
    let (host, dataset) = dataset();
    let set = BuiltInSet::ModelFaces;
    let request = dataset.request_built_in(set);
    dataset.on_built_in(request, set, None);
    let actions = host.take_actions();
    assert!(matches!(
        &actions[..],
        [.., Action::Dataset(DatasetAction::Cancelled), Action::Notify(Notice::SetMissing { name })] if name == set.name()
    ));

    // cancelled: neither more progress nor a set
    let request = dataset.request_built_in(set);
    dataset.cancel_loading();
    assert!(state(&host).loading.is_none());
    assert!(!dataset.on_built_in_part(request, set, 1));
    dataset.on_built_in(request, set, Some(None));
    assert_eq!((host.take_actions().len(), commands(&host)), (0, vec![]));

    // another set in the meantime, be it one of the page or a file
    let first = dataset.request_built_in(set);
    let second = dataset.request_built_in(BuiltInSet::London);
    assert!(!dataset.on_built_in_part(first, set, 1) && dataset.on_built_in_part(second, BuiltInSet::London, 1));
    load(&dataset, "a.csv");
    dataset.on_built_in(second, BuiltInSet::London, Some(Some(file())));
    assert_eq!(commands(&host), [load_command("a.csv")]);
    dataset.cancel_loading();
    assert_eq!(commands(&host), [DatasetCommand::Cancel], "the engine loads this one");
}
