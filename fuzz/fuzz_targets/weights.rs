//! Arbitrary bytes as weights, safetensors or burnpack: no panic, bounded memory, no network larger than the file's content,
//! and what is read is the same after writing and reading it again.
//!
//! Builds Burn: `cargo +nightly fuzz run --features compute weights fuzz/corpus/weights fuzz/seeds/weights`
#![no_main]

use burn::tensor::Device;
use libfuzzer_sys::fuzz_target;
use mien_compute::network;
use mien_compute::weights::{Container, Precision};
use mien_fuzz::bounded;
use pollster::block_on;

fuzz_target!(|input: &[u8]| {
    let device = Device::flex();
    match bounded(|| network::load(input, &device)) {
        Ok(file) => {
            for container in [Container::Safetensors, Container::Burnpack] {
                let written = block_on(network::save_as(&file, Precision::Full, container)).unwrap();
                let again = network::load(&written, &device).unwrap();
                assert_eq!(again.architecture, file.architecture);
                assert_eq!(again.training, file.training);
                assert_eq!(again.temperature, file.temperature);
                assert_eq!(
                    block_on(network::save_as(&again, Precision::Full, container)).unwrap().len(),
                    written.len()
                );
            }
            file.for_inference();
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
