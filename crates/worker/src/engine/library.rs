//! The networks to choose from: the one that comes with the page, those trained here, and those from files.
//!
//! A network that is kept is one file on this device, which says its name; so tabs that keep networks at the same time
//! leave each other's alone.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, FileReaderSync};

use super::{Engine, Files, blob_of, check_gpu};
use crate::storage::{self, StorageError};
use mien_compute::network::{self, NetworkFile};
use mien_compute::weights::{Container, Precision};
use mien_protocol::{Backend, Event, Fallback, NetworkCommand, NetworkEntry, NetworkEvent, NetworkId, NetworkSummary};

/// A weights file is no larger than this: a hundred times the network that comes with the page.
const LARGEST: f64 = 256e6;

/// All weights files together are no larger than this: they are held in memory.
const LARGEST_TOGETHER: usize = 1 << 30;

/// What the files of kept networks begin with; when each was first kept follows, which orders them.
const FILES: &str = "network.";

/// The one that comes with the page.
const SHIPPED: NetworkId = 0;

/// All that there are to choose from.
#[derive(Default)]
pub(super) struct Library {
    entries: Vec<Entry>,
    used: NetworkId,
    last: NetworkId,
    /// Whether what a crash may have left half written was cleaned up.
    cleaned: bool,
}

struct Entry {
    id: NetworkId,
    name: String,
    bytes: Vec<u8>,
    summary: NetworkSummary,
    /// The file on this device that keeps it, or did: who keeps it again, in whichever tab, does so there.
    file: Option<String>,
    kept: bool,
    /// Whether it is to be kept again when it comes back.
    deleted: Option<WasKept>,
}

/// Whether a deleted network was kept on this device.
type WasKept = bool;

/// What is said of a kept network.
#[derive(Serialize, Deserialize)]
struct Kept {
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
        self.entries.iter().find(|entry| entry.id == id && entry.deleted.is_none())
    }

    fn get_mut(&mut self, id: NetworkId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }
}

