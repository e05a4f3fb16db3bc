//! A perceptual hash: the signs of an image's lowest frequencies.

use std::f64::consts::PI;

use wide::f32x8;

use crate::dataset::Pixels;
use crate::dataset::deviation::{FLAT_DEVIATION, deviation};
use crate::vision::CROP_SIDE;

/// Side of a window. An image has 3×3 windows, so the central window of an image shifted by one pixel is another window of the
/// image itself, whatever the shift has put at its border.
pub(super) const WINDOW: usize = CROP_SIDE - 2;

/// Number of windows: offsets 0 to 2 in each direction.
const WINDOWS: usize = 9;

/// The window in the middle.
const CENTRE: usize = WINDOWS / 2;

/// Number of bits.
pub(super) const BITS: usize = 126;

/// Number of bands into which the bits are divided.
pub(super) const BANDS: usize = 9;

/// Frequencies that are computed in each direction; the selected ones are lower than 13.
const FREQUENCIES: usize = 16;

/// A coefficient counts as positive above this part of the deviation of an image, as those of symmetrical images would otherwise
/// have random signs.
const DEAD_ZONE: f32 = 0.1;

/// The hashes of an image.
pub(super) struct Hashes {
    /// That of its central window.
    pub central: u128,
    /// Those of all its windows, as they are and mirrored.
    pub all: [u128; 2 * WINDOWS],
}

/// Coefficients of the cosine transform of a window, by the frequency down and across.
type Coefficients = [Row; FREQUENCIES];

/// Coefficients of all frequencies across, for one row or frequency down.
type Row = [f32x8; FREQUENCIES / 8];

/// Computes hashes.
///
/// A bit is the sign of a coefficient of the discrete cosine transform. Brightness and contrast do not change signs; JPEG, blur and
/// gamma change few. Mirroring changes the signs of odd frequencies across.
pub(super) struct Hasher {
    /// The cosines of all frequencies, by pixel.
    cosines: Vec<[f32; FREQUENCIES]>,
    /// The same as vectors.
    rows: Vec<Row>,
    /// The frequencies across and down of each bit.
    bits: Vec<(usize, usize)>,
}

impl Hasher {
    pub fn new() -> Self {
        let cosine = |pixel: usize, frequency: usize| {
            libm::cos(PI * frequency as f64 * (pixel as f64 + 0.5) / WINDOW as f64) as f32
        };
        let cosines: Vec<[f32; FREQUENCIES]> =
            (0..WINDOW).map(|pixel| std::array::from_fn(|frequency| cosine(pixel, frequency))).collect();
        let rows = cosines.iter().map(vectors).collect();
        let all = (1..FREQUENCIES * FREQUENCIES).map(|index| (index % FREQUENCIES, index / FREQUENCIES));
        let mut lowest: Vec<(usize, usize)> = all.collect();
        lowest.sort_by_key(|&(across, down)| across * across + down * down);
        // each band gets frequencies of all sizes
        let bit = |index: usize| lowest[index % (BITS / BANDS) * BANDS + index / (BITS / BANDS)];
        Self { cosines, rows, bits: (0..BITS).map(bit).collect() }
    }

    /// The hashes of an image; `None` if it is near-constant.
    pub fn hashes(&self, pixels: &Pixels) -> Option<Hashes> {
        let deviation = deviation(pixels);
        if deviation <= FLAT_DEVIATION {
            return None;
        }
        let threshold = DEAD_ZONE * deviation * WINDOW as f32 / 2.0;
        let rows = self.transform_rows(pixels);
        let mut all = [0; 2 * WINDOWS];
        for window in 0..WINDOWS {
            let coefficients = self.transform_columns(&rows[window % 3], window / 3);
            (all[window], all[WINDOWS + window]) = self.signs(coefficients, threshold);
        }
        Some(Hashes { central: all[CENTRE], all })
    }

    /// For each offset across, the transform of each row.
    fn transform_rows(&self, pixels: &Pixels) -> [[Row; CROP_SIDE]; 3] {
        let pixels = pixels.as_chunks::<CROP_SIDE>().0;
        std::array::from_fn(|offset| {
            std::array::from_fn(|row| {
                let mut sums = Row::default();
                for (cosines, &pixel) in self.rows.iter().zip(&pixels[row][offset..]) {
                    add_scaled(&mut sums, cosines, f32::from(pixel));
                }
                sums
            })
        })
    }

    /// The coefficients of a window, of transformed rows, from an offset down.
    fn transform_columns(&self, rows: &[Row; CROP_SIDE], offset: usize) -> Coefficients {
        let mut coefficients = Coefficients::default();
        for (cosines, row) in self.cosines.iter().zip(&rows[offset..]) {
            for (sums, &cosine) in coefficients.iter_mut().zip(cosines) {
                add_scaled(sums, row, cosine);
            }
        }
        coefficients
    }

    /// The hash of a window, and that of the mirrored window.
    fn signs(&self, coefficients: Coefficients, threshold: f32) -> (u128, u128) {
        let coefficients = coefficients.map(|row| row.map(f32x8::to_array));
        let (mut plain, mut mirrored) = (0, 0);
        for (bit, &(across, down)) in self.bits.iter().enumerate() {
            let coefficient = coefficients[down].as_flattened()[across];
            let reflected = if across % 2 == 1 { -coefficient } else { coefficient };
            plain |= u128::from(coefficient > threshold) << bit;
            mirrored |= u128::from(reflected > threshold) << bit;
        }
        (plain, mirrored)
    }
}

fn vectors(values: &[f32; FREQUENCIES]) -> Row {
    let chunks = values.as_chunks().0;
    std::array::from_fn(|index| f32x8::new(chunks[index]))
}

fn add_scaled(sums: &mut Row, values: &Row, factor: f32) {
    let factor = f32x8::splat(factor);
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum += factor * value;
    }
}
