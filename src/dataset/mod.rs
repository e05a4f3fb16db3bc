//! FER2013: reading its CSV, holding its images, choosing among them, and batches with augmentation.
//!
//! - [`Reader`] turns the CSV into a [`Dataset`] row by row and says of each row that it rejects where and why.
//! - [`Votes`] are FER+'s second labels: ten taggers a row.
//! - [`select_training`], [`duplicate_groups`] and [`deviation`] find what must not be trained on, and what leaks.
//! - [`shuffled`] and [`Augmentation`] make the batches of an epoch; both only depend on their seed.

mod augment;
mod fields;
mod lines;
mod reader;
mod rejection;
mod selection;
mod shuffle;
#[cfg(test)]
mod tests;
mod votes;

pub use augment::Augmentation;
pub use reader::{ReadError, Reader, Reading, read};
pub use rejection::{Column, RejectedRow, Rejection, Rejections};
pub use selection::{FLAT_DEVIATION, LeftOut, Reason, Selection, deviation, duplicate_groups, select_training};
pub use shuffle::{mix, shuffled};
pub use votes::{Votes, VotesError};

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::vision::{CROP_PIXELS, Crop};

/// Which part of FER2013 an image belongs to, named as the CSV names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Split {
    /// To learn from.
    Training,
    /// To validate on while training.
    PublicTest,
    /// To test on, once.
    PrivateTest,
}

impl Split {
    /// All splits, in FER2013's order.
    pub const ALL: [Self; 3] = [Self::Training, Self::PublicTest, Self::PrivateTest];

    /// The name that the CSV and reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Training => "Training",
            Self::PublicTest => "PublicTest",
            Self::PrivateTest => "PrivateTest",
        }
    }
}

impl std::fmt::Display for Split {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A text that names no split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no split: there are Training, PublicTest and PrivateTest")]
pub struct UnknownSplit(String);

impl FromStr for Split {
    type Err = UnknownSplit;

    fn from_str(text: &str) -> Result<Self, UnknownSplit> {
        Self::ALL.into_iter().find(|split| split.name() == text).ok_or_else(|| UnknownSplit(text.to_owned()))
    }
}

/// Images with their labels, one byte a pixel. A sample is named by its index, 0 to [`Self::len`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Dataset {
    pixels: Vec<[u8; CROP_PIXELS]>,
    labels: Vec<Expression>,
    splits: Vec<Split>,
    rows: Vec<usize>,
}

impl Dataset {
    /// Adds a sample. `row` is its place in the file that it comes from, the first being 0.
    pub fn push(&mut self, pixels: [u8; CROP_PIXELS], label: Expression, split: Split, row: usize) {
        self.pixels.push(pixels);
        self.labels.push(label);
        self.splits.push(split);
        self.rows.push(row);
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of a sample, row by row.
    ///
    /// # Panics
    /// When there is no such sample, as all that take an index.
    pub fn pixels(&self, index: usize) -> &[u8; CROP_PIXELS] {
        &self.pixels[index]
    }

    /// A sample as the network's input is made from.
    pub fn crop(&self, index: usize) -> Crop {
        Crop(Box::new(self.pixels[index]))
    }

    /// The class that a sample is labelled with.
    pub fn label(&self, index: usize) -> Expression {
        self.labels[index]
    }

    /// The split that a sample belongs to.
    pub fn split(&self, index: usize) -> Split {
        self.splits[index]
    }

    /// The place of a sample in its file, the first being 0; rejected rows count.
    pub fn row(&self, index: usize) -> usize {
        self.rows[index]
    }

    /// The samples of a split, in the order of the file.
    pub fn of_split(&self, split: Split) -> Vec<usize> {
        (0..self.len()).filter(|&index| self.splits[index] == split).collect()
    }

    /// How many samples each class has among some samples.
    pub fn class_counts(&self, samples: &[usize]) -> [usize; Expression::COUNT] {
        let mut counts = [0; Expression::COUNT];
        for &index in samples {
            counts[self.labels[index].index()] += 1;
        }
        counts
    }
}

impl std::fmt::Debug for Dataset {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Dataset({} samples)", self.len())
    }
}
