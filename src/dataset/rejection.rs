//! Rows that are left out of a dataset when it is read, and why.

use serde::{Deserialize, Serialize};

/// Rejected rows that are kept in detail; more are only counted.
const DETAILED: usize = 1000;

/// A column of FER2013's CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    /// The label, 0 to 6.
    Emotion,
    /// 2,304 numbers of 0 to 255 with spaces between, row by row.
    Pixels,
    /// The split's name.
    Usage,
}

impl Column {
    /// The name in the header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emotion => "emotion",
            Self::Pixels => "pixels",
            Self::Usage => "Usage",
        }
    }
}

/// Why a row was rejected. Texts are cut to what a message can show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Rejection {
    /// Nothing between two line ends.
    #[error("the row is empty")]
    Empty,
    /// Longer than any row of pixels.
    #[error("the row is far longer than 2304 pixels need")]
    Long,
    /// A quotation mark opens a field and none closes it.
    #[error("a quotation mark is not closed")]
    Quote,
    /// Fields are missing or left over.
    #[error("the row has {got} fields where the header has {needed}")]
    Fields {
        /// Fields of the row.
        got: usize,
        /// Fields of the header.
        needed: usize,
    },
    /// No class has this label.
    #[error("the label is `{0}` where 0 to 6 is needed")]
    Label(String),
    /// Too few or too many pixels.
    #[error("there are {0} pixels where 2304 (48×48) are needed")]
    PixelCount(usize),
    /// A pixel that is no number of 0 to 255.
    #[error("pixel {position} is `{text}` where 0 to 255 is needed")]
    Pixel {
        /// The first pixel is 1.
        position: usize,
        /// What is there.
        text: String,
    },
    /// A split of another name.
    #[error("the split is `{0}` where Training, PublicTest or PrivateTest is needed")]
    Split(String),
}

/// A rejected row: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("row {row}{}: {reason}", .column.map(|column| format!(", column {}", column.name())).unwrap_or_default())]
pub struct RejectedRow {
    /// The line in the file as an editor counts: the header is 1.
    pub row: u64,
    /// The column at fault, where it is one.
    pub column: Option<Column>,
    /// What is wrong.
    pub reason: Rejection,
}

/// All rejected rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejections {
    count: usize,
    first: Vec<RejectedRow>,
}

impl Rejections {
    pub(super) fn push(&mut self, row: RejectedRow) {
        self.count += 1;
        if self.first.len() < DETAILED {
            self.first.push(row);
        }
    }

    /// How many rows were rejected.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The first of them, at most 1,000.
    pub fn first(&self) -> &[RejectedRow] {
        &self.first
    }
}