impl Engine {
    pub(super) async fn on_network(&mut self, command: NetworkCommand, beside: &JsValue) {
        match command {
            NetworkCommand::List => {
                self.join_others();
                self.look_for_kept().await;
                self.tell_offers();
            }
            NetworkCommand::Relist => self.look_for_kept().await,
            NetworkCommand::Load { name } => {
                if let Err(reason) = read(beside).and_then(|bytes| self.add_network(name.clone(), bytes)) {
                    self.post(&Event::Network(NetworkEvent::Refused { name, reason }));
                    return;
                }
            }
            NetworkCommand::Use { network } => self.use_network(network).await,
            NetworkCommand::Rename { network, name } => {
                if let Some(entry) = self.library.get_mut(network) {
                    entry.name = name;
                    if entry.kept {
                        self.keep_network(network, true).await;
                    }
                }
            }
            NetworkCommand::Duplicate { network } => {
                let bytes = self.files.as_ref().map(|files| match self.library.get(network) {
                    Some(entry) => entry.bytes.clone(),
                    None => files.classifier.clone(),
                });
                let name = self.library.get(network).map(|entry| entry.name.clone()).unwrap_or_default();
                if let Some(Err(reason)) = bytes.map(|bytes| self.add_network(name.clone(), bytes)) {
                    self.post(&Event::Network(NetworkEvent::Refused { name, reason }));
                    return;
                }
            }
            NetworkCommand::Delete { network, undo: false } => self.delete_network(network).await,
            NetworkCommand::Delete { network, undo: true } => {
                let was_kept = self.library.get_mut(network).and_then(|entry| entry.deleted.take());
                if was_kept == Some(true) {
                    self.keep_network(network, true).await;
                }
            }
            NetworkCommand::Keep { network, keep } => self.keep_network(network, keep).await,
            NetworkCommand::Get { file } => return self.get_network(file),
            NetworkCommand::Card => return self.tell_card(),
            NetworkCommand::Save { network, half, burnpack } => {
                self.save_network(network, half, burnpack).await;
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
        let held: usize = self.library.entries.iter().map(|entry| entry.bytes.len()).sum();
        if held + bytes.len() > LARGEST_TOGETHER {
            return Err("with it the networks would need more memory than this page takes: delete one first".to_owned());
        }
        let file = network::load(&bytes, &Device::flex()).map_err(|error| error.to_string())?;
        self.library.last += 1;
        let id = self.library.last;
        let summary = summary(&file);
        self.hand_over_network(id, &bytes);
        self.library.entries.push(Entry { id, name, bytes, summary, file: None, kept: false, deleted: None });
        Ok(id)
    }

    /// Has the page hold a network that is not kept on this device.
    fn hand_over_network(&self, network: NetworkId, bytes: &[u8]) {
        if let Some(file) = blob_of(bytes) {
            self.post_with(&Event::Network(NetworkEvent::Unkept { network }), &file);
        }
    }

    /// Lets a network recognise. A GPU that computes another thing of it than the CPU is left.
    async fn use_network(&mut self, id: NetworkId) {
        let (Some(running), Some(files)) = (&mut self.running, &self.files) else { return };
        let before = std::mem::replace(&mut self.library.used, id);
        let bytes = self.library.bytes(files);
        if running.backend == Backend::WebGpu
            && let Err(reason) = check_gpu(&running.device, bytes).await
        {
            if self.leave_gpu(Fallback::Mismatch { reason }).await.is_err() {
                self.library.used = before;
            }
            return;
        }
        match network::load(bytes, &running.device) {
            Ok(file) => {
                running.summary = summary(&file);
                running.network = file.for_inference();
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
        let others = self.library.entries.iter().filter(|entry| entry.deleted.is_none()).map(|entry| NetworkEntry {
            id: entry.id,
            name: entry.name.clone(),
            summary: entry.summary.clone(),
            bytes: entry.bytes.len() as u64,
            kept: entry.kept,
        });
        let networks = std::iter::once(shipped).chain(others).collect();
        self.post(&Event::Network(NetworkEvent::Networks { networks, used: self.library.used }));
    }

    async fn save_network(&self, id: NetworkId, half: bool, burnpack: bool) {
        let Some(files) = &self.files else { return };
        let bytes = self.library.get(id).map_or(&files.classifier, |entry| &entry.bytes);
        let precision = if half { Precision::Half } else { Precision::Full };
        let container = if burnpack { Container::Burnpack } else { Container::Safetensors };
        let saved = match network::load(bytes, &Device::flex()) {
            Ok(file) => network::save_as(&file, precision, container).await.ok(),
            Err(_) => None,
        };
        let name = self.library.get(id).map_or("mien", |entry| entry.name.as_str());
        let file = format!("{name}.{}", container.ending());
        let beside = saved.and_then(|bytes| blob_of(&bytes)).map_or(JsValue::UNDEFINED, JsValue::from);
        self.post_with(&Event::Network(NetworkEvent::Saved { network: id, file }), &beside);
    }

    /// Takes in the networks that are kept on this device. Another tab may have kept some since, given some up, or called
    /// them something else.
    async fn look_for_kept(&mut self) {
        if !std::mem::replace(&mut self.library.cleaned, true) {
            // where nothing can be kept, nothing was left
            let _ = storage::clean().await;
        }
        let Ok(files) = storage::names(FILES).await else { return };
        let mut given_up = Vec::new();
        for entry in &mut self.library.entries {
            let file = entry.file.as_ref().filter(|file| files.contains(file));
            if std::mem::replace(&mut entry.kept, file.is_some()) && !entry.kept {
                given_up.push(entry.id);
            }
            if let Some(file) = file {
                entry.deleted = None;
                if let Ok((Kept { name }, _, _)) = storage::open(file).await {
                    entry.name = name;
                }
            }
        }
        for entry in self.library.entries.iter().filter(|entry| given_up.contains(&entry.id)) {
            self.hand_over_network(entry.id, &entry.bytes);
        }
        let known = |file: &String| self.library.entries.iter().any(|entry| entry.file.as_ref() == Some(file));
        let fresh: Vec<String> = files.iter().filter(|file| !known(file)).cloned().collect();
        for file in fresh {
            match read_kept(&file).await {
                Ok((Kept { name }, bytes, summary)) => {
                    self.library.last += 1;
                    let (id, file) = (self.library.last, Some(file));
                    self.library.entries.push(Entry { id, name, bytes, summary, file, kept: true, deleted: None });
                }
                // given up since
                Err(StorageError::Missing) => {}
                Err(error) => self.network_storage_failed(&error),
            }
        }
    }

    /// Keeps a network on this device, under the name that it has now, or keeps it no more.
    async fn keep_network(&mut self, id: NetworkId, keep: bool) {
        let Some(entry) = self.library.get(id) else { return };
        let file = match &entry.file {
            Some(file) if keep || entry.kept => file.clone(),
            None if keep => storage::fresh_name(FILES),
            _ => return,
        };
        let done = if keep {
            let label = Kept { name: entry.name.clone() };
            storage::write(&file, &label, |target| target.write_all(&entry.bytes)).await
        } else {
            storage::delete(&file).await
        };
        match done {
            Ok(()) => {
                if !keep {
                    self.hand_over_network(id, &entry.bytes);
                }
                if let Some(entry) = self.library.get_mut(id) {
                    (entry.file, entry.kept) = (Some(file), keep);
                }
                if let Some(others) = &self.others {
                    others.tell();
                }
            }
            Err(error) => self.network_storage_failed(&error),
        }
    }

    /// Takes a network away, from this device as well. Only the one that was deleted last can come back.
    async fn delete_network(&mut self, id: NetworkId) {
        if self.library.used == id {
            self.use_network(SHIPPED).await;
        }
        let was_kept = self.library.get(id).is_some_and(|entry| entry.kept);
        self.keep_network(id, false).await;
        self.library.entries.retain(|entry| entry.deleted.is_none());
        if let Some(entry) = self.library.get_mut(id) {
            entry.deleted = Some(was_kept);
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

/// A network that is kept on this device.
async fn read_kept(file: &str) -> Result<(Kept, Vec<u8>, NetworkSummary), StorageError> {
    let (kept, mut content, _) = storage::open::<Kept>(file).await?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut content, &mut bytes)?;
    let network = network::load(&bytes, &Device::flex()).map_err(|error| StorageError::Damaged(error.to_string()))?;
    let summary = summary(&network);
    Ok((kept, bytes, summary))
}

/// The bytes of the file beside a command.
pub(super) fn read(beside: &JsValue) -> Result<Vec<u8>, String> {
    let describe = |error: JsValue| mien_browser::thrown::describe(&error);
    let file: Blob = js_sys::Array::from(beside).get(0).dyn_into().map_err(|_| "no file came".to_owned())?;
    if file.size() > LARGEST {
        return Err(format!("the file is larger than {} MB, which no network here needs", LARGEST / 1e6));
    }
    let buffer = FileReaderSync::new().and_then(|reader| reader.read_as_array_buffer(&file)).map_err(describe)?;
    Ok(js_sys::Uint8Array::new(buffer.unchecked_ref()).to_vec())
}
