//! The header of an array: its type and shape, as a dictionary of Python.

use std::io::Read;

use mien_core::dataset::{RowsError, excerpt};

use super::kind::Kind;
use crate::damaged::damaged;

/// Maximum length of a header, in bytes.
const MAX_HEADER: usize = 64 * 1024;

/// Maximum number of dimensions, as NumPy allows.
const MAX_DIMENSIONS: usize = 64;

/// What is known of an array before its values are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// NumPy's description of the type: `<f4`.
    pub description: String,
    /// Whether the first index changes fastest.
    pub is_fortran: bool,
    pub shape: Vec<u64>,
}

impl Header {
    /// Reads the header; the values follow.
    ///
    /// # Errors
    /// When it is none, or reading fails.
    pub fn read(source: &mut impl Read) -> Result<Self, RowsError> {
        let mut start = [0; 8];
        source.read_exact(&mut start)?;
        let (name, version) = start.split_at(6);
        if name != b"\x93NUMPY" {
            return Err(damaged("not a NumPy array"));
        }
        let mut length = vec![0; if version[0] == 1 { 2 } else { 4 }];
        source.read_exact(&mut length)?;
        let length = length.iter().rev().fold(0, |sum: usize, &byte| sum << 8 | usize::from(byte));
        if length > MAX_HEADER {
            return Err(damaged("the header of an array is longer than 64 KiB"));
        }
        let mut text = Vec::new();
        source.take(length as u64).read_to_end(&mut text)?;
        if text.len() < length {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        Dictionary(&text).header().ok_or_else(|| damaged("the header of an array is not as NumPy writes it"))
    }

    /// The type of the values; `None` for an unsupported one.
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(&self.description)
    }

    /// Type and shape, for a message.
    pub fn shown(&self) -> String {
        let shape = self.shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let comma = if self.shape.len() == 1 { "," } else { "" };
        format!("{} ({shape}{comma})", self.kind_shown())
    }

    /// The type, for a message.
    pub fn kind_shown(&self) -> String {
        match self.kind() {
            Some(kind) => kind.name(),
            None if self.description.contains('O') => "object".to_owned(),
            None => excerpt(self.description.as_bytes()),
        }
    }
}

/// A dictionary in Python's notation, or what is left of it.
struct Dictionary<'a>(&'a [u8]);

impl<'a> Dictionary<'a> {
    fn header(mut self) -> Option<Header> {
        let (mut description, mut is_fortran, mut shape) = (None, None, None);
        self.take(b'{')?;
        while self.peek()? != b'}' {
            let key = self.string()?;
            self.take(b':')?;
            match key {
                b"descr" => description = Some(self.value()?),
                b"fortran_order" => is_fortran = Some(self.truth()?),
                b"shape" => shape = Some(self.shape()?),
                _ => return None,
            }
            if self.peek()? != b'}' {
                self.take(b',')?;
            }
        }
        Some(Header { description: description?, is_fortran: is_fortran?, shape: shape? })
    }

    fn peek(&mut self) -> Option<u8> {
        self.0 = self.0.trim_ascii_start();
        self.0.first().copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        let found = self.peek()?;
        self.0 = self.0.get(1..)?;
        (found == wanted).then_some(())
    }

