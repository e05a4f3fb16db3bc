//! Reads FER2013's CSV row by row: `emotion,pixels,Usage` in any order, and other columns as groups; also with other
//! separators and names, as spreadsheets and scripts write it.

use std::io::{self, Read};
use std::ops::Range;

use memchr::{memchr, memrchr};

use super::class_names::{self, Label, Role, Roles};
use super::fields::{Fields, MAX_COLUMNS, MAX_WIDE_COLUMNS, Record};
use super::groups::{GroupColumn, GroupFault, MAX_GROUP_COLUMNS, group_text};
use super::label_order::LabelOrder;
use super::limits::{MAX_BYTES, MAX_SAMPLES};
use super::lines::{Lines, MAX_LINE_LENGTH};
use super::numbered_labels::NumberedLabels;
use super::pixels::{is_between, parse_fields, parse_pixels};
use super::reading::{Foreign, LoadNote, LoadedDataset, ReadError};
use super::rejection::{Column, Location, Rejection, Rejections, excerpt};
use super::text::decode;
use super::{Dataset, Pixels, Split};
use crate::expression::Expression;
use crate::file_kind::FileKind;
use crate::vision::CROP_PIXELS;

/// Reads a CSV a few rows at a time. Memory grows with the number of valid rows only.
pub(super) struct CsvReader<R> {
    lines: Lines<R>,
    fields: Fields,
    columns: Columns,
    row: usize,
    blank: Option<u64>,
    /// A row of several lines.
    joined: Vec<u8>,
    roles: Roles,
    /// Whether a split has a name that only FER2013 has.
    has_fer2013_split: bool,
    numbers: NumberedLabels,
    loaded: LoadedDataset,
}

/// The positions of the columns.
struct Columns {
    label: usize,
    pixels: PixelColumns,
    usage: Option<usize>,
    /// Those of the dataset's groups, in the same order.
    groups: Vec<usize>,
    width: usize,
    /// Whether the columns have FER2013's names, so that numbers are in FER2013's order.
    is_fer2013: bool,
}

/// Where the pixels are.
enum PixelColumns {
    /// All in one column.
    One(usize),
    /// Each in its own column, from this one on.
    Each(usize),
}

/// A valid row.
struct Row {
    label: Label,
    role: Role,
    pixels: Pixels,
}

/// The separators that are tried, the most usual first.
pub(super) const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Names of the column of labels.
pub(super) const LABEL_NAMES: [&str; 4] = ["emotion", "label", "class", "expression"];

/// Names of the column of splits.
pub(super) const USAGE_NAMES: [&str; 3] = ["usage", "split", "set"];

