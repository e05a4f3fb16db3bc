//! FER2013's CSV, row by row: `emotion,pixels,Usage` in any order, other columns ignored.

use std::io::{self, Read};

use super::fields::{Fields, MOST_COLUMNS};
use super::lines::{Line, Lines};
use super::rejection::{Column, RejectedRow, Rejection, Rejections};
use super::{Dataset, Split};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;

/// Why a file as a whole was refused.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Reading broke off.
    #[error("the file could not be read ({0})")]
    Io(#[from] io::Error),
    /// Nothing in it.
    #[error("the file is empty; FER2013's CSV is expected, whose first line is `emotion,pixels,Usage`")]
    Empty,
    /// The first line is no header that can be used.
    #[error("this is not FER2013's CSV: its first line has no column `{}`; expected are `emotion,pixels,Usage`", .0.name())]
    Header(Column),
    /// A header without one valid row.
    #[error("the file has no valid row{}", .0.as_ref().map(|row| format!("; {row}")).unwrap_or_default())]
    NoSamples(Option<RejectedRow>),
}

/// What was read of a file.
#[derive(Debug)]
pub struct Reading {
    /// The valid rows.
    pub dataset: Dataset,
    /// The others.
    pub rejections: Rejections,
}

/// Reads a whole file.
///
/// # Errors
/// When it is no such CSV, holds no valid row, or breaks off.
pub fn read(source: impl Read) -> Result<Reading, ReadError> {
    let mut reader = Reader::new(source)?;
    while reader.read_rows(usize::MAX)? {}
    reader.finish()
}

/// Reads a file some rows at a time, so that a caller can show progress and stop between. Memory grows with valid rows
/// only.
pub struct Reader<R> {
    lines: Lines<R>,
    fields: Fields,
    columns: [usize; 3],
    width: usize,
    row: usize,
    blank: Option<u64>,
    reading: Reading,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When the file is empty, no such CSV, or breaks off.
    pub fn new(source: R) -> Result<Self, ReadError> {
        let mut lines = Lines::new(source);
        let mut fields = Fields::new();
        let header = lines.next()?.ok_or(ReadError::Empty)?;
        let width = fields.split(header.bytes).unwrap_or(0);
        let find = |column: Column| {
            let named = |index: &usize| fields.get(*index).trim_ascii().eq_ignore_ascii_case(column.name().as_bytes());
            (0..width.min(MOST_COLUMNS)).find(named).ok_or(ReadError::Header(column))
        };
        let columns = [find(Column::Emotion)?, find(Column::Pixels)?, find(Column::Usage)?];
        let reading = Reading { dataset: Dataset::default(), rejections: Rejections::default() };
        Ok(Self { lines, fields, columns, width, row: 0, blank: None, reading })
    }

    /// Reads up to `most` rows more; `false` at the end of the file.
    ///
    /// # Errors
    /// When the file breaks off.
    pub fn read_rows(&mut self, most: usize) -> Result<bool, ReadError> {
        for _ in 0..most {
            let Some(line) = self.lines.next()? else { return Ok(false) };
            if line.bytes.is_empty() {
                // only wrong when another row follows
                self.blank.get_or_insert(line.number);
                continue;
            }
            for row in self.blank.take().unwrap_or(line.number)..line.number {
                self.row += 1;
                self.reading.rejections.push(RejectedRow { row, column: None, reason: Rejection::Empty });
            }
            match parse(&line, &mut self.fields, self.columns, self.width) {
                Ok((pixels, label, split)) => self.reading.dataset.push(pixels, label, split, self.row),
                Err((column, reason)) => {
                    self.reading.rejections.push(RejectedRow { row: line.number, column, reason });
                }
            }
            self.row += 1;
        }
        Ok(true)
    }

    /// How many rows are accepted so far.
    pub fn accepted(&self) -> usize {
        self.reading.dataset.len()
    }

    /// Hands over what was read.
    ///
    /// # Errors
    /// When no row was valid.
    pub fn finish(self) -> Result<Reading, ReadError> {
        if self.reading.dataset.is_empty() {
            return Err(ReadError::NoSamples(self.reading.rejections.first().first().cloned()));
        }
        Ok(self.reading)
    }
}

