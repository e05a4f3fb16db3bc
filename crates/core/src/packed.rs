//! Serializes numbers as one block of little-endian bytes: `#[serde(with = "mien_core::packed")]`. Serializing them one by
//! one is slow in the communication between page and worker.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};
use serde_bytes::ByteBuf;

/// A type that consists of a fixed count of numbers of four bytes.
pub trait Packed: Sized {
    /// Appends the bytes to a block.
    fn pack(&self, block: &mut Vec<u8>);

    /// All values of a block; `None` if it is truncated.
    fn unpack(block: &[u8]) -> Option<Vec<Self>>;
}

impl Packed for u32 {
    fn pack(&self, block: &mut Vec<u8>) {
        block.extend(self.to_le_bytes());
    }

    fn unpack(block: &[u8]) -> Option<Vec<Self>> {
        let (numbers, rest) = block.as_chunks();
        rest.is_empty().then(|| numbers.iter().map(|&number| Self::from_le_bytes(number)).collect())
    }
}

impl Packed for f32 {
    fn pack(&self, block: &mut Vec<u8>) {
        block.extend(self.to_le_bytes());
    }

    fn unpack(block: &[u8]) -> Option<Vec<Self>> {
        let (numbers, rest) = block.as_chunks();
        rest.is_empty().then(|| numbers.iter().map(|&number| Self::from_le_bytes(number)).collect())
    }
}

impl<const N: usize> Packed for [f32; N] {
    fn pack(&self, block: &mut Vec<u8>) {
        block.extend(self.iter().flat_map(|value| value.to_le_bytes()));
    }

    fn unpack(block: &[u8]) -> Option<Vec<Self>> {
        let values = f32::unpack(block)?;
        let (rows, rest) = values.as_chunks();
        rest.is_empty().then(|| rows.to_vec())
    }
}

/// Packs all values into a block.
pub fn pack<'a, T: Packed + 'a>(items: impl IntoIterator<Item = &'a T>) -> Vec<u8> {
    let items = items.into_iter();
    let mut block = Vec::with_capacity(items.size_hint().0 * size_of::<T>());
    items.for_each(|item| item.pack(&mut block));
    block
}

/// Serializes values as one block.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Packed, S: Serializer>(items: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(&pack(items))
}

/// Deserializes a block from [`serialize`].
///
/// # Errors
/// When the block is truncated, and those of the deserializer.
pub fn deserialize<'de, T: Packed, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    T::unpack(&ByteBuf::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("a block of numbers is cut off"))
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::{from_value, json, to_value};

    #[derive(Serialize, Deserialize)]
    struct Numbers {
        #[serde(with = "super")]
        whole: Vec<u32>,
        #[serde(with = "super")]
        weights: Vec<f32>,
        #[serde(with = "super")]
        points: Vec<[f32; 2]>,
    }

    #[test]
    fn numbers_round_trip_and_truncated_blocks_are_refused() {
        let (whole, points) = (vec![0, 7, u32::MAX], vec![[0.5, -1.0], [f32::MIN, f32::INFINITY]]);
        let weights = vec![1.0, -0.0, f32::from_bits(1), f32::NAN];
        let sent = Numbers { whole: whole.clone(), weights: weights.clone(), points: points.clone() };
        let sent = to_value(sent).unwrap();
        assert_eq!(sent["whole"], json!([0, 0, 0, 0, 7, 0, 0, 0, 255, 255, 255, 255]));
        let arrived: Numbers = from_value(sent.clone()).unwrap();
        assert_eq!((arrived.whole, arrived.points), (whole, points));
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&arrived.weights), bits(&weights));
        for (entry, cut) in [("whole", vec![1, 2, 3]), ("weights", vec![0; 5]), ("points", vec![0; 12])] {
            let mut sent = sent.clone();
            sent[entry] = json!(cut);
            assert!(from_value::<Numbers>(sent).is_err(), "{entry}");
        }
    }
}
