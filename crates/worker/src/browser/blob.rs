//! Reads blobs in pieces, never as a whole.

use std::io::{self, Read, Seek, SeekFrom};

use wasm_bindgen::JsCast;
use web_sys::{Blob, FileReaderSync};

use crate::engine::platform::{InputFile, ReadSeek};
use mien_browser::thrown::describe;

/// Size of the read-ahead buffer: large enough to make few requests to the browser, small compared to a dataset.
const PIECE: usize = 1 << 20;

/// A file from the page.
pub(super) struct BlobFile(pub Blob);

impl InputFile for BlobFile {
    fn size(&self) -> u64 {
        self.0.size() as u64
    }

    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(BlobReader::new(self.0.clone())?))
    }
}

/// Reads a blob. Only workers may read synchronously.
pub(super) struct BlobReader {
    blob: Blob,
    reader: FileReaderSync,
    length: u64,
    position: u64,
    piece: Vec<u8>,
    /// The position of the buffer in the blob.
    start: u64,
}

impl BlobReader {
    /// Creates a reader at the start of the blob.
    ///
    /// # Errors
    /// When the browser does not support synchronous reading.
    pub fn new(blob: Blob) -> io::Result<Self> {
        let reader = FileReaderSync::new().map_err(|error| io::Error::other(describe(&error)))?;
        let length = blob.size() as u64;
        Ok(Self { blob, reader, length, position: 0, piece: Vec::new(), start: 0 })
    }

    fn fetch(&mut self) -> io::Result<()> {
        let end = self.length.min(self.position + PIECE as u64);
        let failed = |error| io::Error::other(describe(&error));
        let part = self.blob.slice_with_f64_and_f64(self.position as f64, end as f64).map_err(failed)?;
        let buffer = self.reader.read_as_array_buffer(&part).map_err(failed)?;
        let bytes = js_sys::Uint8Array::new(buffer.unchecked_ref());
        self.piece.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.piece);
        self.start = self.position;
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let held = self.start..self.start + self.piece.len() as u64;
        if !held.contains(&self.position) {
            self.fetch()?;
        }
        let rest = &self.piece[(self.position - self.start) as usize..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let position = match target {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
