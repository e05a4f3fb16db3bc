//! Groups from a separate CSV, joined with the rows of a dataset.

use std::collections::HashMap;
use std::io::{self, Read};

use mien_message::ToMessage;

use super::fields::Fields;
use super::grouping::GroupLabels;
use super::groups::{MAX_GROUP_COLUMNS, group_text};
use super::limits::{MAX_BYTES, MAX_SAMPLES};
use super::lines::{self, Lines};

/// The column with the row number in the dataset; the first row below the header is 0.
const KEY: &str = "row";

/// A table of group columns for the rows of a dataset's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinTable {
    columns: Vec<Values>,
    /// The row of this table for each row of the dataset's file, if there is a key column; otherwise they are the same.
    keys: Option<HashMap<usize, usize>>,
    rows: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Values {
    name: String,
    values: Vec<String>,
    places: HashMap<String, u32>,
    codes: Vec<u32>,
}

/// Why such a table can't be used.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum JoinError {
    /// Reading failed.
    #[error("the table could not be read ({0})")]
    Io(io::Error),
    /// Not lines of text.
    #[error("the table is damaged: a line is longer than 16 MiB")]
    LongLine,
    /// The file is empty.
    #[error("the table is empty; a CSV is expected whose first line names its columns")]
    Empty,
    /// No column that could be a group.
    #[error("the table has no column beside `{KEY}`")]
    #[message(key = KEY)]
    Columns,
    /// A column name is not valid UTF-8, too long, or a duplicate.
    #[error("column {0} of the table has no name of its own of at most 64 bytes")]
    Name(usize),
    /// Too many columns.
    #[error("the table has more than {MAX_GROUP_COLUMNS} columns of groups")]
    #[message(most = MAX_GROUP_COLUMNS)]
    TooManyColumns,
    /// A line that does not fit the header.
    #[error("line {line} of the table: {fault}")]
    Line {
        /// The header is 1.
        line: u64,
        /// What is wrong with it.
        fault: LineFault,
    },
    /// More rows than a dataset can have.
    #[error("the table has more than {MAX_SAMPLES} rows")]
    #[message(most = MAX_SAMPLES)]
    TooLarge,
    /// Without keys, tables must be as long as the dataset's file.
    #[error(
        "the table ends with row {got}, but the dataset's last image comes from row {needed}: the rows do not match. Add a \
         column `{KEY}` that names the dataset's row (the first below its header is 0), or use the table that belongs to it"
    )]
    #[message(key = KEY)]
    Length {
        /// Number of rows of the table.
        got: usize,
        /// Rows that it would need.
        needed: usize,
    },
    /// No key matches a row of the dataset.
    #[error("no row of the table belongs to an image of the dataset: its column `{KEY}` names other rows")]
    #[message(key = KEY)]
    NoMatch,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum LineFault {
    /// Nothing in it, and it is not the last.
    #[error("it is empty")]
    Empty,
    /// The last line of a text in UTF-16 that was cut off.
    #[error("the file ends in the middle of a character, as if it had not been copied or downloaded completely")]
    End,
    /// A quotation mark that is not closed, or more than a line may have.
    #[error("a quotation mark is not closed, or the line is far too long")]
    Unsplit,
    /// Fields are missing or left over.
    #[error("number of fields in it: {got}; in the first line: {needed}")]
    Fields {
        /// Fields of the line.
        got: usize,
        /// Fields of the header.
        needed: usize,
    },
    /// A key that is none.
    #[error("its `{KEY}` is not a whole number")]
    #[message(key = KEY)]
    Key,
    /// A key that another line has.
    #[error("`{KEY}` {0} occurs twice")]
    #[message(key = KEY)]
    Twice(usize),
    /// A value of this column that is no group.
    #[error("its `{0}` is longer than 64 bytes or not text")]
    Value(String),
}

impl From<io::Error> for JoinError {
    fn from(error: io::Error) -> Self {
        if lines::is_long(&error) { Self::LongLine } else { Self::Io(error) }
    }
}

