//! Tensors as they are stored.

use std::collections::{BTreeMap, HashMap};

use half::f16;
use safetensors::tensor::{Dtype, TensorView};

use crate::error::WeightsError;
use crate::quantized::Quantized;

/// Key-value pairs in the header of a file.
pub type Metadata = HashMap<String, String>;

/// The precision of stored tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits per value.
    Full,
    /// 16 bits per value (IEEE half precision).
    Half,
    /// 8 bits per weight of convolutions `[outputs, inputs, height, width]` and of matrices with more than 65,536 values:
    /// integers from -127 to 127 with one scale per first index, in a tensor `….scale` (symmetric per-channel quantization;
    /// Krishnamoorthi, 2018). All other values have half precision. For storage only: networks compute with f32. Only in
    /// safetensors.
    Byte,
}

/// A tensor as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTensor {
    /// Path in the network.
    pub name: String,
    /// Precision of its values.
    pub precision: Precision,
    /// Lengths of its axes.
    pub shape: Vec<usize>,
    /// Its values, little-endian.
    pub bytes: Vec<u8>,
}

impl StoredTensor {
    /// The values of a tensor, row by row, with a precision: one stored tensor, or two for 8 bits, the second with the scales.
    pub fn encode(name: String, shape: Vec<usize>, values: &[f32], precision: Precision) -> Vec<Self> {
        match precision {
            Precision::Full => vec![Self::full(name, shape, values)],
            Precision::Byte if Quantized::applies_to(&shape) => Self::bytes(name, shape, values).into(),
            Precision::Half | Precision::Byte => vec![Self::half(name, shape, values)],
        }
    }

    fn full(name: String, shape: Vec<usize>, values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { name, precision: Precision::Full, shape, bytes }
    }

    fn half(name: String, shape: Vec<usize>, values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect();
        Self { name, precision: Precision::Half, shape, bytes }
    }

    /// Integers, and the scale of each row, which are the values of one first index.
    fn bytes(name: String, shape: Vec<usize>, values: &[f32]) -> [Self; 2] {
        let Quantized { integers, scales } = Quantized::new(&shape, values);
        let bytes = integers.into_iter().map(i8::cast_unsigned).collect();
        let scale = Self::full(scale_of(&name), vec![scales.len()], &scales);
        [Self { name, precision: Precision::Byte, shape, bytes }, scale]
    }
}

/// The suffix of the names of scales.
pub(crate) const SCALE: &str = ".scale";

pub(crate) fn scale_of(name: &str) -> String {
    format!("{name}{SCALE}")
}

/// Writes tensors as safetensors. The same tensors and metadata give the same bytes.
///
/// # Errors
/// When a tensor has more or fewer bytes than its shape.
pub fn write(stored: &[StoredTensor], metadata: Metadata) -> Result<Vec<u8>, WeightsError> {
    let fault = |error: safetensors::SafeTensorError| WeightsError::Format(error.to_string());
    let metadata: BTreeMap<String, String> = metadata.into_iter().collect();
    let metadata = serde_json::to_string(&metadata).map_err(|error| WeightsError::Format(error.to_string()))?;
    let mut views = Vec::with_capacity(stored.len());
    for StoredTensor { name, precision, shape, bytes } in stored {
        let dtype = match precision {
            Precision::Full => Dtype::F32,
            Precision::Half => Dtype::F16,
            Precision::Byte => Dtype::I8,
        };
        views.push((name, TensorView::new(dtype, shape.clone(), bytes).map_err(fault)?));
    }
    let bytes = safetensors::serialize(views, None).map_err(fault)?;
    with_metadata(&bytes, &metadata).ok_or_else(|| WeightsError::Format(String::from("no header")))
}

/// Adds metadata, as JSON, to a file that has none. The library would write them in any order, since it has them in a `HashMap`.
fn with_metadata(bytes: &[u8], metadata: &str) -> Option<Vec<u8>> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (header, tensors) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let entries = header.trim_ascii_end().strip_prefix(b"{")?;
    let comma: &[u8] = if entries == b"}" { b"" } else { b"," };
    let mut header = [b"{\"__metadata__\":", metadata.as_bytes(), comma, entries].concat();
    // the tensors begin at a multiple of eight
    header.resize(header.len().next_multiple_of(8), b' ');
    Some([&(header.len() as u64).to_le_bytes()[..], &header, tensors].concat())
}

/// Converts little-endian values of 16 (`half`) or 32 bits to f32.
pub fn widen(half: bool, bytes: &[u8]) -> Vec<f32> {
    if half {
        bytes.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect()
    } else {
        bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    }
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;

    #[test]
    fn the_same_network_gives_the_same_bytes() {
        let values: Vec<f32> = (0..6).map(|value| value as f32).collect();
        let tensors = ["b", "a"].map(|name| StoredTensor::full(name.to_owned(), vec![2, 3], &values));
        let metadata = |backwards: bool| {
            let mut entries: Vec<_> = (0..20).map(|key| (format!("key {key}"), format!("\"{key}\"\n"))).collect();
            if backwards {
                entries.reverse();
            }
            entries.into_iter().collect::<Metadata>()
        };
        for stored in [&tensors[..], &[]] {
            let bytes = write(stored, metadata(false)).unwrap();
            // each map has an order of its own
            for backwards in [true, false, true, false] {
                assert_eq!(write(stored, metadata(backwards)).unwrap(), bytes);
            }
            let (length, header) = SafeTensors::read_metadata(&bytes).unwrap();
            assert_eq!((length % 8, header.metadata()), (0, &Some(metadata(false))));
            assert_eq!(SafeTensors::deserialize(&bytes).unwrap().len(), stored.len());
        }
    }
}
