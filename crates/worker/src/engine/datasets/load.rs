//! Loads a dataset in slices.

use std::collections::VecDeque;

use crate::engine::platform::{InputFile, ReadSeek};
use mien_core::dataset::{FolderReader, LoadedDataset, Loader, ReadError};
use mien_protocol::DatasetEvent;

/// Rows read between two checks of the clock.
const ROWS: usize = 64;

/// A dataset being loaded.
pub(in crate::engine) struct LoadJob {
    pub name: String,
    pub source: LoadSource,
    pub began: f64,
    pub reported: f64,
}

/// The source of a dataset.
pub(in crate::engine) enum LoadSource {
    /// A CSV file, gzip or zip.
    File(Box<Loader<Box<dyn ReadSeek>>>),
    /// The images of a folder.
    Folder { waiting: VecDeque<(String, Box<dyn InputFile>)>, read: u64, length: u64, reader: Box<FolderReader> },
}

impl LoadSource {
    /// Opens the only file, or a folder if there are `paths`.
    ///
    /// # Errors
    /// When there is no file, or it cannot be read.
    pub fn open(paths: Vec<String>, files: Vec<Box<dyn InputFile>>) -> Result<Self, ReadError> {
        if paths.is_empty() {
            let file = files.into_iter().next().ok_or(ReadError::Empty)?;
            return Ok(Self::File(Box::new(Loader::open(file.open()?)?)));
        }
        let length = files.iter().map(|file| file.size()).sum();
        let waiting = paths.into_iter().zip(files).collect();
        Ok(Self::Folder { waiting, read: 0, length, reader: Box::default() })
    }

    /// Reads some rows, or an image; `false` at the end.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        match self {
            Self::File(loader) => loader.advance(ROWS),
            Self::Folder { waiting, read, reader, .. } => {
                let Some((path, file)) = waiting.pop_front() else { return Ok(false) };
                *read += file.size();
                reader.read(&path, file.open()?)?;
                Ok(true)
            }
        }
    }

    /// The progress event.
    pub fn progress(&self, name: String) -> DatasetEvent {
        let (read, length, accepted, rejected) = match self {
            Self::File(loader) => (loader.position(), loader.length(), loader.accepted(), loader.rejections().count()),
            Self::Folder { read, length, reader, .. } => {
                (*read, *length, reader.accepted(), reader.rejections().count())
            }
        };
        DatasetEvent::Loading { name, read, length, accepted: accepted as u64, rejected: rejected as u64 }
    }

    /// The loaded dataset.
    pub fn finish(self) -> Result<LoadedDataset, ReadError> {
        match self {
            Self::File(loader) => loader.finish(),
            Self::Folder { reader, .. } => reader.finish(),
        }
    }
}
