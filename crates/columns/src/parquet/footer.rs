//! The footer of a table: its schema, and where its row groups are.

use mien_core::dataset::RowsError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use rawzip::ReaderAt;

use super::error::error_of;
use crate::damaged::damaged;
use crate::file::File;

/// Maximum size of a footer, in bytes. It grows with the number of row groups, and may have an image of each.
const MAX_FOOTER: usize = 32 << 20;

/// Maximum depth of nested columns; the crate reads them recursively.
const MAX_DEPTH: usize = 32;

/// The length of what follows the footer: its own length and the format's name.
const TAIL: usize = 8;

/// Reads the footer.
pub fn read<R: ReaderAt>(file: &File<R>) -> Result<ParquetMetaData, RowsError> {
    let end = file.length().checked_sub(TAIL as u64).ok_or_else(|| damaged("no footer"))?;
    let tail = file.bytes(end, TAIL)?;
    let (length, name) = tail.split_at(4);
    match name {
        b"PAR1" => {}
        b"PARE" => return Err(RowsError::Encrypted),
        _ => return Err(damaged("no footer")),
    }
    let length = length.iter().rev().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    if length > MAX_FOOTER as u64 {
        return Err(RowsError::TooLarge);
    }
    let start = end.checked_sub(length).ok_or_else(|| damaged("a footer that is longer than the file"))?;
    let footer = file.bytes(start, length as usize)?;
    check_schema(&footer).ok_or_else(|| damaged("a footer that is no list of columns"))?;
    ParquetMetaDataReader::decode_metadata(&footer).map_err(error_of)
}

/// Checks that columns are not nested too deeply.
fn check_schema(footer: &[u8]) -> Option<()> {
    const SCHEMA: i16 = 2;
    const CHILDREN: i16 = 5;
    let mut thrift = Thrift(footer);
    let mut id = 0;
    while let Some(kind) = thrift.field(&mut id)? {
        if id != SCHEMA || kind != Thrift::LIST {
            thrift.skip(kind, MAX_DEPTH)?;
            continue;
        }
        let (count, kind) = thrift.list()?;
        if kind != Thrift::STRUCT {
            return None;
        }
        // how many columns of each level are still to come
        let mut open: Vec<u64> = Vec::new();
        for _ in 0..count {
            let (mut children, mut id) = (0, 0);
            while let Some(kind) = thrift.field(&mut id)? {
                if id == CHILDREN && kind == Thrift::I32 {
                    children = thrift.zigzag()?;
                } else {
                    thrift.skip(kind, MAX_DEPTH)?;
                }
            }
            while open.pop_if(|left| *left == 0).is_some() {}
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            if children > 0 {
                open.push(children.unsigned_abs());
            }
            if open.len() > MAX_DEPTH {
                return None;
            }
        }
    }
    Some(())
}

/// Thrift's compact protocol, as far as is needed to skip values.
struct Thrift<'a>(&'a [u8]);

impl Thrift<'_> {
    const I32: u8 = 5;
    const LIST: u8 = 9;
    const STRUCT: u8 = 12;

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn zigzag(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The type of the next field of a structure, whose number becomes `id`; the inner `None` at its end.
    fn field(&mut self, id: &mut i16) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *id = match head >> 4 {
            0 => i16::try_from(self.zigzag()?).ok()?,
            step => id.checked_add(i16::from(step))?,
        };
        Some(Some(head & 15))
    }

    /// The length of a list, and the type of its values.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        Some((count, head & 15))
    }

    fn skip_bytes(&mut self, count: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    /// Skips the value of a field.
    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        // the value of a truth is its type
        if matches!(kind, 1 | 2) { Some(()) } else { self.skip_value(kind, depth) }
    }

    /// Skips a value, as it is in a list.
    fn skip_value(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            1..=3 => self.skip_bytes(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip_bytes(8),
            8 => {
                let length = self.varint()?;
                self.skip_bytes(length)
            }
            Self::LIST | 10 => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.skip_value(kind, depth))
            }
            11 => {
                let count = self.varint()?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                (0..count).try_for_each(|_| {
                    self.skip_value(kinds >> 4, depth)?;
                    self.skip_value(kinds & 15, depth)
                })
            }
            Self::STRUCT => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth)?;
                }
                Some(())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_schema;

    /// A footer whose only content is a schema of columns with these numbers of children.
    fn footer(children: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x29, 0xfc, children.len() as u8];
        for &count in children {
            // a name, perhaps the number of children, and the end
            bytes.extend([0x48, 1, b'x']);
            if count > 0 {
                bytes.extend([0x15, count * 2]);
            }
            bytes.push(0);
        }
        bytes.push(0);
        bytes
    }

    #[test]
    fn the_depth_of_a_schema_is_limited() {
        // a table of two columns, of which the first has two parts
        assert_eq!(check_schema(&footer(&[2, 2, 0, 0, 0])), Some(()));
        // many beside each other
        assert_eq!(check_schema(&footer(&[[60].as_slice(), &[1, 0].repeat(60)].concat())), Some(()));
        assert_eq!(check_schema(&footer(&[[1].repeat(31), vec![0]].concat())), Some(()));
        assert_eq!(check_schema(&footer(&[[1].repeat(40), vec![0]].concat())), None);
        let whole = footer(&[2, 0, 0]);
        for end in 0..whole.len() {
            assert_eq!(check_schema(&whole[..end]), None, "{end}");
        }
        // structures in structures
        assert_eq!(check_schema(&[0x1c; 100]), None);
        // lists of what takes no space
        assert_eq!(check_schema(&[0x19, 0xf0, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]), None);
    }
}
