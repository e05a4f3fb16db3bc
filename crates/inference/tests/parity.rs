//! The networks of `training/` (PyTorch) give the same logits with the same weights and images.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

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
    let file = SafeTensors::deserialize(LOGITS).unwrap();
    let crops = file.tensor("crops").unwrap();
    let crops = crops.data().chunks_exact(CROP_PIXELS).map(|bytes| Crop(Box::new(bytes.try_into().unwrap())));
    let images: Vec<f32> = crops.flat_map(|crop| crop.normalize()).collect();
    for (name, bytes) in NETWORKS {
        let mut network = support::load(bytes);
        let (got, expected) = (network.run(&images), support::values(&file, name));
        assert_eq!(got.len(), expected.len(), "{name}");
        let difference = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 1e-4, "{name}: the logits differ by up to {difference}");
    }
}
