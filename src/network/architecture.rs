//! Which networks there are, and how large: all that can be said of one without its weights, and without tensors.

use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::vision::CROP_SIDE;

/// Which network, and how large: enough to build it before its weights are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// Stages of 3×3 convolutions with batch norm, after Simonyan & Zisserman (2015), cut to 48×48.
    Vgg(VggConfig),
}

impl Default for Architecture {
    fn default() -> Self {
        Self::Vgg(VggConfig::default())
    }
}

impl Architecture {
    /// A short name for people, such as `vgg`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Vgg(_) => "vgg",
        }
    }

    /// Refuses sizes that no network here has, so that a hostile file can't ask for terabytes.
    ///
    /// # Errors
    /// What is out of range, in words.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Vgg(config) => config.check(),
        }
    }

    /// Multiply-adds of one forward pass over one image.
    pub fn multiply_adds(&self) -> u64 {
        match self {
            Self::Vgg(config) => config.multiply_adds(),
        }
    }

    /// Changes the dropout before the fully connected layer, 0 to less than 1.
    pub fn set_dropout(&mut self, share: f64) {
        match self {
            Self::Vgg(config) => config.dropout = share,
        }
    }
}

/// Sizes of the network [`Architecture::Vgg`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VggConfig {
    /// Channels and number of convolutions of each stage; each stage halves the picture. 1 to 5 stages.
    pub stages: Vec<(usize, usize)>,
    /// Dropout after each stage, one share (0 to 1) a stage.
    pub stage_dropout: Vec<f64>,
    /// Dropout before the fully connected layer, 0 to 1.
    pub dropout: f64,
}

impl Default for VggConfig {
    fn default() -> Self {
        Self {
            stages: vec![(32, 2), (64, 2), (128, 3), (256, 2)],
            stage_dropout: vec![0.0, 0.05, 0.1, 0.15],
            dropout: 0.4,
        }
    }
}

impl VggConfig {
    /// See [`Architecture::check`].
    ///
    /// # Errors
    /// What is out of range, in words.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=5).contains(&self.stages.len()) {
            return Err(format!("{} stages where 1 to 5 are possible", self.stages.len()));
        }
        if let Some(stage) =
            self.stages.iter().find(|(channels, count)| !(1..=1024).contains(channels) || !(1..=8).contains(count))
        {
            return Err(format!("a stage of {} channels and {} convolutions (at most 1024 and 8)", stage.0, stage.1));
        }
        if let Some(share) = self.stage_dropout.iter().chain([&self.dropout]).find(|share| !(0.0..1.0).contains(*share))
        {
            return Err(format!("a dropout of {share} (0 to less than 1)"));
        }
        Ok(())
    }

    /// Multiply-adds of one forward pass over one image.
    pub fn multiply_adds(&self) -> u64 {
        let (mut side, mut inputs, mut sum) = (CROP_SIDE, 1, 0);
        for &(channels, count) in &self.stages {
            for _ in 0..count {
                sum += side * side * 9 * inputs * channels;
                inputs = channels;
            }
            side /= 2;
        }
        (sum + inputs * Expression::COUNT) as u64
    }
}
