//! The fields of a line of CSV.

use csv_core::ReadRecordResult;

/// Columns that a header may have.
pub(super) const MOST_COLUMNS: usize = 64;

/// Splits one line into its fields, quotation marks undone.
pub(super) struct Fields {
    parser: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl Fields {
    pub(super) fn new() -> Self {
        Self { parser: csv_core::Reader::new(), text: Vec::new(), ends: Vec::new(), count: 0 }
    }

    /// How many fields the line has (all beyond the most possible count as one); `None` when a quotation mark is not
    /// closed.
    pub(super) fn split(&mut self, line: &[u8]) -> Option<usize> {
        self.text.resize(line.len() + 1, 0);
        self.ends.resize(MOST_COLUMNS, 0);
        let (mut result, _, written, mut count) = self.parser.read_record(line, &mut self.text, &mut self.ends);
        if result == ReadRecordResult::InputEmpty {
            // the line comes without its end
            let rest = self.parser.read_record(b"\n", &mut self.text[written..], &mut self.ends[count..]);
            (result, count) = (rest.0, count + rest.3);
        }
        self.count = count;
        if result == ReadRecordResult::Record {
            return Some(count);
        }
        self.parser.reset();
        // a reset parser would skip a byte-order mark, which only belongs at the very start
        self.parser.read_record(b"\n", &mut [0], &mut [0]);
        (result == ReadRecordResult::OutputEndsFull).then_some(MOST_COLUMNS + 1)
    }

    /// A field of the line split last; nothing where it has no such field.
    pub(super) fn get(&self, index: usize) -> &[u8] {
        if index >= self.count {
            return &[];
        }
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[index]]
    }

    /// The fields of the line split last.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.count).map(|index| self.get(index))
    }
}
