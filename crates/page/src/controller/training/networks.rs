//! The library of networks.

use std::cell::{Cell, RefCell};

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};

use crate::controller::Controller;
use crate::controller::export::save_as;
use crate::notice::{Notice, TrainingNotice};
use crate::state::{Action, TrainingAction};
use mien_protocol::{Command, NetworkCommand, NetworkEntry, NetworkEvent, NetworkId};

/// What weights files end with.
const ENDINGS: [&str; 2] = [".safetensors", ".bpk"];

/// A form of a weights file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightsForm {
    /// 16 bits a number rather than 32.
    pub half: bool,
    /// Burn's own format rather than safetensors.
    pub burnpack: bool,
}

/// Which networks there are.
#[derive(Default)]
pub(super) struct Shelf {
    known: RefCell<Vec<NetworkEntry>>,
    used: Cell<NetworkId>,
    /// The files of those that are not kept on this device: a new engine gets them back.
    held: RefCell<Vec<(NetworkId, JsValue)>>,
    /// What is to be done with the next one that is new.
    expecting: RefCell<Option<Expected>>,
}

/// What is to be done with a network that is new.
enum Expected {
    /// It is put to work.
    Use,
    /// It is called something else.
    Rename(String),
    /// One of this name, be it new or not, is put to work: it was before the engine went away.
    Return(String),
}

impl Controller {
    /// Takes in a weights file and puts it to work.
    pub fn load_network(&self, file: &File) {
        self.expect_network();
        let name = file.name();
        let bare = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
        let name = bare.unwrap_or(&name).to_owned();
        let command = Command::Network(NetworkCommand::Load { name });
        self.send(|engine| engine.send_files(&command, std::slice::from_ref(file)));
    }

    /// Fetches a network that is offered and puts it to work.
    pub fn get_network(&self, file: String) {
        self.expect_network();
        self.dispatch(Action::Training(TrainingAction::Downloading(Some((file.clone(), 0.0)))));
        self.network(NetworkCommand::Get { file });
    }

    /// Asks for the card of the network that comes with the page.
    pub fn fetch_card(&self) {
        self.network(NetworkCommand::Card);
    }

    /// Puts a network to work.
    pub fn use_network(&self, network: NetworkId) {
        self.network(NetworkCommand::Use { network });
        self.reread_photos();
    }

    /// Calls a network something else.
    pub fn rename_network(&self, network: NetworkId, name: String) {
        self.network(NetworkCommand::Rename { network, name });
    }

    /// Makes a copy of a network, which gets a name of its own.
    pub fn duplicate_network(&self, network: NetworkId, name: String) {
        self.0.training.networks.expecting.replace(Some(Expected::Rename(name)));
        self.network(NetworkCommand::Duplicate { network });
    }

    /// Takes a network away; it can be brought back.
    pub fn delete_network(&self, network: NetworkId, name: String) {
        self.dispatch(Action::Training(TrainingAction::Deleted(Some((network, name)))));
        self.network(NetworkCommand::Delete { network, undo: false });
    }

    /// Brings a deleted network back.
    pub fn restore_network(&self, network: NetworkId) {
        self.dispatch(Action::Training(TrainingAction::Deleted(None)));
        self.network(NetworkCommand::Delete { network, undo: true });
    }

    /// Keeps a network on this device, or no more.
    pub fn keep_network(&self, network: NetworkId, keep: bool) {
        self.network(NetworkCommand::Keep { network, keep });
    }

    /// Hands a network to the visitor as a file.
    pub fn save_network(&self, network: NetworkId, form: WeightsForm) {
        let WeightsForm { half, burnpack } = form;
        self.network(NetworkCommand::Save { network, half, burnpack });
    }

    pub(in crate::controller) fn list_networks(&self) {
        self.network(NetworkCommand::List);
    }

