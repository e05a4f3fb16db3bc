//! Convolutions of each channel on its own, then of all channels of single pixels, computed a few rows at a time, so that what
//! is between the two stays in the first-level cache.

use std::array;

use crate::convolution::{Depthwise, Window};
use crate::lanes::{LANES, Lanes};
use crate::matrix::{PANEL, Panels, Rows};

/// Pixels that are computed at once, at least, so that the weights are not read for a few pixels only.
const PIXELS: usize = 48;

/// What a layer computes, by its stride.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The output is as large as the input.
    Same,
    /// The output has half the width and height. The border of zeros is at the bottom and right only.
    Halved,
}

/// A 3×3 convolution of each channel on its own and a 1×1 convolution with bias, optional skip connection, and ReLU.
pub(crate) struct Separable {
    shape: Shape,
    depthwise: Depthwise,
    pointwise: Panels,
    bias: Vec<f32>,
    /// Channels of input and output.
    channels: [usize; 2],
    /// Channels of the input that are added to the first ones of the output, after 2×2 max-pooling if the output is halved.
    skip: usize,
}

/// The tensors of [`Separable`].
#[derive(Clone, Copy)]
pub(crate) struct Tensors<'a> {
    /// `[inputs, 1, 3, 3]`
    pub depthwise: &'a [f32],
    /// `[outputs, inputs, 1, 1]`
    pub pointwise: &'a [f32],
    /// `[outputs]`
    pub bias: &'a [f32],
}

impl Separable {
    /// From tensors of these numbers of input and output channels, which are multiples of [`PANEL`].
    pub fn new(shape: Shape, [inputs, outputs]: [usize; 2], skip: bool, tensors: Tensors<'_>) -> Self {
        let places: Vec<usize> = (0..inputs).collect();
        Self {
            shape,
            depthwise: Depthwise::new(&places, inputs, |channel, tap| tensors.depthwise[channel * 9 + tap]),
            pointwise: Panels::transposed(inputs, tensors.pointwise),
            bias: tensors.bias.to_vec(),
            channels: [inputs, outputs],
            skip: if skip { inputs.min(outputs) } else { 0 },
        }
    }

    /// Width and height of the output.
    pub fn size(&self, [width, height]: [usize; 2]) -> [usize; 2] {
        match self.shape {
            Shape::Same => [width, height],
            Shape::Halved => [width / 2, height / 2],
        }
    }

    /// The values of an output of this size.
    pub fn values(&self, [width, height]: [usize; 2]) -> usize {
        width * height * self.channels[1]
    }

    /// The values of the workspace for an output of this width.
    pub fn workspace(&self, width: usize) -> usize {
        rows_at_once(width) * width * self.channels[0]
    }

    /// Computes an image of this width and height, both even if the output is halved.
    pub fn run(&self, size: [usize; 2], input: &[f32], output: &mut [f32], workspace: &mut [f32]) {
        let [width, height] = self.size(size);
        let [inputs, outputs] = self.channels;
        let band = rows_at_once(width);
        for first in (0..height).step_by(band) {
            let rows = band.min(height - first);
            let hidden = &mut workspace[..rows * width * inputs];
            for (y, hidden) in (first..).zip(hidden.chunks_exact_mut(width * inputs)) {
                self.convolve_row(y, size, input, hidden);
            }
            let output = &mut output[first * width * outputs..][..rows * width * outputs];
            let rows = Rows { values: hidden, stride: inputs, count: rows * width };
            self.pointwise.multiply(rows, |pixel, column, sums| {
                let target = &mut output[pixel * outputs + column..][..PANEL];
                for (part, sum) in sums.into_iter().enumerate() {
                    let channel = column + part * LANES;
                    let mut value = sum + Lanes::load(&self.bias[channel..channel + LANES]);
                    if channel < self.skip {
                        value = value + self.skipped(first * width + pixel, width, input, channel);
                    }
                    value.max(Lanes::splat(0.0)).store(&mut target[part * LANES..][..LANES]);
                }
            });
        }
    }

    /// A row of the convolution of each channel on its own.
    fn convolve_row(&self, y: usize, [width, height]: [usize; 2], input: &[f32], hidden: &mut [f32]) {
        let inputs = self.channels[0];
        let row = |row: usize| (row < height).then(|| &input[row * width * inputs..][..width * inputs]);
        let store = |x: usize, channel: usize, sum: Lanes| sum.store(&mut hidden[x * inputs + channel..][..LANES]);
        match self.shape {
            Shape::Same => {
                let rows = [y.checked_sub(1).and_then(row), row(y), row(y + 1)];
                self.depthwise.row(Window { rows, stride: inputs, offset: 0 }, store);
            }
            Shape::Halved => {
                let rows = array::from_fn(|offset| row(2 * y + offset));
                self.depthwise.row_halved(Window { rows, stride: inputs, offset: 0 }, store);
            }
        }
    }

    /// Four channels of the input as they are added to a pixel of the output, which is `width` pixels wide.
    #[inline(always)]
    fn skipped(&self, pixel: usize, width: usize, input: &[f32], channel: usize) -> Lanes {
        let inputs = self.channels[0];
        let at = |pixel: usize| Lanes::load(&input[pixel * inputs + channel..][..LANES]);
        match self.shape {
            Shape::Same => at(pixel),
            Shape::Halved => {
                let [upper, across] = [4 * (pixel / width) * width + 2 * (pixel % width), 2 * width];
                let pair = |pixel: usize| at(pixel).max(at(pixel + 1));
                pair(upper).max(pair(upper + across))
            }
        }
    }
}

fn rows_at_once(width: usize) -> usize {
    PIXELS.div_ceil(width.max(1))
}
