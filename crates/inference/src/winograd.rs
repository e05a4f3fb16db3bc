//! 3×3 convolutions with stride 1 by Winograd's minimal filtering: tiles of the input and the kernels are transformed, so that
//! a product of matrices for each position within a tile is left, with 3.2 to 4 times fewer multiplications than in the plain
//! sum. Lavin & Gray (2016), *Fast Algorithms for Convolutional Neural Networks*.

use std::array;

use crate::lanes::{LANES, Lanes};
use crate::maps::{Finish, Input, Output};
use crate::matrix::{PANEL, Panels, Rows};

/// The values of transformed inputs and outputs that are computed at once, about half of a second-level cache.
const CACHED: usize = 256 << 10;

/// Values between the matrices of two positions, so that their rows do not fall into the same lines of the cache.
const GAP: usize = 16;

/// Pixels of the kernel, in each direction.
const KERNEL: usize = 3;

/// The most pixels of the input that a tile has, in each direction.
const LARGEST: usize = 6;

/// How many pixels in each direction a tile of the output has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tile {
    Three,
    Four,
}

impl Tile {
    /// The tile with which maps of this size need the fewest multiplications; the smallest of equal ones, which is the most
    /// exact.
    pub fn best(side: usize) -> Self {
        if Self::Four.multiplications(side) < Self::Three.multiplications(side) { Self::Four } else { Self::Three }
    }

    /// For each pair of channels.
    fn multiplications(self, side: usize) -> usize {
        (side.div_ceil(self.outputs()) * self.inputs()).pow(2)
    }

    /// Pixels of the output, in each direction.
    pub const fn outputs(self) -> usize {
        match self {
            Self::Three => Three::OUTPUTS,
            Self::Four => Four::OUTPUTS,
        }
    }

    const fn inputs(self) -> usize {
        self.outputs() + KERNEL - 1
    }

    /// A transformed row of a kernel: as many values as [`Self::inputs`], then zeros.
    fn kernel(self, row: [f64; KERNEL]) -> [f64; LARGEST] {
        let mut transformed = [0.0; LARGEST];
        match self {
            Self::Three => transformed[..5].copy_from_slice(&Three::kernel(row)),
            Self::Four => transformed.copy_from_slice(&Four::kernel(row)),
        }
        transformed
    }
}

/// The transforms of one dimension.
trait Transform<const OUTPUTS: usize, const INPUTS: usize> {
    const OUTPUTS: usize = OUTPUTS;

    fn kernel(row: [f64; KERNEL]) -> [f64; INPUTS];
    fn input(values: [Lanes; INPUTS]) -> [Lanes; INPUTS];
    fn output(values: [Lanes; INPUTS]) -> [Lanes; OUTPUTS];
}

/// F(3, 3), with the points 0, 1, −1, 2 and ∞.
struct Three;

impl Transform<3, 5> for Three {
    fn kernel([a, b, c]: [f64; KERNEL]) -> [f64; 5] {
        [a / 2.0, -(a + b + c) / 2.0, (b - a - c) / 6.0, (a + 2.0 * b + 4.0 * c) / 6.0, c]
    }

    #[inline(always)]
    fn input([a, b, c, d, e]: [Lanes; 5]) -> [Lanes; 5] {
        let [twice_b, twice_c, db] = [b + b, c + c, d - b];
        [a + a - twice_c + db, d - twice_b - c, d + twice_b - twice_c - c, db, e - c + twice_b - d - d]
    }

    #[inline(always)]
    fn output([a, b, c, d, e]: [Lanes; 5]) -> [Lanes; 3] {
        let (sum, twice_d) = (b + c, d + d);
        [a + sum + d, b - c + twice_d, sum + twice_d + twice_d + e]
    }
}

/// F(4, 3), with the points 0, 1, −1, 2, −2 and ∞.
struct Four;

impl Transform<4, 6> for Four {
    fn kernel([a, b, c]: [f64; KERNEL]) -> [f64; 6] {
        let (even, odd) = (a / 24.0 + c / 6.0, b / 12.0);
        [a / 4.0, -(a + b + c) / 6.0, (b - a - c) / 6.0, even + odd, even - odd, c]
    }

    #[inline(always)]
    fn input([a, b, c, d, e, f]: [Lanes; 6]) -> [Lanes; 6] {
        let (four, five) = (Lanes::splat(4.0), Lanes::splat(5.0));
        let (even, odd) = (e - four * c, d - four * b);
        let (low, high) = (e - c, d - b);
        let high = high + high;
        [four * a - five * c + e, even + odd, even - odd, low + high, low - high, four * b - five * d + f]
    }

