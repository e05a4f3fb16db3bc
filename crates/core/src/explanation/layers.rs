//! What a network makes of a crop on its way through.

use serde::{Deserialize, Serialize};

use super::Painting;
use crate::expression::Expression;

/// What a network makes of a crop, from light to logits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layers {
    /// The crop's mean and deviation in grey levels, which normalising takes off and divides by.
    pub mean: f32,
    /// See `mean`.
    pub deviation: f32,
    /// The normalised light: orange is brighter than the mean, blue darker.
    pub light: Painting,
    /// The filters of the first convolution, each in signed colours.
    pub filters: Vec<Painting>,
    /// The answer of each of these filters at every place: the sum of light times filter, before bias and ReLU.
    pub answers: Vec<Painting>,
    /// The stages, first to last.
    pub stages: Vec<StageMaps>,
    /// What the head sees, a number a map: bright is much.
    pub features: Painting,
    /// How many these are.
    pub feature_count: u32,
    /// What comes out, before softmax.
    pub logits: [f32; Expression::COUNT],
}

/// What a stage makes of a crop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageMaps {
    /// How many maps it makes.
    pub channels: u32,
    /// Their width and height in numbers.
    pub side: u32,
    /// The same after pooling; equal to `side` where the stage pools nothing, 0 for the last stage, whose maps go on as
    /// their means.
    pub pooled_side: u32,
    /// Some of its maps, those with the largest sums, side by side; bright is much.
    pub maps: Painting,
    /// The same maps after pooling; empty for the last stage.
    pub pooled: Painting,
}
