//! The set that the visitor asked to keep on this device.

use serde::{Deserialize, Serialize};

use super::{Engine, now};
use crate::dataset::{Dataset, Reading, Rejections, Remark};
use crate::engine::protocol::{DatasetEvent, SetId, StoredSet};
use crate::engine::storage::{self, StorageError};

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
}

impl Engine {
    pub(super) async fn keep_set(&self, id: SetId) {
        let Some(set) = self.sets.get(id) else { return };
        self.tell(DatasetEvent::Keeping { set: id });
        let label = Label {
            name: set.name.clone(),
            samples: set.dataset.len() as u64,
            handmade: set.handmade,
            rejections: set.rejections.clone(),
            remarks: set.remarks.clone(),
        };
        match storage::write(FILE, &label, |target| set.dataset.write_to(target)).await {
            Ok(()) => self.tell_stored().await,
            Err(error) => self.tell(DatasetEvent::StorageFailed { reason: error.to_string() }),
        }
    }

    /// Tells which set is kept, if one is.
    pub(super) async fn tell_stored(&self) {
        match storage::open::<Label>(FILE).await {
            Ok((label, _, bytes)) => {
                let kept = StoredSet { name: label.name, samples: label.samples, bytes };
                self.tell(DatasetEvent::Stored { kept: Some(kept) });
            }
            Err(StorageError::Missing) => self.tell(DatasetEvent::Stored { kept: None }),
            Err(error) => self.tell(DatasetEvent::StorageFailed { reason: error.to_string() }),
        }
    }

    /// Loads the set that is kept.
    pub(super) async fn restore_set(&mut self) {
        let began = now();
        if let Err(reason) = self.sets.room() {
            return self.tell(DatasetEvent::LoadFailed { name: String::new(), reason });
        }
        let read = storage::open::<Label>(FILE).await.and_then(|(label, content, _)| {
            let damaged = |error: crate::dataset::StoredError| StorageError::Damaged(error.to_string());
            Ok((label, Dataset::read_from(content).map_err(damaged)?))
        });
        match read {
            Ok((label, dataset)) => {
                let Label { name, handmade, rejections, remarks, .. } = label;
                let reading = Reading { dataset, rejections, remarks };
                self.add_set(name, reading, (now() - began) / 1000.0, handmade);
            }
            Err(error) => self.tell(DatasetEvent::LoadFailed { name: String::new(), reason: error.to_string() }),
        }
    }

    /// Deletes the set that is kept.
    pub(super) async fn forget_set(&self) {
        match storage::delete(FILE).await {
            Ok(()) => self.tell_stored().await,
            Err(error) => self.tell(DatasetEvent::StorageFailed { reason: error.to_string() }),
        }
    }
}
