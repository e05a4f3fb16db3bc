//! The types of values.

use half::f16;

/// The type of the values of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    family: Family,
    /// Size of a value in bytes; of text, the number of letters.
    size: usize,
    is_big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Bool,
    Unsigned,
    Signed,
    Float,
    /// Letters of four bytes each.
    Text,
    /// Letters of one byte each.
    Bytes,
}

/// Maximum number of letters of a text.
const MAX_LETTERS: usize = 1024;

impl Kind {
    /// `uint8`.
    pub const BYTE: Self = Self { family: Family::Unsigned, size: 1, is_big_endian: false };

    /// The type with NumPy's description: `<f4`. `None` for an unsupported one.
    pub fn of(description: &str) -> Option<Self> {
        let (order, rest) = description.split_at_checked(1)?;
        let (family, size) = rest.split_at_checked(1)?;
        let size: usize = size.parse().ok()?;
        let (family, sizes): (_, &[usize]) = match family {
            "b" => (Family::Bool, &[1]),
            "u" => (Family::Unsigned, &[1, 2, 4, 8]),
            "i" => (Family::Signed, &[1, 2, 4, 8]),
            "f" => (Family::Float, &[2, 4, 8]),
            "U" => (Family::Text, &[]),
            "S" => (Family::Bytes, &[]),
            _ => return None,
        };
        let is_known = match family {
            Family::Text | Family::Bytes => (1..=MAX_LETTERS).contains(&size),
            _ => sizes.contains(&size),
        };
        let is_order = matches!(order, "<" | ">" | "|" | "=");
        (is_known && is_order).then_some(Self { family, size, is_big_endian: order == ">" })
    }

    /// NumPy's name: `float32`.
    pub fn name(self) -> String {
        let bits = self.size * 8;
        match self.family {
            Family::Bool => "bool".to_owned(),
            Family::Unsigned => format!("uint{bits}"),
            Family::Signed => format!("int{bits}"),
            Family::Float => format!("float{bits}"),
            Family::Text => "str".to_owned(),
            Family::Bytes => "bytes".to_owned(),
        }
    }

    /// The size of a value in bytes.
    pub fn size(self) -> usize {
        if self.family == Family::Text { 4 * self.size } else { self.size }
    }

    pub fn is_text(self) -> bool {
        matches!(self.family, Family::Text | Family::Bytes)
    }

    pub fn is_float(self) -> bool {
        self.family == Family::Float
    }

    /// Whether the values can be pixels.
    pub fn is_number(self) -> bool {
        !self.is_text() && self.family != Family::Bool
    }

    pub fn is_byte(self) -> bool {
        self.family == Family::Unsigned && self.size == 1
    }

    /// A number from its bytes.
    pub fn number(self, bytes: &[u8]) -> f64 {
        let mut buffer = [0; 8];
        let size = bytes.len().min(8);
        buffer[..size].copy_from_slice(&bytes[..size]);
        if self.is_big_endian {
            buffer[..size].reverse();
        }
        let bits = u64::from_le_bytes(buffer);
        match self.family {
            Family::Float if size == 2 => f16::from_bits(bits as u16).to_f64(),
            Family::Float if size == 4 => f32::from_bits(bits as u32).into(),
            Family::Float => f64::from_bits(bits),
            Family::Signed => {
                let unused = 64 - 8 * size as u32;
                (bits.wrapping_shl(unused) as i64).wrapping_shr(unused) as f64
            }
            _ => bits as f64,
        }
    }

    /// A text from its bytes, without the zeros at its end.
    pub fn text(self, bytes: &[u8]) -> String {
        let text = if self.family == Family::Bytes {
            String::from_utf8_lossy(bytes).into_owned()
        } else {
            let letter = |letter: &[u8; 4]| {
                let code = if self.is_big_endian { u32::from_be_bytes(*letter) } else { u32::from_le_bytes(*letter) };
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            };
            bytes.as_chunks::<4>().0.iter().map(letter).collect()
        };
        text.trim_end_matches('\0').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_types_are_read() {
        for (description, bytes, value) in [
            ("|u1", &[200][..], 200.0),
            ("|i1", &[200], -56.0),
            ("|b1", &[1], 1.0),
            ("<u2", &[1, 2], 513.0),
            (">u2", &[1, 2], 258.0),
            ("<i4", &[0xfe, 0xff, 0xff, 0xff], -2.0),
            (">i8", &[0, 0, 0, 0, 0, 0, 1, 0], 256.0),
            ("<i8", &[0xff; 8], -1.0),
            ("<u8", &[0xff; 8], u64::MAX as f64),
            ("<f2", &[0x00, 0x38], 0.5),
            ("<f4", &0.25_f32.to_le_bytes(), 0.25),
            (">f8", &0.1_f64.to_be_bytes(), 0.1),
        ] {
            let kind = Kind::of(description).unwrap();
            assert_eq!((kind.size(), kind.number(bytes)), (bytes.len(), value), "{description}");
        }
        for description in ["", "<", "<f", "<f3", "|O", "<c8", "<M8[ns]", "|V4", "é4", "<U0", "<U99999", "x", "!f4"] {
            assert_eq!(Kind::of(description), None, "{description}");
        }
    }

    #[test]
    fn texts_are_read() {
        assert_eq!(Kind::of("|S5").unwrap().text(b"sad\0\0"), "sad");
        let letters = |text: &str| text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect::<Vec<_>>();
        let kind = Kind::of("<U7").unwrap();
        assert_eq!((kind.size(), kind.text(&letters("Ärger\0\0"))), (28, "Ärger".into()));
        assert_eq!(Kind::of(">U1").unwrap().text(&[0, 0, 0, b'x']), "x");
        assert_eq!(kind.text(&[0xff; 28]).chars().count(), 7);
        assert_eq!((kind.name(), Kind::of("<f4").unwrap().name()), ("str".into(), "float32".into()));
    }
}
