//! Convolutions as one product of matrices, and convolutions of each channel on its own.

use crate::lanes::{LANES, Lanes};
use crate::maps::{Finish, Input, Output, ZEROS};
use crate::matrix::{Panels, Rows};

/// The values of gathered pixels that are multiplied at once.
const CACHED: usize = 16 << 10;

/// A convolution with stride 1 and a border of zeros, so that the output is as large as the input: each row of the left
/// factor holds the pixels below the kernel.
pub(crate) struct Dense {
    side: usize,
    /// The values of a pixel of the input.
    width: usize,
    weights: Panels,
}

impl Dense {
    /// From the weights `(output, input, pixel)` of a convolution with a kernel of `side`×`side` pixels, where `places` are
    /// the channels of the input in a pixel of `width` values.
    pub fn new(
        side: usize,
        places: &[usize],
        width: usize,
        outputs: usize,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let pixels = side * side;
        let mut weights = Panels::new(pixels * width, outputs);
        for output in 0..outputs {
            for (input, &place) in places.iter().enumerate() {
                (0..pixels).for_each(|pixel| weights.set(pixel * width + place, output, weight(output, input, pixel)));
            }
        }
        Self { side, width, weights }
    }

    /// The number of weights, with zeros between them.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.weights.size()
    }

    fn depth(&self) -> usize {
        self.side * self.side * self.width
    }

    fn pixels_at_once(&self) -> usize {
        (CACHED / self.depth()).max(24)
    }

    /// The values of the workspace.
    pub fn workspace(&self) -> usize {
        if self.side == 1 { 0 } else { self.depth() * self.pixels_at_once() }
    }

    /// Computes a batch.
    pub fn run(
        &self,
        count: usize,
        input: Input<'_>,
        output: &mut Output<'_>,
        finish: Finish<'_>,
        workspace: &mut [f32],
    ) {
        let pixels = count * input.maps.side * input.maps.side;
        if self.side == 1 {
            let (values, stride) = (&input.values[ZEROS + input.maps.offset..], input.maps.stride);
            return self.multiply(Rows { values, stride, count: pixels }, 0, output, finish);
        }
        let mut first = 0;
        while first < pixels {
            let some = self.pixels_at_once().min(pixels - first);
            self.gather(input, first, &mut workspace[..some * self.depth()]);
            let rows = Rows { values: workspace, stride: self.depth(), count: some };
            self.multiply(rows, first, output, finish);
            first += some;
        }
    }

    /// Copies the pixels below the kernel.
    fn gather(&self, input: Input<'_>, first: usize, gathered: &mut [f32]) {
        let (side, reach) = (input.maps.side, self.side / 2);
        for (pixel, row) in (first..).zip(gathered.chunks_exact_mut(self.depth())) {
            let [image, y, x] = [pixel / (side * side), pixel / side % side, pixel % side];
            for (tap, target) in row.chunks_exact_mut(self.width).enumerate() {
                let [y, x] = [y + tap / self.side, x + tap % self.side].map(|sum| sum.checked_sub(reach));
                target.copy_from_slice(&input.values[input.maps.index_or_zeros(image, y, x)..][..self.width]);
            }
        }
    }

    fn multiply(&self, rows: Rows<'_>, first: usize, output: &mut Output<'_>, finish: Finish<'_>) {
        self.weights.multiply(rows, |row, column, sums| {
            for (part, sum) in sums.into_iter().enumerate() {
                let channel = column + part * LANES;
                let pixel = first + row;
                let value = finish.apply(sum, channel, |maps| ZEROS + pixel * maps.stride + maps.offset);
                let index = ZEROS + pixel * output.maps.stride + output.maps.offset;
                output.store(index + channel, value);
            }
        });
    }
}

/// A 3×3 convolution of each channel on its own, with stride 1 and a border of zeros.
pub(crate) struct Depthwise {
    /// For each pixel of the kernel, the weights of the channels.
    weights: Vec<f32>,
    /// The values of a pixel.
    width: usize,
}

impl Depthwise {
    /// Pixels of the kernel.
    const TAPS: usize = 9;

    /// From the weights `(channel, pixel)`, where `places` are the channels in a pixel of `width` values.
    pub fn new(places: &[usize], width: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let mut weights = vec![0.0; Self::TAPS * width];
        for (channel, &place) in places.iter().enumerate() {
            (0..Self::TAPS).for_each(|tap| weights[tap * width + place] = weight(channel, tap));
        }
        Self { weights, width }
    }

    /// The number of weights, with zeros between them.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.weights.len()
    }

    /// Computes a batch.
    pub fn run(&self, count: usize, input: Input<'_>, output: &mut Output<'_>, finish: Finish<'_>) {
        let side = input.maps.side;
        for pixel in 0..count * side * side {
            let [image, y, x] = [pixel / (side * side), pixel / side % side, pixel % side];
            let taps: [usize; Self::TAPS] = std::array::from_fn(|tap| {
                let [y, x] = [y + tap / 3, x + tap % 3].map(|sum| sum.checked_sub(1));
                input.maps.index_or_zeros(image, y, x)
            });
            let target = output.maps.index(image, y, x);
            for channel in (0..self.width).step_by(LANES) {
                let mut sum = Lanes::splat(0.0);
                for (tap, index) in taps.into_iter().enumerate() {
                    let weight = Lanes::load(&self.weights[tap * self.width + channel..]);
                    sum = sum.add_product(input.load(index + channel), weight);
                }
                output.store(target + channel, finish.apply(sum, channel, |maps| maps.index(image, y, x)));
            }
        }
    }
}
