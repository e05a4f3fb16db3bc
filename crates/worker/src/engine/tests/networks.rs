//! The networks to choose from.

use std::io;
use std::rc::Rc;

use super::doubles::{CLASSIFIER, ONNX_PROGRAM, OTHER_NETWORK, TestEngine, files, set_tick};
use crate::engine::platform::{InputFile, ReadSeek, Received};
use crate::engine::storage_error::{Refusal, StorageError};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_protocol::{
    Backend, BackendChoice, Command, Event, Fallback, NetworkCommand, NetworkEntry, NetworkEvent, NetworkFormat,
    NetworkId,
};

pub(super) fn send(engine: &TestEngine, command: NetworkCommand) -> Vec<Event> {
    engine.send(Command::Network(command))
}

fn load(engine: &TestEngine, name: &str, file: &[u8]) -> Vec<Event> {
    engine.send_with(Command::Network(NetworkCommand::Load { name: name.into() }), files(&[file]))
}

/// The list that an answer ends with, and the active network.
pub(super) fn list(events: &[Event]) -> (Vec<NetworkEntry>, NetworkId) {
    match events.last() {
        Some(Event::Network(NetworkEvent::Networks { networks, active })) => (networks.clone(), *active),
        event => panic!("{event:?}"),
    }
}

/// The names in the list, and whether each is saved.
fn names(events: &[Event]) -> Vec<(String, bool)> {
    list(events).0.into_iter().skip(1).map(|entry| (entry.name, entry.saved)).collect()
}

fn named(names: &[(&str, bool)]) -> Vec<(String, bool)> {
    names.iter().map(|(name, saved)| ((*name).to_owned(), *saved)).collect()
}

pub(super) fn refused(events: &[Event]) -> &str {
    match events {
        [Event::Network(NetworkEvent::Refused { reason, .. })] => reason.english(),
        events => panic!("{events:?}"),
    }
}

/// A file that is too large to be weights.
struct LargeFile;

impl InputFile for LargeFile {
    fn size(&self) -> u64 {
        256_000_001
    }

    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        panic!("it is not read")
    }
}

#[test]
fn networks_are_added_from_files_and_what_is_none_is_refused() {
    let engine = TestEngine::started();
    let events = load(&engine, "a", OTHER_NETWORK);
    assert_eq!(events[0], Event::Network(NetworkEvent::Unsaved { network: 1 }));
    assert_eq!(engine.page.attachment.take().as_deref(), Some(OTHER_NETWORK), "the page holds what is not saved");
    assert_eq!(names(&events), named(&[("a", false)]));
    assert_eq!(list(&events).0[1].summary.name, "vgg");
    refused(&load(&engine, "b", b"no network"));
    assert_eq!(refused(&send(&engine, NetworkCommand::Load { name: "c".into() })), "no file came");
    let large = Received::Files(vec![Box::new(LargeFile)]);
    let answer = engine.send_with(Command::Network(NetworkCommand::Load { name: "d".into() }), large);
    assert_eq!(refused(&answer), EngineError::LargeFile(256).to_string());
    assert_eq!(names(&send(&engine, NetworkCommand::List)), named(&[("a", false)]));
}

#[test]
fn a_network_is_used_duplicated_renamed_deleted_and_restored() {
    let engine = TestEngine::started();
    load(&engine, "a", OTHER_NETWORK);
    let events = send(&engine, NetworkCommand::Activate { network: 1 });
    assert!(matches!(&events[0], Event::Ready { network, .. } if network.name == "vgg"), "{events:?}");
    assert_eq!(list(&events).1, 1);
    let events = send(&engine, NetworkCommand::Duplicate { network: 1 });
    assert_eq!(names(&events), named(&[("a", false), ("a (2)", false)]));
    for (name, given) in [("a", "a (2)"), ("b", "b")] {
        let events = send(&engine, NetworkCommand::Rename { network: 2, name: name.into() });
        assert_eq!(names(&events), named(&[("a", false), (given, false)]));
    }
    let events = send(&engine, NetworkCommand::Delete { network: 1, undo: false });
    assert!(matches!(&events[0], Event::Ready { network, .. } if network.name == "cnn"), "{events:?}");
    assert_eq!((names(&events), list(&events).1), (named(&[("b", false)]), 0));
    let events = send(&engine, NetworkCommand::Delete { network: 1, undo: true });
    assert_eq!(names(&events), named(&[("a", false), ("b", false)]));
}

