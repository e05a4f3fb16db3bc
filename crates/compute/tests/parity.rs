//! The networks of `training/` (PyTorch) give the same logits with the same weights and images.
#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use burn::tensor::Device;
use mien_compute::evaluation::predict;
use mien_compute::network::{self, Predictor};
use mien_core::vision::{CROP_PIXELS, Crop};
use safetensors::SafeTensors;

const LOGITS: &[u8] = include_bytes!("../../../tests/fixtures/parity-logits.safetensors");

const NETWORKS: [(&str, &[u8]); 5] = [
    ("cnn", include_bytes!("../../../tests/fixtures/parity-cnn.safetensors")),
    ("vgg", include_bytes!("../../../tests/fixtures/parity-vgg.safetensors")),
    ("resnet", include_bytes!("../../../tests/fixtures/parity-resnet.safetensors")),
    ("inception", include_bytes!("../../../tests/fixtures/parity-inception.safetensors")),
    ("mobile", include_bytes!("../../../tests/fixtures/parity-mobile.safetensors")),
];

#[test]
fn logits_equal_those_of_pytorch() {
    let device = Device::flex();
    let file = SafeTensors::deserialize(LOGITS).unwrap();
    let crops = file.tensor("crops").unwrap();
    let crops = crops.data().chunks_exact(CROP_PIXELS).map(|bytes| Crop(Box::new(bytes.try_into().unwrap())));
    let crops: Vec<Crop> = crops.collect();
    for (name, bytes) in NETWORKS {
        let loaded = network::load(bytes, &device).unwrap();
        assert_eq!(loaded.header.architecture.name(), name);
        let expected = file.tensor(name).unwrap();
        let expected = expected.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
        let go_on = async |_| ControlFlow::Continue(());
        for network in [loaded.network.clone(), loaded.network.fold()] {
            let got = pollster::block_on(predict(&Predictor::new(&network), crops.clone(), 4, go_on)).unwrap();
            assert_eq!(got.as_flattened().len(), expected.len(), "{name}");
            let difference = got.as_flattened().iter().zip(expected.clone()).map(|(a, b)| (a - b).abs());
            let difference = difference.fold(0.0, f32::max);
            assert!(difference < 2e-4, "{name}: the logits differ by up to {difference}");
        }
    }
}
