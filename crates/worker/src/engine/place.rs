//! Where runs are stored on this device. Each tab that trains has a place of its own, so that two do not overwrite each
//! other, and none takes for unfinished what another is training.

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::claim::Claim;
use crate::storage::{self, StorageError};
use mien_protocol::StoredRun;

/// What the files of runs begin with; the number of the place follows.
const FILES: &str = "training-";

/// Runs that may lie here at most.
const MOST: usize = 8;

/// What is said of a stored run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Label {
    /// The name of the set that it learns from.
    pub set: String,
    /// Epochs that are over.
    pub epoch: u32,
    /// Epochs in all.
    pub epochs: u32,
}

impl Label {
    /// The same for the page.
    pub fn run(self, bytes: u64, held: bool) -> StoredRun {
        let Self { set, epoch, epochs } = self;
        StoredRun { set, epoch, epochs, bytes, held }
    }
}

/// A place that this tab holds.
pub(super) struct Place {
    file: String,
    _claim: Claim,
}

impl Place {
    /// A place where no run lies; when there is none, one whose run no tab is training.
    ///
    /// # Errors
    /// When the browser keeps nothing, or other tabs hold all places.
    pub async fn free() -> Result<Self, StorageError> {
        let taken = storage::names(FILES).await?;
        let (with_run, without): (Vec<_>, Vec<_>) = (0..MOST).map(file).partition(|file| taken.contains(file));
        for file in without.into_iter().chain(with_run) {
            if let Some(place) = Self::take(file).await {
                return Ok(place);
            }
        }
        Err(StorageError::Busy)
    }

    /// Takes a place; `None` while another tab holds it.
    pub async fn take(file: String) -> Option<Self> {
        Some(Self { _claim: Claim::take(&file).await?, file })
    }

    /// Whether it is that of a file.
    pub fn is(&self, file: &str) -> bool {
        self.file == file
    }

    /// A run that no tab is training, and where it lies. What is damaged is passed over.
    ///
    /// # Errors
    /// When the browser keeps nothing.
    pub async fn left() -> Result<Option<(String, Label, u64)>, StorageError> {
        for file in storage::names(FILES).await? {
            if let Some(place) = Self::take(file).await
                && let Ok(left) = place.label().await
            {
                return Ok(Some(left));
            }
        }
        Ok(None)
    }

    /// What lies here.
    ///
    /// # Errors
    /// When there is nothing, or it is damaged.
    pub async fn label(&self) -> Result<(String, Label, u64), StorageError> {
        let (label, _, bytes) = storage::open(&self.file).await?;
        Ok((self.file.clone(), label, bytes))
    }

    /// Stores a run.
    ///
    /// # Errors
    /// When the browser does not; then what lay here still does.
    pub async fn store(&self, label: &Label, run: &[u8]) -> Result<(), StorageError> {
        storage::write(&self.file, label, |target| target.write_all(run)).await
    }

    /// Deletes the run.
    ///
    /// # Errors
    /// When the browser does not.
    pub async fn clear(&self) -> Result<(), StorageError> {
        storage::delete(&self.file).await
    }

    /// The run.
    ///
    /// # Errors
    /// When there is none, or the browser does not hand it over.
    pub async fn read(&self) -> Result<Vec<u8>, StorageError> {
        Self::peek(&self.file).await
    }

    /// The run of a place that need not be this tab's.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn peek(file: &str) -> Result<Vec<u8>, StorageError> {
        let (_, mut content, bytes) = storage::open::<Label>(file).await?;
        let mut run = Vec::with_capacity(bytes as usize);
        content.read_to_end(&mut run)?;
        Ok(run)
    }
}

fn file(number: usize) -> String {
    format!("{FILES}{}", number + 1)
}
