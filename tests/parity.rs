//! The networks of `training/` (PyTorch) and ours give the same logits on the same weights and images.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use burn::tensor::Device;
use mien::evaluation::predict;
use mien::network;
use mien::vision::{CROP_PIXELS, Crop};
use safetensors::SafeTensors;

const NETWORK: &[u8] = include_bytes!("fixtures/parity.safetensors");
const LOGITS: &[u8] = include_bytes!("fixtures/parity-logits.safetensors");

#[test]
fn logits_equal_those_of_pytorch() {
    let device = Device::flex();
    let network = network::load(NETWORK, &device).unwrap().network;
    let file = SafeTensors::deserialize(LOGITS).unwrap();
    let crops = file.tensor("crops").unwrap();
    let crops = crops.data().chunks_exact(CROP_PIXELS).map(|bytes| Crop(Box::new(bytes.try_into().unwrap())));
    let expected = file.tensor("logits").unwrap();
    let expected = expected.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
    let go_on = async |_| ControlFlow::Continue(());
    let got = pollster::block_on(predict(&network, crops, 4, &device, go_on)).unwrap();
    assert_eq!(got.as_flattened().len(), expected.len());
    let difference = got.as_flattened().iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(difference < 1e-4, "the logits differ by up to {difference}");
}
