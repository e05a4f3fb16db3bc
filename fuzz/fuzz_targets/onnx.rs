//! Arbitrary bytes as a third-party ONNX model: no panic, bounded memory, and what is read classifies a crop or says why not.
//!
//! `cargo +nightly fuzz run onnx fuzz/corpus/onnx tests/fixtures/onnx`
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::vision::{CROP_PIXELS, Crop};
use mien_onnx::{Limits, Network, Scaling, Stated};

fuzz_target!(|input: &[u8]| {
    // small, so that a run is soon over
    let limits = Limits { parameters: 1_000_000, values: 4_000_000, multiply_adds: 50_000_000, ..Limits::default() };
    let stated = Stated {
        scaling: Some(Scaling::UNIT),
        classes: "affectnet".parse().ok(),
        side: None,
        channels: None,
        output: None,
    };
    match Network::read(input.to_vec(), &stated, &limits) {
        Ok(network) => {
            let _ = network.logits(&[Crop(Box::new([90; CROP_PIXELS]))]);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