impl<R: Read> CsvReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When the file is empty or not such a CSV, or reading fails.
    pub fn new(source: R) -> Result<Self, ReadError> {
        let mut lines = Lines::new(source);
        let mut header = first_line(&mut lines)?;
        if FileKind::of(&header) == FileKind::GitLfs {
            return Err(ReadError::GitLfs);
        }
        if header.iter().any(|byte| matches!(byte, 0..=8 | 0x0e..=0x1f)) {
            return Err(ReadError::Foreign(Foreign::Binary));
        }
        let separators = match separator_line(&header) {
            Some(separator) => {
                header = first_line(&mut lines)?;
                vec![separator]
            }
            None => SEPARATORS.to_vec(),
        };
        let mut loaded = LoadedDataset::default();
        let (fields, columns) = find_columns(&header, &separators, &mut loaded)?;
        Ok(Self {
            lines,
            fields,
            columns,
            row: 0,
            blank: None,
            joined: Vec::new(),
            roles: Roles::default(),
            has_fer2013_split: false,
            numbers: NumberedLabels::default(),
            loaded,
        })
    }

    /// Sets the order of the classes for labels that are numbers, before the first row is read.
    pub fn set_order(&mut self, order: Option<LabelOrder>) {
        self.numbers.chosen = order;
    }

    /// Whether there is a column with the splits.
    pub fn has_usage(&self) -> bool {
        self.columns.usage.is_some()
    }

    /// Reads up to `max` more rows; `false` at the end of the file.
    ///
    /// # Errors
    /// When the file is too large or reading fails.
    pub fn read_rows(&mut self, max: usize) -> Result<bool, ReadError> {
        let is_direct = self.is_direct();
        let labels = if is_direct { 0..Expression::COUNT as u32 } else { 0..u32::MAX };
        for _ in 0..max {
            if self.lines.read() > MAX_BYTES {
                return Err(ReadError::TooLarge);
            }
            let Some(line) = self.lines.next()? else { return Ok(false) };
            if is_blank(line.bytes, self.fields.separator()) {
                // an error only if another row follows
                self.blank.get_or_insert(line.number);
                continue;
            }
            let number = line.number;
            if let Some(first) = self.blank.take() {
                self.loaded.rejections.push_empty(first..number);
                self.row += (number - first) as usize;
            }
            let mut fields = if line.cut {
                Err((None, Rejection::Long))
            } else if line.ends_within_character {
                Err((None, Rejection::TextEnd))
            } else {
                self.columns.split(line.bytes, &mut self.fields)
            };
            if matches!(fields, Err((_, Rejection::Quote))) && is_open(line.bytes) {
                self.joined.clear();
                self.joined.extend_from_slice(line.bytes);
                fields = match join_lines(&mut self.lines, &mut self.joined)? {
                    true => self.columns.split(&self.joined, &mut self.fields),
                    false => Err((None, Rejection::Quote)),
                };
            }
            match fields.and_then(|record| Ok((record, self.columns.parse(record, &labels)?))) {
                Ok(_) if self.loaded.dataset.len() == MAX_SAMPLES => return Err(ReadError::TooLarge),
                Ok((record, Row { label, role, pixels })) => {
                    let location = || Location::Row(number);
                    let sample = self.loaded.dataset.len();
                    let class = match label {
                        Label::Class(class) => Some(class),
                        Label::Number(label) if is_direct => {
                            self.numbers.count(label, &pixels, location);
                            Expression::from_index(label as usize)
                        }
                        Label::Number(label) => {
                            self.numbers.wait(sample, label, &pixels, location());
                            // until its class is known
                            Some(Expression::Neutral)
                        }
                        Label::Other => None,
                    };
                    if let Some(class) = class {
                        self.has_fer2013_split |= matches!(role, Role::Split(Split::PublicTest | Split::PrivateTest));
                        let split = self.roles.split(role, sample);
                        self.loaded.dataset.push_ungrouped(pixels, class, split, self.row);
                        self.columns.push_groups(record, &mut self.loaded);
                    } else {
                        let reason = Rejection::Label(excerpt(record.get(self.columns.label)));
                        self.loaded.rejections.push(location(), Some(Column::Emotion), reason);
                    }
                }
                Err((column, reason)) => self.loaded.rejections.push(Location::Row(number), column, reason),
            }
            self.row += 1;
        }
        Ok(true)
    }

    /// Whether numbers are FER2013's labels.
    fn is_direct(&self) -> bool {
        self.columns.is_fer2013 && matches!(self.numbers.chosen, None | Some(LabelOrder::Fer2013))
    }

    /// Number of bytes read so far.
    pub fn position(&self) -> u64 {
        self.lines.read()
    }

    /// Number of rows accepted so far.
    pub fn accepted(&self) -> usize {
        self.loaded.dataset.len()
    }

    /// The rows rejected so far.
    pub fn rejections(&self) -> &Rejections {
        &self.loaded.rejections
    }

    /// Returns the dataset.
    ///
    /// # Errors
    /// When no row was valid, or the order of integer labels is unknown.
    pub fn finish(mut self) -> Result<LoadedDataset, ReadError> {
        self.roles.settle(&mut self.loaded.dataset);
        if self.is_direct() {
            let classes = self.numbers.check_fer2013()?;
            if self.columns.usage.is_none() && !self.loaded.dataset.is_empty() {
                let order = Some(LabelOrder::Fer2013);
                self.loaded.notes.push(LoadNote::NumberedLabels { order, classes });
            }
        } else {
            self.numbers.known = Some(LabelOrder::Fer2013).filter(|_| self.has_fer2013_split);
            self.numbers.resolve(&mut self.loaded, |number| Rejection::Label(number.to_string()))?;
        }
        if self.columns.usage.is_none() {
            self.loaded.notes.push(LoadNote::NoSplit(self.loaded.dataset.len()));
        }
        self.loaded.check()
    }
}

/// The next line that is not blank.
///
/// # Errors
/// When there is none, or reading fails.
fn first_line<R: Read>(lines: &mut Lines<R>) -> Result<Vec<u8>, ReadError> {
    loop {
        let line = lines.next()?.ok_or(ReadError::Empty)?;
        if !SEPARATORS.iter().any(|&separator| is_blank(line.bytes, separator)) {
            return Ok(line.bytes.to_vec());
        }
        if lines.read() > MAX_BYTES {
            return Err(ReadError::TooLarge);
        }
    }
}

/// The separator that a first line such as `sep=;` names, as Excel writes it.
fn separator_line(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_end();
    match line {
        // the separator itself was trimmed
        _ if line.eq_ignore_ascii_case(b"sep=") => Some(b'\t'),
        [name @ .., separator] if name.eq_ignore_ascii_case(b"sep=") => Some(*separator).filter(u8::is_ascii),
        _ => None,
    }
}

