//! The backbone and head that all networks share: stages, then global average pooling or a hidden layer, and a fully
//! connected head.

use burn::module::{Module, Param};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};

use super::Sizes;
use super::layer::{Block, Layer, fold_all};
use super::{NetworkLayout, StageLayout};
use mien_core::expression::Expression;

/// Stages, global average pooling or a hidden layer, and the head: from images `[batch, 1, 48, 48]` to logits `[batch, 7]`.
#[derive(Module, Debug)]
pub struct Backbone {
    stages: Vec<Stage>,
    hidden: Option<Linear>,
    dropout: Dropout,
    head: Linear,
}

#[derive(Module, Debug)]
struct Stage {
    layers: Vec<Layer>,
    blocks: Vec<Block>,
    pool: MaxPool2d,
    dropout: Dropout,
}

impl Stage {
    fn new(layout: &StageLayout, dropout: f64, device: &Device) -> Self {
        Self {
            layers: layout.layers.iter().map(|&layer| Layer::new(layer, device)).collect(),
            blocks: layout.blocks.iter().map(|block| Block::new(block, device)).collect(),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.pool(self.convolve(input))
    }

    fn convolve(&self, input: Tensor<4>) -> Tensor<4> {
        let hidden = self.layers.iter().fold(input, |hidden, layer| layer.forward(hidden));
        self.blocks.iter().fold(hidden, |hidden, block| block.forward(hidden))
    }

    fn pool(&self, maps: Tensor<4>) -> Tensor<4> {
        self.dropout.forward(self.pool.forward(maps))
    }

    /// The number of output channels; 0 if there are neither layers nor blocks.
    fn channels(&self) -> usize {
        let of_layers = || self.layers.last().map_or(0, Layer::outputs);
        self.blocks.last().map_or_else(of_layers, Block::outputs)
    }
}

impl Backbone {
    /// A backbone with random weights.
    pub(super) fn new(layout: &NetworkLayout, sizes: &Sizes, device: &Device) -> Self {
        let features = layout.features();
        let stage = |(index, stage)| Stage::new(stage, sizes.stage_dropout.get(index).copied().unwrap_or(0.0), device);
        Self {
            stages: layout.stages.iter().enumerate().map(stage).collect(),
            hidden: layout.hidden.map(|hidden| LinearConfig::new(features, hidden).init(device)),
            dropout: DropoutConfig::new(sizes.dropout).init(),
            head: LinearConfig::new(layout.hidden.unwrap_or(features), Expression::COUNT).init(device),
        }
    }

    /// See [`super::Network::fold`].
    #[must_use]
    pub fn fold(mut self) -> Self {
        for stage in &mut self.stages {
            stage.layers = fold_all(std::mem::take(&mut stage.layers));
            stage.blocks = std::mem::take(&mut stage.blocks).into_iter().map(Block::fold).collect();
        }
        self
    }

    /// See [`super::Network::forward`]; the input of a [`Self::tail`] is the output of [`Self::before`].
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.head(self.features(images))
    }

    /// The sizes, where a stage consists of blocks or else of layers.
    pub(super) fn sizes(&self, blocks: bool) -> Sizes {
        let count = |stage: &Stage| if blocks { stage.blocks.len() } else { stage.layers.len() };
        Sizes {
            stages: self.stages.iter().map(|stage| (stage.channels(), count(stage))).collect(),
            stage_dropout: self.stages.iter().map(|stage| stage.dropout.prob).collect(),
            dropout: self.dropout.prob,
        }
    }

    /// See [`super::Network::device`].
    pub(super) fn device(&self) -> Device {
        self.head.weight.val().device()
    }

    /// See [`super::Network::stage_count`].
    pub fn stage_count(&self) -> usize {
        self.stages.len()
    }

    /// See [`super::Network::before`].
    pub fn before(&self, stage: usize, images: Tensor<4>) -> Tensor<4> {
        let hidden = self.run(images, stage);
        if stage < self.stages.len() {
            return hidden;
        }
        let features = self.pooled(hidden);
        let [batch, count] = features.dims();
        features.reshape([batch, count, 1, 1])
    }

    /// See [`super::Network::features`].
    pub fn features(&self, images: Tensor<4>) -> Tensor<2> {
        self.pooled(self.run(images, self.stages.len()))
    }

    /// See [`super::Network::head`].
    pub fn head(&self, features: Tensor<2>) -> Tensor<2> {
        self.head.forward(self.dropout.forward(features))
    }

    /// See [`super::Network::tail`].
    #[must_use]
    pub fn tail(&self, stage: usize) -> Self {
        Self {
            stages: self.stages.iter().skip(stage).cloned().collect(),
            // its output is the input of the head
            hidden: self.hidden.clone().filter(|_| stage < self.stages.len()),
            dropout: self.dropout.clone(),
            head: self.head.clone(),
        }
    }

    /// See [`super::Network::with_tail`].
    #[must_use]
    pub fn with_tail(&self, mut tail: Self) -> Self {
        let kept = self.stages.len().saturating_sub(tail.stages.len());
        let mut stages = self.stages[..kept].to_vec();
        stages.append(&mut tail.stages);
        Self { stages, hidden: tail.hidden.or_else(|| self.hidden.clone()), ..tail }
    }

