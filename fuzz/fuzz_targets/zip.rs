//! Arbitrary bytes as a file, mostly zip and gzip: no panic, and the result does not depend on the step size.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::{Loader, read};

fuzz_target!(|input: &[u8]| {
    let whole = read(Cursor::new(input));
    let steps = Loader::open(Cursor::new(input)).and_then(|mut loader| {
        while loader.advance(1)? {
            assert!(loader.position() <= loader.length());
        }
        loader.finish()
    });
    match (whole, steps) {
        (Ok(whole), Ok(steps)) => {
            assert_eq!(whole.dataset, steps.dataset);
            assert_eq!(whole.rejections, steps.rejections);
        }
        (whole, steps) => assert!(whole.is_err() && steps.is_err()),
    }
});