/// Finds the columns, and the separator with which they are found.
fn find_columns(header: &[u8], separators: &[u8], loaded: &mut LoadedDataset) -> Result<(Fields, Columns), ReadError> {
    let mut fault = ReadError::NoLabels(excerpt(header));
    for &separator in separators {
        for max in [MAX_COLUMNS, MAX_WIDE_COLUMNS] {
            let mut fields = Fields::separated_by(separator, max);
            let Some(record) = fields.split(header) else { break };
            if record.get(0).first().is_some_and(u8::is_ascii_digit)
                && std::str::from_utf8(record.get(1)).is_ok_and(|text| {
                    text.trim_start().starts_with(|letter: char| letter.is_ascii_digit() || letter == '[')
                })
            {
                fault = ReadError::NoHeader(excerpt(header));
            }
            let is_cut = record.len() > max;
            match Columns::find(record, header, loaded) {
                Ok(columns) => return Ok((fields, columns)),
                Err(error @ (ReadError::NoPixels(_) | ReadError::SameColumn { .. })) => fault = error,
                Err(_) => {}
            }
            if !is_cut {
                break;
            }
        }
    }
    Err(fault)
}

/// Whether a line has nothing but empty fields, as spreadsheets write at the end.
fn is_blank(line: &[u8], separator: u8) -> bool {
    let is_empty = |byte: u8| byte == separator || matches!(byte, b' ' | b'\t' | b'"');
    line.first().is_none_or(|&first| is_empty(first))
        && line.iter().all(|&byte| is_empty(byte))
        && line.iter().filter(|&&byte| byte == b'"').count() % 2 == 0
}

/// Whether a line ends within the pixels of a quoted field, as NumPy prints them on several lines.
fn is_open(line: &[u8]) -> bool {
    let start = memrchr(b'"', line).map_or(0, |quote| quote + 1);
    line[start..].trim_ascii_start().first() == Some(&b'[') && line[start..].iter().all(|&byte| is_of_pixels(byte))
}

fn is_of_pixels(byte: u8) -> bool {
    byte.is_ascii_digit() || is_between(byte) || b".eE+-".contains(&byte)
}

