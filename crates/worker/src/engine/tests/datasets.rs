//! Datasets.

use super::doubles::{TestEngine, files, image, set_tick};
use crate::engine::platform::Received;
use crate::engine::storage_error::{Refusal, StorageError};
use crate::failure::Failure;
use mien_core::dataset::{ClassOf, CropChoice, LabelOrder, LoadNote, Split};
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, CROP_SIDE};
use mien_protocol::{Command, DatasetCommand, DatasetEvent, DatasetSummary, Event, NearDuplicateStatus, SavedDataset};

fn send(engine: &TestEngine, command: DatasetCommand) -> Vec<DatasetEvent> {
    send_with(engine, command, Received::Nothing)
}

fn send_with(engine: &TestEngine, command: DatasetCommand, received: Received) -> Vec<DatasetEvent> {
    let dataset = |event| match event {
        Event::Dataset(event) => event,
        event => panic!("{event:?}"),
    };
    engine.send_with(Command::Dataset(command), received).into_iter().map(dataset).collect()
}

/// A CSV with this number of images.
fn csv(images: usize) -> Vec<u8> {
    let row = |index: usize| {
        let pixels: Vec<String> = image(index).iter().map(ToString::to_string).collect();
        format!("{},{},Training\n", index % 7, pixels.join(" "))
    };
    format!("emotion,pixels,Usage\n{}", (0..images).map(row).collect::<String>()).into_bytes()
}

fn load_command(paths: Vec<String>) -> DatasetCommand {
    DatasetCommand::Load { name: "f".into(), paths, order: None, crop: CropChoice::Automatic }
}

/// Loads a file.
pub fn load(engine: &TestEngine, file: &[u8]) -> Vec<DatasetEvent> {
    load_in(engine, file, None)
}

fn load_in(engine: &TestEngine, file: &[u8], order: Option<LabelOrder>) -> Vec<DatasetEvent> {
    let command = DatasetCommand::Load { name: "f".into(), paths: vec![], order, crop: CropChoice::Automatic };
    send_with(engine, command, files(&[file]))
}

/// The dataset that was loaded.
pub fn loaded(events: &[DatasetEvent]) -> &DatasetSummary {
    let summary = events.iter().find_map(|event| match event {
        DatasetEvent::Loaded { summary } => Some(summary),
        _ => None,
    });
    summary.unwrap_or_else(|| panic!("{events:?}"))
}

/// The statuses of searches for near duplicates.
fn near(events: &[DatasetEvent]) -> Vec<&NearDuplicateStatus> {
    let status = |event| match event {
        &DatasetEvent::NearDuplicates { set: 1, ref status } => Some(status),
        _ => None,
    };
    events.iter().filter_map(status).collect()
}

/// Number of images that are excluded from training according to the analysis.
fn excluded(events: &[DatasetEvent]) -> Option<u32> {
    events.iter().find_map(|event| match event {
        DatasetEvent::Explored { exploration, .. } => Some(exploration.excluded),
        _ => None,
    })
}

fn failed(events: &[DatasetEvent]) -> bool {
    matches!(events, [DatasetEvent::LoadFailed { name, .. }] if name == "f")
}

#[test]
fn a_file_is_loaded_in_slices_and_then_explored() {
    let engine = TestEngine::new();
    engine.page.take();
    // a slice has time for two pieces
    set_tick(15.0);
    let events = load(&engine, &csv(400));
    assert!(matches!(&events[0], DatasetEvent::Loading { name, .. } if name == "f"), "{events:?}");
    assert_eq!((loaded(&events).len(), loaded(&events).custom), (400, false));
    assert!(events.iter().any(|event| matches!(event, DatasetEvent::Explored { set: 1, .. })));
    assert!(matches!(near(&events).last(), Some(NearDuplicateStatus::Finished { .. })));
    assert!(engine.tasks.waits.get() >= 400 / 128, "between slices commands are heard");
}

#[test]
fn what_is_no_dataset_is_not_loaded() {
    let engine = TestEngine::new();
    engine.page.take();
    assert!(failed(&load(&engine, b"no,dataset\n1,2\n")));
    assert!(failed(&load(&engine, b"")));
    assert!(failed(&send(&engine, load_command(vec![]))), "no file came");
    assert!(failed(&send_with(&engine, load_command(vec!["train/happy/a.png".into()]), files(&[b"no image"]))));
}

