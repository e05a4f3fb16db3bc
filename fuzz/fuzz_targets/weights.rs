//! Arbitrary bytes as weights in safetensors: no panic, bounded memory, no classifier larger than the file's content, and what is
//! read is the same after writing and reading it again.
//!
//! `cargo +nightly fuzz run weights fuzz/corpus/weights fuzz/seeds/weights`
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_fuzz::bounded;
use mien_recognition::CompiledClassifier;
use mien_weights::{NetworkHeader, Precision, StoredTensor, WeightsFile, write};

fuzz_target!(|input: &[u8]| {
    match bounded(|| WeightsFile::parse(input)) {
        Ok(file) => check(&file),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Err(error) = bounded(|| CompiledClassifier::load(input)) {
        assert!(!error.to_string().is_empty());
    }
});

fn check(file: &WeightsFile) {
    let stored = file.names().filter_map(|name| Some((name, file.tensor(name)?)));
    let stored = stored.flat_map(|(name, (shape, values))| {
        StoredTensor::encode(name.to_owned(), shape.to_vec(), values, Precision::Full)
    });
    let written = write(&stored.collect::<Vec<_>>(), file.metadata().clone()).unwrap();
    assert!(WeightsFile::parse(&written).unwrap() == *file, "other values after writing");
    if let Ok(header) = NetworkHeader::read(file.metadata()) {
        assert_eq!(NetworkHeader::read(&header.to_metadata().unwrap()).unwrap(), header);
    }
}
