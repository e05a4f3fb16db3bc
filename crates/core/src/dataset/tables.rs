//! The tables among the files of a folder or an archive: the CSV that is the dataset, or lists that label the images.

use std::io::Read;

use super::label_list::LabelLists;
use super::paths::{has_ending, is_hidden};
use super::reader::CsvReader;
use super::reading::ReadError;

/// Maximum number of tables that are examined.
const MAX_CANDIDATES: usize = 64;

/// Maximum number of tables of which it is said that they are not used.
const MAX_FAULTS: usize = 8;

/// Bytes at the start of a table that hold its header.
const HEAD: u64 = 128 * 1024;

/// What is found in the tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Whether it has a column for the splits, its size, and its index.
    best: Option<(bool, u64, usize)>,
    lists: LabelLists,
    examined: usize,
    /// The first CSVs that are not the dataset, and why.
    faults: Vec<(String, ReadError)>,
}

impl Tables {
    /// Whether a path is that of a table, by its extension.
    pub fn is_table(path: &str) -> bool {
        !is_hidden(path) && has_ending(path, &["csv", "tsv", "txt", "lst"])
    }

    /// Whether a file is to be examined: a table, of which not too many were examined before.
    pub fn wants(&self, path: &str) -> bool {
        Self::is_table(path) && self.examined < MAX_CANDIDATES
    }

    /// Examines a table of `size` bytes.
    ///
    /// # Errors
    /// When reading fails.
    pub fn examine(&mut self, index: usize, path: &str, size: u64, mut source: impl Read) -> Result<(), ReadError> {
        self.examined += 1;
        match self.read(index, path, size, &mut source) {
            // a damaged file, or another kind of table
            Err(error) if !matches!(error, ReadError::Io(_) | ReadError::TooLarge) => {
                if self.faults.len() < MAX_FAULTS && has_ending(path, &["csv", "tsv"]) {
                    self.faults.push((path.to_owned(), error));
                }
                Ok(())
            }
            result => result,
        }
    }

    fn read(&mut self, index: usize, path: &str, size: u64, source: &mut impl Read) -> Result<(), ReadError> {
        let mut head = Vec::new();
        source.by_ref().take(HEAD).read_to_end(&mut head)?;
        match CsvReader::new(&head[..]) {
            Ok(reader) => {
                let rank = (reader.has_usage(), size, index);
                // the first of equal ones
                if self.best.is_none_or(|best| (best.0, best.1) < (rank.0, rank.1)) {
                    self.best = Some(rank);
                }
                Ok(())
            }
            Err(error) => match self.lists.read(path, head.chain(source))? {
                true => Ok(()),
                false => Err(error),
            },
        }
    }

    /// The index of the CSV to read: one with a column for the splits is preferred, then the largest.
    pub fn best(&self) -> Option<usize> {
        self.best.map(|(.., index)| index)
    }

    /// The lists that label images, and the paths of the first CSVs that are neither a list nor the dataset, with the reasons.
    pub fn into_lists(self) -> (LabelLists, Vec<(String, ReadError)>) {
        (self.lists, self.faults)
    }
}
