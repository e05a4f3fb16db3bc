//! A file with random access.

use std::io;
use std::sync::Arc;

use rawzip::{RangeReader, ReaderAt};

/// A file with random access; clones share it.
pub struct File<R> {
    source: Arc<R>,
    length: u64,
}

impl<R> Clone for File<R> {
    fn clone(&self) -> Self {
        Self { source: Arc::clone(&self.source), length: self.length }
    }
}

impl<R: ReaderAt> File<R> {
    pub fn new(source: R, length: u64) -> Self {
        Self { source: Arc::new(source), length }
    }

    /// In bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn source(&self) -> Arc<R> {
        Arc::clone(&self.source)
    }

    /// Reads `length` bytes from `start` on. Nothing is allocated for bytes that the file does not have.
    pub fn bytes(&self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let is_there = start.checked_add(length as u64).is_some_and(|end| end <= self.length);
        if !is_there {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; length];
        self.source.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }

    /// Reads from `start` to the end.
    pub fn reader(&self, start: u64) -> RangeReader<Arc<R>> {
        RangeReader::new(self.source(), start.min(self.length)..self.length)
    }
}
