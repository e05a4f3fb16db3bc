//! The library of networks.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::File;

use super::link::{Attachment, FileName, Link};
use super::onnx::Onnx;
use crate::notice::{Notice, TrainingNotice};
use crate::state::{Action, TrainingAction};
use mien_browser::value::clone_handle;
use mien_protocol::{Command, Message, NetworkCommand, NetworkEntry, NetworkEvent, NetworkFormat, NetworkId};

/// The extensions of weights files.
const ENDINGS: [&str; 3] = [".safetensors", ".bpk", ONNX];

/// The extension of ONNX models.
const ONNX: &str = ".onnx";

/// The library of networks.
pub struct Networks {
    link: Link,
    known: RefCell<Vec<NetworkEntry>>,
    active: Cell<NetworkId>,
    /// The files of networks not saved on this device, to restore them in a new engine.
    held: RefCell<Vec<(NetworkId, JsValue)>>,
    expected: RefCell<Option<Expected>>,
    /// The name of the network that was deleted last, if it was the active one.
    deleted: RefCell<Option<String>>,
    /// Whether a network is being downloaded.
    downloading: Cell<bool>,
    /// The ONNX model that is being opened.
    pub onnx: Rc<Onnx>,
}

/// What to do with the next network that is added.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// Activate it.
    Activate,
    /// Rename it.
    Rename(String),
    /// Activate the network with this name, new or existing: it was active before the engine failed, or before it was deleted.
    Reactivate(String),
}

impl Networks {
    /// Creates an empty library.
    pub fn new(link: Link) -> Self {
        Self {
            onnx: Onnx::new(link.clone()),
            link,
            known: RefCell::default(),
            active: Cell::default(),
            held: RefCell::default(),
            expected: RefCell::default(),
            deleted: RefCell::default(),
            downloading: Cell::default(),
        }
    }

    /// Loads a weights file and activates its network, or opens an ONNX model, about which more is to be stated.
    pub fn load(&self, file: &File) {
        let name = file.name();
        if ends_with(&name, ONNX) {
            return self.onnx.open(name, clone_handle(file));
        }
        self.expect_new();
        self.load_file(NetworkCommand::Load { name: without_ending(&name).to_owned() }, file);
    }

    /// Says of networks that came together with another one that they are not opened.
    pub fn leave(&self, names: impl Iterator<Item = String>) {
        names.for_each(|name| self.notify(TrainingNotice::OneNetwork { name }));
    }

    /// Adds the ONNX model that is being opened and activates it.
    pub fn use_onnx(&self) {
        if let Some((name, statement, file)) = self.onnx.take() {
            self.expect_new();
            let name = without_ending(&name).to_owned();
            self.load_file(NetworkCommand::LoadOnnx { name, statement }, &file);
        }
    }

    fn load_file(&self, command: NetworkCommand, file: &File) {
        self.link.send_with(&Command::Network(command), Attachment::Files(std::slice::from_ref(file)));
    }

    /// Downloads one of the networks available on the site and activates it.
    pub fn download(&self, file: String) {
        self.expect_new();
        self.downloading.set(true);
        self.dispatch(TrainingAction::Downloading(Some((file.clone(), 0.0))));
        self.send(NetworkCommand::Download { file });
    }

    /// Requests the model card of the built-in network.
    pub fn request_card(&self) {
        self.send(NetworkCommand::Card);
    }

    /// Makes a network the active one.
    pub fn activate(&self, network: NetworkId) {
        self.send(NetworkCommand::Activate { network });
    }

    /// Renames a network.
    pub fn rename(&self, network: NetworkId, name: String) {
        self.send(NetworkCommand::Rename { network, name });
    }

    /// Duplicates a network under a new name.
    pub fn duplicate(&self, network: NetworkId, name: String) {
        self.expected.replace(Some(Expected::Rename(name)));
        self.send(NetworkCommand::Duplicate { network });
    }

