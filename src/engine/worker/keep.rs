//! The set that the visitor asked to keep on this device: one file, in front of it what is said of it before it is read.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::{Engine, now};
use crate::dataset::{Dataset, Reading, Rejections, Remark};
use crate::engine::protocol::{DatasetEvent, SetId, StoredSet};
use crate::engine::storage::{self, StorageError, StoredFile};

/// The file's name, and its name while it is being written.
const FILE: &str = "dataset";
const PARTIAL: &str = "dataset.partial";

/// A label is no longer than this; a longer one is damage.
const LONGEST_LABEL: usize = 1 << 20;

/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 20;

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
        self.tell(DatasetEvent::Keeping { set: id });
        match self.write_set(id).await {
            Ok(()) => self.tell_stored().await,
            Err(error) => {
                // what was kept before still is
                let _ = storage::delete(PARTIAL).await;
                self.tell(DatasetEvent::StorageFailed { reason: error.to_string() });
            }
        }
    }

    async fn write_set(&self, id: SetId) -> Result<(), StorageError> {
        let set = self.sets.get(id).ok_or(StorageError::Missing)?;
        let label = Label {
            name: set.name.clone(),
            samples: set.dataset.len() as u64,
            handmade: set.handmade,
            rejections: set.rejections.clone(),
            remarks: set.remarks.clone(),
        };
        {
            let mut stream = Stream { file: StoredFile::open(PARTIAL, true).await?, place: 0 };
            write(&mut stream, &label, &set.dataset).map_err(StorageError::from)?;
            stream.file.finish(stream.place)?;
        }
        storage::rename(PARTIAL, FILE).await
    }

    /// Tells which set is kept, if one is.
    pub(super) async fn tell_stored(&self) {
        let kept = async {
            let mut stream = Stream { file: StoredFile::open(FILE, false).await?, place: 0 };
            let bytes = stream.file.length()?;
            let label = read_label(&mut stream)?;
            Ok(StoredSet { name: label.name, samples: label.samples, bytes })
        };
        match kept.await {
            Ok(kept) => self.tell(DatasetEvent::Stored { kept: Some(kept) }),
            Err(StorageError::Missing) => self.tell(DatasetEvent::Stored { kept: None }),
            Err(error) => self.tell(DatasetEvent::StorageFailed { reason: error.to_string() }),
        }
    }

    /// Loads the set that is kept.
    pub(super) async fn restore_set(&mut self) {
        let began = now();
        let read = async {
            let stream = Stream { file: StoredFile::open(FILE, false).await?, place: 0 };
            let mut source = io::BufReader::with_capacity(BUFFER, stream);
            let label = read_label(&mut source)?;
            let dataset = Dataset::read_from(source).map_err(|error| StorageError::Damaged(error.to_string()))?;
            Ok::<_, StorageError>((label, dataset))
        };
        match read.await {
            Ok((label, dataset)) => {
                let Label { name, handmade, rejections, remarks, .. } = label;
                let reading = Reading { dataset, rejections, remarks };
                self.add_set(name, reading, (now() - began) / 1000.0, handmade);
            }
            Err(error) => self.tell(DatasetEvent::StorageFailed { reason: error.to_string() }),
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

fn write(stream: &mut Stream, label: &Label, dataset: &Dataset) -> io::Result<()> {
    let label = serde_json::to_vec(label)?;
    let mut target = io::BufWriter::with_capacity(BUFFER, stream);
    target.write_all(&(label.len() as u32).to_le_bytes())?;
    target.write_all(&label)?;
    dataset.write_to(&mut target)?;
    target.flush()
}

fn read_label(source: &mut impl Read) -> Result<Label, StorageError> {
    let damaged = || StorageError::Damaged("its label".to_owned());
    let mut length = [0; 4];
    source.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_LABEL {
        return Err(damaged());
    }
    let mut label = vec![0; length];
    source.read_exact(&mut label)?;
    serde_json::from_slice(&label).map_err(|_| damaged())
}

/// A stored file as a stream of bytes.
struct Stream {
    file: StoredFile,
    place: u64,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(self.place, buffer).map_err(io::Error::other)?;
        self.place += count as u64;
        Ok(count)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(self.place, bytes).map_err(io::Error::other)?;
        self.place += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
