//! How large a network is.

use serde::{Deserialize, Serialize};

use crate::number::plain;

/// How large a network is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// Channels of each stage and how many of the network's layers or blocks it has; each stage halves the picture. 1 to 5
    /// stages.
    pub stages: Vec<(usize, usize)>,
    /// Dropout after each stage, one share (0 to less than 1) a stage; none where it is left out.
    pub stage_dropout: Vec<f64>,
    /// Dropout before the fully connected layer, 0 to less than 1.
    pub dropout: f64,
}

impl Sizes {
    /// What no network may exceed.
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

    /// Refuses a stage without layers or blocks from this stage on.
    pub(super) fn check_counts(&self, from: usize) -> Result<(), String> {
        match self.stages.iter().skip(from).find(|(_, count)| *count == 0) {
            Some((channels, _)) => Err(format!("a stage of {channels} channels and no layer or block (1 to 8)")),
            None => Ok(()),
        }
    }
}
