//! Labelled photographs.

use super::doubles::{OTHER_NETWORK, TestEngine, files, set_tick};
use crate::engine::platform::Received;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::evaluation::photos::PhotoReport;
use mien_core::expression::Expression;
use mien_protocol::{
    Backend, Command, Event, Message, NetworkCommand, PhotographsCommand, PhotographsEvent, PhotographsOutcome,
};

const ASTRONAUT: &[u8] = include_bytes!("../../../../../tests/fixtures/astronaut.jpg");

/// Two photographs of a face, and one of a wall.
pub const LABELS: &str = "file,class,person,age,gender\nsmiling/a.jpg,happy,p1,47,female\nb.jpg,fear,p1,47,female\n\
                      wall.png,neutral,p2,,male\n";

/// Milliseconds by which the clock advances, so that each slice has time for one photograph.
const ONE_EACH: f64 = 50.0;

fn wall() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_pixel(300, 200, [90].into()).write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

/// The events of a run on the photographs of a folder with this table.
pub fn measure(engine: &TestEngine, labels: &str) -> Vec<Event> {
    let paths = ["set/b.jpg", "set/cut.jpg", "set/labels.csv", "set/smiling/a.jpg", "set/wall.png"];
    let command = PhotographsCommand::Measure { run: 1, name: "set".into(), paths: paths.map(str::to_owned).to_vec() };
    let attached = files(&[ASTRONAUT, &ASTRONAUT[..3000], labels.as_bytes(), ASTRONAUT, &wall()]);
    engine.send_with(Command::Photographs(command), attached)
}

/// What the last of these events says.
pub fn outcome(events: &[Event]) -> &PhotographsOutcome {
    match events.last() {
        Some(Event::Photographs(PhotographsEvent::Done { run: 1, outcome })) => outcome,
        event => panic!("{event:?}"),
    }
}

fn failed(reason: impl Into<Message>) -> Event {
    Event::Photographs(PhotographsEvent::Failed { run: 1, reason: reason.into() })
}

fn failure(events: &[Event]) -> &str {
    match events {
        [.., Event::Photographs(PhotographsEvent::Failed { run: 1, reason })] => reason.english(),
        events => panic!("{events:?}"),
    }
}

#[test]
fn faces_are_found_and_classified_one_photograph_after_the_other() {
    let engine = TestEngine::started();
    set_tick(ONE_EACH);
    let events = measure(&engine, LABELS);
    let progress = |event: &Event| match event {
        Event::Photographs(PhotographsEvent::Progress { run: 1, done, total: 3, .. }) => Some(*done),
        _ => None,
    };
    assert_eq!(progress(&events[0]), Some(1), "{events:?}");
    let PhotographsOutcome { measured, figures, json } = outcome(&events);
    assert_eq!((measured.model.as_str(), measured.backend.as_str()), ("cnn", "cpu"));
    assert_eq!((measured.photographs.as_str(), &measured.framings[..]), ("set", &[[1.1, 0.05]][..]));
    assert_eq!((figures.samples, figures.not_found, figures.several), (3, 1, 0));
    // both are the same picture, so one prediction has both labels
    let matrix = &figures.confusion_matrix;
    let predicted: Vec<Expression> =
        Expression::ALL.into_iter().filter(|&class| matrix.cell(Expression::Happy, class) == 1).collect();
    assert_eq!((predicted.len(), matrix.samples()), (1, 2));
    assert_eq!(matrix.cell(Expression::Fear, predicted[0]), 1);
    let placement = figures.placement.unwrap();
    assert!((5.0..40.0).contains(&placement.eye_distance.mean) && placement.eye_distance.deviation < 1e-9);
    let columns: Vec<_> = figures.groups.iter().map(|column| (column.name.as_str(), column.groups.len())).collect();
    assert_eq!(columns, [("age", 2), ("gender", 2)], "persons are no group");
    assert_eq!((figures.groups[1].groups[0].persons, figures.groups[1].groups[0].samples), (1, 2));
    let report: PhotoReport = serde_json::from_str(json).unwrap();
    assert_eq!((&report.run.photographs, report.figures.samples), (&measured.photographs, 3));
    assert_eq!(report.figures.confusion_matrix, figures.confusion_matrix);
    assert!(engine.tasks.waits.get() >= 3, "between photographs commands are heard");
}

