//! The steps of a forward pass.

use std::mem::take;

use crate::convolution::{Dense, Depthwise};
use crate::maps::{Finish, Input, Maps, Output};
use crate::pooling;
use crate::winograd::Winograd;

/// What a step computes.
pub(crate) enum Operation {
    /// A 3×3 convolution; `pool` says whether it includes 2×2 max-pooling.
    Winograd { convolution: Winograd, pool: bool },
    /// Any convolution of all channels, or a fully connected layer.
    Dense(Dense),
    /// A convolution of each channel on its own.
    Depthwise(Depthwise),
    /// 2×2 max-pooling of `width` values of each pixel.
    Halve { width: usize },
    /// 3×3 max-pooling with stride 1 of `width` values of each pixel.
    Dilate { width: usize },
    /// The mean of `width` values of each pixel.
    Mean { width: usize },
}

/// A step: from maps in one buffer to maps in another.
pub(crate) struct Step {
    pub operation: Operation,
    pub input: Maps,
    pub output: Maps,
    /// What is added to the output of a convolution before ReLU.
    pub skip: Option<Maps>,
    /// For each value of a pixel of the output.
    pub bias: Vec<f32>,
    /// Whether negative values become 0.
    pub relu: bool,
}

impl Step {
    /// The values of the workspace for a batch.
    pub fn workspace(&self, count: usize) -> usize {
        match &self.operation {
            Operation::Winograd { convolution, .. } => convolution.workspace(self.input.side, count),
            Operation::Dense(convolution) => convolution.workspace(),
            _ => 0,
        }
    }

    /// The number of weights.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        match &self.operation {
            Operation::Winograd { convolution, .. } => convolution.size(),
            Operation::Dense(convolution) => convolution.size(),
            Operation::Depthwise(convolution) => convolution.size(),
            _ => 0,
        }
    }

    /// The maps that it reads or writes.
    pub fn maps(&self) -> impl Iterator<Item = Maps> {
        [self.input, self.output].into_iter().chain(self.skip)
    }

    /// Computes a batch.
    pub fn run(&self, count: usize, buffers: &mut [Vec<f32>], workspace: &mut [f32]) {
        // no step reads the buffer that it writes
        let mut values = take(&mut buffers[self.output.buffer]);
        let mut output = Output { values: &mut values, maps: self.output };
        let input = Input { values: &buffers[self.input.buffer], maps: self.input };
        let skip = self.skip.map(|maps| Input { values: &buffers[maps.buffer], maps });
        let finish = Finish { bias: &self.bias, skip, relu: self.relu };
        match &self.operation {
            Operation::Winograd { convolution, pool } => {
                convolution.run(count, input, &mut output, finish, *pool, workspace);
            }
            Operation::Dense(convolution) => convolution.run(count, input, &mut output, finish, workspace),
            Operation::Depthwise(convolution) => convolution.run(count, input, &mut output, finish),
            Operation::Halve { width } => pooling::halve(count, *width, input, &mut output),
            Operation::Dilate { width } => pooling::dilate(count, *width, input, &mut output),
            Operation::Mean { width } => pooling::mean(count, *width, input, &mut output),
        }
        buffers[self.output.buffer] = values;
    }
}
