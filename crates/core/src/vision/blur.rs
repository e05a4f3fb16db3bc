//! A Gaussian blur.

use super::{CROP_PIXELS, CROP_SIDE};

/// A 48×48 image, row by row, blurred by a Gaussian with a standard deviation in pixels, more than 0, whose kernel is cut off
/// `reach` pixels from its centre. The border repeats, so the kernel may reach beyond it by any amount.
pub(crate) fn gaussian_blur(image: &[f32], deviation: f32, reach: usize) -> Vec<f32> {
    let weight = |distance: usize| (-0.5 * (distance as f32 / deviation).powi(2)).exp();
    let mut kernel: Vec<f32> = (0..=2 * reach).map(|index| weight(index.abs_diff(reach))).collect();
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|weight| *weight /= sum);
    let place = |index: usize, step: usize| (index + step).saturating_sub(reach).min(CROP_SIDE - 1);
    let pass = |image: &[f32], across: bool| -> Vec<f32> {
        (0..CROP_PIXELS)
            .map(|index| {
                let (row, column) = (index / CROP_SIDE, index % CROP_SIDE);
                let read = |step: usize| match across {
                    true => image[row * CROP_SIDE + place(column, step)],
                    false => image[place(row, step) * CROP_SIDE + column],
                };
                kernel.iter().enumerate().map(|(step, weight)| weight * read(step)).sum()
            })
            .collect()
    };
    pass(&pass(image, true), false)
}