    #[inline(always)]
    fn output([a, b, c, d, e, f]: [Lanes; 6]) -> [Lanes; 4] {
        let (even, odd) = (b + c, b - c);
        let (far_even, far_odd) = (d + e, d - e);
        let far_odd = far_odd + far_odd;
        let (four, quadruple) = (Lanes::splat(4.0), far_odd + far_odd);
        [a + even + far_even, odd + far_odd, even.add_product(four, far_even), odd + quadruple + quadruple + f]
    }
}

/// A convolution: 3×3, stride 1, a border of zeros, so that the output is as large as the input.
pub(crate) struct Winograd {
    tile: Tile,
    /// For each position in a tile, the weights as a matrix `[inputs, outputs]`.
    weights: Vec<Panels>,
    /// The values of a pixel of the input and the output.
    widths: [usize; 2],
}

impl Winograd {
    /// From the weights `(output, input) -> [row][column]` of a convolution, where `places` are the channels of the input in a
    /// pixel of `width` values.
    pub fn new(
        tile: Tile,
        places: &[usize],
        width: usize,
        outputs: usize,
        kernel: impl Fn(usize, usize) -> [[f32; KERNEL]; KERNEL],
    ) -> Self {
        let size = tile.inputs();
        let mut weights: Vec<Panels> = (0..size * size).map(|_| Panels::new(width, outputs)).collect();
        for output in 0..outputs {
            for (input, &place) in places.iter().enumerate() {
                let rows = kernel(output, input).map(|row| tile.kernel(row.map(f64::from)));
                for column in 0..size {
                    let transformed = tile.kernel(array::from_fn(|row| rows[row][column]));
                    for (row, value) in transformed.into_iter().take(size).enumerate() {
                        weights[row * size + column].set(place, output, value as f32);
                    }
                }
            }
        }
        Self { tile, weights, widths: [width, outputs.next_multiple_of(PANEL)] }
    }

    /// The number of transformed weights.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.weights.iter().map(Panels::size).sum()
    }

    /// Whether 2×2 max-pooling can be computed together with the convolution.
    pub fn can_pool(&self) -> bool {
        self.tile.outputs().is_multiple_of(2)
    }

    /// How many tiles are computed at once, at most.
    fn most_tiles(&self) -> usize {
        (CACHED / (self.weights.len() * (self.widths[0] + self.widths[1]))).max(8)
    }

    /// The values of the workspace for a batch of maps.
    pub fn workspace(&self, side: usize, count: usize) -> usize {
        let tiles = self.most_tiles().min(count * side.div_ceil(self.tile.outputs()).pow(2));
        self.weights.len() * self.widths.map(|width| tiles * width + GAP).iter().sum::<usize>()
    }

    /// Computes a batch; `pool` says whether 2×2 max-pooling follows, for which [`Self::can_pool`] must hold.
    pub fn run(
        &self,
        count: usize,
        input: Input<'_>,
        output: &mut Output<'_>,
        finish: Finish<'_>,
        pool: bool,
        workspace: &mut [f32],
    ) {
        match self.tile {
            Tile::Three => self.run_with::<Three, 3, 5>(count, input, output, finish, pool, workspace),
            Tile::Four => self.run_with::<Four, 4, 6>(count, input, output, finish, pool, workspace),
        }
    }

    fn run_with<T: Transform<OUTPUTS, INPUTS>, const OUTPUTS: usize, const INPUTS: usize>(
        &self,
        count: usize,
        input: Input<'_>,
        output: &mut Output<'_>,
        finish: Finish<'_>,
        pool: bool,
        workspace: &mut [f32],
    ) {
        let across = input.maps.side.div_ceil(OUTPUTS);
        let tiles = count * across * across;
        // of even sizes, so that the weights are not read for a few tiles only
        let most = tiles.div_ceil(tiles.div_ceil(self.most_tiles()).max(1));
        let place = |tile: usize| [tile / (across * across), tile / across % across, tile % across];
        let mut first = 0;
        while first < tiles {
            let some = most.min(tiles - first);
            let [before, after] = self.widths.map(|width| Matrices { stride: width, gap: some * width + GAP });
            let (transformed, rest) = workspace.split_at_mut(before.gap * self.weights.len());
            for tile in 0..some {
                let pixels = pixels::<OUTPUTS, INPUTS>(input, place(first + tile));
                for channel in (0..self.widths[0]).step_by(LANES) {
                    transform_input::<T, OUTPUTS, INPUTS>(input, &pixels, channel, |position, lanes| {
                        lanes.store(&mut transformed[position * before.gap + tile * before.stride + channel..]);
                    });
                }
            }
            let products = &mut rest[..after.gap * self.weights.len()];
            let matrices = transformed.chunks_exact(before.gap).zip(products.chunks_exact_mut(after.gap));
            for (weights, (values, product)) in self.weights.iter().zip(matrices) {
                weights.multiply(Rows { values, stride: before.stride, count: some }, |row, column, [low, high]| {
                    let target = &mut product[row * after.stride + column..][..PANEL];
                    low.store(&mut target[..LANES]);
                    high.store(&mut target[LANES..]);
                });
            }
            for tile in 0..some {
                let place = place(first + tile);
                for channel in (0..self.widths[1]).step_by(LANES) {
                    let values = transform_output::<T, OUTPUTS, INPUTS>(|position| {
                        Lanes::load(&products[position * after.gap + tile * after.stride + channel..])
                    });
                    if pool {
                        write_pooled(&values, place, channel, input.maps.side, output, finish);
                    } else {
                        write(&values, place, channel, output, finish);
                    }
                }
            }
            first += some;
        }
    }
}

