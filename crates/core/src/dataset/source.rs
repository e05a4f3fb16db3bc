//! The bytes of a file, counted for progress.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rawzip::ReaderAt;

/// How far a file was read. It can be asked while the file is with a decoder.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<AtomicU64>);

impl Progress {
    /// The end of what was read last.
    pub fn position(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A file that says how far it was read, from its start or from any place.
pub(super) struct Source<R> {
    file: Mutex<R>,
    progress: Progress,
}

impl<R: Read + Seek> Source<R> {
    pub fn new(file: R) -> Self {
        Self { file: Mutex::new(file), progress: Progress::default() }
    }

    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The first bytes, up to as many; the file stands at its start before and after.
    pub fn peek(&mut self, count: u64) -> io::Result<Vec<u8>> {
        let file = file(&mut self.file);
        let mut bytes = Vec::new();
        file.rewind()?;
        file.by_ref().take(count).read_to_end(&mut bytes)?;
        file.rewind()?;
        Ok(bytes)
    }

    /// How many bytes there are; the file stands at its start after.
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

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = file(&mut self.file).read(buffer)?;
        self.progress.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl<R: Read + Seek> ReaderAt for Source<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        let count = file.read(buffer)?;
        self.progress.0.fetch_max(offset + count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
