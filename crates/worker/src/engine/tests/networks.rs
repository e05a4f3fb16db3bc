//! The networks to choose from.

use std::rc::Rc;

use super::doubles::{CLASSIFIER, OTHER_NETWORK, World, files, set_tick};
use crate::engine::storage::{Refusal, StorageError};
use crate::failure::Failure;
use mien_protocol::{
    Backend, BackendChoice, Command, Event, Fallback, NetworkCommand, NetworkEntry, NetworkEvent, NetworkId,
};

fn send(world: &World, command: NetworkCommand) -> Vec<Event> {
    world.send(Command::Network(command))
}

fn load(world: &World, name: &str, file: &[u8]) -> Vec<Event> {
    world.send_with(Command::Network(NetworkCommand::Load { name: name.into() }), files(&[file]))
}

/// The list that an answer ends with, and the active network.
fn list(events: &[Event]) -> (Vec<NetworkEntry>, NetworkId) {
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

fn refused(events: &[Event]) -> &str {
    match events {
        [Event::Network(NetworkEvent::Refused { reason, .. })] => reason.english(),
        events => panic!("{events:?}"),
    }
}

#[test]
fn networks_are_added_from_files_and_what_is_none_is_refused() {
    let world = World::started();
    let events = load(&world, "a", OTHER_NETWORK);
    assert_eq!(events[0], Event::Network(NetworkEvent::Unsaved { network: 1 }));
    assert_eq!(world.page.attachment.take(), None, "the list has no attachment");
    assert_eq!(names(&events), named(&[("a", false)]));
    assert_eq!(list(&events).0[1].summary.name, "vgg");
    refused(&load(&world, "b", b"no network"));
    assert_eq!(refused(&send(&world, NetworkCommand::Load { name: "c".into() })), "no file came");
    assert_eq!(names(&send(&world, NetworkCommand::List)), named(&[("a", false)]));
}

#[test]
fn a_network_is_used_duplicated_renamed_deleted_and_restored() {
    let world = World::started();
    load(&world, "a", OTHER_NETWORK);
    let events = send(&world, NetworkCommand::Activate { network: 1 });
    assert!(matches!(&events[0], Event::Ready { network, .. } if network.name == "vgg"), "{events:?}");
    assert_eq!(list(&events).1, 1);
    send(&world, NetworkCommand::Duplicate { network: 1 });
    let events = send(&world, NetworkCommand::Rename { network: 2, name: "b".into() });
    assert_eq!(names(&events), named(&[("a", false), ("b", false)]));
    let events = send(&world, NetworkCommand::Delete { network: 1, undo: false });
    assert!(matches!(&events[0], Event::Ready { network, .. } if network.name == "cnn"), "{events:?}");
    assert_eq!((names(&events), list(&events).1), (named(&[("b", false)]), 0));
    let events = send(&world, NetworkCommand::Delete { network: 1, undo: true });
    assert_eq!(names(&events), named(&[("a", false), ("b", false)]));
}

#[test]
fn networks_are_exported_in_either_format() {
    let world = World::started();
    for (burnpack, file) in [(false, "mien.safetensors"), (true, "mien.bpk")] {
        let events = send(&world, NetworkCommand::Export { network: 0, half: false, burnpack });
        let [Event::Network(NetworkEvent::Exported { network: 0, file: name })] = &events[..] else {
            panic!("{events:?}")
        };
        let exported = world.page.attachment.take().unwrap();
        assert!(names(&load(&world, "back", &exported)).iter().all(|(name, _)| name == "back"));
        assert_eq!(name.split('.').next(), file.split('.').next());
    }
}

#[test]
fn networks_are_saved_and_found_again_by_another_engine() {
    let world = World::started();
    set_tick(1.0);
    send(&world, NetworkCommand::List);
    load(&world, "a", OTHER_NETWORK);
    assert_eq!(names(&send(&world, NetworkCommand::SetSaved { network: 1, saved: true })), named(&[("a", true)]));
    assert_eq!(world.tabs.notified.get(), 1);

    let other = World::with_files(Rc::clone(&world.files));
    other.send(Command::Start { choice: BackendChoice::Cpu });
    assert_eq!(names(&send(&other, NetworkCommand::List)), named(&[("a", true)]));

    // what one changes the other sees
    send(&world, NetworkCommand::Rename { network: 1, name: "b".into() });
    let call = |world: &World| {
        world.tabs.call.borrow().as_ref().unwrap()();
        world.page.take()
    };
    assert_eq!(names(&call(&other)), named(&[("b", true)]));
    send(&world, NetworkCommand::Delete { network: 1, undo: false });
    assert_eq!(world.files.names(), [""; 0]);
    let events = call(&other);
    assert_eq!(events[0], Event::Network(NetworkEvent::Unsaved { network: 1 }), "the other page holds it now");
    assert_eq!(names(&events), named(&[("b", false)]));
    send(&world, NetworkCommand::Delete { network: 1, undo: true });
    assert_eq!(names(&call(&other)), named(&[("b", true)]));
}

#[test]
fn the_storage_s_errors_are_posted() {
    let world = World::started();
    load(&world, "a", OTHER_NETWORK);
    world.files.room.set(Some(100));
    let events = send(&world, NetworkCommand::SetSaved { network: 1, saved: true });
    let reason = Failure::from(StorageError::Full).into();
    assert_eq!(events[0], Event::Network(NetworkEvent::StorageFailed { reason }));
    assert_eq!(names(&events), named(&[("a", false)]));
    world.files.files.borrow_mut().insert("network.1".into(), b"\x0c\0\0\0{\"name\":\"x\"}damaged".to_vec());
    let events = send(&world, NetworkCommand::List);
    assert!(matches!(events[0], Event::Network(NetworkEvent::StorageFailed { .. })), "{events:?}");
    world.files.refuses.replace(Some(StorageError::Refused(Refusal::NoStorage)));
    assert_eq!(
        names(&send(&world, NetworkCommand::List)),
        named(&[("a", false)]),
        "nothing is saved in private windows"
    );
}

#[test]
fn a_network_that_the_gpu_computes_wrongly_is_used_on_the_cpu() {
    let world = World::on_gpu();
    load(&world, "a", OTHER_NETWORK);
    world.devices.fail_next();
    let events = send(&world, NetworkCommand::Activate { network: 1 });
    let Event::Ready { backend: Backend::Cpu, fallback: Some(Fallback::Mismatch { .. }), network, .. } = &events[0]
    else {
        panic!("{events:?}")
    };
    assert_eq!((network.name.as_str(), list(&events).1), ("vgg", 1));
}

#[test]
fn available_networks_are_posted_and_downloaded() {
    let world = World::started();
    let list = format!(r#"[{{"file":"o.safetensors","name":"O","purpose":"","bytes":{}}}]"#, OTHER_NETWORK.len());
    world.site.put("weights/networks.json", list.as_bytes());
    let events = send(&world, NetworkCommand::List);
    assert!(events.iter().any(
        |event| matches!(event, Event::Network(NetworkEvent::Available { networks }) if networks[0].file == "o.safetensors")
    ));
    let download = |file: &str| send(&world, NetworkCommand::Download { file: file.into() });
    assert_eq!(refused(&download("p")), "it is not offered");
    let events = download("o.safetensors");
    assert_eq!(events[0], Event::Network(NetworkEvent::Downloading { file: "o.safetensors".into(), share: 0.0 }));
    assert!(
        matches!(&events[1], Event::Network(NetworkEvent::Refused { reason, .. }) if reason.english() == "the server answered 404")
    );
    world.site.put("weights/o.safetensors", OTHER_NETWORK);
    set_tick(101.0);
    let events = download("o.safetensors");
    let shares: Vec<f32> = events
        .iter()
        .filter_map(|event| match event {
            Event::Network(NetworkEvent::Downloading { share, .. }) => Some(*share),
            _ => None,
        })
        .collect();
    assert_eq!(shares, [0.0, 0.5, 1.0]);
    assert_eq!(names(&events), named(&[("O", false)]));
}

#[test]
fn the_card_is_posted_if_it_arrives() {
    let world = World::started();
    let card = || send(&world, NetworkCommand::Card);
    assert_eq!(card(), [Event::Network(NetworkEvent::Card { card: None })]);
    world.site.put("weights/card.json", include_bytes!("../../../../../www/weights/card.json"));
    assert!(matches!(card()[..], [Event::Network(NetworkEvent::Card { card: Some(_) })]));
}

#[test]
fn before_the_start_there_is_no_list() {
    let world = World::new();
    world.page.take();
    assert_eq!(send(&world, NetworkCommand::List), []);
    assert_eq!(send(&world, NetworkCommand::Activate { network: 0 }), []);
    world.send(Command::Start { choice: BackendChoice::Cpu });
    assert_eq!(list(&send(&world, NetworkCommand::List)).0[0].bytes, CLASSIFIER.len() as u64);
}