    /// Deletes a network; this can be undone.
    pub fn delete(&self, network: NetworkId, name: String) {
        self.deleted.replace((self.active.get() == network).then(|| name.clone()));
        self.dispatch(TrainingAction::Deleted(Some((network, name))));
        self.send(NetworkCommand::Delete { network, undo: false });
    }

    /// Deletes a network for good, and any other that could be restored.
    pub fn remove(&self, network: NetworkId) {
        self.dispatch(TrainingAction::Deleted(None));
        self.send(NetworkCommand::Delete { network, undo: false });
    }

    /// Restores a deleted network, as the active one if it was that and no other has been chosen since.
    pub fn restore(&self, network: NetworkId) {
        if let Some(name) = self.deleted.take().filter(|_| self.active.get() == 0) {
            self.expected.replace(Some(Expected::Reactivate(name)));
        }
        self.dispatch(TrainingAction::Deleted(None));
        self.send(NetworkCommand::Delete { network, undo: true });
    }

    /// Saves a network on this device, or removes it from there.
    pub fn set_saved(&self, network: NetworkId, saved: bool) {
        self.send(NetworkCommand::SetSaved { network, saved });
    }

    /// Has the engine write a network to a file, and downloads it.
    pub fn export(&self, network: NetworkId, format: NetworkFormat) {
        self.send(NetworkCommand::Export { network, format });
    }

    /// Requests the list of networks.
    pub fn request_list(&self) {
        self.send(NetworkCommand::List);
    }

    /// Activates the next network that is added.
    pub fn expect_new(&self) {
        self.expected.replace(Some(Expected::Activate));
    }

    /// Cancels [`Self::expect_new`].
    pub fn expect_none(&self) {
        self.expected.take();
    }

    /// Called when the engine was replaced: restores networks that are not saved on this device, and the active
    /// network.
    pub fn on_engine_replaced(&self) {
        let (known, held, active) = (self.known.take(), self.held.take(), self.active.take());
        let active = known.iter().find(|entry| entry.id == active && active > 0).map(|entry| entry.name.clone());
        self.expected.replace(active.map(Expected::Reactivate));
        for NetworkEntry { id, name, .. } in known.into_iter().filter(|entry| !entry.saved) {
            if let Some((_, file)) = held.iter().find(|(held, _)| *held == id) {
                let command = Command::Network(NetworkCommand::Load { name });
                self.link.send_with(&command, Attachment::Value(&Array::of1(file)));
            }
        }
    }

    /// Called when the engine was lost, while it may have been reading a model.
    pub fn on_engine_lost(&self) {
        self.downloading.set(false);
        if let Some(name) = self.onnx.on_engine_lost() {
            self.notify(TrainingNotice::NetworkLost { name });
        }
    }

    /// Handles an event from the engine, with its attachment; returns whether it activated another network.
    pub fn on_event(&self, event: NetworkEvent, beside: &JsValue) -> bool {
        match event {
            NetworkEvent::Networks { networks, active } => return self.on_list(networks, active),
            NetworkEvent::Unsaved { network } => self.held.borrow_mut().push((network, clone_handle(beside))),
            NetworkEvent::Available { networks } => self.dispatch(TrainingAction::Available(networks)),
            NetworkEvent::Downloading { file, progress } => {
                self.dispatch(TrainingAction::Downloading(Some((file, progress))));
            }
            NetworkEvent::Card { card } => {
                if let Some(card) = card {
                    self.link.dispatch(Action::Card(card));
                }
            }
            NetworkEvent::OnnxInspected { request, facts } => {
                if let Some((name, reason)) = self.onnx.on_inspected(request, facts) {
                    self.notify(TrainingNotice::WeightsRefused { name, reason });
                }
            }
            NetworkEvent::OnnxTried { request, trial } => self.onnx.on_tried(request, trial),
            NetworkEvent::Refused { name, reason } => {
                self.expect_none();
                self.dispatch(TrainingAction::Downloading(None));
                self.notify(if self.downloading.take() && did_not_arrive(&reason) {
                    TrainingNotice::DownloadFailed { name, reason }
                } else {
                    TrainingNotice::WeightsRefused { name, reason }
                });
            }
            NetworkEvent::Exported { file, reason: Some(reason), .. } => {
                self.notify(TrainingNotice::ExportFailed { file, reason });
            }
            NetworkEvent::Exported { file, reason: None, .. } => {
                if !self.link.host().download_file(beside, FileName::Exact(&file)) {
                    self.link.notify(Notice::SaveFailed { detail: String::new() });
                }
            }
            NetworkEvent::StorageFailed { reason } => self.notify(TrainingNotice::NetworkStorage { reason }),
        }
        false
    }

