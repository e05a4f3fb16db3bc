use std::io::{self, Cursor, Read};

use super::reader::CsvReader;
use super::{Column, GroupFault, Place, ReadError, Reading, Rejected, Rejection, Remark, Split};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;
use proptest::prelude::*;

fn pixels(value: u8) -> String {
    vec![value.to_string(); CROP_PIXELS].join(" ")
}

fn row(label: &str, pixels: &str, usage: &str) -> String {
    format!("{label},{pixels},{usage}\n")
}

fn read(source: impl Read) -> Result<Reading, ReadError> {
    let mut reader = CsvReader::new(source)?;
    while reader.read_rows(usize::MAX)? {}
    reader.finish()
}

const HEADER: &str = "emotion,pixels,Usage\n";

#[test]
fn rows_become_samples() {
    let text = [HEADER, &row("3", &pixels(7), "Training"), &row("0", &pixels(255), "PrivateTest")].concat();
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(reading.rejections.count(), 0);
    let dataset = reading.dataset;
    assert_eq!(dataset.len(), 2);
    assert_eq!((dataset.label(0), dataset.split(0), dataset.row(0)), (Expression::Happy, Split::Training, 0));
    assert_eq!((dataset.label(1), dataset.split(1), dataset.row(1)), (Expression::Angry, Split::PrivateTest, 1));
    assert_eq!(dataset.pixels(1), &[255; CROP_PIXELS]);
}

#[test]
fn columns_line_ends_and_quotes_may_differ() {
    let text = format!("\u{feff}age,\"Usage\", pixels,EMOTION\r\n31,PublicTest,\"{}\",6", pixels(0));
    let dataset = read(text.as_bytes()).unwrap().dataset;
    assert_eq!((dataset.len(), dataset.label(0), dataset.split(0)), (1, Expression::Neutral, Split::PublicTest));
}

#[test]
fn bad_rows_are_rejected_one_by_one() {
    let good = row("1", &pixels(1), "Training");
    let short = pixels(1).split_off(2);
    let cases = [
        (row("7", &pixels(1), "Training"), Some(Column::Emotion), Rejection::Label("7".into())),
        (row("-1", &pixels(1), "Training"), Some(Column::Emotion), Rejection::Label("-1".into())),
        (row("1", &short, "Training"), Some(Column::Pixels), Rejection::PixelCount(2303)),
        (row("1", &format!("{} 1", pixels(1)), "Training"), Some(Column::Pixels), Rejection::PixelCount(2305)),
        (
            row("1", &format!("256 {short}"), "Training"),
            Some(Column::Pixels),
            Rejection::Pixel { position: 1, text: "256".into() },
        ),
        (row("1", &format!("1 x\0{short}"), "Training"), None, Rejection::Nul(6)),
        (row("1", &pixels(1), "Test"), Some(Column::Usage), Rejection::Split("Test".into())),
        ("\n".into(), None, Rejection::Empty),
        ("1,2\n".into(), None, Rejection::Fields { got: 2, needed: 3 }),
        (row("1", &format!("\"{}", pixels(1)), "Training"), None, Rejection::Quote),
        (row("1", &"1 ".repeat(100_000), "Training"), None, Rejection::Long),
        (",".repeat(99) + "\n", None, Rejection::Fields { got: 65, needed: 3 }),
        (format!("\u{feff}{good}"), Some(Column::Emotion), Rejection::Label("\u{feff}1".into())),
    ];
    for (bad, column, reason) in cases {
        let text = [HEADER, &good, &bad, &good].concat();
        let reading = read(text.as_bytes()).unwrap();
        assert_eq!(reading.rejections.first(), [Rejected { place: Place::Row(3), column, reason }]);
        assert_eq!(reading.dataset.len(), 2, "the rest is kept");
        assert_eq!(reading.dataset.row(1), 2, "rejected rows count");
    }
}

