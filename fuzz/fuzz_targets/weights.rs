//! Arbitrary bytes as weights, safetensors or burnpack: no panic, and no network larger than the file's content.
//!
//! Builds Burn: `cargo +nightly fuzz run --features compute weights fuzz/corpus/weights fuzz/seeds/weights`
#![no_main]

use burn::tensor::Device;
use libfuzzer_sys::fuzz_target;
use mien_compute::network;

fuzz_target!(|input: &[u8]| {
    if let Err(error) = network::load(input, &Device::flex()) {
        assert!(!error.to_string().is_empty());
    }
});
