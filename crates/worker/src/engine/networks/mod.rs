//! The library of networks: the built-in one, those trained here, and those from files.
//!
//! Each network saved on this device is a file that contains its name, so several tabs can save networks at the same
//! time without conflicts.

mod available;
mod saved;

use std::cell::OnceCell;
use std::rc::Rc;

use burn::tensor::Device;
use serde_bytes::ByteBuf;

use self::available::AvailableNetworks;
use super::classifier::{LoadedNetwork, Source};
use super::inbox::Inbox;
use super::onnx::{OnnxNetwork, OnnxReader};
use super::outbox::Outbox;
use super::platform::{Attachment, Platform, Received, Tabs};
use super::pool::messages::PoolCommand;
use super::recognition::{Active, SiteWeights, check_gpu};
use super::storage::Storage;
use super::summary::{onnx_summary, summary};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::evaluation::TestTimeAugmentation;
use mien_compute::network;
use mien_compute::weights::Container;
use mien_core::network::{OnnxCall, OnnxStatement, OnnxSummary};
use mien_core::number::free_name;
use mien_protocol::{
    Backend, Event, Fallback, Message, NetworkCommand, NetworkEntry, NetworkEvent, NetworkFormat, NetworkId,
    NetworkSummary,
};
use mien_weights::Precision;

/// Maximum size of a weights file in bytes: a hundred times the built-in network.
const MAX_FILE_SIZE: u64 = 256_000_000;

/// Maximum size of all weights files together, in bytes: they are held in memory.
const MAX_TOTAL_SIZE: usize = 1 << 30;

/// The extension of ONNX models.
const ONNX: &str = "onnx";

/// The network that comes with the page.
const SHIPPED: NetworkId = 0;

/// All networks.
pub(super) struct Networks {
    outbox: Outbox,
    storage: Storage,
    available: AvailableNetworks,
    inbox: Inbox,
    tabs: Rc<dyn Tabs>,
    /// The built-in network, once the engine has started.
    shipped: Option<Rc<SiteWeights>>,
    entries: Vec<Entry>,
    active: NetworkId,
    last: NetworkId,
    /// Whether partially written files of crashed tabs were deleted.
    cleaned: bool,
    /// Opens ONNX models.
    reader: OnnxReader,
    /// Notifies the engines of other tabs; set when the page first requests the list.
    notify: Option<Box<dyn Fn()>>,
}

struct Entry {
    id: NetworkId,
    name: String,
    bytes: Vec<u8>,
    summary: NetworkSummary,
    /// The ONNX model, once it is open.
    onnx: OnceCell<OnnxNetwork>,
    /// The file in which it is or was saved on this device; saving it again, in any tab, uses the same file.
    file: Option<String>,
    saved: bool,
    /// Whether it is deleted, and if so, whether restoring it also saves it again.
    deleted: Option<WasSaved>,
}

impl Entry {
    /// The summary of an ONNX model.
    fn onnx_summary(&self) -> Option<OnnxSummary> {
        let text = || self.summary.description.as_ref().map(ToString::to_string).unwrap_or_default();
        OnnxStatement::is_in(&self.bytes).then(|| OnnxSummary {
            parameters: self.summary.parameters,
            multiply_adds: self.summary.multiply_adds,
            text: text(),
        })
    }
}

/// Whether a deleted network was saved on this device.
type WasSaved = bool;

/// The GPU cannot be used for a network.
#[derive(Debug)]
pub(super) struct Unusable {
    /// Why the CPU is to be used.
    pub fallback: Fallback,
    /// The network that was active before.
    pub before: NetworkId,
}

/// Why a network is not loaded.
enum NotLoaded {
    /// The GPU cannot be used for it.
    Gpu(Fallback),
    /// It cannot be read.
    Failed(Failure),
}

impl Networks {
    pub fn new(platform: &Platform, outbox: Outbox, inbox: Inbox) -> Self {
        Self {
            available: AvailableNetworks::new(platform, outbox.clone(), inbox.clone()),
            outbox,
            storage: Storage::new(Rc::clone(&platform.files), platform.clock),
            inbox,
            tabs: Rc::clone(&platform.tabs),
            shipped: None,
            entries: Vec::new(),
            active: SHIPPED,
            last: SHIPPED,
            cleaned: false,
            reader: OnnxReader::new(platform),
            notify: None,
        }
    }

    /// Sets the weights files of the site.
    pub fn set_site_weights(&mut self, weights: Rc<SiteWeights>) {
        self.shipped = Some(weights);
    }

    /// The id of the active network.
    pub fn active(&self) -> NetworkId {
        self.active
    }

    /// Makes a network the active one.
    pub fn set_active(&mut self, network: NetworkId) {
        self.active = network;
    }