#[test]
fn a_bad_row_leaves_nothing_behind() {
    let good = row("1", &pixels(1), "Training");
    let marked = format!("\u{feff}{good}");
    for bad in ["1,\"2\n", "\"\n", &(",".repeat(99) + "\n"), "1,\"2\"3\n"] {
        let text = [HEADER, bad, &good, bad, &marked, &good].concat();
        let reading = read(text.as_bytes()).unwrap();
        assert_eq!((reading.dataset.len(), reading.rejections.count()), (2, 3), "{bad:?}");
    }
}

#[test]
fn a_rejection_says_where_and_why() {
    let text = [HEADER, &row("1", &pixels(1), "Training"), &row("nine", &pixels(1), "Training")].concat();
    let message = read(text.as_bytes()).unwrap().rejections.first()[0].to_string();
    assert_eq!(message, "row 3, column emotion: the label is `nine` where 0 to 6 is needed");
}

#[test]
fn what_is_no_such_csv_is_refused() {
    assert!(matches!(read(&b""[..]), Err(ReadError::Empty)));
    assert!(matches!(read(&b"\n\n"[..]), Err(ReadError::Header(Column::Emotion))));
    assert!(matches!(read(&b"emotion,Usage\n"[..]), Err(ReadError::Header(Column::Pixels))));
    assert!(matches!(read(&b"emotion,pixels\n"[..]), Err(ReadError::NoSamples(None))));
    assert!(matches!(read(io::repeat(0).take(5_000_000)), Err(ReadError::Foreign("no text"))));
    assert!(matches!(read(io::repeat(b'1').take(5_000_000)), Err(ReadError::Header(_))));
    assert!(matches!(read(HEADER.as_bytes()), Err(ReadError::NoSamples(None))));
    let none = [HEADER, "1,2,3\n"].concat();
    assert!(matches!(read(none.as_bytes()), Err(ReadError::NoSamples(Some(_)))));
}

#[test]
fn many_blank_lines_take_no_memory() {
    let rows = row("1", &pixels(1), "Training");
    let text = HEADER.as_bytes().chain(rows.as_bytes()).chain(io::repeat(b'\n').take(3_000_000));
    let reading = read(text.chain(rows.as_bytes())).unwrap();
    assert_eq!(reading.rejections.count(), 3_000_000);
    assert_eq!(reading.rejections.first().len(), 1000);
    assert_eq!(reading.dataset.row(1), 3_000_001);
}

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
        "[0-9]{1,3}",
        "[ -~\\x00]{0,6}",
        any::<char>().prop_map(String::from),
        Just(row("4", &pixels(3), "Training")),
    ]
}

/// What a valid row is, said once more and more simply.
fn is_valid(line: &str) -> bool {
    let line = line.replace('"', "");
    let fields: Vec<&str> = line.split(',').map(str::trim_ascii).collect();
    let [label, pixels, usage] = fields[..] else { return false };
    let numbers: Vec<&str> = pixels.split(' ').filter(|number| !number.is_empty()).collect();
    matches!(label, "0" | "1" | "2" | "3" | "4" | "5" | "6")
        && numbers.len() == CROP_PIXELS
        && numbers.iter().all(|number| number.parse::<u8>().is_ok())
        && Split::ALL.iter().any(|split| split.name() == usage)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_panics_and_never_accepts_an_invalid_row(pieces in proptest::collection::vec(piece(), 0..40)) {
        let text = HEADER.to_owned() + &pieces.concat();
        let valid = text.split(['\n', '\r']).skip(1).filter(|line| is_valid(line)).count();
        let (accepted, rejected) = match read(text.as_bytes()) {
            Ok(reading) => (reading.dataset.len(), reading.rejections.count()),
            Err(_) => (0, 0),
        };
        prop_assert!(accepted <= valid);
        prop_assert!(accepted + rejected <= text.split(['\n', '\r']).count());
    }

    #[test]
    fn never_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = read(&bytes[..]);
        let _ = read(&[HEADER.as_bytes(), &bytes].concat()[..]);
    }
}
