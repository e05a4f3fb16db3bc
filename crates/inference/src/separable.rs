//! Convolutions of each channel on its own, followed by 1×1 convolutions across channels, computed a few rows at a time, so
//! that the intermediate result stays in the first-level cache.

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
            for (y, output) in (first..).zip(output.chunks_exact_mut(width * outputs)) {
                self.start_row(y, size, input, output);
            }
            let rows = Rows { values: hidden, stride: inputs, count: rows * width };
            self.pointwise.multiply(rows, |pixel, column, sums| {
                let target = &mut output[pixel * outputs + column..][..PANEL];
                for (sum, target) in sums.into_iter().zip(target.chunks_exact_mut(LANES)) {
                    (sum + Lanes::load(target)).max(Lanes::splat(0.0)).store(target);
                }
            });
        }
    }

    /// Fills a row of the output with what is added to the products: bias and skip connection.
    fn start_row(&self, y: usize, [width, _]: [usize; 2], input: &[f32], output: &mut [f32]) {
        let [inputs, outputs] = self.channels;
        for (x, target) in output.chunks_exact_mut(outputs).enumerate() {
            for channel in (0..outputs).step_by(LANES) {
                let mut value = Lanes::load(&self.bias[channel..channel + LANES]);
                if channel < self.skip {
                    let at = |x: usize, y: usize| Lanes::load(&input[(y * width + x) * inputs + channel..][..LANES]);
                    let pair = |x: usize, y: usize| at(x, y).max(at(x + 1, y));
                    value = value
                        + match self.shape {
                            Shape::Same => at(x, y),
                            Shape::Halved => pair(2 * x, 2 * y).max(pair(2 * x, 2 * y + 1)),
                        };
                }
                value.store(&mut target[channel..channel + LANES]);
            }
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
}

fn rows_at_once(width: usize) -> usize {
    PIXELS.div_ceil(width.max(1))
}
