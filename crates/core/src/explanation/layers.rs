//! The activations of a network for a crop.

use serde::{Deserialize, Serialize};

use super::Pixmap;
use crate::expression::Expression;

/// The activations of a network for a crop, from the normalized image to the logits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layers {
    /// The mean of the crop in grey levels, which normalization subtracts.
    pub mean: f32,
    /// The standard deviation of the crop in grey levels, by which normalization divides.
    pub deviation: f32,
    /// The normalized image: orange is brighter than the mean, blue darker.
    pub normalized: Pixmap,
    /// The filters of the first convolution, each in signed colours.
    pub filters: Vec<Pixmap>,
    /// The response of each of these filters at every position, before bias and ReLU.
    pub responses: Vec<Pixmap>,
    /// The stages, first to last.
    pub stages: Vec<StageMaps>,
    /// The features, which are the input of the head; larger is brighter.
    pub features: Pixmap,
    /// The number of features.
    pub feature_count: u32,
    /// The output, before softmax.
    pub logits: [f32; Expression::COUNT],
}

/// The feature maps of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageMaps {
    /// The number of feature maps.
    pub channels: u32,
    /// Their width and height.
    pub side: u32,
    /// The same after pooling; 0 for the last stage, whose feature maps are averaged.
    pub pooled_side: u32,
    /// The feature maps with the largest sums, side by side; larger is brighter.
    pub maps: Pixmap,
    /// The same feature maps after pooling; empty for the last stage.
    pub pooled: Pixmap,
}
