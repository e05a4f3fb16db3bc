//! Out of focus.

use super::byte;
use crate::vision::{CROP_PIXELS, CROP_SIDE, Crop};

/// Deviations beyond which the kernel is cut off.
const REACH: f32 = 3.0;

/// A Gaussian blur of a deviation in pixels, cut off at three deviations; the border repeats, so that a kernel may reach
/// beyond it by any amount.
pub fn blur(crop: &Crop, deviation: f32) -> Crop {
    let reach = (deviation * REACH).ceil() as usize;
    if reach == 0 {
        return crop.clone();
    }
    let weight = |distance: usize| (-0.5 * (distance as f32 / deviation).powi(2)).exp();
    let mut kernel: Vec<f32> = (0..=2 * reach).map(|index| weight(index.abs_diff(reach))).collect();
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|weight| *weight /= sum);
    let place = |index: usize, step: usize| (index + step).saturating_sub(reach).min(CROP_SIDE - 1);
    let source: Vec<f32> = crop.0.iter().map(|&pixel| f32::from(pixel)).collect();
    let pass = |source: &[f32], across: bool| -> Vec<f32> {
        (0..CROP_PIXELS)
            .map(|index| {
                let (row, column) = (index / CROP_SIDE, index % CROP_SIDE);
                let read = |step: usize| match across {
                    true => source[row * CROP_SIDE + place(column, step)],
                    false => source[place(row, step) * CROP_SIDE + column],
                };
                kernel.iter().enumerate().map(|(step, weight)| weight * read(step)).sum()
            })
            .collect()
    };
    let blurred = pass(&pass(&source, true), false);
    Crop(Box::new(std::array::from_fn(|index| byte(blurred[index]))))
}
