use std::io::{self, Read};

use super::reader::CsvReader;
use super::{Column, Foreign, GroupFault, LoadNote, LoadedDataset, Location, ReadError, Rejected, Rejection, Split};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;
use proptest::prelude::*;

fn pixels(value: u8) -> String {
    vec![value.to_string(); CROP_PIXELS].join(" ")
}

fn row(label: &str, pixels: &str, usage: &str) -> String {
    format!("{label},{pixels},{usage}\n")
}

fn read(source: impl Read) -> Result<LoadedDataset, ReadError> {
    let mut reader = CsvReader::new(source)?;
    while reader.read_rows(usize::MAX)? {}
    reader.finish()
}

const HEADER: &str = "emotion,pixels,Usage\n";

#[test]
fn rows_become_samples() {
    let text = [HEADER, &row("3", &pixels(7), "Training"), &row("0", &pixels(255), "PrivateTest")].concat();
    let loaded = read(text.as_bytes()).unwrap();
    assert_eq!(loaded.rejections.count(), 0);
    let dataset = loaded.dataset;
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
        let loaded = read(text.as_bytes()).unwrap();
        assert_eq!(loaded.rejections.first(), [Rejected { location: Location::Row(3), column, reason }]);
        assert_eq!(loaded.dataset.len(), 2, "the rest is kept");
        assert_eq!(loaded.dataset.row(1), 2, "rejected rows count");
    }
}

#[test]
fn a_bad_row_leaves_nothing_behind() {
    let good = row("1", &pixels(1), "Training");
    let marked = format!("\u{feff}{good}");
    for bad in ["1,\"2\n", "\"\n", &(",".repeat(99) + "\n"), "1,\"2\"3\n"] {
        let text = [HEADER, bad, &good, bad, &marked, &good].concat();
        let loaded = read(text.as_bytes()).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (2, 3), "{bad:?}");
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
    assert!(matches!(read(&b"emotion,pixels\n"[..]), Err(ReadError::NoSamples)));
    assert!(matches!(read(io::repeat(0).take(5_000_000)), Err(ReadError::Foreign(Foreign::Binary))));
    assert!(matches!(read(io::repeat(b'1').take(5_000_000)), Err(ReadError::Header(_))));
    assert!(matches!(read(HEADER.as_bytes()), Err(ReadError::NoSamples)));
    let none = [HEADER, "1,2,3\n"].concat();
    assert!(matches!(read(none.as_bytes()), Err(ReadError::NoValidSample(_))));
}

#[test]
fn many_blank_lines_take_no_memory() {
    let rows = row("1", &pixels(1), "Training");
    let text = HEADER.as_bytes().chain(rows.as_bytes()).chain(io::repeat(b'\n').take(3_000_000));
    let loaded = read(text.chain(rows.as_bytes())).unwrap();
    assert_eq!(loaded.rejections.count(), 3_000_000);
    assert_eq!(loaded.rejections.first().len(), 1000);
    assert_eq!(loaded.dataset.row(1), 3_000_001);
}

#[test]
fn without_usage_all_is_training() {
    let text = format!("emotion, pixels\n2,{}\n7,{}\n", pixels(4), pixels(4));
    let loaded = read(text.as_bytes()).unwrap();
    assert_eq!((loaded.dataset.len(), loaded.dataset.split(0)), (1, Split::Training));
    assert_eq!(loaded.notes, [LoadNote::NoSplit(1)]);
    assert_eq!(loaded.rejections.by_reason()["label"], 1);
}

#[test]
fn a_row_cut_off_is_rejected() {
    let text = [HEADER, &row("3", &pixels(7), "Training"), &row("0", &pixels(255), "PrivateTest")].concat();
    let first = HEADER.len() + row("3", &pixels(7), "Training").len();
    for length in [first + 1, first + 500, text.len() - 13, text.len() - 12, text.len() - 3] {
        let loaded = read(&text.as_bytes()[..length]).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (1, 1), "{length}");
    }
}