/// How the matrices of the positions follow each other: the distance of rows, and that of matrices.
struct Matrices {
    stride: usize,
    gap: usize,
}

/// The indices of a tile's pixels.
#[inline(always)]
fn pixels<const OUTPUTS: usize, const INPUTS: usize>(
    input: Input<'_>,
    [image, row, column]: [usize; 3],
) -> [[usize; INPUTS]; INPUTS] {
    let rows: [Option<usize>; INPUTS] = array::from_fn(|offset| (row * OUTPUTS + offset).checked_sub(1));
    let columns: [Option<usize>; INPUTS] = array::from_fn(|offset| (column * OUTPUTS + offset).checked_sub(1));
    rows.map(|row| columns.map(|column| input.maps.index_or_zeros(image, row, column)))
}

#[inline(always)]
fn transform_input<T: Transform<OUTPUTS, INPUTS>, const OUTPUTS: usize, const INPUTS: usize>(
    input: Input<'_>,
    pixels: &[[usize; INPUTS]; INPUTS],
    channel: usize,
    mut store: impl FnMut(usize, Lanes),
) {
    let rows: [[Lanes; INPUTS]; INPUTS] =
        array::from_fn(|row| T::input(array::from_fn(|column| input.load(pixels[row][column] + channel))));
    (0..INPUTS).for_each(|column| {
        let values = T::input(array::from_fn(|row| rows[row][column]));
        for (row, value) in values.into_iter().enumerate() {
            store(row * INPUTS + column, value);
        }
    });
}

#[inline(always)]
fn transform_output<T: Transform<OUTPUTS, INPUTS>, const OUTPUTS: usize, const INPUTS: usize>(
    load: impl Fn(usize) -> Lanes,
) -> [[Lanes; OUTPUTS]; OUTPUTS] {
    let rows: [[Lanes; OUTPUTS]; INPUTS] =
        array::from_fn(|row| T::output(array::from_fn(|column| load(row * INPUTS + column))));
    let columns: [[Lanes; OUTPUTS]; OUTPUTS] =
        array::from_fn(|column| T::output(array::from_fn(|row| rows[row][column])));
    array::from_fn(|row| array::from_fn(|column| columns[column][row]))
}

#[inline(always)]
fn write<const OUTPUTS: usize>(
    values: &[[Lanes; OUTPUTS]; OUTPUTS],
    [image, row, column]: [usize; 3],
    channel: usize,
    output: &mut Output<'_>,
    finish: Finish<'_>,
) {
    let side = output.maps.side;
    for (row, values) in (row * OUTPUTS..side).zip(values) {
        for (column, &value) in (column * OUTPUTS..side).zip(values) {
            let value = finish.apply(value, channel, |maps| maps.index(image, row, column));
            output.store(output.maps.index(image, row, column) + channel, value);
        }
    }
}

#[inline(always)]
fn write_pooled<const OUTPUTS: usize>(
    values: &[[Lanes; OUTPUTS]; OUTPUTS],
    [image, row, column]: [usize; 3],
    channel: usize,
    side: usize,
    output: &mut Output<'_>,
    finish: Finish<'_>,
) {
    let get = |row: usize, column: usize, pixel: [usize; 2]| {
        finish.apply(values[row][column], channel, |maps| maps.index(image, pixel[0], pixel[1]))
    };
    for dy in (0..OUTPUTS - 1).step_by(2) {
        for dx in (0..OUTPUTS - 1).step_by(2) {
            let [y, x] = [row * OUTPUTS + dy, column * OUTPUTS + dx];
            if y + 1 < side && x + 1 < side {
                let upper = get(dy, dx, [y, x]).max(get(dy, dx + 1, [y, x + 1]));
                let lower = get(dy + 1, dx, [y + 1, x]).max(get(dy + 1, dx + 1, [y + 1, x + 1]));
                output.store(output.maps.index(image, y / 2, x / 2) + channel, upper.max(lower));
            }
        }
    }
}