impl JoinTable {
    /// Reads a CSV whose first line names its columns; the separator may also be a semicolon, a tab or a bar.
    ///
    /// # Errors
    /// When it is empty, too large, damaged, or a line does not fit the first.
    pub fn read(source: impl Read) -> Result<Self, JoinError> {
        let mut lines = Lines::new(source.take(MAX_BYTES));
        let header = lines.next()?.ok_or(JoinError::Empty)?;
        let mut fields = Fields::of_header(header.bytes);
        let header = fields.split(header.bytes).ok_or(JoinError::Empty)?;
        let width = header.len();
        let (mut columns, mut key) = (Vec::<Values>::new(), None);
        for (index, name) in header.iter().enumerate() {
            if name.eq_ignore_ascii_case(KEY.as_bytes()) && key.is_none() {
                key = Some(index);
                continue;
            }
            let name = group_text(name).ok().filter(|name| !name.is_empty()).ok_or(JoinError::Name(index + 1))?;
            if columns.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
                return Err(JoinError::Name(index + 1));
            }
            columns.push(Values { name: name.to_owned(), ..Values::default() });
        }
        if columns.is_empty() {
            return Err(JoinError::Columns);
        }
        if columns.len() > MAX_GROUP_COLUMNS {
            return Err(JoinError::TooManyColumns);
        }
        let mut table = Self { columns, keys: key.map(|_| HashMap::new()), rows: 0 };
        let mut blank = None;
        while let Some(line) = lines.next()? {
            let fault = |fault| JoinError::Line { line: line.number, fault };
            if line.bytes.is_empty() {
                // an error only if another row follows
                blank.get_or_insert(line.number);
                continue;
            }
            if let Some(line) = blank {
                return Err(JoinError::Line { line, fault: LineFault::Empty });
            }
            if line.ends_within_character {
                return Err(fault(LineFault::End));
            }
            let record = fields.split(line.bytes).filter(|_| !line.cut);
            let record = record.ok_or_else(|| fault(LineFault::Unsplit))?;
            if record.len() != width {
                return Err(fault(LineFault::Fields { got: record.len(), needed: width }));
            }
            if table.rows == MAX_SAMPLES {
                return Err(JoinError::TooLarge);
            }
            if let (Some(key), Some(keys)) = (key, &mut table.keys) {
                let row = std::str::from_utf8(record.get(key)).ok().and_then(|text| text.parse().ok());
                let row = row.ok_or_else(|| fault(LineFault::Key))?;
                if keys.insert(row, table.rows).is_some() {
                    return Err(fault(LineFault::Twice(row)));
                }
            }
            let groups = (0..width).filter(|index| Some(*index) != key);
            for (column, index) in table.columns.iter_mut().zip(groups) {
                let value = group_text(record.get(index));
                column.push(value.map_err(|_| fault(LineFault::Value(column.name.clone())))?);
            }
            table.rows += 1;
        }
        Ok(table)
    }

    /// The groups of samples, by their rows in the dataset's file ([`super::Dataset::row`]), and the number of samples that
    /// are not in the table, whose values are blank.
    ///
    /// # Errors
    /// When the table belongs to a different dataset.
    pub fn labels(&self, rows: &[usize]) -> Result<(Vec<GroupLabels>, usize), JoinError> {
        let needed = rows.iter().max().map_or(0, |&last| last.saturating_add(1));
        if self.keys.is_none() && self.rows < needed {
            return Err(JoinError::Length { got: self.rows, needed });
        }
        let place = |row: usize| match &self.keys {
            Some(keys) => keys.get(&row).copied(),
            None => Some(row),
        };
        let places: Vec<Option<usize>> = rows.iter().map(|&row| place(row)).collect();
        let missing = places.iter().filter(|place| place.is_none()).count();
        if missing == rows.len() && !rows.is_empty() {
            return Err(JoinError::NoMatch);
        }
        let labels = self.columns.iter().map(|column| {
            let mut values = column.values.clone();
            values.push(String::new());
            let blank = column.values.len() as u32;
            let codes = places.iter().map(|place| place.map_or(blank, |place| column.codes[place])).collect();
            GroupLabels { name: column.name.clone(), values, codes }
        });
        Ok((labels.collect(), missing))
    }
}

impl Values {
    fn push(&mut self, value: &str) {
        let next = self.values.len() as u32;
        let code = match self.places.get(value) {
            Some(&code) => code,
            None => {
                self.values.push(value.to_owned());
                self.places.insert(value.to_owned(), next);
                next
            }
        };
        self.codes.push(code);
    }
}