    fn on_list(&self, networks: Vec<NetworkEntry>, active: NetworkId) -> bool {
        let saved = |id| networks.iter().any(|entry| entry.id == id && entry.saved);
        self.held.borrow_mut().retain(|(id, _)| !saved(*id));
        let known = self.known.replace(networks.clone());
        self.active.set(active);
        // one that is stored from the start was found on this device, where another tab may just have put it
        let is_new = |entry: &&NetworkEntry| !entry.saved && known.iter().all(|known| known.id != entry.id);
        let new = networks.iter().find(is_new).map(|entry| entry.id);
        let expected = self.expected.take();
        let next = match &expected {
            Some(Expected::Reactivate(name)) => networks.iter().find(|entry| entry.name == *name).map(|entry| entry.id),
            _ => new,
        };
        self.dispatch(TrainingAction::Networks(networks, active));
        if new.is_some() {
            self.downloading.set(false);
            self.dispatch(TrainingAction::Downloading(None));
        }
        match (expected, next) {
            (Some(Expected::Activate | Expected::Reactivate(_)), Some(next)) if next != active => {
                self.activate(next);
                return true;
            }
            (Some(Expected::Rename(name)), Some(next)) => self.rename(next, name),
            (expected, None) => drop(self.expected.replace(expected)),
            _ => {}
        }
        false
    }

    fn send(&self, command: NetworkCommand) {
        self.link.send(&Command::Network(command));
    }

    fn notify(&self, notice: TrainingNotice) {
        self.link.notify(Notice::Training(notice));
    }

    fn dispatch(&self, action: TrainingAction) {
        self.link.dispatch(Action::Training(action));
    }
}

/// Whether a network did not arrive, by the words of the browser or the server: nothing is known of its file.
fn did_not_arrive(reason: &Message) -> bool {
    matches!(reason.id(), "" | "engine/status" | "engine/no-body" | "engine/not-offered")
}

/// The name of a network by that of its file.
fn without_ending(name: &str) -> &str {
    let ending = ENDINGS.iter().find(|ending| ends_with(name, ending));
    ending.and_then(|ending| name.get(..name.len() - ending.len())).unwrap_or(name)
}

fn ends_with(name: &str, ending: &str) -> bool {
    let start = name.len().checked_sub(ending.len());
    start.is_some_and(|start| name.as_bytes()[start..].eq_ignore_ascii_case(ending.as_bytes()))
}

