//! The sizes of a network.

use serde::{Deserialize, Serialize};

use crate::number::plain;

/// The sizes of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// The channels of each stage and its number of layers or blocks; each stage halves the resolution. 1 to 5 stages.
    pub stages: Vec<(usize, usize)>,
    /// Dropout after each stage, from 0 to less than 1; stages without an entry have none.
    pub stage_dropout: Vec<f64>,
    /// Dropout before the fully connected layer, from 0 to less than 1.
    pub dropout: f64,
}

impl Sizes {
    /// Checks the limits of all architectures.
    pub(super) fn check(&self) -> Result<(), String> {
        if !(1..=5).contains(&self.stages.len()) {
            return Err(format!("{} stages where 1 to 5 are possible", self.stages.len()));
        }
        if let Some((channels, count)) =
            self.stages.iter().find(|(channels, count)| !(1..=1024).contains(channels) || *count > 8)
        {
            return Err(format!("a stage of {channels} channels and {count} layers or blocks (at most 1024 and 8)"));
        }
        if let Some(share) = self.stage_dropout.iter().chain([&self.dropout]).find(|share| !(0.0..1.0).contains(*share))
        {
            return Err(format!("a dropout of {} (0 to less than 1)", plain(*share, 9)));
        }
        Ok(())
    }

    /// Checks that every stage from this one on has a layer or block.
    pub(super) fn check_counts(&self, from: usize) -> Result<(), String> {
        match self.stages.iter().skip(from).find(|(_, count)| *count == 0) {
            Some((channels, _)) => Err(format!("a stage of {channels} channels and no layer or block (1 to 8)")),
            None => Ok(()),
        }
    }
}
