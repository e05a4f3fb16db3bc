//! A file that is partly in memory.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// Number of bytes that are read at once.
const PIECE: usize = 256 << 10;

/// A source of bytes with random access.
pub trait ReadAt {
    /// Reads bytes from an offset on; returns how many, 0 at the end.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|start| self.get(start..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

impl<R: ReadAt> ReadAt for Rc<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }
}

/// A file of which a part is in memory. Moving in it reads nothing.
pub struct Window<R> {
    file: R,
    length: u64,
    position: u64,
    start: u64,
    bytes: Vec<u8>,
    /// Number of bytes that may still be given out; `None` for as many as are asked for.
    allowed: Option<Rc<Cell<u64>>>,
}

impl<R: ReadAt> Window<R> {
    /// The start of a file of `length` bytes.
    pub const fn new(file: R, length: u64) -> Self {
        Self { file, length, position: 0, start: 0, bytes: Vec::new(), allowed: None }
    }

    /// The same, of which only so many bytes are read: a reader that goes back and forth without end gets an error, and then 0 is left.
    pub const fn limited(file: R, length: u64, allowed: Rc<Cell<u64>>) -> Self {
        Self { file, length, position: 0, start: 0, bytes: Vec::new(), allowed: Some(allowed) }
    }

    /// Number of bytes from the position to the end.
    pub const fn rest(&self) -> u64 {
        self.length.saturating_sub(self.position)
    }

    /// The position, in bytes from the start.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Moves, also behind the end.
    pub const fn go_to(&mut self, position: u64) {
        self.position = position;
    }

    /// Reads so many bytes. Nothing is allocated for bytes that the file does not have.
    ///
    /// # Errors
    /// When the file ends before, or cannot be read.
    pub fn take(&mut self, count: u64) -> io::Result<Vec<u8>> {
        if count > self.rest() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; count as usize];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// The bytes from the position on that are in memory; reads some if there are none.
    fn here(&mut self) -> io::Result<&[u8]> {
        let end = self.start + self.bytes.len() as u64;
        if self.position < self.start || self.position >= end {
            self.bytes.resize(PIECE.min(self.rest() as usize), 0);
            let read = self.file.read_at(&mut self.bytes, self.position);
            self.bytes.truncate(*read.as_ref().unwrap_or(&0));
            self.start = self.position;
            read?;
        }
        Ok(&self.bytes[(self.position - self.start) as usize..])
    }
}

impl<R: ReadAt> Read for Window<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let here = self.here()?;
        let count = here.len().min(buffer.len());
        buffer[..count].copy_from_slice(&here[..count]);
        if let Some(allowed) = &self.allowed {
            allowed.set(allowed.get().saturating_sub(count as u64));
            if allowed.get() == 0 {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl<R: ReadAt> Seek for Window<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
