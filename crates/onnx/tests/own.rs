//! Networks of every kind that mien writes compute the same when it reads them.
#![allow(clippy::unwrap_used)]

use mien_core::expression::Distribution;
use mien_core::vision::Crop;
use mien_export::Network as Source;
use mien_export::onnx::{Input, Options, Output, Precision, write};
use mien_onnx::{Limits, Network, Stated};
use mien_recognition::{Classifier as _, CompiledClassifier};
use mien_weights::WeightsFile;
use pollster::block_on;

const KINDS: [(&str, &[u8]); 5] = [
    ("cnn", include_bytes!("../../../tests/fixtures/parity-cnn.safetensors")),
    ("vgg", include_bytes!("../../../tests/fixtures/parity-vgg.safetensors")),
    ("resnet", include_bytes!("../../../tests/fixtures/parity-resnet.safetensors")),
    ("inception", include_bytes!("../../../tests/fixtures/parity-inception.safetensors")),
    ("mobile", include_bytes!("../../../tests/fixtures/parity-mobile.safetensors")),
];

/// A shipped network, with a temperature.
const PHONE: &[u8] = include_bytes!("../../../www/weights/phone.safetensors");

fn crops() -> Vec<Crop> {
    (0..2).map(|seed| Crop(Box::new(std::array::from_fn(|index| (index * (seed + 3) % 251) as u8)))).collect()
}

/// Compares a network with what it is when it was exported and read again.
fn assert_same(name: &str, weights: &[u8], options: Options, tolerance: f32) {
    let images: Vec<f32> = crops().iter().flat_map(Crop::normalize).collect();
    let expected = block_on(CompiledClassifier::load(weights).unwrap().logits(images)).unwrap();
    let model = write(&Source::new(WeightsFile::parse(weights).unwrap()).unwrap(), options).unwrap();
    let network = Network::read(model, &Stated::default(), &Limits::default()).unwrap();
    for (expected, got) in expected.into_iter().zip(network.logits(&crops()).unwrap()) {
        let (expected, got) = (Distribution::from_logits(expected), Distribution::from_logits(got));
        let differs = |(a, b): (&f32, f32)| (a - b).abs() > tolerance;
        assert!(!expected.0.iter().zip(got.0).any(differs), "{name} {options:?}: {expected:?} {got:?}");
    }
}

#[test]
fn every_kind_computes_the_same() {
    for (name, weights) in KINDS {
        for input in [Input::Normalized, Input::Pixels] {
            for output in [Output::Probabilities, Output::Logits] {
                assert_same(name, weights, Options { input, output, ..Options::default() }, 1e-5);
            }
        }
    }
}

#[test]
fn a_shipped_network_with_a_temperature_computes_the_same_in_every_precision() {
    for output in [Output::Probabilities, Output::Logits] {
        assert_same("phone", PHONE, Options { output, ..Options::default() }, 1e-4);
        assert_same("phone", PHONE, Options { output, precision: Precision::Byte, ..Options::default() }, 1e-4);
    }
    assert_same("phone", PHONE, Options { precision: Precision::Half, ..Options::default() }, 1e-2);
}
