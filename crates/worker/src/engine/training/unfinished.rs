//! The unfinished run: where it is stored, and how to resume or discard it.

use super::slots::{RunLabel, RunSlot};
use crate::engine::networks;
use crate::engine::platform::Received;
use crate::engine::storage::Storage;
use crate::engine::storage_error::StorageError;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::training::Session;
use mien_protocol::StoredRun;

/// Stores this tab's run, and keeps track of the unfinished run.
pub(super) struct RunStore {
    storage: Storage,
    /// The slot of this tab's run, once it has one.
    own: Option<RunSlot>,
    /// The unfinished run that was reported to the page.
    unfinished: Option<UnfinishedRun>,
    /// Whether other tabs held runs when one was looked for last.
    has_locked: bool,
}

/// An unfinished run.
enum UnfinishedRun {
    /// It is stored in the slot of this file.
    Stored(String),
    /// Kept in the page's memory only.
    Held(Vec<u8>),
    /// Opened from a checkpoint file.
    Opened(Vec<u8>),
}

impl RunStore {
    pub fn new(storage: Storage) -> Self {
        Self { storage, own: None, unfinished: None, has_locked: false }
    }

    /// Stores this tab's run, locking a free slot if it has none yet.
    pub async fn store(&mut self, label: &RunLabel, run: &[u8]) -> Result<(), StorageError> {
        let slot = match self.own.take() {
            Some(slot) => slot,
            None => RunSlot::free(&self.storage).await?,
        };
        self.own.insert(slot).store(label, run).await
    }

    /// Looks for an unfinished run: this tab's own if `no_run`, otherwise one that no tab is training. Also returns a
    /// storage error, if any.
    pub async fn find_unfinished(&mut self, no_run: bool) -> (Option<StoredRun>, Option<StorageError>) {
        let own = match self.own.as_ref().filter(|_| no_run) {
            Some(slot) => slot.label().await.map(Some),
            None => Err(StorageError::Missing),
        };
        let found = match own {
            Err(StorageError::Missing) => {
                let found = RunSlot::unfinished(&self.storage).await;
                self.has_locked = matches!(found, Ok((_, true)));
                found.map(|(found, _)| found)
            }
            own => own,
        };
        let (found, problem) = match found {
            Ok(found) => (found, None),
            // where nothing can be stored, nothing was
            Err(StorageError::Missing | StorageError::Refused(_)) => (None, None),
            Err(error) => (None, Some(error)),
        };
        let (file, run) = match found {
            Some((file, label, bytes)) => (Some(UnfinishedRun::Stored(file)), Some(label.run(bytes, false))),
            None => (None, None),
        };
        self.unfinished = file;
        (run, problem)
    }

    /// Whether other tabs held runs when one was looked for last.
    pub fn has_locked(&self) -> bool {
        self.has_locked
    }

    /// Opens a checkpoint file as the unfinished run.
    pub fn open(&mut self, received: Received) -> Result<StoredRun, Failure> {
        let bytes = networks::read(received)?;
        let (epoch, epochs) = Session::epochs(&bytes)?;
        let label = RunLabel { set: String::new(), epoch: epoch as u32, epochs: epochs as u32 };
        let run = label.run(bytes.len() as u64, false);
        self.unfinished = Some(UnfinishedRun::Opened(bytes));
        Ok(run)
    }

    /// Sets a run held by the page as the unfinished one: it is newer than any stored run.
    pub fn hold(&mut self, bytes: Vec<u8>) {
        self.unfinished = Some(UnfinishedRun::Held(bytes));
    }

    /// The unfinished run, to resume it; a stored one stays there until it is replaced.
    pub async fn take_unfinished(&mut self) -> Result<Vec<u8>, Failure> {
        match self.take()? {
            UnfinishedRun::Held(bytes) | UnfinishedRun::Opened(bytes) => Ok(bytes),
            UnfinishedRun::Stored(file) => {
                let slot = self.take_slot(file).await?;
                let bytes = slot.read().await;
                // if it cannot be continued, it is offered from there again
                self.own = Some(slot);
                Ok(bytes?)
            }
        }
    }

    /// The unfinished run, which remains unfinished.
    pub async fn peek_unfinished(&self) -> Option<Vec<u8>> {
        match self.unfinished.as_ref()? {
            UnfinishedRun::Held(bytes) | UnfinishedRun::Opened(bytes) => Some(bytes.clone()),
            UnfinishedRun::Stored(file) => {
                let run = RunSlot::peek(file, &self.storage).await;
                run.inspect_err(|error| log::warn!("the run in `{file}` cannot be read: {error}")).ok()
            }
        }
    }

    /// Deletes the unfinished run. Returns whether the page held it.
    pub async fn discard(&mut self) -> Result<bool, Failure> {
        match self.take()? {
            UnfinishedRun::Held(_) => Ok(true),
            UnfinishedRun::Opened(_) => Ok(false),
            UnfinishedRun::Stored(file) => {
                let slot = self.take_slot(file).await?;
                slot.clear().await?;
                Ok(false)
            }
        }
    }

    /// Deletes this tab's stored run.
    pub async fn clear(&self) {
        if let Some(slot) = &self.own
            && let Err(error) = slot.clear().await
        {
            // it is offered as an unfinished run, and can be discarded there
            log::warn!("the stored run is not deleted: {error}");
        }
    }

    fn take(&mut self) -> Result<UnfinishedRun, Failure> {
        self.unfinished.take().ok_or_else(|| EngineError::NoRun.into())
    }

    /// Locks the slot of the unfinished run.
    async fn take_slot(&mut self, file: String) -> Result<RunSlot, Failure> {
        // this tab's own lock would keep it from taking the slot again
        if let Some(own) = self.own.take().filter(|own| own.is(&file)) {
            return Ok(own);
        }
        let slot = RunSlot::take(file, &self.storage).await;
        slot.ok_or_else(|| EngineError::RunTaken.into())
    }
}
