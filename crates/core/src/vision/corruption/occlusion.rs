//! Occlusions of the face.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};

use super::byte;
use crate::vision::{CROP_SIDE, Crop};

/// The row of the eyes in FER2013's crops: the darkest row at the columns of the eyes in the mean of 2,000 Training images.
const EYES: f32 = 17.5;

/// The row of the mouth, from the same mean.
const MOUTH: f32 = 38.0;

/// The grey level of the bar over the eyes, like dark glasses.
const GLASSES: u8 = 20;

/// The grey level of the mask, like white cloth.
const MASK: u8 = 210;

/// Side of a random block, in pixels.
const BLOCK: usize = 8;

/// A dark bar over the eyes.
pub fn eyes(crop: &Crop, rows: f32) -> Crop {
    bar(crop, EYES, rows, GLASSES)
}

/// A bar in the mean grey of the crop over the mouth.
pub fn mouth(crop: &Crop, rows: f32) -> Crop {
    bar(crop, MOUTH, rows, byte(crop.mean_and_deviation().0))
}

/// A light mask over the bottom rows.
pub fn lower(crop: &Crop, rows: f32) -> Crop {
    bar(crop, CROP_SIDE as f32 - rows / 2.0, rows, MASK)
}

/// `count` (rounded) squares of 8×8 pixels in uniform grey, which may overlap. A larger count adds squares to those of a
/// smaller.
pub fn blocks(crop: &Crop, count: f32, seed: u64) -> Crop {
    let mut random = StdRng::seed_from_u64(seed);
    let mut covered = crop.clone();
    for _ in 0..count.round() as usize {
        let mut place = || random.random_range(0..=CROP_SIDE - BLOCK);
        let (top, left) = (place(), place());
        let grey = random.random::<u8>();
        for row in covered.0.chunks_exact_mut(CROP_SIDE).skip(top).take(BLOCK) {
            row[left..left + BLOCK].fill(grey);
        }
    }
    covered
}

/// Fills rows around `middle` with one grey.
fn bar(crop: &Crop, middle: f32, rows: f32, grey: u8) -> Crop {
    let from = (middle - rows / 2.0).round().max(0.0) as usize;
    let to = ((middle + rows / 2.0).round() as usize).min(CROP_SIDE);
    let mut covered = crop.clone();
    if from < to {
        covered.0[from * CROP_SIDE..to * CROP_SIDE].fill(grey);
    }
    covered
}
