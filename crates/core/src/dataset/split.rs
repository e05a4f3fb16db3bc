//! The splits of FER2013.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The split of an image, named as in the CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Split {
    /// To train on.
    Training,
    /// To validate on during training.
    PublicTest,
    /// To test on, once.
    PrivateTest,
}

impl Split {
    /// All splits, in FER2013's order.
    pub const ALL: [Self; 3] = [Self::Training, Self::PublicTest, Self::PrivateTest];

    /// The index in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name in the CSV and in reports.
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

/// A text that is not the name of a split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a split: there are Training, PublicTest and PrivateTest")]
pub struct UnknownSplit(String);

impl FromStr for Split {
    type Err = UnknownSplit;

    fn from_str(text: &str) -> Result<Self, UnknownSplit> {
        Self::ALL.into_iter().find(|split| split.name() == text).ok_or_else(|| UnknownSplit(text.to_owned()))
    }
}