#[test]
fn numbers_of_many_values_are_binned() {
    let engine = TestEngine::started();
    let wall = wall();
    let mut labels = "file,class,age\n".to_owned();
    let mut paths = vec!["labels.csv".to_owned()];
    for age in 20..32 {
        labels += &format!("{age}.png,neutral,{age}\n");
        paths.push(format!("{age}.png"));
    }
    let mut attached = vec![labels.as_bytes()];
    attached.resize(paths.len(), &wall);
    let command = PhotographsCommand::Measure { run: 1, name: String::new(), paths };
    let events = engine.send_with(Command::Photographs(command), files(&attached));
    let figures = &outcome(&events).figures;
    let mut bins: Vec<&str> = figures.groups[0].groups.iter().map(|group| group.value.as_str()).collect();
    bins.sort_unstable();
    assert_eq!((figures.not_found, bins), (12, vec!["20 to 23", "24 to 27", "28 to 31"]));
}

#[test]
fn what_is_wrong_with_a_folder_is_said_with_file_and_line() {
    let engine = TestEngine::started();
    let said = |labels: &str| failure(&measure(&engine, labels)).to_owned();
    assert!(said("").starts_with("`set/labels.csv`: it is empty"));
    assert!(said("file,class\nb.jpg,smug\n").starts_with("`set/labels.csv`: line 2: `smug` is none of the classes"));
    let missing = said("file,class\nb.jpg,happy\nnone.jpg,sad\n");
    assert!(missing.starts_with("`set/labels.csv`, line 3: `none.jpg` is not in the folder"), "{missing}");
    let cut = said("file,class\nb.jpg,happy\ncut.jpg,sad\n");
    assert!(cut.starts_with("`set/labels.csv`, line 3: `cut.jpg`: the image file ends early"), "{cut}");
    let command = |paths: &[&str]| {
        let paths = paths.iter().map(|&path| path.to_owned()).collect();
        Command::Photographs(PhotographsCommand::Measure { run: 1, name: "set".into(), paths })
    };
    let none = engine.send_with(command(&["set/a.jpg"]), files(&[ASTRONAUT]));
    assert!(failure(&none).starts_with("there is no `labels.csv` in the folder"));
    let lost = engine.send_with(command(&["set/labels.csv"]), Received::Nothing);
    assert!(failure(&lost).starts_with("there is no `labels.csv`"), "its file did not come");
    assert_eq!(outcome(&measure(&engine, LABELS)).figures.samples, 3, "the next run is as any other");
}

#[test]
fn a_run_needs_an_engine_and_one_network() {
    let engine = TestEngine::new();
    engine.page.take();
    assert_eq!(measure(&engine, LABELS), [failed(Failure::from(EngineError::NotStarted))]);
    let engine = TestEngine::new();
    engine.site.remove("weights/blazeface.safetensors");
    engine.page.take();
    assert!(failure(&measure(&engine, LABELS)).contains("blazeface"), "without a detector no face is found");

    let engine = TestEngine::started();
    engine.send_with(Command::Network(NetworkCommand::Load { name: "vgg".into() }), files(&[OTHER_NETWORK]));
    set_tick(ONE_EACH);
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || inbox.take(Command::Network(NetworkCommand::Activate { network: 1 }), Received::Nothing));
    let events = measure(&engine, LABELS);
    assert_eq!(events.last(), Some(&failed(Failure::from(EngineError::NetworkChanged))));
}

#[test]
fn a_lost_gpu_is_compensated_and_runs_are_cancelled() {
    let engine = TestEngine::on_gpu();
    engine.devices.fail_next();
    let events = measure(&engine, LABELS);
    assert!(matches!(events[0], Event::Ready { backend: Backend::Cpu, .. }), "{events:?}");
    let PhotographsOutcome { measured, figures, .. } = outcome(&events);
    assert_eq!((measured.backend.as_str(), figures.samples, figures.not_found), ("cpu", 3, 1));

    let cancel = Command::Photographs(PhotographsCommand::Cancel { run: 1 });
    assert_eq!(engine.send(cancel.clone()), []);
    set_tick(ONE_EACH);
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || inbox.take(cancel, Received::Nothing));
    let events = measure(&engine, LABELS);
    assert_eq!(events.last(), Some(&Event::Photographs(PhotographsEvent::Cancelled { run: 1 })));
}