#[test]
fn extra_columns_become_groups() {
    let mut text = "age,emotion,pixels,Usage,\"gender\",note,AGE,\n".to_owned();
    for (age, gender, note) in [("31", "f", "x"), ("", " m ", "x"), ("31", "\"f\"", "\"a, \"\"b\"\"\"")] {
        text.push_str(&format!("{age},1,{},Training,{gender},{note},1,0\n", pixels(9)));
    }
    text.push_str(&format!("99,8,{},Training,f,x,1,0\n", pixels(9)));
    let loaded = read(text.as_bytes()).unwrap();
    let groups = loaded.dataset.groups();
    let names: Vec<&str> = groups.iter().map(|group| group.name()).collect();
    assert_eq!(names, ["age", "gender", "note"]);
    assert_eq!(groups[0].values(), ["31", ""], "those of rejected rows are not kept");
    assert_eq!([0, 1, 2].map(|sample| groups[0].value(sample)), ["31", "", "31"]);
    assert_eq!([0, 1, 2].map(|sample| groups[1].value(sample)), ["f", "m", "f"]);
    assert_eq!(groups[2].value(2), "a, \"b\"");
    let dropped = |name: &str| LoadNote::ColumnIgnored { name: name.into(), fault: GroupFault::Name };
    assert_eq!(loaded.notes, [dropped("AGE"), dropped("")]);
}

#[test]
fn columns_that_are_no_groups_are_dropped_and_no_row_with_them() {
    let mut text = "emotion,pixels,Usage,id,age,long,odd\n".to_owned().into_bytes();
    for index in 0..300 {
        let long = if index == 5 { "x".repeat(65) } else { "x".repeat(64) };
        text.extend(format!("1,{},Training,{index},{},{long},", pixels(9), index % 255).bytes());
        text.extend(if index == 299 { &b"\xff\n"[..] } else { b"a\n" });
    }
    let loaded = read(&text[..]).unwrap();
    assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (300, 0));
    assert_eq!(loaded.dataset.groups().len(), 1);
    let age = &loaded.dataset.groups()[0];
    assert_eq!((age.name(), age.values().len(), age.value(299)), ("age", 255, "44"));
    let dropped = |name: &str, fault| LoadNote::ColumnIgnored { name: name.into(), fault };
    let expected =
        [dropped("long", GroupFault::Text), dropped("id", GroupFault::Values), dropped("odd", GroupFault::Text)];
    assert_eq!(loaded.notes, expected);

    let many: Vec<String> = (0..20).map(|index| format!("g{index}")).collect();
    let row = row("1", &pixels(9), "Training").replace('\n', &",a".repeat(20));
    let loaded = read(format!("emotion,pixels,Usage,{}\n{row}", many.join(",")).as_bytes()).unwrap();
    assert_eq!((loaded.dataset.groups().len(), loaded.notes.len()), (16, 4));
}

#[test]
fn what_is_written_is_read_again() {
    let mut text = "emotion,pixels,Usage,age,\"a \"\"b\"\", c\"\n".to_owned();
    for index in 0..600 {
        let shown: Vec<String> = (0..CROP_PIXELS).map(|pixel| ((pixel * 31 + index) % 256).to_string()).collect();
        let usage = Split::ALL[index % 3];
        text.push_str(&format!("{},{},{usage},{},\"x,\"\"{}\"\n", index % 7, shown.join(" "), index % 80, index % 2));
    }
    let dataset = read(text.as_bytes()).unwrap().dataset;
    let mut written = Vec::new();
    dataset.write_csv(&mut written).unwrap();
    let again = read(&written[..]).unwrap();
    assert_eq!(again.rejections.count(), 0);
    assert_eq!(again.dataset, dataset);
    assert_eq!(again.dataset.groups()[1].value(3), "x,\"1");
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
        Just("\u{feff}".to_owned()),
        "[0-9]{1,3}",
        "[ -~\\x00]{0,6}",
        any::<char>().prop_map(String::from),
        Just(row("4", &pixels(3), "Training")),
    ]
}

/// A simple definition of valid rows.
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
