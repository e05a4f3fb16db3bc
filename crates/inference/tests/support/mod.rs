//! Reads weights files of this project.

use std::collections::HashMap;

use half::f16;
use mien_core::network::Architecture;
use mien_inference::CompiledNetwork;
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

/// The network of a safetensors file.
pub fn load(bytes: &[u8]) -> CompiledNetwork {
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    let metadata = header.metadata().clone().unwrap();
    let architecture: Architecture = serde_json::from_str(&metadata["architecture"]).unwrap();
    let file = SafeTensors::deserialize(bytes).unwrap();
    let tensors: HashMap<String, (Vec<usize>, Vec<f32>)> =
        file.iter().map(|(name, tensor)| (name.to_owned(), (tensor.shape().to_vec(), values(&file, name)))).collect();
    CompiledNetwork::new(&architecture, |name| tensors.get(name).map(|(shape, values)| (&shape[..], &values[..])))
        .unwrap()
}

/// The values of a tensor; 8-bit tensors have a scale for each first index.
pub fn values(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let tensor = file.tensor(name).unwrap();
    match tensor.dtype() {
        Dtype::F32 => tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
        Dtype::F16 => tensor.data().as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect(),
        Dtype::I8 => {
            let scales = values(file, &format!("{name}.scale"));
            let rows = tensor.data().chunks_exact(tensor.data().len() / scales.len());
            let row = |(row, scale): (&[u8], f32)| {
                row.iter().map(|&byte| f32::from(byte.cast_signed()) * scale).collect::<Vec<f32>>()
            };
            rows.zip(scales).flat_map(row).collect()
        }
        other => panic!("{name} is stored as {other:?}"),
    }
}
