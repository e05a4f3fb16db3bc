//! The dataset that the user saved on this device.

use serde::{Deserialize, Serialize};

use super::{DatasetJob, Datasets};
use crate::engine::jobs::Jobs;
use crate::engine::storage_error::StorageError;
use crate::failure::Failure;
use mien_core::dataset::{Dataset, LoadNote, LoadedDataset, Rejections, StoredError};
use mien_protocol::{DatasetEvent, DatasetId, SavedDataset};

/// The file's name.
const FILE: &str = "dataset";

/// Describes the saved dataset.
#[derive(Serialize, Deserialize)]
struct DatasetLabel {
    name: String,
    samples: u64,
    #[serde(rename = "handmade")]
    custom: bool,
    rejections: Rejections,
    #[serde(rename = "remarks")]
    notes: Vec<LoadNote>,
    /// When it was saved, in milliseconds since 1970.
    #[serde(default)]
    at: f64,
}

impl Datasets {
    /// Saves a dataset, replacing the previous one, unless the one saved now differs from `instead_of`.
    pub(super) async fn save(&self, id: DatasetId, instead_of: Option<f64>) {
        let Some(set) = self.loaded.get(&id) else { return };
        if self.post_if_changed(instead_of).await {
            return;
        }
        self.post(DatasetEvent::Saving { set: id });
        let label = DatasetLabel {
            name: set.name.clone(),
            samples: set.images.len() as u64,
            custom: set.custom,
            rejections: set.rejections.clone(),
            notes: set.notes.clone(),
            at: self.clock.date(),
        };
        match self.storage.write(FILE, &label, |target| set.images.write_to(target)).await {
            Ok(()) => self.post_saved().await,
            Err(error) => self.post(DatasetEvent::StorageFailed { reason: Failure::from(error).into() }),
        }
    }

    /// Posts which dataset is saved, if any.
    pub(super) async fn post_saved(&self) {
        match self.saved().await {
            Ok(saved) => self.post(DatasetEvent::Saved { saved, changed: false }),
            Err(error) => self.post(DatasetEvent::StorageFailed { reason: Failure::from(error).into() }),
        }
    }

    /// Whether another tab has changed the saved dataset since `known`; if so, posts it and replaces nothing.
    async fn post_if_changed(&self, known: Option<f64>) -> bool {
        let saved = match self.saved().await {
            Ok(saved) => saved,
            // what cannot be read is no loss
            Err(error) => {
                log::warn!("the saved dataset cannot be read: {error}");
                return false;
            }
        };
        let changed = saved.as_ref().map(|saved| saved.at) != known;
        if changed {
            self.post(DatasetEvent::Saved { saved, changed });
        }
        changed
    }

    /// Loads the dataset that is saved.
    pub(super) async fn restore(&mut self, jobs: &mut impl Jobs<DatasetJob>) {
        let began = self.clock.now();
        if let Err(reason) = self.room() {
            return self.post(DatasetEvent::LoadFailed { name: String::new(), reason: reason.into() });
        }
        let read = self.storage.open::<DatasetLabel>(FILE).await.and_then(|(label, content, _)| {
            let damaged = |error: StoredError| StorageError::Damaged(error.into());
            Ok((label, Dataset::read_from(content).map_err(damaged)?))
        });
        match read {
            Ok((label, dataset)) => {
                let DatasetLabel { name, custom, rejections, notes, .. } = label;
                let loaded = LoadedDataset { dataset, rejections, notes, crops: None };
                self.add(name, loaded, (self.clock.now() - began) / 1000.0, custom, jobs);
            }
            Err(error) => {
                self.post(DatasetEvent::LoadFailed { name: String::new(), reason: Failure::from(error).into() });
            }
        }
    }

    /// Deletes the saved dataset, unless the one saved now differs from `saved`.
    pub(super) async fn delete_saved(&self, saved: f64) {
        if self.post_if_changed(Some(saved)).await {
            return;
        }
        match self.storage.delete(FILE).await {
            Ok(()) => self.post_saved().await,
            Err(error) => self.post(DatasetEvent::StorageFailed { reason: Failure::from(error).into() }),
        }
    }

    /// The saved dataset, if any.
    async fn saved(&self) -> Result<Option<SavedDataset>, StorageError> {
        match self.storage.open::<DatasetLabel>(FILE).await {
            Ok((DatasetLabel { name, samples, at, .. }, _, bytes)) => {
                Ok(Some(SavedDataset { name, samples, bytes, at }))
            }
            Err(StorageError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
