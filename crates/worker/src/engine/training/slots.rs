//! Storage slots for runs. Each tab that trains locks a slot, so that tabs do not overwrite each other's runs, and no
//! tab takes a run for unfinished that another is training.

use std::any::Any;
use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::engine::storage::Storage;
use crate::engine::storage_error::StorageError;
use mien_protocol::StoredRun;

/// Prefix of the files of runs, followed by the slot number.
const FILES: &str = "training-";

/// Number of slots.
const SLOTS: usize = 8;

/// Describes a stored run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RunLabel {
    /// The name of the dataset that it is trained on.
    pub set: String,
    /// Number of finished epochs.
    pub epoch: u32,
    /// Total number of epochs.
    pub epochs: u32,
}

impl RunLabel {
    /// The same as a [`StoredRun`].
    pub fn run(self, bytes: u64, held: bool) -> StoredRun {
        let Self { set, epoch, epochs } = self;
        StoredRun { set, epoch, epochs, bytes, held }
    }
}

/// A slot locked by this tab.
pub(super) struct RunSlot {
    file: String,
    storage: Storage,
    _lock: Box<dyn Any>,
}

impl RunSlot {
    /// Locks an empty slot, or else one whose run no tab is training.
    ///
    /// # Errors
    /// When the browser does not store files, or other tabs hold all slots.
    pub async fn free(storage: &Storage) -> Result<Self, StorageError> {
        let taken = storage.names(FILES).await?;
        let (with_run, without): (Vec<_>, Vec<_>) = (0..SLOTS).map(file).partition(|file| taken.contains(file));
        for file in without.into_iter().chain(with_run) {
            if let Some(slot) = Self::take(file, storage).await {
                return Ok(slot);
            }
        }
        Err(StorageError::Busy)
    }

    /// Locks a slot; `None` if it is already locked.
    pub async fn take(file: String, storage: &Storage) -> Option<Self> {
        Some(Self { _lock: storage.lock(&file).await?, file, storage: storage.clone() })
    }

    /// Whether it is the slot of a file.
    pub fn is(&self, file: &str) -> bool {
        self.file == file
    }

    /// A run that no tab is training: its file, label and length in bytes; and whether other tabs hold runs. Damaged files are
    /// skipped.
    ///
    /// # Errors
    /// When the browser does not store files.
    pub async fn unfinished(storage: &Storage) -> Result<(Option<(String, RunLabel, u64)>, bool), StorageError> {
        let mut has_locked = false;
        for file in storage.names(FILES).await? {
            let Some(slot) = Self::take(file, storage).await else {
                has_locked = true;
                continue;
            };
            match slot.label().await {
                Ok(unfinished) => return Ok((Some(unfinished), has_locked)),
                Err(error) => log::warn!("the run in `{}` is skipped: {error}", slot.file),
            }
        }
        Ok((None, has_locked))
    }

    /// The file, label and length in bytes of the run in it.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub async fn label(&self) -> Result<(String, RunLabel, u64), StorageError> {
        let (label, _, bytes) = self.storage.open(&self.file).await?;
        Ok((self.file.clone(), label, bytes))
    }

    /// Stores a run.
    ///
    /// # Errors
    /// When the browser fails to; the previous run is then unchanged.
    pub async fn store(&self, label: &RunLabel, run: &[u8]) -> Result<(), StorageError> {
        self.storage.write(&self.file, label, |target| target.write_all(run)).await
    }

    /// Deletes the run.
    ///
    /// # Errors
    /// When the browser does not.
    pub async fn clear(&self) -> Result<(), StorageError> {
        self.storage.delete(&self.file).await
    }

    /// The run.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn read(&self) -> Result<Vec<u8>, StorageError> {
        Self::peek(&self.file, &self.storage).await
    }

    /// Reads the run of a slot without locking it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn peek(file: &str, storage: &Storage) -> Result<Vec<u8>, StorageError> {
        let (_, mut content, bytes) = storage.open::<RunLabel>(file).await?;
        let mut run = Vec::with_capacity(bytes as usize);
        content.read_to_end(&mut run)?;
        Ok(run)
    }
}

fn file(number: usize) -> String {
    format!("{FILES}{}", number + 1)
}