#[test]
fn networks_are_exported_in_every_format() {
    let engine = TestEngine::started();
    let export = |format, file: &str| {
        let events = send(&engine, NetworkCommand::Export { network: 0, format });
        let expected = NetworkEvent::Exported { network: 0, file: file.to_owned(), reason: None };
        assert_eq!(events, [Event::Network(expected)]);
        engine.page.attachment.take().unwrap()
    };
    for (format, file) in [(NetworkFormat::Full, "mien.safetensors"), (NetworkFormat::BurnFull, "mien.bpk")] {
        let exported = export(format, file);
        assert!(names(&load(&engine, "back", &exported)).iter().all(|(name, _)| name.starts_with("back")));
    }
    // that of the network that was loaded
    engine.page.attachment.take();
    let missing = send(&engine, NetworkCommand::Export { network: 0, format: NetworkFormat::Onnx });
    let [Event::Network(NetworkEvent::Exported { reason: Some(reason), .. })] = &missing[..] else {
        panic!("{missing:?}")
    };
    assert_eq!(reason.id(), "engine/onnx-unavailable");
    assert!(engine.page.attachment.take().is_none());
    engine.site.put("onnx.wasm", ONNX_PROGRAM);
    let [normalized, pixels] =
        [NetworkFormat::Onnx, NetworkFormat::OnnxPixels].map(|format| export(format, "mien.onnx"));
    let has = |model: &[u8], name: &str| model.windows(name.len()).any(|part| part == name.as_bytes());
    assert!(has(&normalized, "mien-onnx-1") && !has(&normalized, "grey_levels"));
    assert!(has(&pixels, "mien-onnx-1") && has(&pixels, "grey_levels"));
}

#[test]
fn networks_are_saved_and_found_again_by_another_engine() {
    let engine = TestEngine::started();
    set_tick(1.0);
    send(&engine, NetworkCommand::List);
    load(&engine, "a", OTHER_NETWORK);
    assert_eq!(names(&send(&engine, NetworkCommand::SetSaved { network: 1, saved: true })), named(&[("a", true)]));
    assert_eq!(engine.tabs.notified.get(), 1);

    let other = TestEngine::with_files(Rc::clone(&engine.files));
    other.send(Command::Start { choice: BackendChoice::Cpu });
    assert_eq!(names(&send(&other, NetworkCommand::List)), named(&[("a", true)]));

    // what one changes the other sees
    send(&engine, NetworkCommand::Rename { network: 1, name: "b".into() });
    let call = |engine: &TestEngine| {
        engine.tabs.call.borrow().as_ref().unwrap()();
        engine.page.take()
    };
    assert_eq!(names(&call(&other)), named(&[("b", true)]));
    send(&engine, NetworkCommand::Delete { network: 1, undo: false });
    assert_eq!(engine.files.names(), [""; 0]);
    let events = call(&other);
    assert_eq!(events[0], Event::Network(NetworkEvent::Unsaved { network: 1 }), "the other page holds it now");
    assert_eq!(names(&events), named(&[("b", false)]));
    send(&engine, NetworkCommand::Delete { network: 1, undo: true });
    assert_eq!(names(&call(&other)), named(&[("b", true)]));
}

