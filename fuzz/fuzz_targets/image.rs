//! Arbitrary bytes as an image: no panic, and a sample or a reason for rejection. What is read passes the check of what browsers
//! decode.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::{FolderReader, check_picture};

fuzz_target!(|input: &[u8]| {
    let mut reader = FolderReader::default();
    reader.add("train/happy/a.png", input).unwrap();
    match reader.finish() {
        Ok(loaded) => {
            assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (1, 0));
            assert_eq!(check_picture(input), Ok(()));
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            let _ = check_picture(input);
        }
    }
});
