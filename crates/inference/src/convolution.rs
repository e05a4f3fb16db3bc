//! Convolutions as one product of matrices, and convolutions of each channel on its own.

use std::array;

use crate::lanes::{LANES, Lanes};
use crate::maps::{Finish, Input, Maps, Output, ZEROS};
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

/// A 3×3 convolution of each channel on its own, with a border of zeros.
pub(crate) struct Depthwise {
    /// For each four channels of a pixel, the weights of the kernel's pixels, row by row.
    weights: Vec<[[f32; LANES]; Self::TAPS]>,
}

/// The three rows of the input below a 3×3 kernel; a row outside is `None`.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a> {
    pub rows: [Option<&'a [f32]>; 3],
    /// The values of a pixel.
    pub stride: usize,
    /// The first value of a pixel that is convolved.
    pub offset: usize,
}

impl Depthwise {
    /// Pixels of the kernel.
    const TAPS: usize = 9;

    /// From the weights `(channel, pixel)`, where `places` are the channels in a pixel of `width` values.
    pub fn new(places: &[usize], width: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let mut weights = vec![[[0.0; LANES]; Self::TAPS]; width.div_ceil(LANES)];
        for (channel, &place) in places.iter().enumerate() {
            let taps = &mut weights[place / LANES];
            (0..Self::TAPS).for_each(|tap| taps[tap][place % LANES] = weight(channel, tap));
        }
        Self { weights }
    }

    /// The number of weights, with zeros between them.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.weights.as_flattened().as_flattened().len()
    }

    /// Computes a batch with stride 1.
    pub fn run(&self, count: usize, input: Input<'_>, output: &mut Output<'_>, finish: Finish<'_>) {
        let Maps { side, stride, offset, .. } = input.maps;
        for image in 0..count {
            for y in 0..side {
                let row = |row: Option<usize>| {
                    let row = row.filter(|row| *row < side)?;
                    Some(&input.values[input.maps.index(image, row, 0) - offset..][..side * stride])
                };
                let window = Window { rows: [row(y.checked_sub(1)), row(Some(y)), row(Some(y + 1))], stride, offset };
                self.row(window, |x, channel, sum| {
                    let value = finish.apply(sum, channel, |maps| maps.index(image, y, x));
                    output.store(output.maps.index(image, y, x) + channel, value);
                });
            }
        }
    }

    /// Computes a row with stride 1, of as many pixels as the rows of the input. `store` gets the pixel, the first of four
    /// channels, and their sums.
    #[inline(always)]
    pub fn row(&self, window: Window<'_>, mut store: impl FnMut(usize, usize, Lanes)) {
        for (group, weights) in self.weights.iter().enumerate() {
            let (channel, [left, middle, right]) = (group * LANES, window.columns(weights));
            let mut pixels = window.pixels(channel);
            let Some([pixel]) = pixels.next() else { return };
            // each pixel is loaded once, and is a part of the sums of three
            let (mut sum, mut next) = (product(pixel, middle), product(pixel, left));
            let mut x = 0;
            for [pixel] in pixels {
                store(x, channel, add_product(sum, pixel, right));
                (sum, next) = (add_product(next, pixel, middle), product(pixel, left));
                x += 1;
            }
            store(x, channel, sum);
        }
    }

    /// Computes a row with stride 2, of half as many pixels as the rows of the input, which is the first of the three rows and
    /// the pixels below the left of the kernel at even places: the border is at the bottom and right only.
    #[inline(always)]
    pub fn row_halved(&self, window: Window<'_>, mut store: impl FnMut(usize, usize, Lanes)) {
        for (group, weights) in self.weights.iter().enumerate() {
            let (channel, [left, middle, right]) = (group * LANES, window.columns(weights));
            let mut pairs = window.pixels(channel);
            let Some([even, odd]) = pairs.next() else { return };
            let mut sum = add_product(product(even, left), odd, middle);
            let mut x = 0;
            for [even, odd] in pairs {
                store(x, channel, add_product(sum, even, right));
                sum = add_product(product(even, left), odd, middle);
                x += 1;
            }
            store(x, channel, sum);
        }
    }
}

impl<'a> Window<'a> {
    /// The weights of the kernel's columns; those of a row outside are zero.
    #[inline(always)]
    fn columns(&self, weights: &[[f32; LANES]; Depthwise::TAPS]) -> [[Lanes; 3]; 3] {
        let weight = |row: usize, column: usize| {
            if self.rows[row].is_some() { Lanes::new(weights[3 * row + column]) } else { Lanes::splat(0.0) }
        };
        array::from_fn(|column| array::from_fn(|row| weight(row, column)))
    }

    /// Four channels of the pixels of all three rows, `COUNT` side by side at once; for a row outside, those of another.
    #[inline(always)]
    fn pixels<const COUNT: usize>(&self, channel: usize) -> impl Iterator<Item = [[Lanes; 3]; COUNT]> + use<'a, COUNT> {
        let (stride, place) = (self.stride, self.offset + channel);
        let any = self.rows.into_iter().flatten().next().unwrap_or_default();
        let [upper, middle, lower] = self.rows.map(|row| row.unwrap_or(any).chunks_exact(COUNT * stride));
        upper.zip(middle).zip(lower).map(move |((upper, middle), lower)| {
            array::from_fn(|index| {
                [upper, middle, lower].map(|row| Lanes::load(&row[index * stride + place..][..LANES]))
            })
        })
    }
}

#[inline(always)]
fn product([a, b, c]: [Lanes; 3], [d, e, f]: [Lanes; 3]) -> Lanes {
    (a * d).add_product(b, e).add_product(c, f)
}

#[inline(always)]
fn add_product(sum: Lanes, [a, b, c]: [Lanes; 3], [d, e, f]: [Lanes; 3]) -> Lanes {
    sum.add_product(a, d).add_product(b, e).add_product(c, f)
}
