//! A file that tracks how far it has been read.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rawzip::ReaderAt;

/// How far a file has been read. It stays available while a decoder owns the file.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadPosition(Arc<AtomicU64>);

impl ReadPosition {
    /// The end of the last bytes read, in bytes from the start.
    pub fn position(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A file that tracks how far it has been read, in sequence or at random.
pub(super) struct CountedFile<R> {
    file: Mutex<R>,
    progress: ReadPosition,
}

impl<R: Read + Seek> CountedFile<R> {
    pub fn new(file: R) -> Self {
        Self { file: Mutex::new(file), progress: ReadPosition::default() }
    }

    pub fn progress(&self) -> ReadPosition {
        self.progress.clone()
    }

    /// The first bytes, at most `count`; the file is at its start afterwards.
    pub fn peek(&mut self, count: u64) -> io::Result<Vec<u8>> {
        let file = file(&mut self.file);
        let mut bytes = Vec::new();
        file.rewind()?;
        file.by_ref().take(count).read_to_end(&mut bytes)?;
        file.rewind()?;
        Ok(bytes)
    }

    /// The length in bytes; the file is at its start afterwards.
    pub fn length(&mut self) -> io::Result<u64> {
        let file = file(&mut self.file);
        let length = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        Ok(length)
    }
}

fn file<R>(file: &mut Mutex<R>) -> &mut R {
    file.get_mut().unwrap_or_else(PoisonError::into_inner)
}

impl<R: Read> Read for CountedFile<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = file(&mut self.file).read(buffer)?;
        self.progress.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl<R: Read + Seek> ReaderAt for CountedFile<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        let count = file.read(buffer)?;
        self.progress.0.fetch_max(offset + count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
