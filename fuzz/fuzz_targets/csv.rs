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

/// An upper bound for the number of valid rows: lines with 2,304 numbers from 0 to 255 in one field, quoted or not.
fn valid_rows(text: &[u8]) -> usize {
    let is_number = |word: &[u8]| std::str::from_utf8(word).is_ok_and(|word| word.parse::<u8>().is_ok());
    let is_pixels = |field: &[u8]| {
        let words = field.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
        let (mut count, mut good) = (0, true);
        for word in words {
            count += 1;
            good &= is_number(word);
        }
        good && count == 2304
    };
    let lines = text.split(|byte| b"\r\n".contains(byte)).skip(1);
    let unquoted = |line: &[u8]| -> Vec<u8> { line.iter().copied().filter(|&byte| byte != b'"').collect() };
    lines.filter(|line| unquoted(line).split(|&byte| byte == b',').any(|field| is_pixels(field.trim_ascii()))).count()
}
