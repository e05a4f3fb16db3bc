//! The sizes of a network.

use mien_message::ToMessage;
use serde::{Deserialize, Serialize};

use crate::number::plain;

/// The most channels of a stage.
const MAX_CHANNELS: usize = 1024;

/// Why no network has these sizes. The texts continue with what has them.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, ToMessage)]
pub enum ArchitectureError {
    /// Too few or too many stages.
    #[error("{0} stages (1 to 5)")]
    Stages(usize),
    /// A stage is too large.
    #[error("a stage with channels: {channels} (1 to {MAX_CHANNELS}), layers or blocks: {count} (at most 8)")]
    #[message(most = MAX_CHANNELS)]
    Stage {
        /// Its channels.
        channels: usize,
        /// Its layers or blocks.
        count: usize,
    },
    /// A stage has no layers or blocks but must have some.
    #[error("a stage with channels: {channels}, but no layers or blocks (1 to 8)")]
    EmptyStage {
        /// Its channels.
        channels: usize,
    },
    /// A dropout out of range.
    #[error("a dropout of {} (0 to less than 1)", plain(*.0, 9))]
    Dropout(f64),
    /// The channels of an inception module do not divide into its branches.
    #[error("an inception module whose number of channels is {channels} (a multiple of {multiple})")]
    Inception {
        /// Its channels.
        channels: usize,
        /// What they must be a multiple of.
        multiple: usize,
    },
}

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
    pub(super) fn check(&self) -> Result<(), ArchitectureError> {
        if !(1..=5).contains(&self.stages.len()) {
            return Err(ArchitectureError::Stages(self.stages.len()));
        }
        if let Some(&(channels, count)) =
            self.stages.iter().find(|(channels, count)| !(1..=MAX_CHANNELS).contains(channels) || *count > 8)
        {
            return Err(ArchitectureError::Stage { channels, count });
        }
        if let Some(&share) =
            self.stage_dropout.iter().chain([&self.dropout]).find(|share| !(0.0..1.0).contains(*share))
        {
            return Err(ArchitectureError::Dropout(share));
        }
        Ok(())
    }

    /// Checks that every stage from this one on has a layer or block.
    pub(super) fn check_counts(&self, from: usize) -> Result<(), ArchitectureError> {
        match self.stages.iter().skip(from).find(|(_, count)| *count == 0) {
            Some(&(channels, _)) => Err(ArchitectureError::EmptyStage { channels }),
            None => Ok(()),
        }
    }
}