#[test]
fn the_storage_s_errors_are_posted() {
    let engine = TestEngine::started();
    load(&engine, "a", OTHER_NETWORK);
    engine.files.room.set(Some(100));
    let events = send(&engine, NetworkCommand::SetSaved { network: 1, saved: true });
    let reason = Failure::from(StorageError::Full).into();
    assert_eq!(events[0], Event::Network(NetworkEvent::StorageFailed { reason }));
    assert_eq!(names(&events), named(&[("a", false)]));
    engine.files.files.borrow_mut().insert("network.1".into(), b"\x0c\0\0\0{\"name\":\"x\"}damaged".to_vec());
    let events = send(&engine, NetworkCommand::List);
    assert!(matches!(events[0], Event::Network(NetworkEvent::StorageFailed { .. })), "{events:?}");
    engine.files.refuses.replace(Some(StorageError::Refused(Refusal::NoStorage)));
    assert_eq!(
        names(&send(&engine, NetworkCommand::List)),
        named(&[("a", false)]),
        "nothing is saved in private windows"
    );
}

#[test]
fn a_network_that_the_gpu_computes_wrongly_is_used_on_the_cpu() {
    let engine = TestEngine::on_gpu();
    load(&engine, "a", OTHER_NETWORK);
    engine.devices.fail_next();
    let events = send(&engine, NetworkCommand::Activate { network: 1 });
    let Event::Ready { backend: Backend::Cpu, fallback: Some(Fallback::Mismatch { .. }), network, .. } = &events[0]
    else {
        panic!("{events:?}")
    };
    assert_eq!((network.name.as_str(), list(&events).1), ("vgg", 1));
}

#[test]
fn available_networks_are_posted_and_downloaded() {
    let engine = TestEngine::started();
    let list = format!(r#"[{{"file":"o.safetensors","name":"O","purpose":"","bytes":{}}}]"#, OTHER_NETWORK.len());
    engine.site.put("weights/networks.json", list.as_bytes());
    let events = send(&engine, NetworkCommand::List);
    assert!(events.iter().any(
        |event| matches!(event, Event::Network(NetworkEvent::Available { networks }) if networks[0].file == "o.safetensors")
    ));
    let download = |file: &str| send(&engine, NetworkCommand::Download { file: file.into() });
    assert_eq!(refused(&download("p")), "it is not offered");
    let events = download("o.safetensors");
    assert_eq!(events[0], Event::Network(NetworkEvent::Downloading { file: "o.safetensors".into(), progress: 0.0 }));
    assert!(
        matches!(&events[1], Event::Network(NetworkEvent::Refused { reason, .. }) if reason.english() == "the server answered 404")
    );
    engine.site.put("weights/o.safetensors", OTHER_NETWORK);
    set_tick(101.0);
    let events = download("o.safetensors");
    let shares: Vec<f32> = events
        .iter()
        .filter_map(|event| match event {
            Event::Network(NetworkEvent::Downloading { progress, .. }) => Some(*progress),
            _ => None,
        })
        .collect();
    assert_eq!(shares, [0.0, 0.5, 1.0]);
    assert_eq!(names(&events), named(&[("O", false)]));
}

#[test]
fn the_card_is_posted_if_it_arrives() {
    let engine = TestEngine::started();
    let card = || send(&engine, NetworkCommand::Card);
    assert_eq!(card(), [Event::Network(NetworkEvent::Card { card: None })]);
    engine.site.put("weights/card.json", include_bytes!("../../../../../www/weights/card.json"));
    assert!(matches!(card()[..], [Event::Network(NetworkEvent::Card { card: Some(_) })]));
}

#[test]
fn before_the_start_there_is_no_list() {
    let engine = TestEngine::new();
    engine.page.take();
    assert_eq!(send(&engine, NetworkCommand::List), []);
    assert_eq!(send(&engine, NetworkCommand::Activate { network: 0 }), []);
    engine.send(Command::Start { choice: BackendChoice::Cpu });
    assert_eq!(list(&send(&engine, NetworkCommand::List)).0[0].bytes, CLASSIFIER.len() as u64);
}
