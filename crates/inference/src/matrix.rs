//! Multiplication of matrices, blocked for registers and for the first-level cache.

use crate::lanes::{LANES, Lanes};

/// Columns of a panel.
pub(crate) const PANEL: usize = 2 * LANES;

/// Rows that are computed at once. A processor with 16 registers holds the sums of six, and two factors; where products are not
/// added in one instruction, they need registers too.
const ROWS: usize = if cfg!(target_feature = "relaxed-simd") { 6 } else { 4 };

/// The values of the rows that are multiplied by all panels before the next ones, about two thirds of a first-level cache.
const CACHED: usize = 8 << 10;

/// The right factor `[depth, columns]` of a product, stored in panels of [`PANEL`] columns, with zeros after the last column.
pub(crate) struct Panels {
    depth: usize,
    /// Not arrays: the engine is optimized for size when it is linked, and an array is loaded value by value then.
    values: Vec<[Lanes; 2]>,
}

/// The left factor of a product: rows of values, `stride` values apart.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub values: &'a [f32],
    pub stride: usize,
    pub count: usize,
}

impl Panels {
    /// Zeros.
    pub fn new(depth: usize, columns: usize) -> Self {
        Self { depth, values: vec![[Lanes::splat(0.0); 2]; depth * columns.div_ceil(PANEL)] }
    }

    /// The transposed of a matrix `[columns, depth]`, row by row.
    pub fn transposed(depth: usize, values: &[f32]) -> Self {
        let depth_or_one = depth.max(1);
        let mut panels = Self::new(depth, values.len() / depth_or_one);
        for (index, &value) in values.iter().enumerate() {
            panels.set(index % depth_or_one, index / depth_or_one, value);
        }
        panels
    }

    /// The number of values, with the zeros.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        PANEL * self.values.len()
    }

    /// Sets a value.
    pub fn set(&mut self, row: usize, column: usize, value: f32) {
        let lanes = &mut self.values[column / PANEL * self.depth + row][column % PANEL / LANES];
        let mut values = lanes.to_array();
        values[column % LANES] = value;
        *lanes = Lanes::new(values);
    }

    /// Multiplies, and passes each row of each panel of the product to `finish`, with the indices of the row and of the
    /// panel's first column.
    #[inline(always)]
    pub fn multiply(&self, rows: Rows<'_>, mut finish: impl FnMut(usize, usize, [Lanes; 2])) {
        let most = (CACHED / self.depth.max(1)).max(4 * ROWS);
        let mut done = 0;
        while done < rows.count {
            let end = rows.count.min(done + most);
            for (index, panel) in self.values.chunks_exact(self.depth.max(1)).enumerate() {
                let column = index * PANEL;
                let mut row = done;
                while row < end {
                    let left = end - row;
                    // of even sizes, since a single row is slow
                    let some = left.div_ceil(left.div_ceil(ROWS));
                    match some {
                        1 => block::<1>(rows, row, panel, column, &mut finish),
                        2 => block::<2>(rows, row, panel, column, &mut finish),
                        3 => block::<3>(rows, row, panel, column, &mut finish),
                        4 => block::<4>(rows, row, panel, column, &mut finish),
                        5 => block::<5>(rows, row, panel, column, &mut finish),
                        _ => block::<6>(rows, row, panel, column, &mut finish),
                    }
                    row += some;
                }
            }
            done = end;
        }
    }
}

#[inline(always)]
fn block<const COUNT: usize>(
    rows: Rows<'_>,
    first: usize,
    panel: &[[Lanes; 2]],
    column: usize,
    finish: &mut impl FnMut(usize, usize, [Lanes; 2]),
) {
    let values: [&[f32]; COUNT] = std::array::from_fn(|row| &rows.values[(first + row) * rows.stride..][..panel.len()]);
    let mut sums = [[Lanes::splat(0.0); 2]; COUNT];
    for (index, &[low, high]) in panel.iter().enumerate() {
        for (sum, row) in sums.iter_mut().zip(values) {
            let value = Lanes::splat(row[index]);
            *sum = [sum[0].add_product(value, low), sum[1].add_product(value, high)];
        }
    }
    for (row, sum) in sums.into_iter().enumerate() {
        finish(first + row, column, sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn products_are_sums_of_products(count in 1_usize..40, depth in 1_usize..40, columns in 1_usize..30, gap in 0_usize..3) {
            let stride = depth + gap;
            let left: Vec<f32> = (0..count * stride).map(|index| (index * 7 % 13) as f32 - 6.0).collect();
            let right = |row: usize, column: usize| (row * 5 + column * 3) as f32 % 11.0 - 5.0;
            let mut panels = Panels::new(depth, columns);
            for row in 0..depth {
                (0..columns).for_each(|column| panels.set(row, column, right(row, column)));
            }
            let width = columns.next_multiple_of(PANEL);
            let mut product = vec![f32::NAN; count * width];
            panels.multiply(Rows { values: &left, stride, count }, |row, column, sums| {
                for (part, sum) in sums.into_iter().enumerate() {
                    sum.store(&mut product[row * width + column + part * LANES..]);
                }
            });
            for row in 0..count {
                for column in 0..width {
                    let of = |index: usize| left[row * stride + index] * right(index, column);
                    let expected: f32 = if column < columns { (0..depth).map(of).sum() } else { 0.0 };
                    prop_assert_eq!(product[row * width + column], expected);
                }
            }
        }
    }
}
