//! Groups of people from extra columns of the CSV, such as age, gender or ethnicity.

use serde::{Deserialize, Serialize};

/// Maximum number of group columns of a dataset.
pub(super) const MAX_GROUP_COLUMNS: usize = 16;

/// Maximum number of values of a group column, not counting the blank one; a column with more identifies samples rather
/// than groups.
pub(super) const MAX_VALUES: usize = 255;

/// Maximum length of a name or value, in bytes.
pub(super) const MAX_TEXT_LENGTH: usize = 64;

/// One column of groups, one byte per sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupColumn {
    pub(super) name: String,
    pub(super) values: Vec<String>,
    pub(super) codes: Vec<u8>,
}

impl GroupColumn {
    pub(super) fn new(name: String) -> Self {
        Self { name, values: Vec::new(), codes: Vec::new() }
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values in order of first occurrence; the empty text stands for blank fields. A value remains when its last sample
    /// is removed.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The index of a sample's value in [`Self::values`].
    ///
    /// # Panics
    /// When there is no such sample.
    pub fn code(&self, sample: usize) -> usize {
        usize::from(self.codes[sample])
    }

    /// A sample's value.
    ///
    /// # Panics
    /// When there is no such sample.
    pub fn value(&self, sample: usize) -> &str {
        &self.values[self.code(sample)]
    }

    /// Adds a sample with this value, which must come from [`group_text`].
    pub(super) fn push(&mut self, value: &str) -> Result<(), GroupFault> {
        let code = match self.values.iter().position(|known| known == value) {
            Some(code) => code,
            None => {
                let named = self.values.iter().filter(|known| !known.is_empty()).count();
                if !value.is_empty() && named >= MAX_VALUES {
                    return Err(GroupFault::Values);
                }
                self.values.push(value.to_owned());
                self.values.len() - 1
            }
        };
        // at most 255 values and the blank one
        self.codes.push(code as u8);
        Ok(())
    }
}

/// Why an extra column was ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum GroupFault {
    /// Too many extra columns.
    #[error("at most {MAX_GROUP_COLUMNS} extra columns are kept")]
    Columns,
    /// The name is missing, too long, or a duplicate.
    #[error("its name is empty, longer than {MAX_TEXT_LENGTH} bytes or that of another column")]
    Name,
    /// Too many different values for a group column.
    #[error("it has more than {MAX_VALUES} different values, so it distinguishes samples rather than groups")]
    Values,
    /// A value is too long or not valid UTF-8.
    #[error("a value is longer than {MAX_TEXT_LENGTH} bytes or no UTF-8")]
    Text,
}

/// The text of a group's field.
pub(super) fn group_text(field: &[u8]) -> Result<&str, GroupFault> {
    let text = std::str::from_utf8(field).map_err(|_| GroupFault::Text)?.trim();
    if text.len() > MAX_TEXT_LENGTH || text.contains(char::is_control) { Err(GroupFault::Text) } else { Ok(text) }
}
