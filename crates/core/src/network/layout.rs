//! The layers of a network, from which it is built and its parameters are counted.

use std::mem::replace;

use super::sizes::Sizes;
use crate::expression::Expression;
use crate::vision::CROP_SIDE;

/// A network: stages, each of which halves the resolution, and what follows them.
pub struct NetworkLayout {
    /// In the order of the forward pass.
    pub stages: Vec<StageLayout>,
    /// The outputs of a hidden fully connected layer with ReLU; without one, the input of the head is the mean of each
    /// channel.
    pub hidden: Option<usize>,
}

/// A stage: layers, then blocks, 2×2 max-pooling and the dropout of [`Sizes`].
pub struct StageLayout {
    /// Convolutions in sequence.
    pub layers: Vec<Convolution>,
    /// Blocks, after the layers.
    pub blocks: Vec<BlockLayout>,
}

/// A convolution with stride 1 that keeps the resolution, then batch norm (optional) and ReLU.
#[derive(Clone, Copy)]
pub struct Convolution {
    /// Input channels.
    pub inputs: usize,
    /// Output channels.
    pub outputs: usize,
    /// Width and height of the kernel; odd.
    pub side: usize,
    /// Groups of channels.
    pub groups: usize,
    /// Whether there is batch norm; otherwise the convolution has a bias.
    pub norm: bool,
}

/// A block of several convolutions.
pub enum BlockLayout {
    /// See [`super::resnet`].
    Residual([Convolution; 2]),
    /// See [`super::inception`].
    Inception {
        /// 1×1.
        single: Convolution,
        /// 1×1, then 3×3.
        three: [Convolution; 2],
        /// 1×1, then twice 3×3, the receptive field of a 5×5.
        five: [Convolution; 3],
        /// 3×3 max-pooling, then 1×1.
        pooled: Convolution,
    },
    /// See [`super::mobile`].
    Separable([Convolution; 2]),
}

impl Convolution {
    /// A 3×3 convolution with batch norm.
    pub fn three(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, side: 3, groups: 1, norm: true }
    }

    /// A 1×1 convolution with batch norm.
    pub fn one(inputs: usize, outputs: usize) -> Self {
        Self { side: 1, ..Self::three(inputs, outputs) }
    }

    /// A depthwise 3×3 convolution with batch norm.
    pub fn depthwise(channels: usize) -> Self {
        Self { groups: channels, ..Self::three(channels, channels) }
    }

    fn weights(&self) -> u64 {
        (self.side * self.side * (self.inputs / self.groups) * self.outputs) as u64
    }

    /// Weights, and biases or the two parameters of batch norm per channel.
    fn parameters(&self) -> u64 {
        self.weights() + (self.outputs * if self.norm { 2 } else { 1 }) as u64
    }
}

impl BlockLayout {
    fn convolutions(&self) -> Vec<Convolution> {
        match self {
            Self::Residual(layers) | Self::Separable(layers) => layers.to_vec(),
            Self::Inception { single, three, five, pooled } => {
                [&[*single][..], &three[..], &five[..], &[*pooled][..]].concat()
            }
        }
    }

    fn outputs(&self) -> usize {
        match self {
            Self::Residual([_, last]) | Self::Separable([_, last]) => last.outputs,
            Self::Inception { single, three, five, pooled } => {
                single.outputs + three[1].outputs + five[2].outputs + pooled.outputs
            }
        }
    }
}

impl StageLayout {
    /// All convolutions in the order of the forward pass.
    pub fn convolutions(&self) -> impl Iterator<Item = Convolution> + '_ {
        self.layers.iter().copied().chain(self.blocks.iter().flat_map(BlockLayout::convolutions))
    }

    fn outputs(&self) -> usize {
        let blocks = self.blocks.last().map(BlockLayout::outputs);
        blocks.or_else(|| self.layers.last().map(|layer| layer.outputs)).unwrap_or(0)
    }
}

/// Stages of convolutions; `layer` makes one from the numbers of input and output channels.
pub(super) fn stages_of_layers(sizes: &Sizes, layer: impl Fn(usize, usize) -> Convolution) -> Vec<StageLayout> {
    let mut inputs = 1;
    let mut next = |channels| layer(replace(&mut inputs, channels), channels);
    let stage = |&(channels, count): &(usize, usize)| StageLayout {
        layers: (0..count).map(|_| next(channels)).collect(),
        blocks: Vec::new(),
    };
    sizes.stages.iter().map(stage).collect()
}

/// A 3×3 convolution, then stages of blocks; `block` makes one from the numbers of input and output channels.
pub(super) fn stages_of_blocks(sizes: &Sizes, block: impl Fn(usize, usize) -> BlockLayout) -> Vec<StageLayout> {
    let mut inputs = 1;
    let stage = |(index, &(channels, count)): (usize, &(usize, usize))| StageLayout {
        layers: (index == 0)
            .then(|| Convolution::three(replace(&mut inputs, channels), channels))
            .into_iter()
            .collect(),
        blocks: (0..count).map(|_| block(replace(&mut inputs, channels), channels)).collect(),
    };
    sizes.stages.iter().enumerate().map(stage).collect()
}

impl NetworkLayout {
    /// The number of inputs of the hidden layer, or else of the head.
    pub fn features(&self) -> usize {
        let channels = self.stages.last().map_or(1, StageLayout::outputs);
        let side = CROP_SIDE >> self.stages.len();
        if self.hidden.is_some() { channels * side * side } else { channels }
    }

    /// See [`super::Architecture::parameters`].
    pub fn parameters(&self) -> u64 {
        let convolutions = self.stages.iter().flat_map(StageLayout::convolutions);
        let full = self.full().map(|[inputs, outputs]| (inputs + 1) * outputs);
        convolutions.map(|convolution| convolution.parameters()).sum::<u64>() + full.sum::<u64>()
    }

    /// See [`super::Architecture::multiply_adds`].
    pub fn multiply_adds(&self) -> u64 {
        let of_stage = |(index, stage): (usize, &StageLayout)| {
            let side = (CROP_SIDE >> index) as u64;
            stage.convolutions().map(|convolution| side * side * convolution.weights()).sum::<u64>()
        };
        let full = self.full().map(|[inputs, outputs]| inputs * outputs);
        self.stages.iter().enumerate().map(of_stage).sum::<u64>() + full.sum::<u64>()
    }

    /// Inputs and outputs of the fully connected layers.
    fn full(&self) -> impl Iterator<Item = [u64; 2]> {
        let (features, classes) = (self.features(), Expression::COUNT);
        let layers = match self.hidden {
            Some(hidden) => vec![[features, hidden], [hidden, classes]],
            None => vec![[features, classes]],
        };
        layers.into_iter().map(|sizes| sizes.map(|size| size as u64))
    }
}