    /// The active network; the one that comes with the page where an ONNX model cannot be opened any more.
    pub async fn active_source<'a>(&'a self, shipped: &'a SiteWeights) -> Source<'a> {
        match self.source(self.active).await {
            Ok(Some(source)) => source,
            Ok(None) => Source::Own(&shipped.classifier),
            Err(error) => {
                log::error!("network {} is not used: {error}", self.active);
                Source::Own(&shipped.classifier)
            }
        }
    }

    /// A network; `None` if there is no such network or the engine has not started.
    ///
    /// # Errors
    /// When an ONNX model cannot be opened.
    pub async fn source(&self, id: NetworkId) -> Result<Option<Source<'_>>, Failure> {
        let Some(entry) = self.get(id).filter(|entry| OnnxStatement::is_in(&entry.bytes)) else {
            return Ok(self.weights(id).map(Source::Own));
        };
        if let Some(network) = entry.onnx.get() {
            return Ok(Some(Source::Onnx(network.clone())));
        }
        let network = self.reader.open(&entry.bytes).await?;
        Ok(Some(Source::Onnx(entry.onnx.get_or_init(|| network).clone())))
    }

    /// What pool workers load to predict as an ensemble of these networks; `None` if one was deleted.
    pub fn pool_load(&self, ids: &[NetworkId], augmentation: TestTimeAugmentation) -> Option<PoolCommand> {
        let weights = ids.iter().map(|&id| self.weights(id)).collect::<Option<Vec<_>>>()?;
        let onnx = self.reader.fetched().filter(|_| weights.iter().any(|weights| OnnxStatement::is_in(weights)));
        let networks = weights.into_iter().map(ByteBuf::from).collect();
        Some(PoolCommand::Load { networks, onnx: onnx.map(|program| ByteBuf::from(&*program)), augmentation })
    }

    /// The weights file or ONNX model of a network; `None` if there is no such network or the engine has not started.
    pub fn weights(&self, id: NetworkId) -> Option<&[u8]> {
        match self.get(id) {
            Some(entry) => Some(&entry.bytes),
            None if id == SHIPPED => self.shipped.as_ref().map(|shipped| &shipped.classifier[..]),
            None => None,
        }
    }

    /// What reports say of a network with this summary: what it is, with its name, and where it comes from, with what was stated of it.
    pub fn described(&self, id: NetworkId, summary: &NetworkSummary) -> (String, String) {
        let entry = self.get(id);
        let named = |entry: &Entry| format!("{} ({})", summary.name, entry.name);
        let origin = summary.description.as_ref().map(ToString::to_string);
        let stated = entry.and_then(|entry| OnnxStatement::text_in(&entry.bytes)).map(|text| format!("stated: {text}"));
        let description: Vec<String> = origin.into_iter().chain(stated).collect();
        (entry.map_or_else(|| summary.name.clone(), named), description.join("; "))
    }

    /// The name for a network, numbered if another one has it.
    fn free_name(&self, name: &str, id: NetworkId) -> String {
        free_name(name, |name| self.entries.iter().any(|entry| entry.id != id && entry.name == name))
    }

    fn get(&self, id: NetworkId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id && entry.deleted.is_none())
    }

    fn get_mut(&mut self, id: NetworkId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    /// The network that a command will make the active one, determined before it is handled.
    pub fn activated_by(&self, command: &NetworkCommand) -> Option<NetworkId> {
        match *command {
            NetworkCommand::Activate { network } => Some(network),
            NetworkCommand::Delete { network, undo: false } if network == self.active => Some(SHIPPED),
            _ => None,
        }
    }

    /// Handles a command; a network that it activates is already active.
    pub async fn handle(&mut self, command: NetworkCommand, received: Received) {
        match command {
            NetworkCommand::List => {
                self.listen_to_other_tabs();
                self.find_saved().await;
                self.available.post();
            }
            NetworkCommand::Refresh => self.find_saved().await,
            NetworkCommand::Load { name } => {
                let added = match read(received) {
                    Ok(bytes) => self.add_any(&name, bytes).await,
                    Err(reason) => Err(reason),
                };
                if let Err(reason) = added {
                    return self.refuse(name, reason);
                }
            }
            NetworkCommand::InspectOnnx { request } => {
                let facts = match read(received) {
                    Ok(model) => self.reader.describe(&model).await.map(Box::new),
                    Err(reason) => Err(reason),
                };
                return self.post(NetworkEvent::OnnxInspected { request, facts: facts.map_err(Message::from) });
            }
            NetworkCommand::TryOnnx { request, statement } => {
                let trial = match read(received) {
                    Ok(model) => self.reader.open(&statement.write(&model)).await,
                    Err(reason) => Err(reason),
                };
                let trial = trial.and_then(|network| network.attempt()).map(Box::new).map_err(Message::from);
                return self.post(NetworkEvent::OnnxTried { request, trial });
            }
            NetworkCommand::LoadOnnx { name, statement } => {
                let added = match read(received) {
                    Ok(model) => self.add_onnx(&name, statement.write(&model)).await,
                    Err(reason) => Err(reason),
                };
                if let Err(reason) = added {
                    return self.refuse(name, reason);
                }
            }
            NetworkCommand::Activate { .. } => {}
            NetworkCommand::Rename { network, name } => {
                let name = self.free_name(&name, network);
                if let Some(entry) = self.get_mut(network) {
                    entry.name = name;
                    if entry.saved {
                        self.set_saved(network, true).await;
                    }
                }
            }
            NetworkCommand::Duplicate { network } => {
                // a network that is not there any more is the one that comes with the page
                let bytes = self.weights(network).or_else(|| self.weights(SHIPPED)).map(<[u8]>::to_vec);
                let name = self.get(network).map(|entry| entry.name.clone()).unwrap_or_default();
                if let Some(bytes) = bytes
                    && let Err(reason) = self.add_any(&name, bytes).await
                {
                    return self.refuse(name, reason);
                }
            }
            NetworkCommand::Delete { network, undo: false } => self.delete(network).await,
            NetworkCommand::Delete { network, undo: true } => {
                let was_saved = self.get_mut(network).and_then(|entry| entry.deleted.take());
                if was_saved == Some(true) {
                    self.set_saved(network, true).await;
                }
            }
            NetworkCommand::SetSaved { network, saved } => self.set_saved(network, saved).await,
            NetworkCommand::Download { file } => return self.available.download(file),
            NetworkCommand::Card => return self.available.post_card(),
            NetworkCommand::Export { network, format } => return self.export(network, format).await,
        }
        self.post_list();
    }

    /// Adds a network from its weights file; its id.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) -> Result<NetworkId, Failure> {
        self.check_memory(&bytes)?;
        let summary = summary(&network::load(&bytes, &Device::flex())?);
        Ok(self.push(name, bytes, summary, OnceCell::new()))
    }

    /// Adds an ONNX model, which contains what was stated about it.
    async fn add_onnx(&mut self, name: &str, bytes: Vec<u8>) -> Result<NetworkId, Failure> {
        self.check_memory(&bytes)?;
        let network = self.reader.open(&bytes).await?;
        let summary = onnx_summary(&network.summary);
        Ok(self.push(name, bytes, summary, OnceCell::from(network)))
    }

    /// Adds a weights file, or an ONNX model that was added before.
    async fn add_any(&mut self, name: &str, bytes: Vec<u8>) -> Result<NetworkId, Failure> {
        if OnnxStatement::is_in(&bytes) { self.add_onnx(name, bytes).await } else { self.add(name, bytes) }
    }

    fn check_memory(&self, bytes: &[u8]) -> Result<(), Failure> {
        let held: usize = self.entries.iter().map(|entry| entry.bytes.len()).sum();
        if held + bytes.len() > MAX_TOTAL_SIZE { Err(EngineError::NoMemory.into()) } else { Ok(()) }
    }

    fn push(&mut self, name: &str, bytes: Vec<u8>, summary: NetworkSummary, onnx: OnceCell<OnnxNetwork>) -> NetworkId {
        self.last += 1;
        let id = self.last;
        self.post_unsaved(id, &bytes);
        let name = self.free_name(name, id);
        self.entries.push(Entry { id, name, bytes, summary, onnx, file: None, saved: false, deleted: None });
        id
    }

    /// Makes a network the active one and uses it for recognition.
    ///
    /// # Errors
    /// When the GPU cannot be used for it; it becomes the active network nevertheless.
    pub async fn activate(&mut self, id: NetworkId, active: &mut Active) -> Result<(), Unusable> {
        let Some(shipped) = self.shipped.clone() else { return Ok(()) };
        match self.load(id, &shipped, active).await {
            Ok(loaded) => {
                self.active = id;
                active.summary = loaded.summary;
                active.network = loaded.classifier;
                active.recognizer.set_network(active.network.clone());
                self.outbox.post(&active.ready());
            }
            Err(NotLoaded::Gpu(fallback)) => {
                return Err(Unusable { fallback, before: std::mem::replace(&mut self.active, id) });
            }
            // only an ONNX model that was saved: all others were loaded when they were added
            Err(NotLoaded::Failed(reason)) => {
                log::error!("network {id} is not used: {reason}");
                let name = self.get(id).map(|entry| entry.name.clone()).unwrap_or_default();
                self.refuse(name, reason);
            }
        }
        Ok(())
    }

    /// Loads a network, or the one that comes with the page, on the device of the active one.
    async fn load(&self, id: NetworkId, shipped: &SiteWeights, active: &Active) -> Result<LoadedNetwork, NotLoaded> {
        let source = self.source(id).await.map_err(NotLoaded::Failed)?;
        let source = source.unwrap_or(Source::Own(&shipped.classifier));
        if let (Backend::WebGpu, Source::Own(bytes)) = (active.backend, &source) {
            check_gpu(&active.guard, &active.device, bytes).await.map_err(NotLoaded::Gpu)?;
        }
        source.load(&active.device).map_err(NotLoaded::Failed)
    }

    /// Posts the list of networks.
    pub fn post_list(&self) {
        let Some(shipped) = &self.shipped else { return };
        let loaded = match network::load(&shipped.classifier, &Device::flex()) {
            Ok(loaded) => loaded,
            // the engine has not started with it
            Err(error) => return log::error!("the network that comes with the page is damaged: {error}"),
        };
        let bytes = shipped.classifier.len() as u64;
        let shipped = NetworkEntry { id: SHIPPED, name: String::new(), summary: summary(&loaded), bytes, saved: true };
        let others = self.entries.iter().filter(|entry| entry.deleted.is_none()).map(|entry| NetworkEntry {
            id: entry.id,
            name: entry.name.clone(),
            summary: entry.summary.clone(),
            bytes: entry.bytes.len() as u64,
            saved: entry.saved,
        });
        let networks = std::iter::once(shipped).chain(others).collect();
        self.post(NetworkEvent::Networks { networks, active: self.active });
    }

    /// Posts a network as a file.
    async fn export(&self, id: NetworkId, format: NetworkFormat) {
        let Some(bytes) = self.weights(id).or_else(|| self.weights(SHIPPED)) else { return };
        let (written, ending) = match OnnxStatement::is_in(bytes) {
            true => (Ok(bytes.to_vec()), ONNX),
            false => self.write(bytes, format).await,
        };
        let (written, reason) = match written {
            Ok(written) => (Some(written), None),
            Err(reason) => (None, Some(reason.into())),
        };
        let name = self.get(id).map_or("mien", |entry| entry.name.as_str());
        let file = format!("{name}.{ending}");
        let attachment = written.as_deref().map_or(Attachment::None, Attachment::File);
        self.outbox.post_with(&Event::Network(NetworkEvent::Exported { network: id, file, reason }), attachment);
    }

    /// A weights file in another format, and the extension of such files.
    async fn write(&self, weights: &[u8], format: NetworkFormat) -> (Result<Vec<u8>, Failure>, &'static str) {
        let (precision, container, onnx) = match format {
            NetworkFormat::Full => (Precision::Full, Container::Safetensors, None),
            NetworkFormat::Half => (Precision::Half, Container::Safetensors, None),
            NetworkFormat::BurnFull => (Precision::Full, Container::Burnpack, None),
            NetworkFormat::BurnHalf => (Precision::Half, Container::Burnpack, None),
            NetworkFormat::Onnx => (Precision::Full, Container::Safetensors, Some(OnnxCall::Write)),
            NetworkFormat::OnnxPixels => (Precision::Full, Container::Safetensors, Some(OnnxCall::WritePixels)),
        };
        let written = match network::load(weights, &Device::flex()) {
            Ok(file) => network::save_as(&file, precision, container).await.map_err(Failure::from),
            Err(error) => Err(error.into()),
        };
        match (written, onnx) {
            (Ok(weights), Some(call)) => (self.reader.write(call, &weights).await, ONNX),
            (written, _) => (written, container.ending()),
        }
    }

    /// Gives the page a network that is not saved on this device, to hold it.
    fn post_unsaved(&self, network: NetworkId, bytes: &[u8]) {
        self.outbox.post_with(&Event::Network(NetworkEvent::Unsaved { network }), Attachment::File(bytes));
    }

    fn refuse(&self, name: String, reason: Failure) {
        self.post(NetworkEvent::Refused { name, reason: reason.into() });
    }

    fn post(&self, event: NetworkEvent) {
        self.outbox.post(&Event::Network(event));
    }
}

/// The bytes of the file attached to a command.
///
/// # Errors
/// When there is none, it is too large, or it cannot be read.
pub(super) fn read(received: Received) -> Result<Vec<u8>, Failure> {
    let file = received.into_files().into_iter().next().ok_or(EngineError::NoFile)?;
    if file.size() > MAX_FILE_SIZE {
        return Err(EngineError::LargeFile(MAX_FILE_SIZE / 1_000_000).into());
    }
    let mut bytes = Vec::with_capacity(file.size() as usize);
    let read = file.open().and_then(|mut file| file.read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| Failure::message(error.to_string()))
}
