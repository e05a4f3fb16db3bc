//! Tensors as they are stored.

use std::collections::HashMap;

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

/// Writes tensors as safetensors.
///
/// # Errors
/// When a tensor has more or fewer bytes than its shape.
pub fn write(stored: &[StoredTensor], metadata: Metadata) -> Result<Vec<u8>, WeightsError> {
    let fault = |error: safetensors::SafeTensorError| WeightsError::Format(error.to_string());
    let mut views = Vec::with_capacity(stored.len());
    for StoredTensor { name, precision, shape, bytes } in stored {
        let dtype = match precision {
            Precision::Full => Dtype::F32,
            Precision::Half => Dtype::F16,
            Precision::Byte => Dtype::I8,
        };
        views.push((name, TensorView::new(dtype, shape.clone(), bytes).map_err(fault)?));
    }
    safetensors::serialize(views, Some(metadata)).map_err(fault)
}

/// Converts little-endian values of 16 (`half`) or 32 bits to f32.
pub fn widen(half: bool, bytes: &[u8]) -> Vec<f32> {
    if half {
        bytes.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect()
    } else {
        bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    }
}
