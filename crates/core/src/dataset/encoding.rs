//! The encoding of a table: UTF-8, or UTF-16 as Windows writes it. The readers of tables get UTF-8 in either case.

use std::io::{self, Read};

/// Bytes of UTF-16 that are decoded at once.
const CHUNK: usize = 8 * 1024;

/// Bytes by which an encoding is recognized.
const HEAD: usize = 4;

/// A text without its byte-order mark: UTF-16 is decoded, any other encoding is passed on as it is.
pub(super) struct Text<R> {
    source: R,
    /// The number of bytes read from the source.
    read: u64,
    encoding: Option<Encoding>,
    ends_within_character: bool,
    /// Read and not yet decoded.
    encoded: Vec<u8>,
    /// Decoded, and from `place` on not yet passed on.
    decoded: Vec<u8>,
    place: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// UTF-8 or Latin-1.
    Bytes,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    /// The encoding by the first bytes, and the length of its byte-order mark. Without a mark, text in UTF-16 is known by the zeros of its
    /// first two characters, which no table in another encoding has.
    fn of(head: &[u8]) -> (Self, usize) {
        match *head {
            [0xef, 0xbb, 0xbf, ..] => (Self::Bytes, 3),
            [0xff, 0xfe, ..] => (Self::Utf16Le, 2),
            [0xfe, 0xff, ..] => (Self::Utf16Be, 2),
            [b' '..=b'~', 0, b' '..=b'~', 0] => (Self::Utf16Le, 0),
            [0, b' '..=b'~', 0, b' '..=b'~'] => (Self::Utf16Be, 0),
            _ => (Self::Bytes, 0),
        }
    }
}

impl<R: Read> Text<R> {
    pub fn new(source: R) -> Self {
        Self {
            source,
            read: 0,
            encoding: None,
            ends_within_character: false,
            encoded: Vec::new(),
            decoded: Vec::new(),
            place: 0,
        }
    }

    /// The number of bytes read from the source.
    pub fn source_bytes(&self) -> u64 {
        self.read
    }

    /// Whether the end was reached, and is within a character: half a code unit of UTF-16, or half a pair of them, as U+FFFD. UTF-8 that is
    /// cut off like that may as well be Latin-1.
    pub fn ends_within_character(&self) -> bool {
        self.ends_within_character
    }

    /// Determines the encoding by the first bytes, and keeps what is behind the byte-order mark.
    fn detect(&mut self) -> io::Result<Encoding> {
        while self.encoded.len() < HEAD && self.read_encoded(HEAD - self.encoded.len())? {}
        let (encoding, mark) = Encoding::of(&self.encoded);
        self.encoded.drain(..mark);
        if encoding == Encoding::Bytes {
            self.decoded = std::mem::take(&mut self.encoded);
        }
        self.encoding = Some(encoding);
        Ok(encoding)
    }

    /// Reads up to `most` more bytes of UTF-16; `false` at the end.
    fn read_encoded(&mut self, most: usize) -> io::Result<bool> {
        let mut chunk = [0; CHUNK];
        let count = self.source.read(&mut chunk[..most])?;
        self.encoded.extend_from_slice(&chunk[..count]);
        self.read += count as u64;
        Ok(count > 0)
    }

