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