    /// A text without escapes.
    fn string(&mut self) -> Option<&'a [u8]> {
        let quote = self.peek().filter(|quote| b"'\"".contains(quote))?;
        self.take(quote)?;
        let length = self.0.iter().position(|&letter| letter == quote)?;
        let (text, rest) = self.0.split_at(length);
        self.0 = &rest[1..];
        Some(text)
    }

    /// A text, or a list as it is written: the parts of a structured type.
    fn value(&mut self) -> Option<String> {
        let text = match self.peek()? {
            b'[' => {
                let mut depth = 0_usize;
                let end = self.0.iter().position(|letter| {
                    match letter {
                        b'[' | b'(' => depth += 1,
                        b']' | b')' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    depth == 0
                })?;
                let (text, rest) = self.0.split_at(end + 1);
                self.0 = rest;
                text
            }
            _ => self.string()?,
        };
        Some(String::from_utf8_lossy(text).into_owned())
    }

    fn truth(&mut self) -> Option<bool> {
        self.peek()?;
        for (name, value) in [(b"True".as_slice(), true), (b"False".as_slice(), false)] {
            if let Some(rest) = self.0.strip_prefix(name) {
                self.0 = rest;
                return Some(value);
            }
        }
        None
    }

    fn shape(&mut self) -> Option<Vec<u64>> {
        let mut shape = Vec::new();
        self.take(b'(')?;
        while self.peek()? != b')' {
            let length = self.0.iter().position(|letter| !letter.is_ascii_digit())?;
            let (digits, rest) = self.0.split_at(length);
            shape.push(std::str::from_utf8(digits).ok()?.parse().ok()?);
            // of a long number of Python 2
            self.0 = rest.strip_prefix(b"L").unwrap_or(rest);
            if self.peek()? != b')' {
                self.take(b',')?;
            }
            if shape.len() > MAX_DIMENSIONS {
                return None;
            }
        }
        self.take(b')')?;
        Some(shape)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(version: u8, text: &str) -> Vec<u8> {
        let length = if version == 1 {
            (text.len() as u16).to_le_bytes().to_vec()
        } else {
            (text.len() as u32).to_le_bytes().to_vec()
        };
        [b"\x93NUMPY", &[version, 0][..], &length, text.as_bytes()].concat()
    }

    fn read(text: &str) -> Option<Header> {
        Header::read(&mut &file(1, text)[..]).ok()
    }

    #[test]
    fn headers_are_read_as_numpy_writes_them() {
        for (text, description, is_fortran, shape) in [
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (9, 48, 48), }   \n", "|u1", false, vec![9, 48, 48]),
            ("{'descr': '<i8', 'fortran_order': False, 'shape': (9,), }\n", "<i8", false, vec![9]),
            ("{\"descr\":\"<f4\",\"fortran_order\":True,\"shape\":()}", "<f4", true, vec![]),
            ("{'shape': (3L, 4L), 'fortran_order': False, 'descr': '>f8'}", ">f8", false, vec![3, 4]),
            (
                "{'descr': [('x', '<i4'), ('y', '<f4', (2,))], 'fortran_order': False, 'shape': (1,)}",
                "[('x', '<i4'), ('y', '<f4', (2,))]",
                false,
                vec![1],
            ),
        ] {
            let expected = Header { description: description.into(), is_fortran, shape };
            for version in [1, 2, 3] {
                assert_eq!(Header::read(&mut &file(version, text)[..]), Ok(expected.clone()), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_header_is_damaged() {
        for text in [
            "",
            "{",
            "{}",
            "{'descr': '|u1', 'fortran_order': False}",
            "{'descr': '|u1', 'fortran_order': false, 'shape': (1,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (1,",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': [['|u1', 'fortran_order': False, 'shape': (1,)}",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let whole = file(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (9, 48, 48), }");
        for end in 0..whole.len() {
            assert!(Header::read(&mut &whole[..end]).is_err());
        }
        assert!(Header::read(&mut &b"\x93NUMPY\x02\0\xff\xff\xff\xff{}"[..]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_or_refused(text in "[{}()\\[\\],:'\" 0-9LTrueFalsdchpo_|<]{0,80}") {
            read(&text);
        }

        #[test]
        fn any_shape_is_read(shape in proptest::collection::vec(any::<u64>(), 0..6), fortran in any::<bool>()) {
            let numbers: String = shape.iter().map(|length| format!("{length}, ")).collect();
            let truth = if fortran { "True" } else { "False" };
            let header = read(&format!("{{'descr': '<f4', 'fortran_order': {truth}, 'shape': ({numbers})}}"));
            prop_assert_eq!(header, Some(Header { description: "<f4".into(), is_fortran: fortran, shape }));
        }
    }
}
