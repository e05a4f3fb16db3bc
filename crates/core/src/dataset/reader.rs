//! Reads FER2013's CSV row by row: `emotion,pixels,Usage` in any order, and other columns as groups.

use std::io::Read;

use memchr::memchr;

use super::fields::{Fields, Record};
use super::groups::{GroupColumn, GroupFault, MAX_GROUP_COLUMNS, group_text};
use super::lines::Lines;
use super::pixels::parse_pixels;
use super::reading::{Foreign, LoadNote, LoadedDataset, MAX_BYTES, MAX_SAMPLES, ReadError};
use super::rejection::{Column, Location, Rejection, Rejections, excerpt};
use super::{Dataset, Pixels, Split};
use crate::expression::Expression;

/// Reads a CSV a few rows at a time. Memory grows with the number of valid rows only.
pub(super) struct CsvReader<R> {
    lines: Lines<R>,
    fields: Fields,
    columns: Columns,
    row: usize,
    blank: Option<u64>,
    loaded: LoadedDataset,
}

/// The positions of the columns.
struct Columns {
    emotion: usize,
    pixels: usize,
    usage: Option<usize>,
    /// Those of the dataset's groups, in the same order.
    groups: Vec<usize>,
    width: usize,
}

impl<R: Read> CsvReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When the file is empty or not such a CSV, or reading fails.
    pub fn new(source: R) -> Result<Self, ReadError> {
        let mut lines = Lines::new(source);
        let mut fields = Fields::new();
        let header = lines.next()?.ok_or(ReadError::Empty)?;
        if memchr(0, header.bytes).is_some() {
            return Err(ReadError::Foreign(Foreign::Binary));
        }
        let header = fields.split(header.bytes).unwrap_or_default();
        let mut loaded = LoadedDataset::default();
        let columns = Columns::find(header, &mut loaded)?;
        Ok(Self { lines, fields, columns, row: 0, blank: None, loaded })
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
        for _ in 0..max {
            if self.lines.read() > MAX_BYTES {
                return Err(ReadError::TooLarge);
            }
            let Some(line) = self.lines.next()? else { return Ok(false) };
            if line.bytes.is_empty() {
                // an error only if another row follows
                self.blank.get_or_insert(line.number);
                continue;
            }
            if let Some(first) = self.blank.take() {
                self.loaded.rejections.push_empty(first..line.number);
                self.row += (line.number - first) as usize;
            }
            let fields =
                if line.cut { Err((None, Rejection::Long)) } else { self.columns.split(line.bytes, &mut self.fields) };
            match fields.and_then(|record| Ok((record, self.columns.parse(record)?))) {
                Ok(_) if self.loaded.dataset.len() == MAX_SAMPLES => return Err(ReadError::TooLarge),
                Ok((record, (pixels, label, split))) => {
                    self.loaded.dataset.push_ungrouped(pixels, label, split, self.row);
                    self.columns.push_groups(record, &mut self.loaded);
                }
                Err((column, reason)) => {
                    self.loaded.rejections.push(Location::Row(line.number), column, reason);
                }
            }
            self.row += 1;
        }
        Ok(true)
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
    /// When no row was valid.
    pub fn finish(mut self) -> Result<LoadedDataset, ReadError> {
        if self.columns.usage.is_none() {
            self.loaded.notes.push(LoadNote::NoSplit(self.loaded.dataset.len()));
        }
        self.loaded.check()
    }
}

type Fault = (Option<Column>, Rejection);

impl Columns {
    fn find(header: Record<'_>, loaded: &mut LoadedDataset) -> Result<Self, ReadError> {
        let named = |column: Column| header.iter().position(|name| name.eq_ignore_ascii_case(column.name().as_bytes()));
        let emotion = named(Column::Emotion).ok_or(ReadError::Header(Column::Emotion))?;
        let pixels = named(Column::Pixels).ok_or(ReadError::Header(Column::Pixels))?;
        let usage = named(Column::Usage);
        let mut columns = Self { emotion, pixels, usage, groups: Vec::new(), width: header.len() };
        for (column, name) in header.iter().enumerate() {
            if column == emotion || column == pixels || Some(column) == usage {
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

    fn parse(&self, record: Record<'_>) -> Result<(Pixels, Expression, Split), Fault> {
        let emotion = record.get(self.emotion);
        let label = match emotion {
            [digit @ b'0'..=b'6'] => Expression::from_index(usize::from(digit - b'0')),
            _ => None,
        };
        let label = label.ok_or_else(|| (Some(Column::Emotion), Rejection::Label(excerpt(emotion))))?;
        let split = match self.usage.map(|column| record.get(column)) {
            None => Split::Training,
            Some(usage) => {
                let split = std::str::from_utf8(usage).ok().and_then(|name| name.parse().ok());
                split.ok_or_else(|| (Some(Column::Usage), Rejection::Split(excerpt(usage))))?
            }
        };
        let pixels = parse_pixels(record.get(self.pixels)).map_err(|reason| (Some(Column::Pixels), reason))?;
        Ok((pixels, label, split))
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