    /// See [`super::Network::maps`].
    pub fn maps(&self, stage: usize, images: Tensor<4>) -> Tensor<4> {
        let hidden = self.run(images, stage);
        match self.stages.get(stage) {
            Some(stage) => stage.convolve(hidden),
            None => hidden,
        }
    }

    /// See [`super::Network::logits_of_maps`].
    pub fn logits_of_maps(&self, stage: usize, maps: Tensor<4>) -> Tensor<2> {
        let hidden = match self.stages.get(stage) {
            Some(stage) => stage.pool(maps),
            None => maps,
        };
        let rest = self.stages.iter().skip(stage + 1);
        self.head(self.pooled(rest.fold(hidden, |hidden, stage| stage.forward(hidden))))
    }

    /// See [`super::Network::first_filters`].
    pub fn first_filters(&self) -> Option<Tensor<4>> {
        self.stages.first()?.layers.first().map(Layer::filters)
    }

    /// See [`super::Network::set_dropout`].
    pub fn set_dropout(&mut self, rate: f64) {
        self.dropout.prob = rate;
    }

    /// See [`super::Network::divide_logits`].
    #[must_use]
    pub fn divide_logits(mut self, divisor: f32) -> Self {
        let divide = |tensor: Tensor<2>| tensor / divisor;
        self.head.weight = self.head.weight.map(divide);
        self.head.bias = self.head.bias.map(|bias: Param<Tensor<1>>| bias.map(|bias| bias / divisor));
        self
    }

    /// See [`super::Network::shift_logits`].
    #[must_use]
    pub fn shift_logits(mut self, biases: [f32; Expression::COUNT]) -> Self {
        let shift = |bias: Tensor<1>| {
            let device = bias.device();
            bias + Tensor::from_floats(biases, &device)
        };
        self.head.bias = self.head.bias.map(|bias: Param<Tensor<1>>| bias.map(shift));
        self
    }

    /// See [`super::Network::head_tensors`].
    pub fn head_tensors(&self) -> (Tensor<2>, Tensor<1>) {
        let weights = self.head.weight.val();
        let zeros = || Tensor::zeros([weights.dims()[1]], &weights.device());
        let biases = self.head.bias.as_ref().map_or_else(zeros, Param::val);
        (weights, biases)
    }

    /// See [`super::Network::with_head_tensors`].
    #[must_use]
    pub fn with_head_tensors(mut self, weights: Vec<f32>, biases: [f32; Expression::COUNT]) -> Self {
        let replace = |before: Tensor<2>| {
            let (shape, device) = (before.dims(), before.device());
            Tensor::from_data(TensorData::new(weights, shape), &device)
        };
        self.head.weight = self.head.weight.map(replace);
        let replace = |before: Tensor<1>| Tensor::from_floats(biases, &before.device());
        self.head.bias = self.head.bias.map(|bias: Param<Tensor<1>>| bias.map(replace));
        self
    }

    /// See [`super::Network::widen`].
    #[must_use]
    pub fn widen(mut self, more: usize, device: &Device) -> Self {
        let [features, _] = self.head.weight.dims();
        let second = LinearConfig::new(features, more).init(device).valid();
        self.head.weight = self.head.weight.map(|first| Tensor::cat(vec![first, second.weight.val()], 1));
        self.head.bias = self
            .head
            .bias
            .zip(second.bias)
            .map(|(first, second)| first.map(|first: Tensor<1>| Tensor::cat(vec![first, second.val()], 0)));
        self
    }

    /// See [`super::Network::join_heads`].
    #[must_use]
    pub fn join_heads(mut self, classes: usize, share: f64) -> Self {
        self.head.weight = self.head.weight.map(|both| join(&both, classes, share));
        self.head.bias = self.head.bias.map(|bias| bias.map(|both: Tensor<1>| join(&both, classes, share)));
        self
    }

    fn run(&self, images: Tensor<4>, stages: usize) -> Tensor<4> {
        self.stages.iter().take(stages).fold(images, |hidden, stage| stage.forward(hidden))
    }

    /// The input of the head: the output of the hidden layer, or else the mean of each channel.
    fn pooled(&self, hidden: Tensor<4>) -> Tensor<2> {
        let [batch, channels, height, width] = hidden.dims();
        match &self.hidden {
            Some(layer) => {
                let flat = hidden.reshape([batch, channels * height * width]);
                activation::relu(layer.forward(self.dropout.forward(flat)))
            }
            None => hidden.reshape([batch, channels, height * width]).mean_dim(2).reshape([batch, channels]),
        }
    }
}

/// The first `classes` values of the last axis, blended with the `classes` values after them.
fn join<const D: usize>(both: &Tensor<D>, classes: usize, share: f64) -> Tensor<D> {
    let [first, second] = [0, classes].map(|start| both.clone().narrow(D - 1, start, classes));
    first * (1.0 - share) + second * share
}
