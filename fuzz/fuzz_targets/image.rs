//! Arbitrary bytes as an image: no panic, and a sample or a reason for rejection.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::FolderReader;

fuzz_target!(|input: &[u8]| {
    let mut reader = FolderReader::default();
    reader.add("train/happy/a.png", input).unwrap();
    match reader.finish() {
        Ok(loaded) => assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (1, 0)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