    /// Decodes some characters, none at the end. What is no character becomes U+FFFD.
    fn decode(&mut self, unit: fn([u8; 2]) -> u16) -> io::Result<()> {
        self.decoded.clear();
        self.place = 0;
        while self.decoded.is_empty() {
            let is_end = !self.read_encoded(CHUNK)?;
            let (pairs, odd) = self.encoded.as_chunks();
            let mut units: Vec<u16> = pairs.iter().copied().map(unit).collect();
            let mut kept = odd.len();
            if is_end {
                self.ends_within_character |= !odd.is_empty() || matches!(units.last(), Some(0xd800..=0xdbff));
                // half of a code unit
                units.extend(odd.iter().map(|_| 0xfffd));
                kept = 0;
            } else if units.pop_if(|last| matches!(last, 0xd800..=0xdbff)).is_some() {
                // the second half of a character comes next
                kept += 2;
            }
            for letter in char::decode_utf16(units) {
                let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
                self.decoded.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
            self.encoded.drain(..self.encoded.len() - kept);
            if is_end {
                break;
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let encoding = self.encoding.map_or_else(|| self.detect(), Ok)?;
        if self.place == self.decoded.len() {
            match encoding {
                Encoding::Bytes => {
                    let count = self.source.read(buffer)?;
                    self.read += count as u64;
                    return Ok(count);
                }
                Encoding::Utf16Le => self.decode(u16::from_le_bytes)?,
                Encoding::Utf16Be => self.decode(u16::from_be_bytes)?,
            }
        }
        let count = (&self.decoded[self.place..]).read(buffer)?;
        self.place += count;
        Ok(count)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A text in UTF-16 with a byte-order mark, as Excel writes *Unicode text* and PowerShell the output of programs.
    pub(in crate::dataset) fn utf16(text: &str) -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }

    /// A text in UTF-16 whose file goes on with one byte more, in both byte orders.
    pub(in crate::dataset) fn utf16_and_a_byte(text: &str, byte: u8) -> [Vec<u8>; 2] {
        let little = utf16(text);
        let big = little.as_chunks::<2>().0.iter().flat_map(|[low, high]| [*high, *low]);
        [big.chain([byte]).collect(), [&little[..], &[byte]].concat()]
    }

    /// Returns a limited number of bytes at a time, and is interrupted between them.
    struct Drops<'a>(&'a [u8], usize, bool);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.2 = !self.2;
            if self.2 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let most = buffer.len().min(self.1);
            self.0.read(&mut buffer[..most])
        }
    }

    /// The text, and whether it ends within a character.
    fn decoded_to_end(bytes: &[u8], drop: usize) -> (Vec<u8>, bool) {
        let mut source = Text::new(Drops(bytes, drop, false));
        let mut text = Vec::new();
        // which tries again what is interrupted
        source.read_to_end(&mut text).unwrap();
        assert_eq!(source.source_bytes(), bytes.len() as u64);
        assert_eq!(source.read_to_end(&mut text).unwrap(), 0, "the end stays the end");
        (text, source.ends_within_character())
    }

    fn decoded(bytes: &[u8], drop: usize) -> Vec<u8> {
        let (text, ends_within_character) = decoded_to_end(bytes, drop);
        assert!(!ends_within_character, "{bytes:?}");
        text
    }

    #[test]
    fn utf_16_becomes_utf_8() {
        let text = "file,class\nä.jpg,happy\n😀.jpg,sad\n".repeat(500);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let big_marked = [b"\xfe\xff", &big[..]].concat();
        let marked = format!("\u{feff}{text}");
        for drop in [1, 2, 3, 7, 5000, usize::MAX] {
            for bytes in [&utf16(&text), &little, &big, &big_marked, text.as_bytes(), marked.as_bytes()] {
                assert!(decoded(bytes, drop) == text.as_bytes(), "{:?} by {drop}", &bytes[..4]);
            }
        }
    }

    #[test]
    fn other_bytes_are_passed_on() {
        for bytes in [&b""[..], b"a", b"\xef\xbb", b"a\0", b"a\0b", b"a\0.jpg 1", b"Gl\xfccklich", &[0; 9], b"\x80\x04"]
        {
            assert_eq!(decoded(bytes, 2), bytes);
        }
        assert_eq!((decoded(b"\xef\xbb\xbf", 1), decoded(b"\xff\xfe", 1)), (vec![], vec![]));
        assert_eq!(decoded(b"\xef\xbb\xbf\xef\xbb\xbf", 9), b"\xef\xbb\xbf", "one mark only");
    }

    #[test]
    fn damaged_utf_16_has_replacement_characters() {
        for (bytes, text, ends_within_character) in [
            (&b"\xff\xfea\0b"[..], "a\u{fffd}", true),
            (b"\xfe\xff\0a\0", "a\u{fffd}", true),
            (b"\xff\xfea\0\n\0\n", "a\n\u{fffd}", true),
            (b"\xff\xfea\0\x3d\xd8", "a\u{fffd}", true),
            (b"\xfe\xff\0a\xd8\x3d", "a\u{fffd}", true),
            (b"\xff\xfea\0\x3d\xd8\x00", "a\u{fffd}\u{fffd}", true),
            (b"\xff\xfe\x3d\xd8b\0", "\u{fffd}b", false),
            (b"\xff\xfe\x00\xdeb\0", "\u{fffd}b", false),
            (b"\xff\xfe\x00\xde", "\u{fffd}", false),
        ] {
            for drop in [1, 2, 3, 100] {
                let expected = (text.as_bytes().to_vec(), ends_within_character);
                assert_eq!(decoded_to_end(bytes, drop), expected, "{bytes:?} by {drop}");
            }
        }
    }
}