    /// The engine is a new one: it gets back what is not kept on this device, and what was at work works again.
    pub(in crate::controller) fn reload_networks(&self) {
        let shelf = &self.0.training.networks;
        let (known, held, used) = (shelf.known.take(), shelf.held.take(), shelf.used.take());
        let used = known.iter().find(|entry| entry.id == used && used > 0).map(|entry| entry.name.clone());
        shelf.expecting.replace(used.map(Expected::Return));
        for NetworkEntry { id, name, .. } in known.into_iter().filter(|entry| !entry.kept) {
            if let Some((_, file)) = held.iter().find(|(held, _)| *held == id) {
                let command = Command::Network(NetworkCommand::Load { name });
                self.send(|engine| engine.send_beside(&command, &js_sys::Array::of1(file)));
            }
        }
    }

    /// The next network that is new is to be put to work.
    pub(super) fn expect_network(&self) {
        self.0.training.networks.expecting.replace(Some(Expected::Use));
    }

    /// No new network comes.
    pub(super) fn expect_none(&self) {
        self.0.training.networks.expecting.take();
    }

    fn network(&self, command: NetworkCommand) {
        let command = Command::Network(command);
        self.send(|engine| engine.send(&command));
    }

    pub(in crate::controller) fn on_network(&self, event: NetworkEvent, beside: &JsValue) {
        let shelf = &self.0.training.networks;
        match event {
            NetworkEvent::Networks { networks, used } => {
                let kept = |id| networks.iter().any(|entry| entry.id == id && entry.kept);
                shelf.held.borrow_mut().retain(|(id, _)| !kept(*id));
                let find = |fits: &dyn Fn(&NetworkEntry) -> bool| {
                    networks.iter().find(|entry| fits(entry)).map(|entry| entry.id)
                };
                let known = shelf.known.replace(networks.clone());
                // one that is kept from the start was found on this device, where another tab may just have put it
                let fresh = find(&|entry| !entry.kept && known.iter().all(|known| known.id != entry.id));
                let (expected, next) = match shelf.expecting.take() {
                    Some(Expected::Return(name)) => {
                        let back = find(&|entry| entry.name == name);
                        (Some(Expected::Return(name)), back)
                    }
                    expected => (expected, fresh),
                };
                shelf.used.set(used);
                self.dispatch(Action::Training(TrainingAction::Networks(networks, used)));
                if fresh.is_some() {
                    self.dispatch(Action::Training(TrainingAction::Downloading(None)));
                }
                match (expected, next) {
                    (Some(Expected::Use | Expected::Return(_)), Some(next)) if next != used => self.use_network(next),
                    (Some(Expected::Rename(name)), Some(next)) => self.rename_network(next, name),
                    (expected, None) => drop(shelf.expecting.replace(expected)),
                    _ => {}
                }
            }
            NetworkEvent::Unkept { network } => shelf.held.borrow_mut().push((network, beside.clone())),
            NetworkEvent::Offers { offers } => self.dispatch(Action::Training(TrainingAction::Offers(offers))),
            NetworkEvent::Getting { file, share } => {
                self.dispatch(Action::Training(TrainingAction::Downloading(Some((file, share)))));
            }
            NetworkEvent::Card { card } => {
                if let Some(card) = card {
                    self.dispatch(Action::Card(card));
                }
            }
            NetworkEvent::Refused { name, reason } => {
                self.expect_none();
                self.dispatch(Action::Training(TrainingAction::Downloading(None)));
                self.notify(Notice::Training(TrainingNotice::WeightsRefused { name, reason }));
            }
            NetworkEvent::Saved { file, .. } => match beside.dyn_ref::<Blob>() {
                Some(blob) => save_as(blob.clone(), &file),
                None => self.notify(Notice::SaveFailed { detail: String::new() }),
            },
            NetworkEvent::StorageFailed { reason } => {
                self.notify(Notice::Training(TrainingNotice::NetworkStorage { reason }));
            }
        }
    }
}
