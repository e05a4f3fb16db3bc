//! Rows of numbers as one block of little-endian bytes, since a serialiser that writes number by number is slow between
//! page and worker. For `#[serde(with = "packed")]`.

use serde::de::Error as _;
use serde::{Deserializer, Serializer};
use serde_bytes::ByteBuf;

/// Writes rows of floats.
pub fn serialize<S: Serializer, const N: usize>(rows: &[[f32; N]], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(&float_bytes(rows.iter()))
}

/// Reads rows of floats.
pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<Vec<[f32; N]>, D::Error> {
    let bytes: ByteBuf = serde_bytes::deserialize(deserializer)?;
    floats(&bytes).ok_or_else(|| D::Error::custom("a block of numbers is cut off"))
}

/// Words one after the other.
pub fn bytes(words: impl Iterator<Item = [u8; 4]>) -> Vec<u8> {
    words.flatten().collect()
}

/// The words of a block; `None` if it is cut off.
pub fn words(bytes: &[u8]) -> Option<impl Iterator<Item = [u8; 4]> + '_> {
    let (words, rest) = bytes.as_chunks();
    rest.is_empty().then(|| words.iter().copied())
}

/// Rows of floats one after the other.
pub fn float_bytes<'a, const N: usize>(rows: impl Iterator<Item = &'a [f32; N]>) -> Vec<u8> {
    bytes(rows.flatten().map(|value| value.to_le_bytes()))
}

/// The rows of a block; `None` if it is cut off.
pub fn floats<const N: usize>(bytes: &[u8]) -> Option<Vec<[f32; N]>> {
    let values: Vec<f32> = words(bytes)?.map(f32::from_le_bytes).collect();
    let (rows, rest) = values.as_chunks();
    rest.is_empty().then(|| rows.to_vec())
}
