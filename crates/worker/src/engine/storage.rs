//! Files that the browser keeps for this site on the device (the origin private file system), and only when asked to.
//!
//! Several tabs may do so at once. A file is written under a temporary name of this worker's own and then replaces the old
//! one as a whole; it is read as it is at that moment, and never locked against the other tabs.

use std::any::Any;
use std::io::{self, Read, Write};
use std::rc::Rc;

use mien_message::ToMessage;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::platform::{Clock, FileStore};
use crate::failure::{EngineError, Failure};

/// How the name of a file ends that is being written.
const PARTIAL: &str = ".partial";

/// Milliseconds after which such a file was left by a tab that crashed: between writing and renaming nothing holds it, so
/// one that another tab is writing could be deleted too.
const ABANDONED_AFTER: f64 = 60_000.0;

/// The most bytes of a label; a longer one is damaged.
const LONGEST_LABEL: usize = 1 << 20;

/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 20;

/// Why the storage did not do what was asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error, ToMessage)]
pub enum StorageError {
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// No room is left.
    #[error("no room is left for this site on this device")]
    Full,
    /// Another tab is using it.
    #[error("another tab of this page is using it just now")]
    Busy,
    /// The file is not what was written.
    #[error("what is saved on this device is damaged ({0})")]
    Damaged(Failure),
    /// The browser stores nothing for this page, as in a private window.
    #[error("this browser saves no files for this page ({0})")]
    Refused(Refusal),
}

/// Why a browser stores nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum Refusal {
    /// It has no such storage, or not for this page.
    #[error("it has no storage for files")]
    NoStorage,
    /// Its storage is of an old version.
    #[error("it cannot rename stored files")]
    NoRename,
    /// In its words.
    #[error("{0}")]
    Said(String),
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self::Damaged(Failure::said(error.to_string())),
        }
    }
}

/// Stores labelled files; clones share them.
#[derive(Clone)]
pub(super) struct Storage {
    files: Rc<dyn FileStore>,
    clock: Clock,
}

impl Storage {
    pub fn new(files: Rc<dyn FileStore>, clock: Clock) -> Self {
        Self { files, clock }
    }

    /// A name with this start that no other tab makes; such names are in the order of time.
    pub fn fresh_name(&self, start: &str) -> String {
        format!("{start}{:.0}-{:08x}", self.clock.date(), self.files.random())
    }

    /// The names of the files that start so, in order, without those that are being written.
    pub async fn names(&self, start: &str) -> Result<Vec<String>, StorageError> {
        let mut names = self.files.names().await?;
        names.retain(|name| name.starts_with(start) && !name.ends_with(PARTIAL));
        names.sort_unstable();
        Ok(names)
    }

    /// Deletes what a tab that crashed has left half written, and nothing that another tab is writing just now.
    pub async fn clean(&self) -> Result<(), StorageError> {
        let now = self.clock.date();
        for name in self.files.names().await? {
            // the clock may have been set back since
            let abandoned = start_of_writing(&name).is_some_and(|start| (now - start).abs() > ABANDONED_AFTER);
            if abandoned && let Err(error) = self.delete(&name).await {
                log::warn!("`{name}`, left half written, is not deleted: {error}");
            }
        }
        Ok(())
    }

    /// Deletes a file; that there is none is no error.
    pub async fn delete(&self, name: &str) -> Result<(), StorageError> {
        match self.files.delete(name).await {
            Ok(()) | Err(StorageError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes a file: a label that describes it, then its content. Until that is done the file of that name stays as it is.
    pub async fn write<L: Serialize>(
        &self,
        name: &str,
        label: &L,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StorageError> {
        let partial = self.fresh_name(&format!("{name}.")) + PARTIAL;
        let written = async {
            let mut target = io::BufWriter::with_capacity(BUFFER, self.files.create(&partial).await?);
            let label = serde_json::to_vec(label).map_err(io::Error::from)?;
            target.write_all(&(label.len() as u32).to_le_bytes())?;
            target.write_all(&label)?;
            content(&mut target)?;
            target.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
            self.files.rename(&partial, name).await
        };
        let written = written.await;
        if written.is_err()
            && let Err(error) = self.delete(&partial).await
        {
            log::warn!("`{partial}`, left half written, is not deleted: {error}");
        }
        written
    }

    /// A file's label, a reader of its content, and the length of the whole file in bytes.
    pub async fn open<L: DeserializeOwned>(&self, name: &str) -> Result<(L, impl Read + use<L>, u64), StorageError> {
        let (mut source, length) = self.files.open(name).await?;
        let mut label_length = [0; 4];
        source.read_exact(&mut label_length)?;
        let label_length = u32::from_le_bytes(label_length) as usize;
        if label_length > LONGEST_LABEL {
            return Err(StorageError::Damaged(EngineError::LongLabel.into()));
        }
        let mut label = vec![0; label_length];
        source.read_exact(&mut label)?;
        let label =
            serde_json::from_slice(&label).map_err(|error| StorageError::Damaged(Failure::said(error.to_string())))?;
        Ok((label, source, length))
    }

    /// Locks a name among all tabs until the result is dropped; `None` while it is locked.
    pub async fn lock(&self, name: &str) -> Option<Box<dyn Any>> {
        self.files.lock(name).await
    }
}

/// When the writing of a half-written file began, by its name.
fn start_of_writing(name: &str) -> Option<f64> {
    let (_, own) = name.strip_suffix(PARTIAL)?.rsplit_once('.')?;
    own.split_once('-')?.0.parse().ok()
}
