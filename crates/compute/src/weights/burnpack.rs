//! Burn's own weights format.

use burn::tensor::{Bytes, DType};
use burn_pack::{MAGIC_NUMBER, Reader, Tensor, Writer};
use mien_weights::{Metadata, Precision, StoredTensor, WeightsError, WeightsFile, widen};

/// Whether bytes start like such a file.
pub(super) fn is_burnpack(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC_NUMBER.to_le_bytes())
}

pub(super) fn parse(bytes: &[u8]) -> Result<WeightsFile, WeightsError> {
    let fault = |error: burn_pack::Error| WeightsError::Format(error.to_string());
    let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes.to_vec())).map_err(fault)?;
    let metadata = reader.metadata().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut file = WeightsFile::new(metadata);
    for tensor in reader.into_tensors().map_err(fault)? {
        let (name, dtype, shape, _, bytes) = tensor.into_parts().map_err(fault)?;
        let half = match dtype {
            DType::F32 => false,
            DType::F16 => true,
            other => return Err(WeightsError::Precision(name, format!("{other:?}"))),
        };
        file.insert(name, shape.iter().copied().collect(), widen(half, &bytes))?;
    }
    Ok(file)
}

pub(super) fn write(stored: Vec<StoredTensor>, metadata: &Metadata) -> Result<Vec<u8>, WeightsError> {
    let tensor = |StoredTensor { name, precision, shape, bytes }| {
        let dtype = match precision {
            Precision::Full => DType::F32,
            Precision::Half => DType::F16,
            // Burn would not apply the scales
            Precision::Byte => return Err(WeightsError::NoBytes),
        };
        Ok(Tensor::new(name, dtype, shape, None, Bytes::from_bytes_vec(bytes)))
    };
    let mut writer = Writer::new(stored.into_iter().map(tensor).collect::<Result<_, _>>()?);
    for (key, value) in metadata {
        writer = writer.with_metadata(key, value);
    }
    let bytes = writer.into_bytes().map_err(|error| WeightsError::Format(error.to_string()))?;
    Ok(bytes.to_vec())
}
