//! Arbitrary bytes as a CSV: no panic, only valid rows are accepted, the result does not depend on the step size, and
//! writing and reading it again gives the same dataset.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::{Loader, LoadedDataset, read};

fuzz_target!(|input: &[u8]| {
    let text = expanded(input);
    let whole = read(Cursor::new(&text));
    match (whole, in_steps(&text)) {
        (Ok(whole), Some(steps)) => {
            assert_eq!(whole.dataset, steps.dataset);
            assert_eq!(whole.rejections, steps.rejections);
            assert_eq!(whole.notes, steps.notes);
            assert!(whole.dataset.len() <= valid_rows(&text), "more is accepted than is valid");
            let mut written = Vec::new();
            whole.dataset.write_csv(&mut written).unwrap();
            let again = read(Cursor::new(&written)).unwrap();
            assert_eq!(again.rejections.count(), 0);
            assert_eq!(again.dataset.len(), whole.dataset.len());
            assert_eq!(again.dataset.groups(), whole.dataset.groups());
            for sample in 0..again.dataset.len() {
                assert_eq!(again.dataset.pixels(sample), whole.dataset.pixels(sample));
            }
        }
        (whole, steps) => assert!(whole.is_err() && steps.is_none()),
    }
});

/// Replaces a byte that cannot occur in UTF-8 by 2,304 pixels, so that short inputs contain valid rows.
fn expanded(input: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for &byte in input {
        match byte {
            0xff => text.extend("7 ".repeat(2303).bytes().chain(*b"7")),
            0xfe => text.extend("255 ".repeat(2303).bytes()),
            _ => text.push(byte),
        }
    }
    text
}

fn in_steps(text: &[u8]) -> Option<LoadedDataset> {
    let mut loader = Loader::open(Cursor::new(text)).ok()?;
    while loader.advance(1).ok()? {
        assert!(loader.position() <= loader.length());
    }
    loader.finish().ok()
}

/// An upper bound for the number of valid rows: each has 2,304 numbers, whatever is between them.
fn valid_rows(text: &[u8]) -> usize {
    let is_of_number = |byte: &u8| byte.is_ascii_digit() || b".eE+-".contains(byte);
    let words = text.split(|byte| !is_of_number(byte));
    words.filter(|word| word.iter().any(u8::is_ascii_digit)).count() / 2304
}