type Row = ([u8; CROP_PIXELS], Expression, Split);
type Fault = (Option<Column>, Rejection);

fn parse(line: &Line<'_>, fields: &mut Fields, columns: [usize; 3], width: usize) -> Result<Row, Fault> {
    if line.cut {
        return Err((None, Rejection::Long));
    }
    let got = fields.split(line.bytes).ok_or((None, Rejection::Quote))?;
    if got != width {
        return Err((None, Rejection::Fields { got, needed: width }));
    }
    let [emotion, pixels, usage] = columns.map(|column| fields.get(column).trim_ascii());
    let label = match emotion {
        [digit @ b'0'..=b'6'] => Expression::from_index(usize::from(digit - b'0')),
        _ => None,
    };
    let label = label.ok_or_else(|| (Some(Column::Emotion), Rejection::Label(excerpt(emotion))))?;
    let split = std::str::from_utf8(usage).ok().and_then(|name| name.parse().ok());
    let split = split.ok_or_else(|| (Some(Column::Usage), Rejection::Split(excerpt(usage))))?;
    let pixels = parse_pixels(pixels).map_err(|reason| (Some(Column::Pixels), reason))?;
    Ok((pixels, label, split))
}

fn parse_pixels(text: &[u8]) -> Result<[u8; CROP_PIXELS], Rejection> {
    let mut pixels = [0; CROP_PIXELS];
    let mut count = 0;
    for number in text.split(|&byte| byte == b' ').filter(|number| !number.is_empty()) {
        if let Some(pixel) = pixels.get_mut(count) {
            *pixel =
                parse_byte(number).ok_or_else(|| Rejection::Pixel { position: count + 1, text: excerpt(number) })?;
        }
        count += 1;
    }
    if count == CROP_PIXELS { Ok(pixels) } else { Err(Rejection::PixelCount(count)) }
}

/// Digits alone, at most three: no sign, no point.
fn parse_byte(digits: &[u8]) -> Option<u8> {
    if digits.len() > 3 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0, |value, &digit| value * 10 + u16::from(digit - b'0'));
    u8::try_from(value).ok()
}

fn excerpt(text: &[u8]) -> String {
    const SHOWN: usize = 24;
    let text = String::from_utf8_lossy(text);
    let mut shown: String =
        text.chars().take(SHOWN).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pixels(value: u8) -> String {
        vec![value.to_string(); CROP_PIXELS].join(" ")
    }

    fn row(label: &str, pixels: &str, usage: &str) -> String {
        format!("{label},{pixels},{usage}\n")
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
            (
                row("1", &format!("1 x\0{short}"), "Training"),
                Some(Column::Pixels),
                Rejection::Pixel { position: 2, text: "x\u{fffd}1".into() },
            ),
            (row("1", &pixels(1), "Test"), Some(Column::Usage), Rejection::Split("Test".into())),
            ("\n".into(), None, Rejection::Empty),
            ("1,2\n".into(), None, Rejection::Fields { got: 2, needed: 3 }),
            (row("1", &format!("\"{}", pixels(1)), "Training"), None, Rejection::Quote),
            (row("1", &"1 ".repeat(100_000), "Training"), None, Rejection::Long),
            (",".repeat(99) + "\n", None, Rejection::Fields { got: 65, needed: 3 }),
        ];
        for (bad, column, reason) in cases {
            let text = [HEADER, &good, &bad, &good].concat();
            let reading = read(text.as_bytes()).unwrap();
            assert_eq!(reading.rejections.first(), [RejectedRow { row: 3, column, reason }]);
            assert_eq!(reading.dataset.len(), 2, "the rest is kept");
            assert_eq!(reading.dataset.row(1), 2, "rejected rows count");
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
        assert!(matches!(read(&b"emotion,pixels\n"[..]), Err(ReadError::Header(Column::Usage))));
        assert!(matches!(read(&b"\x89PNG\r\n\x1a\n\0\0"[..]), Err(ReadError::Header(_))));
        assert!(matches!(read(io::repeat(0).take(5_000_000)), Err(ReadError::Header(_))));
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
        let fields: Vec<&str> =
            line.split(',').map(|field| field.trim_ascii().trim_matches('"').trim_ascii()).collect();
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
}
