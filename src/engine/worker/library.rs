//! The networks to choose from: the one that comes with the page, those trained here, and those from files.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, FileReaderSync};

use super::{Engine, Files, blob_of};
use crate::engine::protocol::{Event, NetworkCommand, NetworkEntry, NetworkEvent, NetworkId, NetworkSummary};
use crate::engine::storage::{self, StorageError};
use crate::network::{self, NetworkFile};
use crate::weights::Precision;

/// A weights file is no larger than this: a hundred times the network that comes with the page.
const LARGEST: f64 = 256e6;

/// The file that lists the kept networks; each has a file of its own beside it.
const LIST: &str = "networks";

/// The one that comes with the page.
const SHIPPED: NetworkId = 0;

/// All that there are to choose from.
#[derive(Default)]
pub(super) struct Library {
    entries: Vec<Entry>,
    used: NetworkId,
    last: NetworkId,
    /// Whether those kept on the device were looked for.
    looked: bool,
}

struct Entry {
    id: NetworkId,
    name: String,
    bytes: Vec<u8>,
    summary: NetworkSummary,
    kept: bool,
    deleted: bool,
}

/// What is said of a kept network.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: NetworkId,
    name: String,
}

impl Library {
    /// The weights file at work.
    pub fn bytes<'a>(&'a self, files: &'a Files) -> &'a [u8] {
        self.get(self.used).map_or(&files.classifier, |entry| &entry.bytes)
    }

    /// The weights file of a network; `None` where there is none of that number.
    pub fn bytes_of<'a>(&'a self, files: &'a Files, id: NetworkId) -> Option<&'a [u8]> {
        if id == SHIPPED { Some(&files.classifier) } else { self.get(id).map(|entry| &entry.bytes[..]) }
    }

    /// The number of the network at work.
    pub fn used(&self) -> NetworkId {
        self.used
    }

    fn get(&self, id: NetworkId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id && !entry.deleted)
    }

    fn get_mut(&mut self, id: NetworkId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }
}

impl Engine {
    pub(super) async fn on_network(&mut self, command: NetworkCommand, beside: &JsValue) {
        match command {
            NetworkCommand::List => {
                self.look_for_kept().await;
                self.tell_offers();
            }
            NetworkCommand::Load { name } => {
                if let Err(reason) = read(beside).and_then(|bytes| self.add_network(name.clone(), bytes)) {
                    self.post(&Event::Network(NetworkEvent::Refused { name, reason }));
                    return;
                }
            }
            NetworkCommand::Use { network } => self.use_network(network),
            NetworkCommand::Rename { network, name } => {
                let entry = self.library.get_mut(network);
                if entry.map(|entry| (entry.name = name, entry.kept).1).unwrap_or_default() {
                    self.write_list().await;
                }
            }
            NetworkCommand::Duplicate { network } => {
                let bytes = self.files.as_ref().map(|files| match self.library.get(network) {
                    Some(entry) => entry.bytes.clone(),
                    None => files.classifier.clone(),
                });
                let name = self.library.get(network).map(|entry| entry.name.clone()).unwrap_or_default();
                if let Some(bytes) = bytes {
                    // it was read before, so it can be read again
                    let _ = self.add_network(name, bytes);
                }
            }
            NetworkCommand::Delete { network, undo } => {
                if !undo && self.library.used == network {
                    self.use_network(SHIPPED);
                }
                if let Some(entry) = self.library.get_mut(network) {
                    entry.deleted = !undo;
                }
                self.write_list().await;
            }
            NetworkCommand::Keep { network, keep } => self.keep_network(network, keep).await,
            NetworkCommand::Get { file } => return self.get_network(file),
            NetworkCommand::Card => return self.tell_card(),
            NetworkCommand::Save { network, half } => {
                self.save_network(network, half).await;
                return;
            }
        }
        self.tell_networks();
    }

