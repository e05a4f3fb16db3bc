//! Prints the most likely class of a crop, a file of 48×48 grey bytes: `cargo run --bin mien-burn-onnx face.gray`.

use std::error::Error;
use std::{env, fs};

use burn::tensor::{Device, Tensor, TensorData};
use mien_burn_onnx::network::Model;
use mien_burn_onnx::{CLASSES, SIDE, normalize};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: mien-burn-onnx face.gray")?;
    let crop = fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
    if crop.len() != SIDE * SIDE {
        return Err(format!("{path}: {} bytes in place of {}", crop.len(), SIDE * SIDE).into());
    }
    let device = Device::flex();
    let image = Tensor::from_data(TensorData::new(normalize(&crop), [1, 1, SIDE, SIDE]), &device);
    let probabilities = Model::from_embedded(&device).forward(image).into_data().try_to_vec::<f32>()?;
    let best = CLASSES.iter().zip(probabilities).max_by(|one, other| one.1.total_cmp(&other.1));
    let (class, probability) = best.ok_or("the network has no output")?;
    println!("{class} {probability}");
    Ok(())
}