/// Adds the lines that continue the pixels of a quoted field, up to its end; whether there is one.
fn join_lines<R: Read>(lines: &mut Lines<R>, joined: &mut Vec<u8>) -> io::Result<bool> {
    while matches!(lines.peek()?, Some(b' ' | b'\t' | b'[' | b']' | b'\n' | b'\r')) {
        let Some(line) = lines.next()? else { break };
        let length = memchr(b'"', line.bytes);
        joined.push(b'\n');
        joined.extend_from_slice(line.bytes);
        let is_valid = line.bytes[..length.unwrap_or(line.bytes.len())].iter().all(|&byte| is_of_pixels(byte));
        if !is_valid || joined.len() > MAX_LINE_LENGTH {
            return Ok(false);
        }
        if length.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

type Fault = (Option<Column>, Rejection);

impl Columns {
    fn find(header: Record<'_>, line: &[u8], loaded: &mut LoadedDataset) -> Result<Self, ReadError> {
        let positions = |name: &str| {
            let name = name.as_bytes().to_vec();
            header.iter().enumerate().filter(move |(_, field)| field.eq_ignore_ascii_case(&name)).map(|(at, _)| at)
        };
        let position = |name: &str| positions(name).next();
        let first = |names: &[&str]| names.iter().find_map(|name| position(name));
        let label = first(&LABEL_NAMES).ok_or_else(|| ReadError::NoLabels(excerpt(line)))?;
        let pixels = position("pixels").map(PixelColumns::One).or_else(|| each_pixel(header).map(PixelColumns::Each));
        let pixels = pixels.ok_or_else(|| ReadError::NoPixels(excerpt(line)))?;
        let usage = first(&USAGE_NAMES);
        let pixel_column = if let PixelColumns::One(column) = pixels { Some(column) } else { None };
        for column in [Some(label), pixel_column, usage].into_iter().flatten() {
            let name = String::from_utf8_lossy(header.get(column));
            if positions(&name).count() > 1 {
                return Err(ReadError::SameColumn { header: excerpt(line), name: name.into_owned() });
            }
        }
        let is_fer2013 = position(LABEL_NAMES[0]).is_some() && matches!(pixels, PixelColumns::One(_));
        let mut columns = Self { label, pixels, usage, groups: Vec::new(), width: header.len(), is_fer2013 };
        for (column, name) in header.iter().enumerate() {
            if column == label || columns.pixels.has(column) || Some(column) == usage {
                continue;
            }
            match group_name(name, &loaded.dataset) {
                Ok(group) => {
                    loaded.dataset.groups.push(GroupColumn::new(group.to_owned()));
                    columns.groups.push(column);
                }
                Err(fault) => loaded.notes.push(LoadNote::ColumnIgnored { name: excerpt(name), fault }),
            }
        }
        Ok(columns)
    }

    fn split<'a>(&self, line: &'a [u8], fields: &'a mut Fields) -> Result<Record<'a>, Fault> {
        if let Some(position) = memchr(0, line) {
            return Err((None, Rejection::Nul(position + 1)));
        }
        let record = fields.split(line).ok_or((None, Rejection::Quote))?;
        if record.len() == self.width {
            Ok(record)
        } else {
            Err((None, Rejection::Fields { got: record.len(), needed: self.width }))
        }
    }

    /// The fields of a row. A label that is none of `labels` is the fault of a row with several; alone, it is not yet one.
    fn parse(&self, record: Record<'_>, labels: &Range<u32>) -> Result<Row, Fault> {
        let text = record.get(self.label);
        let label = match text {
            [digit @ b'0'..=b'9'] => Some(Label::Number(u32::from(digit - b'0'))),
            _ => class_names::label(&decode(text)),
        };
        let fault = || (Some(Column::Emotion), Rejection::Label(excerpt(text)));
        let label = label.ok_or_else(fault)?;
        let is_outside = matches!(label, Label::Number(number) if !labels.contains(&number));
        match self.parse_rest(record) {
            Ok((role, pixels)) => Ok(Row { label, role, pixels }),
            Err(_) if is_outside => Err(fault()),
            Err(other) => Err(other),
        }
    }

    fn parse_rest(&self, record: Record<'_>) -> Result<(Role, Pixels), Fault> {
        let role = match self.usage.map(|column| record.get(column)) {
            None => Role::Split(Split::Training),
            Some(text) => {
                let name = std::str::from_utf8(text).ok();
                let role = name.and_then(|name| name.parse().ok().map(Role::Split).or_else(|| class_names::role(name)));
                role.ok_or_else(|| (Some(Column::Usage), Rejection::Split(excerpt(text))))?
            }
        };
        let pixels = match self.pixels {
            PixelColumns::One(column) => parse_pixels(record.get(column)),
            PixelColumns::Each(first) => parse_fields((first..first + CROP_PIXELS).map(|column| record.get(column))),
        };
        let pixels = pixels.map_err(|reason| (Some(Column::Pixels), reason))?;
        Ok((role, pixels))
    }

    /// Adds the groups of the last sample; a column that is not valid is dropped.
    fn push_groups(&mut self, record: Record<'_>, loaded: &mut LoadedDataset) {
        let mut at = 0;
        while let (Some(&column), Some(group)) = (self.groups.get(at), loaded.dataset.groups.get_mut(at)) {
            match group_text(record.get(column)).and_then(|value| group.push(value)) {
                Ok(()) => at += 1,
                Err(fault) => {
                    let group = loaded.dataset.groups.remove(at);
                    self.groups.remove(at);
                    loaded.notes.push(LoadNote::ColumnIgnored { name: excerpt(group.name.as_bytes()), fault });
                }
            }
        }
    }
}

impl PixelColumns {
    fn has(&self, column: usize) -> bool {
        match *self {
            Self::One(only) => column == only,
            Self::Each(first) => (first..first + CROP_PIXELS).contains(&column),
        }
    }
}

/// The first of 2,304 columns with the same name and ascending numbers from 0 or 1: `pixel0`, `p_1`, `0`.
fn each_pixel(header: Record<'_>) -> Option<usize> {
    let numbered = |column: usize| {
        let name = header.get(column);
        let digits = name.iter().rev().take_while(|letter| letter.is_ascii_digit()).count();
        let (name, number) = name.split_at(name.len() - digits);
        let number: usize = std::str::from_utf8(number).ok()?.parse().ok()?;
        Some((name, number))
    };
    let last = header.len().checked_sub(CROP_PIXELS)?;
    (0..=last).find(|&first| {
        let Some((name, start @ 0..=1)) = numbered(first) else { return false };
        (1..CROP_PIXELS).all(|index| numbered(first + index) == Some((name, start + index)))
    })
}

/// The name of a group column, if it is valid.
pub(super) fn group_name<'a>(name: &'a [u8], dataset: &Dataset) -> Result<&'a str, GroupFault> {
    let name = group_text(name).map_err(|_| GroupFault::Name)?;
    let own = [Column::Emotion, Column::Pixels, Column::Usage].map(Column::name);
    let mut taken = dataset.groups.iter().map(GroupColumn::name).chain(own);
    if name.is_empty() || taken.any(|other| other.eq_ignore_ascii_case(name)) {
        Err(GroupFault::Name)
    } else if dataset.groups.len() == MAX_GROUP_COLUMNS {
        Err(GroupFault::Columns)
    } else {
        Ok(name)
    }
}
