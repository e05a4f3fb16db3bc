//! Reads MJPEG clips, which are sequences of JPEGs, picture by picture.

use std::io::{self, Read};

/// Maximum number of bytes of a picture.
pub const MAX_PICTURE: usize = 64 << 20;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 16;

/// The start of a JPEG.
const START: &[u8] = b"\xff\xd8\xff";

/// The end of a JPEG.
const END: &[u8] = b"\xff\xd9";

/// The pictures of a clip, like [`crate::file_kind::clip_pictures`], but with no more than one in memory.
#[derive(Debug)]
pub struct ClipReader<R> {
    reader: R,
    /// The current picture as far as it was read, or before the first one what may be its start.
    buffer: Vec<u8>,
    /// Whether the buffer begins with a picture.
    started: bool,
    /// Whether the buffer begins where the file does.
    first: bool,
    /// Up to here no further picture starts.
    searched: usize,
    ended: bool,
}

impl<R: Read> ClipReader<R> {
    /// Reads a clip from its start.
    pub const fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), started: false, first: true, searched: 0, ended: false }
    }

    /// Where the next picture starts. A thumbnail inside a JPEG starts with the same bytes, but not after an end marker.
    fn start(&self) -> Option<usize> {
        let found = self.buffer.windows(START.len()).enumerate().skip(self.searched).find(|&(at, window)| {
            window == START && ((at == 0 && self.first && !self.started) || self.buffer[..at].ends_with(END))
        });
        found.map(|(at, _)| at)
    }

    /// Reads more; returns whether there was any.
    fn read(&mut self) -> io::Result<bool> {
        let length = self.buffer.len();
        self.searched = self.searched.max((length + 1).saturating_sub(START.len()));
        if !self.started && length > PIECE {
            // Nothing but what an end marker and a start may be cut from is needed.
            self.buffer.drain(..length - START.len() - END.len());
            (self.first, self.searched) = (false, 0);
        }
        let length = self.buffer.len();
        if length > MAX_PICTURE {
            let message = format!("a picture has more than {} MiB", MAX_PICTURE >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.buffer.resize(length + PIECE, 0);
        let read = loop {
            match self.reader.read(&mut self.buffer[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
        Ok(read? > 0)
    }
}

impl<R: Read> Iterator for ClipReader<R> {
    type Item = io::Result<Vec<u8>>;

    /// The next picture. After an error there is none.
    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            if let Some(at) = self.start() {
                let rest = self.buffer.split_off(at);
                let picture = std::mem::replace(&mut self.buffer, rest);
                self.searched = 1;
                if std::mem::replace(&mut self.started, true) {
                    return Some(Ok(picture));
                }
                continue;
            }
            match self.read() {
                Ok(true) => {}
                Ok(false) => {
                    self.ended = true;
                    let last = std::mem::take(&mut self.buffer);
                    return self.started.then_some(Ok(last));
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_kind::clip_pictures;
    use proptest::prelude::*;

    /// Reads a few bytes at a time.
    struct Pieces<'a> {
        bytes: &'a [u8],
        sizes: Vec<usize>,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = self.sizes.pop().unwrap_or(7).min(into.len()).min(self.bytes.len());
            let (head, rest) = self.bytes.split_at(size);
            into[..size].copy_from_slice(head);
            self.bytes = rest;
            Ok(size)
        }
    }

    fn pictures(bytes: &[u8], sizes: Vec<usize>) -> Vec<Vec<u8>> {
        ClipReader::new(Pieces { bytes, sizes }).map(|picture| picture.unwrap()).collect()
    }

    /// Bytes of which many are markers.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just(START.to_vec()),
            Just(END.to_vec()),
            Just(b"\xff\xd9\xff\xd8\xff\xe0".to_vec()),
            prop::collection::vec(prop_oneof![Just(0xff), Just(0xd8), Just(0xd9), any::<u8>()], 0..9),
        ];
        prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn pictures_are_those_of_the_whole_file(bytes in bytes(), sizes in prop::collection::vec(1..20_usize, 0..60)) {
            prop_assert_eq!(pictures(&bytes, sizes), clip_pictures(&bytes));
        }
    }

    #[test]
    fn a_long_start_without_a_picture_needs_little_memory() {
        let mut bytes = vec![0; 5 * PIECE + 3];
        bytes.extend(b"\xff\xd9\xff\xd8\xff\xe0picture\xff\xd9\xff\xd8\xffanother");
        let mut reader = ClipReader::new(&bytes[..]);
        assert_eq!(reader.next().unwrap().unwrap(), b"\xff\xd8\xff\xe0picture\xff\xd9");
        assert!(reader.buffer.capacity() < 4 * PIECE, "{}", reader.buffer.capacity());
        assert_eq!(reader.next().unwrap().unwrap(), b"\xff\xd8\xffanother");
        assert!(reader.next().is_none());
    }

    #[test]
    fn an_endless_picture_is_refused() {
        let endless = Read::chain(START, io::repeat(1).take(2 * MAX_PICTURE as u64));
        let mut reader = ClipReader::new(endless);
        assert_eq!(reader.next().unwrap().unwrap_err().to_string(), "a picture has more than 64 MiB");
        assert!(reader.next().is_none());
    }
}
