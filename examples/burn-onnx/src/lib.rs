//! A network exported by `mien convert`, as Rust code for Burn.

/// The network that `build.rs` has burn-onnx generate.
#[allow(clippy::all)]
pub mod network {
    include!(concat!(env!("OUT_DIR"), "/network.rs"));
}

/// The side of a crop, in pixels.
pub const SIDE: usize = 48;

/// The classes, in the order of the network's output.
pub const CLASSES: [&str; 7] = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];

/// The pixels of a crop with zero mean and unit standard deviation, divided by at least 8 grey levels.
pub fn normalize(pixels: &[u8]) -> Vec<f32> {
    let count = pixels.len() as f32;
    let mean = pixels.iter().map(|&pixel| f32::from(pixel)).sum::<f32>() / count;
    let centred = pixels.iter().map(|&pixel| f32::from(pixel) - mean);
    let deviation = (centred.clone().map(|value| value * value).sum::<f32>() / count).sqrt();
    centred.map(|value| value / deviation.max(8.0)).collect()
}
