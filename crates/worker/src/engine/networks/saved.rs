//! The networks that are saved on this device.

use std::cell::OnceCell;
use std::io::Read;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{Entry, Networks};
use crate::engine::platform::Received;
use crate::engine::storage::Storage;
use crate::engine::storage_error::StorageError;
use crate::engine::summary::{onnx_summary, summary};
use crate::failure::Failure;
use mien_compute::network;
use mien_core::network::{OnnxStatement, OnnxSummary};
use mien_protocol::{Command, NetworkCommand, NetworkEvent, NetworkId, NetworkSummary};

/// Prefix of the files of saved networks. The time of the first save follows, which determines their order.
const FILES: &str = "network.";

/// Describes a saved network.
#[derive(Serialize, Deserialize)]
struct NetworkLabel {
    name: String,
    /// Of an ONNX model, so that it is not opened before it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    onnx: Option<OnnxSummary>,
}

impl Networks {
    /// Reloads the list of networks when another tab's engine has changed which are saved.
    pub(super) fn listen_to_other_tabs(&mut self) {
        if self.notify.is_none() {
            let inbox = self.inbox.clone();
            let refresh = move || inbox.take(Command::Network(NetworkCommand::Refresh), Received::Nothing);
            self.notify = self.tabs.connect(Box::new(refresh));
        }
    }

    /// Adds the networks saved on this device, including changes by other tabs (added, deleted, renamed).
    pub(super) async fn find_saved(&mut self) {
        if !std::mem::replace(&mut self.cleaned, true)
            && let Err(error) = self.storage.clean().await
        {
            // where nothing can be stored, nothing was left
            log::info!("nothing is cleaned up: {error}");
        }
        let files = match self.storage.names(FILES).await {
            Ok(files) => files,
            Err(error) => return log::info!("no saved networks: {error}"),
        };
        let mut not_saved_any_more = Vec::new();
        for entry in &mut self.entries {
            let file = entry.file.as_ref().filter(|file| files.contains(file));
            if std::mem::replace(&mut entry.saved, file.is_some()) && !entry.saved {
                not_saved_any_more.push(entry.id);
            }
            if let Some(file) = file {
                entry.deleted = None;
                match self.storage.open(file).await {
                    Ok((NetworkLabel { name, .. }, _, _)) => entry.name = name,
                    // deleted since
                    Err(StorageError::Missing) => {}
                    Err(error) => log::warn!("the name of network {} cannot be read: {error}", entry.id),
                }
            }
        }
        for entry in self.entries.iter().filter(|entry| not_saved_any_more.contains(&entry.id)) {
            self.post_unsaved(entry.id, &entry.bytes);
        }
        let known = |file: &String| self.entries.iter().any(|entry| entry.file.as_ref() == Some(file));
        let fresh: Vec<String> = files.iter().filter(|file| !known(file)).cloned().collect();
        for file in fresh {
            match read_saved(&file, &self.storage).await {
                Ok((NetworkLabel { name, .. }, bytes, summary)) => {
                    self.last += 1;
                    let (id, file) = (self.last, Some(file));
                    let onnx = OnceCell::new();
                    self.entries.push(Entry { id, name, bytes, summary, onnx, file, saved: true, deleted: None });
                }
                // deleted since
                Err(StorageError::Missing) => {}
                Err(error) => self.post_storage_failed(error),
            }
        }
    }

    /// Saves a network on this device under its current name, or deletes its file.
    pub(super) async fn set_saved(&mut self, id: NetworkId, saved: bool) {
        let Some(entry) = self.get(id) else { return };
        let file = match &entry.file {
            Some(file) if saved || entry.saved => file.clone(),
            None if saved => self.storage.fresh_name(FILES),
            _ => return,
        };
        let done = if saved {
            let label = NetworkLabel { name: entry.name.clone(), onnx: entry.onnx_summary() };
            self.storage.write(&file, &label, |target| target.write_all(&entry.bytes)).await
        } else {
            self.storage.delete(&file).await
        };
        match done {
            Ok(()) => {
                if !saved {
                    self.post_unsaved(id, &entry.bytes);
                }
                if let Some(entry) = self.get_mut(id) {
                    (entry.file, entry.saved) = (Some(file), saved);
                }
                if let Some(notify) = &self.notify {
                    notify();
                }
            }
            Err(error) => self.post_storage_failed(error),
        }
    }

    /// Deletes a network, from this device as well. Only the one that was deleted last can be restored.
    pub(super) async fn delete(&mut self, id: NetworkId) {
        let was_saved = self.get(id).is_some_and(|entry| entry.saved);
        self.set_saved(id, false).await;
        self.entries.retain(|entry| entry.deleted.is_none());
        if let Some(entry) = self.get_mut(id) {
            entry.deleted = Some(was_saved);
        }
    }

    fn post_storage_failed(&self, error: StorageError) {
        self.post(NetworkEvent::StorageFailed { reason: Failure::from(error).into() });
    }
}

/// A network that is saved on this device.
async fn read_saved(file: &str, storage: &Storage) -> Result<(NetworkLabel, Vec<u8>, NetworkSummary), StorageError> {
    let (label, mut content, _) = storage.open::<NetworkLabel>(file).await?;
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes)?;
    if OnnxStatement::is_in(&bytes) {
        let summary = onnx_summary(&label.onnx.clone().unwrap_or_default());
        return Ok((label, bytes, summary));
    }
    let network = network::load(&bytes, &Device::flex()).map_err(|error| StorageError::Damaged(error.into()))?;
    Ok((label, bytes, summary(&network)))
}