#[cfg(test)]
mod tests {
    use super::super::encoding::tests::{utf16, utf16_and_a_byte};
    use super::*;

    fn read(text: &str) -> Result<JoinTable, JoinError> {
        JoinTable::read(text.as_bytes())
    }

    fn values(labels: &GroupLabels) -> Vec<&str> {
        labels.codes.iter().map(|&code| labels.values[code as usize].as_str()).collect()
    }

    #[test]
    fn rows_are_joined_by_place_or_by_key() {
        let by_place = read("age,\"sex, told\"\n31,f\n,m\n7,f\n\n").unwrap();
        let (labels, missing) = by_place.labels(&[2, 0, 1]).unwrap();
        assert_eq!((labels[0].name.as_str(), labels[1].name.as_str(), missing), ("age", "sex, told", 0));
        assert_eq!((values(&labels[0]), values(&labels[1])), (vec!["7", "31", ""], vec!["f", "f", "m"]));

        let unicode_text = JoinTable::read(&utf16("age\tsex\r\n31\tf\r\n\tm\r\n")[..]).unwrap();
        assert_eq!(unicode_text, read("age,sex\n31,f\n,m\n").unwrap(), "as Excel writes it");

        let by_key = read("age,ROW\n31,900\n7,2\n").unwrap();
        let (labels, missing) = by_key.labels(&[2, 3, 900]).unwrap();
        assert_eq!((values(&labels[0]), missing), (vec!["7", "", "31"], 1));
        assert_eq!(labels.len(), 1);
    }

    #[test]
    fn a_table_of_other_rows_is_refused() {
        let error = |text: &str, rows: &[usize]| read(text).unwrap().labels(rows).unwrap_err();
        assert!(matches!(error("age\n1\n2\n", &[0, 1, 2]), JoinError::Length { got: 2, needed: 3 }));
        assert!(matches!(error("age\n1\n", &[usize::MAX]), JoinError::Length { got: 1, needed: usize::MAX }));
        assert!(matches!(error("row,age\n70,2\n", &[0, 1, 2]), JoinError::NoMatch));
        assert!(read("age\n1\n").unwrap().labels(&[]).is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert!(error("").starts_with("the table is empty"));
        assert!(error("row\n1\n").contains("no column beside `row`"));
        assert!(error("age,,x\n").contains("column 2 "));
        assert!(error("age,AGE\n").contains("column 2 "));
        assert!(
            error("age,row\n1,2\n3\n").contains("line 3 of the table: number of fields in it: 1; in the first line: 2")
        );
        assert!(error("age,row\n1,two\n").contains("line 2 of the table: its `row` is not a whole number"));
        assert!(error("age,row\n1,2\n1,2\n").contains("line 3 of the table: `row` 2 occurs twice"));
        assert!(error("age\n1\n\n2\n").contains("line 3 of the table: it is empty"));
        assert!(error(&format!("age\n{}\n", "x".repeat(65))).contains("line 2 of the table: its `age`"));
        for file in utf16_and_a_byte("age\n1\n", b'\n') {
            let error = JoinTable::read(&file[..]).unwrap_err();
            assert!(matches!(error, JoinError::Line { line: 3, fault: LineFault::End }), "{error}");
        }
        assert!(error("age\n\"1\n").contains("line 2 of the table: a quotation mark"));
        let wide: Vec<String> = (0..17).map(|index| format!("c{index}")).collect();
        assert!(error(&wide.join(",")).contains("more than 16 columns"));
    }

    #[test]
    fn thousands_of_values_are_read_and_can_be_binned() {
        use super::super::grouping::Binning;
        let text: String = (0..5000).map(|row| format!("{row}.5\n")).collect();
        let (labels, _) = read(&format!("yaw\n{text}")).unwrap().labels(&(0..5000).collect::<Vec<_>>()).unwrap();
        assert!(labels[0].is_too_many());
        let binned = labels[0].binned(Binning::Quantiles(5)).unwrap();
        assert!(!binned.is_too_many());
        assert_eq!(
            binned.values[1..],
            ["0.5 to 999.5", "1000.5 to 1999.5", "2000.5 to 2999.5", "3000.5 to 3999.5", "4000.5 to 4999.5"]
        );
    }
}
