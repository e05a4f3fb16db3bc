//! Computes a batch for `tests/interop/run.py`: images from the standard input, as the network takes them, and what it gives to the
//! standard output, as floats.

use std::error::Error;
use std::io::{Read, Write, stdin, stdout};

use burn::tensor::{Device, Int, Tensor, TensorData};
use mien_burn_onnx::SIDE;
use mien_burn_onnx::network::Model;

/// What a network takes.
trait Images {
    /// Reads a batch.
    fn read(bytes: &[u8], device: &Device) -> Self;
}

/// Normalized floats.
impl Images for Tensor<4> {
    fn read(bytes: &[u8], device: &Device) -> Self {
        let values: Vec<f32> = bytes.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect();
        let count = values.len() / (SIDE * SIDE);
        Self::from_data(TensorData::new(values, [count, 1, SIDE, SIDE]), device)
    }
}

/// Grey bytes, with `mien convert --pixels`.
impl Images for Tensor<4, Int> {
    fn read(bytes: &[u8], device: &Device) -> Self {
        let count = bytes.len() / (SIDE * SIDE);
        Self::from_data(TensorData::new(bytes.to_vec(), [count, SIDE, SIDE, 1]), device)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut bytes = Vec::new();
    stdin().read_to_end(&mut bytes)?;
    let device = Device::flex();
    let output = Model::from_embedded(&device).forward(Images::read(&bytes, &device));
    let values: Vec<u8> = output.into_data().try_to_vec::<f32>()?.into_iter().flat_map(f32::to_le_bytes).collect();
    stdout().write_all(&values)?;
    Ok(())
}
