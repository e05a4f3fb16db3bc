//! Many numbers as one block of bytes, four each, the lowest first: one by one they would hold the page up.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};
use serde_bytes::ByteBuf;

pub(super) fn serialize<S: Serializer>(numbers: &[u32], serializer: S) -> Result<S::Ok, S::Error> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    serializer.serialize_bytes(&bytes)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
    let bytes = ByteBuf::deserialize(deserializer)?;
    let (numbers, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(D::Error::custom("numbers that are cut off"));
    }
    Ok(numbers.iter().map(|&number| u32::from_le_bytes(number)).collect())
}

#[cfg(test)]
mod tests {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Numbers(#[serde(with = "super")] Vec<u32>);

    #[test]
    fn numbers_arrive_and_a_cut_block_does_not() {
        let there = serde_json::to_value(Numbers(vec![0, 7, u32::MAX])).unwrap();
        assert_eq!(serde_json::from_value::<Numbers>(there).unwrap().0, [0, 7, u32::MAX]);
        assert!(serde_json::from_value::<Numbers>(serde_json::json!([1, 2, 3])).is_err());
    }
}
