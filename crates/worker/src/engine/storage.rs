//! Files stored in the browser for this site (the origin private file system), only on request.
//!
//! Several tabs may do so at the same time. A file is written under a unique temporary name and then atomically
//! replaces the old one. Readers see the file as it was when opened; files are never locked.

use std::any::Any;
use std::io::{self, Read, Write};
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::platform::{Clock, FileStore};
use super::storage_error::StorageError;
use crate::engine_error::EngineError;
use crate::failure::Failure;

/// Suffix of files being written.
const PARTIAL: &str = ".partial";

/// Age in milliseconds after which such a file is assumed to be left by a crashed tab. Between writing and renaming it
/// is not open, so a more recent one may belong to another tab.
const ABANDONED_AFTER: f64 = 60_000.0;

/// Maximum size of a label in bytes; a longer one is damaged.
const MAX_LABEL_LENGTH: usize = 1 << 20;

/// Size of the write buffer, in bytes.
const BUFFER: usize = 1 << 20;

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

    /// A unique name with this prefix; such names sort by time.
    pub fn fresh_name(&self, start: &str) -> String {
        format!("{start}{:.0}-{:08x}", self.clock.date(), self.files.random())
    }

    /// The names of the files with this prefix, sorted, without those being written.
    pub async fn names(&self, start: &str) -> Result<Vec<String>, StorageError> {
        let mut names = self.files.names().await?;
        names.retain(|name| name.starts_with(start) && !name.ends_with(PARTIAL));
        names.sort_unstable();
        Ok(names)
    }

    /// Deletes partially written files of crashed tabs, but not those that other tabs are writing.
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

    /// Deletes a file; a missing file is not an error.
    pub async fn delete(&self, name: &str) -> Result<(), StorageError> {
        match self.files.delete(name).await {
            Ok(()) | Err(StorageError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes a file: a label that describes it, then its content. Until this is finished, the previous file of that
    /// name is unchanged.
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
        if label_length > MAX_LABEL_LENGTH {
            return Err(StorageError::Damaged(EngineError::LongLabel.into()));
        }
        let mut label = vec![0; label_length];
        source.read_exact(&mut label)?;
        let label = serde_json::from_slice(&label)
            .map_err(|error| StorageError::Damaged(Failure::message(error.to_string())))?;
        Ok((label, source, length))
    }

    /// Locks a name across all tabs until the result is dropped; `None` while it is locked.
    pub async fn lock(&self, name: &str) -> Option<Box<dyn Any>> {
        self.files.lock(name).await
    }
}

/// When the writing of a partial file began, from its name.
fn start_of_writing(name: &str) -> Option<f64> {
    let (_, own) = name.strip_suffix(PARTIAL)?.rsplit_once('.')?;
    own.split_once('-')?.0.parse().ok()
}