/// A CSV with these numbers as labels, in a column whose numbers may mean anything.
fn numbered(labels: impl Iterator<Item = usize>) -> Vec<u8> {
    let row = |(index, label)| {
        let pixels: Vec<String> = image(index).iter().map(ToString::to_string).collect();
        format!("{label},{},Training\n", pixels.join(" "))
    };
    format!("label,pixels,Usage\n{}", labels.enumerate().map(row).collect::<String>()).into_bytes()
}

#[test]
fn integer_labels_are_interpreted_in_the_requested_order() {
    let engine = TestEngine::new();
    engine.page.take();
    let file = numbered((0..14).map(|index| index % 7 + 1));
    let events = load(&engine, &file);
    let [.., DatasetEvent::OrderNeeded { name, question }] = &events[..] else { panic!("{events:?}") };
    let orders = [LabelOrder::RafDb, LabelOrder::AffectNet, LabelOrder::Alphabetical];
    assert!(name == "f" && question.orders().eq(&orders) && question.refused.is_none());
    assert_eq!((question.numbers.len(), question.numbers[6].examples[1].pixels[..] == image(13)), (7, true));

    let events = load_in(&engine, &file, Some(LabelOrder::Fer2013));
    let [.., DatasetEvent::OrderNeeded { question, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(question.refused, Some(LabelOrder::Fer2013));

    let classes =
        ClassOf::from_iter((1..8).zip(Expression::ALL.map(|class| Some(class).filter(|_| class.index() < 6))));
    let mut saved = None;
    for order in [LabelOrder::RafDb, LabelOrder::Own(classes.into())] {
        let events = load_in(&engine, &file, Some(order.clone()));
        let read = loaded(&events);
        let first = if order == LabelOrder::RafDb { Expression::Surprise } else { Expression::Angry };
        assert_eq!(read.label(0), Some(first));
        assert!(
            matches!(&read.notes[..], [LoadNote::NumberedLabels { order: Some(note), .. }] if *note == order),
            "{:?}",
            read.notes
        );
        let events = send(&engine, DatasetCommand::Save { set: read.id, instead_of: saved });
        saved = Some(stored(&events).at);
        let restored = send(&engine, DatasetCommand::Restore);
        assert_eq!(loaded(&restored).notes, read.notes);
    }

    let many = load(&engine, &numbered((0..80).map(|index| index % 40)));
    assert!(many.last().is_some_and(|event| failed(std::slice::from_ref(event))), "too many to ask about: {many:?}");
}

/// The photograph of an astronaut in a corner of a larger picture, or no picture of anybody.
fn photo(with_face: bool) -> Vec<u8> {
    let astronaut = include_bytes!("../../../../../tests/fixtures/astronaut_256.png");
    let mut picture = image::RgbImage::from_pixel(400, 300, image::Rgb([96; 3]));
    if with_face {
        let face = image::load_from_memory(astronaut).unwrap().to_rgb8();
        image::imageops::replace(&mut picture, &face, 0, 0);
    }
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

#[test]
fn faces_of_photographs_are_cropped_in_slices() {
    let engine = TestEngine::new();
    engine.page.take();
    set_tick(15.0);
    let photos = [photo(true), photo(false), photo(true)];
    let load = |crop| {
        let paths = ["happy/a.png", "happy/b.png", "sad/c.png"].map(str::to_owned).to_vec();
        let command = DatasetCommand::Load { name: "f".into(), paths, order: None, crop };
        send_with(&engine, command, files(&[&photos[0], &photos[1], &photos[2]]))
    };
    let events = load(CropChoice::Automatic);
    assert!(matches!(events[0], DatasetEvent::Loading { .. }), "{events:?}");
    let cropped = loaded(&events);
    let crops = cropped.crops.as_ref().unwrap();
    assert_eq!((cropped.len(), cropped.rejections.by_reason()["no-face"]), (2, 1));
    assert!(crops.report.is_cropped && crops.report.pictures == 3 && crops.report.without_face == 1, "{crops:?}");
    assert_eq!(cropped.notes[0], LoadNote::Cropped(crops.report));
    assert_eq!(crops.preview.len(), 2 * 2 * CROP_PIXELS);
    let images = send(&engine, DatasetCommand::Images { request: 1, set: cropped.id, samples: vec![0] });
    let face = crops.preview[CROP_PIXELS..2 * CROP_PIXELS].to_vec();
    assert_eq!(images, [DatasetEvent::Images { request: 1, pixels: face.clone() }]);
    assert_ne!(crops.preview[..CROP_PIXELS], face);

    let events = load(CropChoice::Centre);
    let whole = loaded(&events);
    assert_eq!((whole.len(), whole.crops.as_ref().map(|crops| crops.report.is_cropped)), (3, Some(false)));
    // without a detector they are used as they are
    let engine = TestEngine::new();
    engine.site.remove("weights/blazeface.safetensors");
    engine.page.take();
    let command = DatasetCommand::Load {
        name: "f".into(),
        paths: vec!["happy/a.png".into()],
        order: None,
        crop: CropChoice::Automatic,
    };
    let events = send_with(&engine, command, files(&[&photos[0]]));
    assert_eq!(loaded(&events).crops.as_ref().map(|crops| crops.report.is_cropped), Some(false));
}

#[test]
fn the_program_for_columns_is_fetched_when_such_a_file_comes() {
    let engine = TestEngine::new();
    engine.page.take();
    let table = b"PAR1....PAR1";
    let events = load(&engine, table);
    assert!(
        matches!(&events[..], [DatasetEvent::LoadFailed { reason, .. }]
        if reason.to_string() == "`columns.wasm`: the server answered 404"),
        "{events:?}"
    );
    engine.site.put("columns.wasm", b"sad");
    let events = load(&engine, table);
    assert_eq!(loaded(&events).labels, [Expression::Sad.index() as u8]);
    let paths = ["data/README.md", "data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"];
    let command = DatasetCommand::Load {
        name: "data".into(),
        paths: paths.map(String::from).into(),
        order: None,
        crop: CropChoice::Automatic,
    };
    let events = send_with(&engine, command, files(&[b"a text", table, table]));
    let splits = [Split::Training, Split::PublicTest].map(|split| split.index() as u8);
    assert_eq!(loaded(&events).splits, splits, "both tables of a folder are one set");
    engine.site.put("columns.wasm", b"a program of another version");
    assert!(failed(&load(&engine, table)));
}

#[test]
fn near_duplicates_are_found_when_images_change_and_excluded() {
    let engine = TestEngine::new();
    let set = engine.add_dataset(2);
    let mut mirrored = image(1);
    mirrored.as_chunks_mut::<CROP_SIDE>().0.iter_mut().for_each(|row| row.reverse());
    let add = DatasetCommand::Add { set, label: Expression::Sad, split: Split::PublicTest, pixels: mirrored.to_vec() };
    let events = send(&engine, add);
    let found = NearDuplicateStatus::Finished { groups: vec![vec![1, 2]], excluded: 1 };
    assert_eq!((excluded(&events), near(&events)), (Some(0), vec![&found]), "the analysis comes first");

    let drawn = send(&engine, DatasetCommand::Resplit { set, shares: [1.0, 0.0, 0.0], seed: 1 });
    assert_eq!((excluded(&drawn), near(&drawn)), (Some(0), vec![]), "they are all in Training now");
    let restored = send(&engine, DatasetCommand::RestoreSplits { set });
    assert_eq!((excluded(&restored), near(&restored)), (Some(1), vec![]), "the images are the same");
    let removed = send(&engine, DatasetCommand::Remove { set, samples: vec![0] });
    assert_eq!(near(&removed), [&NearDuplicateStatus::Finished { groups: vec![vec![0, 1]], excluded: 1 }]);
}

#[test]
fn the_search_for_near_duplicates_reports_and_can_be_cancelled() {
    let engine = TestEngine::new();
    engine.page.take();
    load(&engine, &csv(400));
    set_tick(15.0);
    let again = || send(&engine, DatasetCommand::Remove { set: 1, samples: vec![] });
    let events = again();
    let [NearDuplicateStatus::Running { done, total: 400 }, .., NearDuplicateStatus::Finished { .. }] =
        near(&events)[..]
    else {
        panic!("{events:?}")
    };
    assert!((1..400).contains(done), "{done}");
    assert_eq!(send(&engine, DatasetCommand::FindNearDuplicates { set: 1 }), [], "they are known");

    let inbox = engine.inbox.clone();
    let cancel = || Command::Dataset(DatasetCommand::CancelNearDuplicates { set: 1 });
    let command = cancel();
    engine.tasks.then(move || inbox.take(command, Received::Nothing));
    assert_eq!(near(&again()), [&NearDuplicateStatus::Cancelled]);
    assert_eq!(engine.send(cancel()), []);
    let events = send(&engine, DatasetCommand::FindNearDuplicates { set: 1 });
    assert!(matches!(near(&events).last(), Some(NearDuplicateStatus::Finished { .. })), "{events:?}");
}

#[test]
fn loading_can_be_cancelled() {
    let engine = TestEngine::new();
    engine.page.take();
    set_tick(15.0);
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || inbox.take(Command::Dataset(DatasetCommand::Cancel), Received::Nothing));
    let events = load(&engine, &csv(400));
    assert!(matches!(events[..], [DatasetEvent::Loading { .. }, DatasetEvent::LoadCancelled]), "{events:?}");
    assert_eq!(send(&engine, DatasetCommand::Cancel), []);
}

#[test]
fn images_are_added_removed_and_handed_out() {
    let engine = TestEngine::new();
    let set = engine.add_dataset(3);
    let removed = send(&engine, DatasetCommand::Remove { set, samples: vec![1] });
    assert_eq!(loaded(&removed).labels, [0, 2]);
    let images = send(&engine, DatasetCommand::Images { request: 1, set, samples: vec![1, 9] });
    assert_eq!(images, [DatasetEvent::Images { request: 1, pixels: image(2).to_vec() }]);
    let neighbours = send(&engine, DatasetCommand::Neighbours { request: 2, set, sample: 0, count: 5 });
    assert!(
        matches!(&neighbours[..], [DatasetEvent::Neighbours { request: 2, samples }] if samples.len() == 1),
        "{neighbours:?}"
    );
    assert_eq!(send(&engine, DatasetCommand::Close { set }), [DatasetEvent::Closed { set }]);
    let images = send(&engine, DatasetCommand::Images { request: 3, set, samples: vec![0] });
    assert_eq!(images, [DatasetEvent::Images { request: 3, pixels: vec![] }]);
    assert_eq!(send(&engine, DatasetCommand::Remove { set, samples: vec![0] }), []);
}

#[test]
fn splits_are_drawn_and_restored() {
    let engine = TestEngine::new();
    let set = engine.add_dataset(30);
    let before = send(&engine, DatasetCommand::Remove { set, samples: vec![] });
    let drawn = send(&engine, DatasetCommand::Resplit { set, shares: [0.0, 0.0, 1.0], seed: 1 });
    assert_eq!(loaded(&drawn).of_split(Split::PrivateTest).len(), 30);
    assert!(loaded(&drawn).resplit);
    let restored = send(&engine, DatasetCommand::RestoreSplits { set });
    assert_eq!(loaded(&restored), loaded(&before));
    assert_eq!(send(&engine, DatasetCommand::RestoreSplits { set }), [], "they are the file's already");
    let refused = send(&engine, DatasetCommand::Resplit { set, shares: [0.0; 3], seed: 1 });
    assert!(matches!(refused[..], [DatasetEvent::LoadFailed { .. }]), "{refused:?}");
}

/// A CSV with four images of each of ten persons.
pub fn persons() -> String {
    let mut csv = "emotion,pixels,Usage,age,subject_id\n".to_owned();
    for row in 0..40 {
        let pixels: Vec<String> = image(row).iter().map(u8::to_string).collect();
        csv += &format!("{},{},Training,{},s{}\n", row % 7, pixels.join(" "), row % 3, row / 4);
    }
    csv
}

#[test]
fn persons_stay_together_until_another_column_is_chosen() {
    let engine = TestEngine::started();
    let events = load(&engine, persons().as_bytes());
    let (set, together) = (loaded(&events).id, loaded(&events).together);
    assert_eq!(together, Some(1));
    let divided = |events: &[DatasetEvent]| {
        let splits = &loaded(events).splits;
        splits.chunks(4).filter(|person| person.iter().any(|split| split != &person[0])).count()
    };
    let resplit = || DatasetCommand::Resplit { set, shares: [0.6, 0.2, 0.2], seed: 1 };
    assert_eq!(divided(&send(&engine, resplit())), 0);
    let none = send(&engine, DatasetCommand::KeepTogether { set, column: None });
    assert_eq!(loaded(&none).together, None);
    assert!(divided(&send(&engine, resplit())) > 2);
    send(&engine, DatasetCommand::KeepTogether { set, column: Some(0) });
    let ages = send(&engine, resplit());
    assert!((0..40).all(|row| loaded(&ages).splits[row] == loaded(&ages).splits[row % 3]));
    let unknown = send(&engine, DatasetCommand::KeepTogether { set, column: Some(9) });
    assert_eq!(loaded(&unknown).together, None);
}

#[test]
fn a_dataset_is_exported() {
    let engine = TestEngine::new();
    let set = engine.add_dataset(2);
    assert_eq!(send(&engine, DatasetCommand::Export { set }), [DatasetEvent::Exported { set }]);
    let file = engine.page.attachment.take().unwrap();
    assert_eq!(loaded(&load(&engine, &file)).len(), 2);
    send(&engine, DatasetCommand::Export { set: 9 });
    assert_eq!(engine.page.attachment.take(), None);
}

fn stored(events: &[DatasetEvent]) -> &SavedDataset {
    match events {
        [.., DatasetEvent::Saved { saved: Some(saved), changed: false }] => saved,
        events => panic!("{events:?}"),
    }
}

#[test]
fn a_dataset_is_saved_restored_and_deleted() {
    let engine = TestEngine::new();
    let set = engine.add_dataset(4);
    set_tick(1.0);
    assert_eq!(send(&engine, DatasetCommand::Saved), [DatasetEvent::Saved { saved: None, changed: false }]);
    let events = send(&engine, DatasetCommand::Save { set, instead_of: None });
    assert_eq!(events[0], DatasetEvent::Saving { set });
    let first = stored(&events).clone();
    assert_eq!((first.name.as_str(), first.samples), ("set", 4));

    // another tab has saved or deleted one since: nothing is replaced that the page does not know
    let events = send(&engine, DatasetCommand::Save { set, instead_of: None });
    assert_eq!(events, [DatasetEvent::Saved { saved: Some(first.clone()), changed: true }]);
    let events = send(&engine, DatasetCommand::DeleteSaved { saved: first.at - 1.0 });
    assert_eq!(events, [DatasetEvent::Saved { saved: Some(first.clone()), changed: true }]);

    let restored = send(&engine, DatasetCommand::Restore);
    assert_eq!((loaded(&restored).id, loaded(&restored).len(), loaded(&restored).custom), (2, 4, true));
    let events = send(&engine, DatasetCommand::Save { set: 2, instead_of: Some(first.at) });
    let second = stored(&events).at;
    assert!(second > first.at);
    let gone = DatasetEvent::Saved { saved: None, changed: false };
    assert_eq!(send(&engine, DatasetCommand::DeleteSaved { saved: second }), [gone]);
    assert_eq!(engine.files.names(), [""; 0]);
}

#[test]
fn the_storage_s_errors_are_posted() {
    let engine = TestEngine::new();
    let set = engine.add_dataset(4);
    engine.files.room.set(Some(1000));
    let full = DatasetEvent::StorageFailed { reason: Failure::from(StorageError::Full).into() };
    let events = send(&engine, DatasetCommand::Save { set, instead_of: None });
    assert_eq!(events, [DatasetEvent::Saving { set }, full]);
    let missing = DatasetEvent::LoadFailed { name: String::new(), reason: Failure::from(StorageError::Missing).into() };
    assert_eq!(send(&engine, DatasetCommand::Restore), [missing]);
    let refused = StorageError::Refused(Refusal::NoStorage);
    engine.files.refuses.replace(Some(refused.clone()));
    let refused = DatasetEvent::StorageFailed { reason: Failure::from(refused).into() };
    let events = send(&engine, DatasetCommand::Saved);
    assert_eq!(events, std::slice::from_ref(&refused));
    assert_eq!(send(&engine, DatasetCommand::DeleteSaved { saved: 0.0 }), [refused]);
    let label = Expression::ALL[0];
    let add = DatasetCommand::Add { set, label, split: Split::Training, pixels: image(9).to_vec() };
    assert_eq!(loaded(&send(&engine, add)).len(), 5, "all else works");
}
