//! The fine structure of an image, which distinguishes two photographs from two copies of one.

use std::ops::Add;

use wide::{i16x8, i32x4, u16x8};

use super::hash::WINDOW;
use crate::dataset::Pixels;
use crate::vision::{CROP_PIXELS, CROP_SIDE};

/// Pixels that the image is extended by, by repeating its border: the larger mean reaches so far.
const REACH: usize = 3;

/// Offsets of a window in each direction: 0 to 2; the central window has 1.
const OFFSETS: usize = CROP_SIDE - WINDOW + 1;

/// Side of the extended image.
const EXTENDED: usize = CROP_SIDE + 2 * REACH;

/// Steps per grey level.
const SCALE: i32 = 16;

/// An image without what is larger than a few pixels or smaller than two: the mean of 3×3 pixels less that of 7×7. All faces have
/// the rest in common, and compression and blur change the smallest structures most.
pub(super) struct Detail {
    /// By pixel.
    values: [i16; CROP_PIXELS],
    /// The sum of the squares of each window, by its offset down and across.
    squares: [[i64; OFFSETS]; OFFSETS],
}

impl Detail {
    pub fn of(pixels: &Pixels) -> Self {
        let near = |index: usize| index.saturating_sub(REACH).min(CROP_SIDE - 1);
        // sums of 3 and 7 pixels across, at most 1785
        let mut across = [[[0_u16; CROP_SIDE]; 2]; EXTENDED];
        for (row, [small, large]) in across.iter_mut().enumerate() {
            let row: [u16; EXTENDED] =
                std::array::from_fn(|column| u16::from(pixels[near(row) * CROP_SIDE + near(column)]));
            for offset in 2..5 {
                add(small, &row[offset..]);
            }
            for offset in 0..7 {
                add(large, &row[offset..]);
            }
        }
        let mut values = [0; CROP_PIXELS];
        for (row, values) in values.as_chunks_mut::<CROP_SIDE>().0.iter_mut().enumerate() {
            // sums of 3×3 and 7×7 pixels, at most 12,495
            let (mut small, mut large) = ([0; CROP_SIDE], [0; CROP_SIDE]);
            across[row + 2..row + 5].iter().for_each(|sums| add(&mut small, &sums[0]));
            across[row..row + 7].iter().for_each(|sums| add(&mut large, &sums[1]));
            for ((value, small), large) in values.iter_mut().zip(small).zip(large) {
                // at most 255 · 16
                *value = ((49 * i32::from(small) - 9 * i32::from(large)) * SCALE / (9 * 49)) as i16;
            }
        }
        Self { squares: squares(&values), values }
    }

    /// That of the mirrored image.
    pub fn mirrored(&self) -> Self {
        let (mut values, mut squares) = (self.values, self.squares);
        values.as_chunks_mut::<CROP_SIDE>().0.iter_mut().for_each(|row| row.reverse());
        squares.iter_mut().for_each(|row| row.reverse());
        Self { values, squares }
    }

    /// The normalized correlation of the central window with the most similar window of another image, -1 to 1; 0 if one of them
    /// has no detail.
    pub fn correlation(&self, other: &Self) -> f32 {
        let offsets = (0..OFFSETS).flat_map(|down| (0..OFFSETS).map(move |across| (down, across)));
        offsets.map(|offset| self.correlation_at(other, offset)).fold(-1.0, f32::max)
    }

    fn correlation_at(&self, other: &Self, (down, across): (usize, usize)) -> f32 {
        let (rows, others) = (self.values.as_chunks::<CROP_SIDE>().0, other.values.as_chunks::<CROP_SIDE>().0);
        let rows = rows[1..].iter().zip(&others[down..]).take(WINDOW);
        let product: i64 = rows.map(|(a, b)| i64::from(dot(&a[1..1 + WINDOW], &b[across..across + WINDOW]))).sum();
        let scale = (self.squares[1][1] as f64).sqrt() * (other.squares[down][across] as f64).sqrt();
        if scale > 0.0 { (product as f64 / scale) as f32 } else { 0.0 }
    }
}

/// The sum of the squares of each window, by its offset down and across.
fn squares(values: &[i16; CROP_PIXELS]) -> [[i64; OFFSETS]; OFFSETS] {
    let mut sums = [[0; OFFSETS]; OFFSETS];
    for (index, row) in values.as_chunks::<CROP_SIDE>().0.iter().enumerate() {
        let across: [i64; OFFSETS] = std::array::from_fn(|offset| {
            let window = &row[offset..offset + WINDOW];
            i64::from(dot(window, window))
        });
        for (down, sums) in sums.iter_mut().enumerate() {
            if (down..down + WINDOW).contains(&index) {
                sums.iter_mut().zip(across).for_each(|(sum, square)| *sum += square);
            }
        }
    }
    sums
}

/// Adds the first 48 values.
fn add(sums: &mut [u16; CROP_SIDE], values: &[u16]) {
    for (sums, &values) in sums.as_chunks_mut::<8>().0.iter_mut().zip(values.as_chunks::<8>().0) {
        *sums = (u16x8::new(*sums) + u16x8::new(values)).to_array();
    }
}

/// The sum of the products of two windows' rows, at most 46 · 4080².
fn dot(a: &[i16], b: &[i16]) -> i32 {
    let [(chunks, rest), (others, other_rest)] = [a, b].map(<[i16]>::as_chunks::<8>);
    let pairs = chunks.iter().zip(others).map(|(&a, &b)| i16x8::new(a).dot(i16x8::new(b)));
    let products = rest.iter().zip(other_rest).map(|(&a, &b)| i32::from(a).wrapping_mul(i32::from(b)));
    products.fold(pairs.fold(i32x4::ZERO, Add::add).reduce_add(), i32::wrapping_add)
}
