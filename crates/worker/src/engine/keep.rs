//! The set that the visitor asked to keep on this device.

use serde::{Deserialize, Serialize};

use super::{Engine, now};
use crate::storage::{self, StorageError};
use mien_core::dataset::{Dataset, LoadedDataset, Rejections, Remark};
use mien_protocol::{DatasetEvent, SetId, StoredSet};

/// The file's name.
const FILE: &str = "dataset";

/// What is said of a kept set.
#[derive(Serialize, Deserialize)]
struct Label {
    name: String,
    samples: u64,
    handmade: bool,
    rejections: Rejections,
    remarks: Vec<Remark>,
    /// When it was kept.
    #[serde(default)]
    at: f64,
}

impl Engine {
    pub(super) async fn keep_set(&self, id: SetId, instead_of: Option<f64>) {
        let Some(set) = self.sets.get(id) else { return };
        if self.tell_other(instead_of).await {
            return;
        }
        self.tell(DatasetEvent::Keeping { set: id });
        let label = Label {
            name: set.name.clone(),
            samples: set.dataset.len() as u64,
            handmade: set.handmade,
            rejections: set.rejections.clone(),
            remarks: set.remarks.clone(),
            at: js_sys::Date::now(),
        };
        match storage::write(FILE, &label, |target| set.dataset.write_to(target)).await {
            Ok(()) => self.tell_stored().await,
            Err(error) => self.tell(DatasetEvent::StorageFailed { reason: error.to_string() }),
        }
    }

    /// Tells which set is kept, if one is.
    pub(super) async fn tell_stored(&self) {
        match kept().await {
            Ok(kept) => self.tell(DatasetEvent::Stored { kept, changed: false }),
            Err(error) => self.tell(DatasetEvent::StorageFailed { reason: error.to_string() }),
        }
    }

    /// Whether another set is kept than the page knows, which then is told: nobody asked for its loss.
    async fn tell_other(&self, known: Option<f64>) -> bool {
        // what cannot be read is no loss
        let Ok(kept) = kept().await else { return false };
        let changed = kept.as_ref().map(|kept| kept.at) != known;
        if changed {
            self.tell(DatasetEvent::Stored { kept, changed });
        }
        changed
    }

    /// Loads the set that is kept.
    pub(super) async fn restore_set(&mut self) {
        let began = now();
        if let Err(reason) = self.sets.room() {
            return self.tell(DatasetEvent::LoadFailed { name: String::new(), reason });
        }
        let read = storage::open::<Label>(FILE).await.and_then(|(label, content, _)| {
            let damaged = |error: mien_core::dataset::StoredError| StorageError::Damaged(error.to_string());
            Ok((label, Dataset::read_from(content).map_err(damaged)?))
        });
        match read {
            Ok((label, dataset)) => {
                let Label { name, handmade, rejections, remarks, .. } = label;
                let reading = LoadedDataset { dataset, rejections, remarks };
                self.add_set(name, reading, (now() - began) / 1000.0, handmade);
            }
            Err(error) => self.tell(DatasetEvent::LoadFailed { name: String::new(), reason: error.to_string() }),
        }
    }

    /// Deletes the set that is kept.
    pub(super) async fn forget_set(&self, kept: f64) {
        if self.tell_other(Some(kept)).await {
            return;
        }
        match storage::delete(FILE).await {
            Ok(()) => self.tell_stored().await,
            Err(error) => self.tell(DatasetEvent::StorageFailed { reason: error.to_string() }),
        }
    }
}

/// The set that is kept, if one is.
async fn kept() -> Result<Option<StoredSet>, StorageError> {
    match storage::open::<Label>(FILE).await {
        Ok((Label { name, samples, at, .. }, _, bytes)) => Ok(Some(StoredSet { name, samples, bytes, at })),
        Err(StorageError::Missing) => Ok(None),
        Err(error) => Err(error),
    }
}
