//! Bad lighting.

use super::{map, sign};
use crate::vision::{CROP_SIDE, Crop};

/// The column where a side shadow begins, counted from the lit side, and the number of columns until it is full.
const SHADOW: [f32; 2] = [16.0, 16.0];

/// `p + s · b`, clipped: `b` grey levels (0 to 255), with a random sign `s`.
pub fn brightness(crop: &Crop, levels: f32, seed: u64) -> Crop {
    let levels = levels * sign(seed);
    map(crop, |_, _, value| value + levels)
}

/// `m + c · (p − m)` around the mean `m`: `c` from 1 (no change) to 0 (uniform).
pub fn contrast(crop: &Crop, factor: f32) -> Crop {
    let (mean, _) = crop.mean_and_deviation();
    map(crop, |_, _, value| mean + factor * (value - mean))
}

/// `255 · (p / 255)^g`, or the power `1/g`, at random: `g` at least 1.
pub fn gamma(crop: &Crop, exponent: f32, seed: u64) -> Crop {
    let exponent = if sign(seed) > 0.0 { exponent } else { 1.0 / exponent };
    map(crop, |_, _, value| 255.0 * (value / 255.0).powf(exponent))
}

/// `p · (1 − a · t² (3 − 2 t))`: `a` (0 to 1) of the light is removed at one side; `t` runs from 0 to 1 over the middle
/// third.
pub fn side_shadow(crop: &Crop, share: f32, seed: u64) -> Crop {
    let left = sign(seed) > 0.0;
    let [begin, width] = SHADOW;
    map(crop, |_, column, value| {
        let x = column as f32 + 0.5;
        let from_light = if left { CROP_SIDE as f32 - x } else { x };
        let t = ((from_light - begin) / width).clamp(0.0, 1.0);
        value * (1.0 - share * t * t * (3.0 - 2.0 * t))
    })
}
