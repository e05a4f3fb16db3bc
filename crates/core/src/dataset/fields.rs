//! The fields of a line of CSV.

use csv_core::ReadRecordResult;
use memchr::{memchr, memchr_iter};

use super::reader::SEPARATORS;
use crate::vision::CROP_PIXELS;

/// Maximum number of columns of a header.
pub(super) const MAX_COLUMNS: usize = 64;

/// Maximum number of columns where each pixel has its own.
pub(super) const MAX_WIDE_COLUMNS: usize = MAX_COLUMNS + CROP_PIXELS;

/// Splits a line into its fields and removes their quotation marks.
pub(super) struct Fields {
    parser: csv_core::Reader,
    separator: u8,
    max_columns: usize,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// The fields of one line.
#[derive(Clone, Copy, Default)]
pub(super) struct Record<'a> {
    text: &'a [u8],
    ends: &'a [usize],
    /// Bytes between two fields in `text`.
    gap: usize,
    /// Whether there are more fields than can be split.
    cut: bool,
}

impl Fields {
    /// For a table with this header: of the usual separators the one that occurs there most often separates the fields.
    pub(super) fn of_header(header: &[u8]) -> Self {
        let count = |separator: &u8| header.iter().filter(|byte| *byte == separator).count();
        // of equal ones the most usual
        let separator = SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',');
        Self::separated_by(separator, MAX_COLUMNS)
    }

    /// For fields with a separator, and a maximum number of them.
    pub(super) fn separated_by(separator: u8, max_columns: usize) -> Self {
        let parser = csv_core::ReaderBuilder::new().delimiter(separator).build();
        let mut fields = Self { parser, separator, max_columns, text: Vec::new(), ends: Vec::new() };
        fields.reset();
        fields
    }

    /// The separator.
    pub(super) fn separator(&self) -> u8 {
        self.separator
    }

    /// The fields of the line; `None` when a quotation mark is not closed.
    pub(super) fn split<'a>(&'a mut self, line: &'a [u8]) -> Option<Record<'a>> {
        if memchr(b'"', line).is_some() {
            return self.split_quoted(line);
        }
        self.ends.clear();
        self.ends.extend(memchr_iter(self.separator, line).take(self.max_columns));
        let cut = self.ends.len() == self.max_columns;
        if !cut {
            self.ends.push(line.len());
        }
        Some(Record { text: line, ends: &self.ends, gap: 1, cut })
    }

    fn split_quoted(&mut self, line: &[u8]) -> Option<Record<'_>> {
        self.text.resize(line.len() + 1, 0);
        self.ends.clear();
        self.ends.resize(self.max_columns, 0);
        let (mut result, _, written, mut count) = self.parser.read_record(line, &mut self.text, &mut self.ends);
        if result == ReadRecordResult::InputEmpty {
            // the line has no terminator
            let rest = self.parser.read_record(b"\n", &mut self.text[written..], &mut self.ends[count..]);
            (result, count) = (rest.0, count + rest.3);
        }
        let cut = result == ReadRecordResult::OutputEndsFull;
        if result != ReadRecordResult::Record {
            self.reset();
        }
        (cut || result == ReadRecordResult::Record).then(|| Record {
            text: &self.text,
            ends: &self.ends[..count],
            gap: 0,
            cut,
        })
    }

    /// Discards an incomplete line.
    fn reset(&mut self) {
        self.parser.reset();
        // a new parser would skip a byte-order mark, which is valid at the start of the file only
        self.parser.read_record(b"\n", &mut [0], &mut [0]);
    }
}

impl<'a> Record<'a> {
    /// The number of fields; all beyond the maximum count as one.
    pub(super) fn len(&self) -> usize {
        self.ends.len() + usize::from(self.cut)
    }

    /// A field without surrounding spaces; empty if the line has no such field.
    pub(super) fn get(&self, index: usize) -> &'a [u8] {
        let Some(&end) = self.ends.get(index) else { return &[] };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] + self.gap);
        self.text[start..end].trim_ascii()
    }

    /// All fields.
    pub(super) fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.ends.len()).map(move |index| self.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(fields: &mut Fields, line: &str) -> Option<(usize, Vec<String>)> {
        let record = fields.split(line.as_bytes())?;
        Some((record.len(), record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect()))
    }

    #[test]
    fn the_header_has_the_separator() {
        for (header, separator) in
            [("a,b", b','), ("a;b", b';'), ("a\tb", b'\t'), ("a|b", b'|'), ("a", b','), ("a,b;c", b',')]
        {
            assert_eq!(Fields::of_header(header.as_bytes()).separator(), separator, "{header}");
        }
    }

    #[test]
    fn quotation_marks_are_undone() {
        let mut fields = Fields::of_header(b"");
        assert_eq!(split(&mut fields, r#"1,"2, ""3""", 4 "#).unwrap().1, ["1", r#"2, "3""#, "4"]);
        assert_eq!(split(&mut fields, r#"1,"2"#), None);
        assert_eq!(split(&mut fields, ",,").unwrap().1, ["", "", ""]);
        assert_eq!(split(&mut fields, "\u{feff}\"1\"").unwrap().1, ["\u{feff}\"1\""]);
        for quote in ["", "\"\""] {
            let commas = |count: usize| format!("{quote}{}", ",".repeat(count));
            for count in [0, 1, 62, 63] {
                let expected = split(&mut fields, &commas(count)).unwrap();
                assert_eq!((expected.0, expected.1.len()), (count + 1, count + 1), "{quote}");
            }
            for count in [64, 65, 500] {
                assert_eq!(split(&mut fields, &commas(count)).unwrap().0, 65, "{quote}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_line_without_quotes_is_split_as_the_parser_splits_it(line in "[a-c ,\\x00]{1,40}") {
            let mut fields = Fields::of_header(b"");
            let quick: Vec<Vec<u8>> = fields.split(line.as_bytes()).unwrap().iter().map(<[u8]>::to_vec).collect();
            let careful: Vec<Vec<u8>> = fields.split_quoted(line.as_bytes()).unwrap().iter().map(<[u8]>::to_vec).collect();
            prop_assert_eq!(quick, careful);
        }
    }
}
