//! Feature maps in memory: channels of a pixel side by side, so that vectors hold channels.

use crate::lanes::{LANES, Lanes};

/// Zeros at the start of every buffer, which are read in place of pixels outside the image: as many as a pixel may have
/// values.
pub(crate) const ZEROS: usize = 1024;

/// Where the square feature maps of a batch are: in which buffer, and where in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Maps {
    /// The index of the buffer.
    pub buffer: usize,
    /// Width and height in pixels.
    pub side: usize,
    /// The values of a pixel in the buffer.
    pub stride: usize,
    /// The first value of these maps in each pixel.
    pub offset: usize,
}

impl Maps {
    /// The index of the first value of a pixel in the buffer.
    #[inline(always)]
    pub fn index(&self, image: usize, row: usize, column: usize) -> usize {
        ZEROS + ((image * self.side + row) * self.side + column) * self.stride + self.offset
    }

    /// The same as [`Self::index`] for a neighbour, or that of zeros where it is outside.
    #[inline(always)]
    pub fn index_or_zeros(&self, image: usize, row: Option<usize>, column: Option<usize>) -> usize {
        match (row, column) {
            (Some(row), Some(column)) if row < self.side && column < self.side => self.index(image, row, column),
            _ => 0,
        }
    }

    /// The values of a batch, with the zeros.
    pub fn len(&self, count: usize) -> usize {
        ZEROS + count * self.side * self.side * self.stride
    }
}

/// Feature maps that a step reads.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub values: &'a [f32],
    pub maps: Maps,
}

impl Input<'_> {
    #[inline(always)]
    pub fn load(&self, index: usize) -> Lanes {
        Lanes::load(&self.values[index..index + LANES])
    }
}

/// Feature maps that a step writes.
pub(crate) struct Output<'a> {
    pub values: &'a mut [f32],
    pub maps: Maps,
}

impl Output<'_> {
    #[inline(always)]
    pub fn store(&mut self, index: usize, lanes: Lanes) {
        lanes.store(&mut self.values[index..index + LANES]);
    }
}

/// What is added to the sums of a convolution, and ReLU.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a> {
    /// One value for each channel.
    pub bias: &'a [f32],
    /// The input of a block, as large as the output.
    pub skip: Option<Input<'a>>,
    /// Whether negative values become 0.
    pub relu: bool,
}

impl Finish<'_> {
    /// The value of some channels of a pixel.
    #[inline(always)]
    pub fn apply(&self, sums: Lanes, channel: usize, pixel: impl FnOnce(&Maps) -> usize) -> Lanes {
        let mut value = sums + Lanes::load(&self.bias[channel..channel + LANES]);
        if let Some(skip) = &self.skip {
            value = value + skip.load(pixel(&skip.maps) + channel);
        }
        if self.relu { value.max(Lanes::splat(0.0)) } else { value }
    }
}