    /// Takes a weights file into the library.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn add_network(&mut self, name: String, bytes: Vec<u8>) -> Result<NetworkId, String> {
        let file = network::load(&bytes, &Device::flex()).map_err(|error| error.to_string())?;
        self.library.last += 1;
        let id = self.library.last;
        let summary = summary(&file);
        self.library.entries.push(Entry { id, name, bytes, summary, kept: false, deleted: false });
        Ok(id)
    }

    /// Lets a network recognise; it is on the device at once.
    fn use_network(&mut self, id: NetworkId) {
        let (Some(running), Some(files)) = (&mut self.running, &self.files) else { return };
        let before = std::mem::replace(&mut self.library.used, id);
        match network::load(self.library.bytes(files), &running.device) {
            Ok(file) => {
                running.summary = summary(&file);
                running.network = file.asked();
                running.recognizer.set_network(&running.network);
                let ready = running.ready();
                self.post(&ready);
            }
            Err(_) => self.library.used = before, // all of them were read when they came
        }
    }

    pub(super) fn tell_networks(&self) {
        let Some(files) = &self.files else { return };
        let Ok(shipped) = network::load(&files.classifier, &Device::flex()) else { return };
        let shipped = NetworkEntry {
            id: SHIPPED,
            name: String::new(),
            summary: summary(&shipped),
            bytes: files.classifier.len() as u64,
            kept: true,
        };
        let others = self.library.entries.iter().filter(|entry| !entry.deleted).map(|entry| NetworkEntry {
            id: entry.id,
            name: entry.name.clone(),
            summary: entry.summary.clone(),
            bytes: entry.bytes.len() as u64,
            kept: entry.kept,
        });
        let networks = std::iter::once(shipped).chain(others).collect();
        self.post(&Event::Network(NetworkEvent::Networks { networks, used: self.library.used }));
    }

    async fn save_network(&self, id: NetworkId, half: bool) {
        let Some(files) = &self.files else { return };
        let bytes = self.library.get(id).map_or(&files.classifier, |entry| &entry.bytes);
        let precision = if half { Precision::Half } else { Precision::Full };
        let saved = match network::load(bytes, &Device::flex()) {
            Ok(file) => network::save(&file, precision).await.ok(),
            Err(_) => None,
        };
        let name = self.library.get(id).map_or("mien", |entry| entry.name.as_str());
        let file = format!("{}.safetensors", name.trim_end_matches(".safetensors"));
        let beside = saved.and_then(|bytes| blob_of(&bytes)).map_or(JsValue::UNDEFINED, JsValue::from);
        self.post_with(&Event::Network(NetworkEvent::Saved { network: id, file }), &beside);
    }

    /// Reads the networks that are kept on this device, once.
    async fn look_for_kept(&mut self) {
        if std::mem::replace(&mut self.library.looked, true) {
            return;
        }
        let kept = match storage::open::<Vec<Kept>>(LIST).await {
            Ok((kept, ..)) => kept,
            Err(StorageError::Missing) => return,
            Err(error) => return self.network_storage_failed(&error),
        };
        for Kept { id, name } in kept {
            let bytes = storage::open::<()>(&file_of(id)).await.and_then(|((), mut content, _)| {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut content, &mut bytes)?;
                Ok(bytes)
            });
            self.library.last = self.library.last.max(id);
            match bytes
                .and_then(|bytes| Ok((network::load(&bytes, &Device::flex()).map_err(|error| damaged(&error))?, bytes)))
            {
                Ok((file, bytes)) => {
                    let summary = summary(&file);
                    self.library.entries.push(Entry { id, name, bytes, summary, kept: true, deleted: false });
                }
                Err(error) => self.network_storage_failed(&error),
            }
        }
    }

    async fn keep_network(&mut self, id: NetworkId, keep: bool) {
        let Some(entry) = self.library.get(id) else { return };
        let done = if keep {
            storage::write(&file_of(id), &(), |target| target.write_all(&entry.bytes)).await
        } else {
            storage::delete(&file_of(id)).await
        };
        match done {
            Ok(()) => {
                if let Some(entry) = self.library.get_mut(id) {
                    entry.kept = keep;
                }
                self.write_list().await;
            }
            Err(error) => self.network_storage_failed(&error),
        }
    }

    /// Writes which networks are kept; one that was deleted stays a file until the tab closes, so that it can come back.
    async fn write_list(&self) {
        let kept = self.library.entries.iter().filter(|entry| entry.kept && !entry.deleted);
        let kept: Vec<Kept> = kept.map(|entry| Kept { id: entry.id, name: entry.name.clone() }).collect();
        if let Err(error) = storage::write(LIST, &kept, |_| Ok(())).await {
            self.network_storage_failed(&error);
        }
    }

    fn network_storage_failed(&self, error: &StorageError) {
        self.post(&Event::Network(NetworkEvent::StorageFailed { reason: error.to_string() }));
    }
}

/// What a page shows of a network.
pub(super) fn summary(file: &NetworkFile) -> NetworkSummary {
    NetworkSummary {
        name: file.architecture.name().to_owned(),
        parameters: file.architecture.parameters(),
        multiply_adds: file.architecture.multiply_adds(),
        description: file.training.description.clone(),
        validation_accuracy: file.training.validation_accuracy,
        validated_on: file.training.validated_on.clone(),
    }
}

fn file_of(id: NetworkId) -> String {
    format!("network-{id}")
}

fn damaged(error: &impl ToString) -> StorageError {
    StorageError::Damaged(error.to_string())
}

/// The bytes of the file beside a command.
fn read(beside: &JsValue) -> Result<Vec<u8>, String> {
    let describe = |error: JsValue| crate::engine::thrown::describe(&error);
    let file: Blob = js_sys::Array::from(beside).get(0).dyn_into().map_err(|_| "no file came".to_owned())?;
    if file.size() > LARGEST {
        return Err(format!("the file is larger than {} MB, which no network here needs", LARGEST / 1e6));
    }
    let buffer = FileReaderSync::new().and_then(|reader| reader.read_as_array_buffer(&file)).map_err(describe)?;
    Ok(js_sys::Uint8Array::new(buffer.unchecked_ref()).to_vec())
}
