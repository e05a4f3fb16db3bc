//! Layers of the networks: a convolution with batch norm and ReLU, and blocks of several.

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation};

use super::{BlockLayout, Convolution};

/// A convolution, batch norm (optional) and ReLU: from `[batch, inputs, height, width]` to `[batch, outputs, height, width]`.
#[derive(Module, Debug)]
pub(super) struct Layer {
    conv: Conv2d,
    /// `None` if there is none, or it was folded into the convolution.
    norm: Option<BatchNorm>,
}

impl Layer {
    /// With random weights (Kaiming uniform).
    pub fn new(layout: Convolution, device: &Device) -> Self {
        let Convolution { inputs, outputs, side, groups, norm } = layout;
        let padding = side / 2;
        Self {
            // batch norm has its own shift
            conv: Conv2dConfig::new([inputs, outputs], [side, side])
                .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
                .with_groups(groups)
                .with_bias(!norm)
                .init(device),
            norm: norm.then(|| BatchNormConfig::new(outputs).init(device)),
        }
    }

    /// The same with the scale of batch norm initialized to 0, so that the output is 0.
    fn silent(layout: Convolution, device: &Device) -> Self {
        let mut layer = Self::new(layout, device);
        if let Some(norm) = &mut layer.norm {
            norm.gamma = Initializer::Zeros.init([layout.outputs], device);
        }
        layer
    }

    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        activation::relu(self.linear(input))
    }

    /// The number of output channels.
    pub fn outputs(&self) -> usize {
        let [outputs, ..] = self.conv.weight.dims();
        outputs
    }

    /// `[outputs, inputs, height, width]`.
    pub fn filters(&self) -> Tensor<4> {
        self.conv.weight.val()
    }

    /// Without ReLU.
    fn linear(&self, input: Tensor<4>) -> Tensor<4> {
        let hidden = self.conv.forward(input);
        match &self.norm {
            Some(norm) => norm.forward(hidden),
            None => hidden,
        }
    }

    /// `norm(w * x) = (w·s) * x + (β − μ·s)` with `s = γ / √(σ² + ε)`.
    pub fn fold(mut self) -> Self {
        if let Some(norm) = self.norm.take() {
            let scale = norm.gamma.val() / (norm.running_var.value() + norm.epsilon).sqrt();
            let shift = norm.beta.val() - norm.running_mean.value() * scale.clone();
            let [outputs] = scale.dims();
            self.conv.weight = self.conv.weight.map(|weight| weight * scale.reshape([outputs, 1, 1, 1]));
            self.conv.bias = Some(Param::from_tensor(shift));
        }
        self
    }
}

fn forward_all(layers: &[Layer], input: Tensor<4>) -> Tensor<4> {
    layers.iter().fold(input, |hidden, layer| layer.forward(hidden))
}

/// Folds every layer.
pub(super) fn fold_all(layers: Vec<Layer>) -> Vec<Layer> {
    layers.into_iter().map(Layer::fold).collect()
}

/// A block of several layers.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // a network has few of them
pub(super) enum Block {
    /// See [`super::resnet`].
    Residual(Residual),
    /// See [`super::inception`].
    Inception(Inception),
    /// See [`super::mobile`].
    Separable(Separable),
}

impl Block {
    pub fn new(layout: &BlockLayout, device: &Device) -> Self {
        let layers = |layouts: &[Convolution]| layouts.iter().map(|&layout| Layer::new(layout, device)).collect();
        match layout {
            BlockLayout::Residual([first, second]) => {
                Self::Residual(Residual { first: Layer::new(*first, device), second: Layer::silent(*second, device) })
            }
            BlockLayout::Inception { single, three, five, pooled } => Self::Inception(Inception {
                single: Layer::new(*single, device),
                three: layers(three),
                five: layers(five),
                pool: MaxPool2dConfig::new([3, 3])
                    .with_strides([1, 1])
                    .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                    .init(),
                pooled: Layer::new(*pooled, device),
            }),
            BlockLayout::Separable([depthwise, pointwise]) => Self::Separable(Separable {
                depthwise: Layer::new(*depthwise, device),
                pointwise: Layer::new(*pointwise, device),
            }),
        }
    }

    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Residual(block) => block.forward(input),
            Self::Inception(block) => block.forward(input),
            Self::Separable(block) => block.forward(input),
        }
    }

    /// The number of output channels.
    pub fn outputs(&self) -> usize {
        let of_last = |layers: &[Layer]| layers.last().map_or(0, Layer::outputs);
        match self {
            Self::Residual(block) => block.second.outputs(),
            Self::Inception(Inception { single, three, five, pooled, .. }) => {
                single.outputs() + of_last(three) + of_last(five) + pooled.outputs()
            }
            Self::Separable(block) => block.pointwise.outputs(),
        }
    }

    pub fn fold(self) -> Self {
        match self {
            Self::Residual(block) => {
                Self::Residual(Residual { first: block.first.fold(), second: block.second.fold() })
            }
            Self::Inception(block) => Self::Inception(Inception {
                single: block.single.fold(),
                three: fold_all(block.three),
                five: fold_all(block.five),
                pool: block.pool,
                pooled: block.pooled.fold(),
            }),
            Self::Separable(block) => {
                Self::Separable(Separable { depthwise: block.depthwise.fold(), pointwise: block.pointwise.fold() })
            }
        }
    }
}

/// `ReLU(x + second(first(x)))`. The output of the second is initially 0, so the block is the identity (Goyal et al., 2017).
#[derive(Module, Debug)]
pub(super) struct Residual {
    first: Layer,
    second: Layer,
}

impl Residual {
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let change = self.second.linear(self.first.forward(input.clone()));
        activation::relu(input + change)
    }
}

/// Four parallel branches.
#[derive(Module, Debug)]
pub(super) struct Inception {
    single: Layer,
    three: Vec<Layer>,
    five: Vec<Layer>,
    pool: MaxPool2d,
    pooled: Layer,
}

impl Inception {
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let branches = vec![
            self.single.forward(input.clone()),
            forward_all(&self.three, input.clone()),
            forward_all(&self.five, input.clone()),
            self.pooled.forward(self.pool.forward(input)),
        ];
        Tensor::cat(branches, 1)
    }
}

/// `ReLU(x + pointwise(depthwise(x)))`, without `x` if the number of channels changes.
#[derive(Module, Debug)]
pub(super) struct Separable {
    depthwise: Layer,
    pointwise: Layer,
}

impl Separable {
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let change = self.pointwise.linear(self.depthwise.forward(input.clone()));
        activation::relu(if input.dims() == change.dims() { input + change } else { change })
    }
}
