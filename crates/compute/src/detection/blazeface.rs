//! BlazeFace "back" as a Burn module. It is fully convolutional; both sides of the input must be multiples of 32.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};
use mien_inference::CompiledDetector;
use mien_recognition::{ANCHORS, DetectorNetwork, VALUES};

use crate::transfer;

/// Channels and number of blocks per group; the first block of every group except the first halves the resolution.
const GROUPS: [(usize, usize); 4] = CompiledDetector::GROUPS;

/// The network of the detector: from images `[batch, 3, height, width]` with values from −1 to 1 to raw scores and boxes.
///
/// Padding is TensorFlow's "same": at stride 2, the extra row and column are at the bottom and right.
#[derive(Module, Debug)]
pub struct BlazeFace {
    stem: Conv2d,
    blocks: Vec<Block>,
    tail: Separable,
    cls_16: Conv2d,
    cls_32: Conv2d,
    reg_16: Conv2d,
    reg_32: Conv2d,
}

/// `relu(skip(x) + pointwise(depthwise(x)))`; if the number of channels grows, the skip connection is padded with zero
/// channels at the end.
#[derive(Module, Debug)]
struct Block {
    dw: Conv2d,
    pw: Conv2d,
    pool: Option<MaxPool2d>,
}

#[derive(Module, Debug)]
struct Separable {
    dw: Conv2d,
    pw: Conv2d,
}

impl BlazeFace {
    /// The network with random weights, for loading.
    pub fn init(device: &Device) -> Self {
        let mut blocks = Vec::new();
        let mut inputs = GROUPS[0].0;
        for (group, (channels, count)) in GROUPS.into_iter().enumerate() {
            for index in 0..count {
                let stride = if group > 0 && index == 0 { 2 } else { 1 };
                blocks.push(Block::new(inputs, channels, stride, device));
                inputs = channels;
            }
        }
        let head = |outputs| Conv2dConfig::new([inputs, outputs], [1, 1]).init(device);
        Self {
            stem: Conv2dConfig::new([3, GROUPS[0].0], [5, 5])
                .with_stride([2, 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 2, 2))
                .init(device),
            blocks,
            tail: Separable { dw: depthwise(inputs, 2, device), pw: pointwise(inputs, inputs, device) },
            cls_16: head(ANCHORS[0]),
            cls_32: head(ANCHORS[1]),
            reg_16: head(ANCHORS[0] * VALUES),
            reg_32: head(ANCHORS[1] * VALUES),
        }
    }

    /// Raw outputs of a batch, one row per image, as [`DetectorNetwork::compute`] returns them. A single tensor, so that it is read
    /// back once.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let mut hidden = activation::relu(self.stem.forward(images));
        for block in &self.blocks {
            hidden = block.forward(hidden);
        }
        let small = activation::relu(self.tail.pw.forward(self.tail.dw.forward(hidden.clone())));
        Tensor::cat(
            vec![
                self.cls_16.forward(hidden.clone()).flatten::<2>(1, 3),
                self.reg_16.forward(hidden).flatten::<2>(1, 3),
                self.cls_32.forward(small.clone()).flatten::<2>(1, 3),
                self.reg_32.forward(small).flatten::<2>(1, 3),
            ],
            1,
        )
    }
}

impl DetectorNetwork for BlazeFace {
    async fn compute(&self, image: Vec<f32>, width: usize, height: usize) -> Result<Vec<f32>, String> {
        let device = self.stem.weight.val().device();
        let image = TensorData::new(image, [1, 3, height, width]);
        transfer::values(self.forward(Tensor::from_data(image, &device))).await
    }
}

impl Block {
    fn new(inputs: usize, outputs: usize, stride: usize, device: &Device) -> Self {
        Self {
            dw: depthwise(inputs, stride, device),
            pw: pointwise(inputs, outputs, device),
            pool: (stride == 2).then(|| MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init()),
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let skip = match &self.pool {
            Some(pool) => pool.forward(input.clone()),
            None => input.clone(),
        };
        let output = self.pw.forward(self.dw.forward(input));
        let ([batch, channels, height, width], wanted) = (skip.dims(), output.dims()[1]);
        let skip = if wanted > channels {
            let device = skip.device();
            Tensor::cat(vec![skip, Tensor::zeros([batch, wanted - channels, height, width], &device)], 1)
        } else {
            skip
        };
        activation::relu(skip + output)
    }
}

fn depthwise(channels: usize, stride: usize, device: &Device) -> Conv2d {
    let padding =
        if stride == 2 { PaddingConfig2d::Explicit(0, 0, 1, 1) } else { PaddingConfig2d::Explicit(1, 1, 1, 1) };
    // the published biases are all zero
    Conv2dConfig::new([channels, channels], [3, 3])
        .with_stride([stride, stride])
        .with_groups(channels)
        .with_padding(padding)
        .with_bias(false)
        .init(device)
}

fn pointwise(inputs: usize, outputs: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([inputs, outputs], [1, 1]).init(device)
}
