//! The wire format of protocol buffers, read in place: what is read borrows the file, so a hostile one takes no memory before it
//! was counted.

use crate::OnnxError;

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Integer(u64),
    Fixed32(u32),
    Fixed64(u64),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    /// A signed integer.
    pub fn signed(self) -> Result<i64, OnnxError> {
        self.unsigned().map(u64::cast_signed)
    }

    pub fn unsigned(self) -> Result<u64, OnnxError> {
        if let Self::Integer(value) = self { Ok(value) } else { Err(OnnxError::Damaged) }
    }

    pub fn bytes(self) -> Result<&'a [u8], OnnxError> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err(OnnxError::Damaged) }
    }

    pub fn text(self) -> Result<&'a str, OnnxError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| OnnxError::Damaged)
    }

    /// The fields of a message.
    pub fn fields(self) -> Result<Fields<'a>, OnnxError> {
        Ok(Fields(self.bytes()?))
    }

    /// Appends one integer, or a packed list of them.
    pub fn integers(self, list: &mut Vec<i64>) -> Result<(), OnnxError> {
        match self {
            Self::Integer(value) => list.push(value.cast_signed()),
            Self::Bytes(mut bytes) => {
                while !bytes.is_empty() {
                    list.push(varint(&mut bytes).ok_or(OnnxError::Damaged)?.cast_signed());
                }
            }
            Self::Fixed32(_) | Self::Fixed64(_) => return Err(OnnxError::Damaged),
        }
        Ok(())
    }
}

/// The fields of a message, each with its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), OnnxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = field(&mut self.0);
        if field.is_none() {
            self.0 = &[];
        }
        Some(field.ok_or(OnnxError::Damaged))
    }
}

fn field<'a>(bytes: &mut &'a [u8]) -> Option<(u32, Value<'a>)> {
    let key = varint(bytes)?;
    let number = u32::try_from(key >> 3).ok().filter(|&number| number > 0)?;
    let value = match key & 7 {
        0 => Value::Integer(varint(bytes)?),
        1 => Value::Fixed64(u64::from_le_bytes(take(bytes, 8)?.try_into().ok()?)),
        2 => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            Value::Bytes(take(bytes, length)?)
        }
        5 => Value::Fixed32(u32::from_le_bytes(take(bytes, 4)?.try_into().ok()?)),
        _ => return None,
    };
    Some((number, value))
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<(u32, Value<'_>)> {
        Fields(bytes).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn fields_of_every_type_are_read() {
        let bytes = [8, 0x96, 1, 18, 2, 7, 8, 0x1d, 0, 0, 0x80, 0x3f, 0x21, 1, 0, 0, 0, 0, 0, 0, 0];
        let expected = [
            (1, Value::Integer(150)),
            (2, Value::Bytes(&[7, 8])),
            (3, Value::Fixed32(1.0_f32.to_bits())),
            (4, Value::Fixed64(1)),
        ];
        assert_eq!(read(&bytes), expected);
        let mut list = Vec::new();
        Value::Bytes(&[1, 0x96, 1]).integers(&mut list).unwrap();
        Value::Integer(u64::MAX).integers(&mut list).unwrap();
        assert_eq!(list, [1, 150, -1]);
    }

    #[test]
    fn damage_is_an_error_and_the_end() {
        for bytes in [
            &[8][..],
            &[18, 3, 1],
            &[0, 1],
            &[0x0b],
            &[0x1d, 0],
            &[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
        ] {
            let fields: Vec<_> = Fields(bytes).collect();
            assert_eq!(fields, [Err(OnnxError::Damaged)], "{bytes:?}");
        }
    }
}
