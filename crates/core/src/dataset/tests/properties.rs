//! What holds for any text.

use std::io::{self, Read};

use proptest::prelude::*;

use super::{HEADER, pixels, read, row};
use crate::dataset::reader::CsvReader;
use crate::vision::CROP_PIXELS;

/// Pieces that valid and invalid rows are made of.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(pixels(12)),
        Just(pixels(200).split_off(4)),
        Just(",".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\"".to_owned()),
        Just(" ".to_owned()),
        Just("Training".to_owned()),
        Just("PublicTest".to_owned()),
        Just("\u{feff}".to_owned()),
        "[0-9]{1,3}",
        "[ -~\\x00]{0,6}",
        any::<char>().prop_map(String::from),
        Just(row("4", &pixels(3), "Training")),
    ]
}

/// A simple definition of rows that may be valid.
fn is_valid(line: &str) -> bool {
    let line = line.replace('"', "");
    let fields: Vec<&str> = line.split(',').map(str::trim_ascii).collect();
    let [label, pixels @ .., usage] = &fields[..] else { return false };
    let pixels = pixels.join(" ");
    let numbers: Vec<&str> = pixels.split(' ').filter(|number| !number.is_empty()).collect();
    label.chars().any(char::is_alphanumeric)
        && numbers.len() == CROP_PIXELS
        && numbers.iter().all(|number| number.parse::<f64>().is_ok_and(|value| (0.0..=255.0).contains(&value)))
        && usage.chars().any(char::is_alphabetic)
}

/// Returns a limited number of bytes at a time.
struct Drops<'a>(&'a [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let max = buffer.len().min(self.1);
        self.0.read(&mut buffer[..max])
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_panics_and_never_accepts_an_invalid_row(pieces in proptest::collection::vec(piece(), 0..40)) {
        let text = HEADER.to_owned() + &pieces.concat();
        let valid = text.split(['\n', '\r']).skip(1).filter(|line| is_valid(line)).count();
        let (accepted, rejected) = match read(text.as_bytes()) {
            Ok(loaded) => (loaded.dataset.len(), loaded.rejections.count()),
            Err(_) => (0, 0),
        };
        prop_assert!(accepted <= valid);
        prop_assert!(accepted + rejected <= text.split(['\n', '\r']).count());
    }

    #[test]
    fn pieces_of_work_and_of_reading_change_nothing(
        pieces in proptest::collection::vec(piece(), 0..40),
        rows in 1..9_usize,
        drop in 1..5000_usize,
    ) {
        let text = HEADER.to_owned() + &pieces.concat();
        let mut slow = CsvReader::new(Drops(text.as_bytes(), drop)).unwrap();
        while slow.read_rows(rows).unwrap() {
            prop_assert!(slow.accepted() + slow.rejections().count() <= text.len());
        }
        match (read(text.as_bytes()), slow.finish()) {
            (Ok(whole), Ok(slow)) => {
                prop_assert_eq!(whole.dataset, slow.dataset);
                prop_assert_eq!(whole.rejections, slow.rejections);
            }
            (whole, slow) => prop_assert!(whole.is_err() && slow.is_err()),
        }
    }

    #[test]
    fn what_is_accepted_is_written_and_read_again(pieces in proptest::collection::vec(piece(), 0..40)) {
        let text = "emotion,pixels,Usage,age\n".to_owned() + &pieces.concat().replace("Training\n", "Training,\"a\"\"1\"\n");
        if let Ok(loaded) = read(text.as_bytes()) {
            let mut written = Vec::new();
            loaded.dataset.write_csv(&mut written).unwrap();
            let again = read(&written[..]).unwrap();
            prop_assert_eq!(again.rejections.count(), 0);
            prop_assert_eq!(again.dataset.len(), loaded.dataset.len());
            prop_assert_eq!(again.dataset.groups(), loaded.dataset.groups());
        }
    }

    #[test]
    fn never_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = read(&bytes[..]);
        let _ = read(&[HEADER.as_bytes(), &bytes].concat()[..]);
    }
}