/// Whether a file is one of a network, by its name.
pub fn is_network(name: &str) -> bool {
    ENDINGS.iter().any(|ending| ends_with(name, ending))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use wasm_bindgen::{JsCast, JsValue};

    use super::{Networks, without_ending};
    use crate::controller::fake::FakeHost;
    use crate::fixtures::message;
    use crate::notice::{Notice, TrainingNotice};
    use crate::state::{Action, TrainingAction};
    use mien_protocol::{
        Command, Message, NetworkCommand, NetworkEntry, NetworkEvent, NetworkFormat, NetworkId, NetworkSummary,
    };

    fn entry(id: NetworkId, name: &str, saved: bool) -> NetworkEntry {
        let summary = NetworkSummary {
            name: String::from("vgg"),
            parameters: 1,
            multiply_adds: 1,
            description: None,
            validation_accuracy: None,
            validated_on: None,
        };
        NetworkEntry { id, name: name.to_owned(), summary, bytes: 1, saved }
    }

    fn deliver(networks: &Networks, event: NetworkEvent) -> bool {
        networks.on_event(event, &JsValue::UNDEFINED)
    }

    fn list(networks: &Networks, entries: &[NetworkEntry], active: NetworkId) -> bool {
        deliver(networks, NetworkEvent::Networks { networks: entries.to_vec(), active })
    }

    /// A library with the network of the page.
    fn networks() -> (Rc<FakeHost>, Networks) {
        let (host, link) = FakeHost::new();
        let networks = Networks::new(link);
        list(&networks, &[entry(0, "page", true)], 0);
        host.take_actions();
        (host, networks)
    }

    fn command(command: NetworkCommand) -> Command {
        Command::Network(command)
    }

    #[test]
    fn a_network_that_was_expected_is_activated() {
        let (host, networks) = networks();
        networks.expect_new();
        // The list may come for another reason before.
        assert!(!list(&networks, &[entry(0, "page", true)], 0));
        assert!(list(&networks, &[entry(0, "page", true), entry(1, "mine", false)], 0));
        assert_eq!(host.take_commands(), [command(NetworkCommand::Activate { network: 1 })]);
        assert!(!list(&networks, &[entry(0, "page", true), entry(1, "mine", false)], 1));
        assert!(host.take_commands().is_empty());
    }

    #[test]
    fn a_network_of_another_tab_is_not_activated() {
        let (host, networks) = networks();
        networks.expect_new();
        assert!(!list(&networks, &[entry(0, "page", true), entry(1, "other tab", true)], 0));
        assert!(host.take_commands().is_empty());
    }

    #[test]
    fn a_copy_is_renamed() {
        let (host, networks) = networks();
        networks.duplicate(0, String::from("copy"));
        assert!(!list(&networks, &[entry(0, "page", true), entry(1, "page", false)], 0));
        let (network, name) = (1, String::from("copy"));
        assert_eq!(host.take_commands()[1..], [command(NetworkCommand::Rename { network, name })]);
    }

    #[test]
    fn a_refused_network_is_not_expected_any_more() {
        let (host, networks) = networks();
        networks.download(String::from("large.bpk"));
        let (name, reason) = (String::from("large"), Message::new("weights/format", [], "damaged".into()));
        deliver(&networks, NetworkEvent::Refused { name, reason });
        let actions = host.take_actions();
        assert!(matches!(&actions[..], [
            Action::Training(TrainingAction::Downloading(Some(_))),
            Action::Training(TrainingAction::Downloading(None)),
            Action::Notify(Notice::Training(TrainingNotice::WeightsRefused { name, .. })),
        ] if name == "large"));
        host.take_commands();
        assert!(!list(&networks, &[entry(0, "page", true), entry(1, "mine", false)], 0));
        assert!(host.take_commands().is_empty());
    }

    #[test]
    fn a_network_that_does_not_arrive_is_told_from_one_that_is_refused() {
        let (host, networks) = networks();
        let refuse = || {
            let (name, reason) = (String::from("large"), message("Failed to fetch"));
            deliver(&networks, NetworkEvent::Refused { name, reason });
            host.take_notices()
        };
        networks.download(String::from("large.safetensors"));
        assert!(matches!(refuse()[..], [Notice::Training(TrainingNotice::DownloadFailed { .. })]));
        // the next one is a file of the visitor
        assert!(matches!(refuse()[..], [Notice::Training(TrainingNotice::WeightsRefused { .. })]));
    }

    #[test]
    fn the_active_network_is_so_again_in_a_new_engine() {
        let (host, networks) = networks();
        let entries = [entry(0, "page", true), entry(1, "stored", true)];
        list(&networks, &entries, 1);
        networks.on_engine_replaced();
        // The new engine finds it on the device, by another number.
        assert!(!list(&networks, &[entry(0, "page", true)], 0));
        assert!(list(&networks, &[entry(0, "page", true), entry(2, "stored", true)], 0));
        assert_eq!(host.take_commands(), [command(NetworkCommand::Activate { network: 2 })]);
        // The network of the page is active by itself.
        list(&networks, &[entry(0, "page", true)], 0);
        networks.on_engine_replaced();
        assert!(!list(&networks, &entries, 0));
    }

    #[test]
    fn the_active_network_is_so_again_when_it_is_restored() {
        let (host, networks) = networks();
        let all = [entry(0, "page", true), entry(1, "mine", true), entry(2, "other", true)];
        for (deleted, chosen, is_active_again) in [(1, 0, true), (1, 2, false), (2, 1, false)] {
            list(&networks, &all, 1);
            networks.delete(deleted, String::from("mine"));
            let left: Vec<NetworkEntry> = all.iter().filter(|entry| entry.id != deleted).cloned().collect();
            list(&networks, &left, chosen);
            networks.restore(deleted);
            host.take_commands();
            assert_eq!(list(&networks, &all, chosen), is_active_again, "{deleted} {chosen}");
            let expected = is_active_again.then(|| command(NetworkCommand::Activate { network: 1 }));
            assert_eq!(host.take_commands(), Vec::from_iter(expected));
        }
    }

    #[test]
    fn a_file_is_held_until_its_network_is_stored() {
        let (_, networks) = networks();
        deliver(&networks, NetworkEvent::Unsaved { network: 1 });
        list(&networks, &[entry(1, "mine", false)], 0);
        assert_eq!(networks.held.borrow().len(), 1);
        list(&networks, &[entry(1, "mine", true)], 0);
        assert!(networks.held.borrow().is_empty());
    }

    #[test]
    fn networks_that_are_not_opened_are_named() {
        let (host, networks) = networks();
        networks.leave(["b.onnx", "c.bpk"].map(String::from).into_iter());
        let left = |name: &str| Notice::Training(TrainingNotice::OneNetwork { name: name.to_owned() });
        assert_eq!(host.take_notices(), [left("b.onnx"), left("c.bpk")]);
        assert!(host.take_commands().is_empty());
    }

    #[test]
    fn a_model_that_is_lost_with_the_engine_is_named() {
        let (host, networks) = networks();
        for name in ["a.onnx", "b.onnx"] {
            networks.onnx.open(name.to_owned(), JsValue::UNDEFINED.unchecked_into());
        }
        networks.on_engine_lost();
        // the form of the first is still there
        let lost = TrainingNotice::NetworkLost { name: String::from("b.onnx") };
        assert_eq!(host.take_notices(), [Notice::Training(lost)]);
        networks.on_engine_lost();
        assert!(host.take_notices().is_empty());
    }

    #[test]
    fn failures_are_reported() {
        let (host, networks) = networks();
        networks.export(1, NetworkFormat::default());
        let exported = |reason| NetworkEvent::Exported { network: 1, file: String::from("mine.safetensors"), reason };
        deliver(&networks, exported(None));
        assert_eq!(host.take_downloads()[0].1, "mine.safetensors");
        host.refuses_downloads.set(true);
        deliver(&networks, exported(None));
        deliver(&networks, exported(Some(message("offline"))));
        deliver(&networks, NetworkEvent::StorageFailed { reason: message("full") });
        let storage = TrainingNotice::NetworkStorage { reason: message("full") };
        let save = Notice::SaveFailed { detail: String::new() };
        let export =
            TrainingNotice::ExportFailed { file: String::from("mine.safetensors"), reason: message("offline") };
        assert_eq!(host.take_notices(), [save, Notice::Training(export), Notice::Training(storage)]);
    }

    #[test]
    fn a_network_is_named_by_its_file() {
        assert_eq!(without_ending("mine.safetensors"), "mine");
        assert_eq!(without_ending("mine.bpk"), "mine");
        assert_eq!(without_ending("Mine.ONNX"), "Mine");
        assert_eq!(without_ending("mine.zip"), "mine.zip");
    }
}
