//! Pooling of feature maps.

use crate::lanes::{LANES, Lanes};
use crate::maps::{Input, Output};

/// 2×2 max-pooling with stride 2; an odd last row or column is left out. `width` values of each pixel are computed.
pub(crate) fn halve(count: usize, width: usize, input: Input<'_>, output: &mut Output<'_>) {
    let side = output.maps.side;
    for pixel in 0..count * side * side {
        let [image, y, x] = [pixel / (side * side), pixel / side % side, pixel % side];
        let [a, b] = [input.maps.index(image, 2 * y, 2 * x), input.maps.index(image, 2 * y + 1, 2 * x)];
        let target = output.maps.index(image, y, x);
        for channel in (0..width).step_by(LANES) {
            let row = |index: usize| input.load(index + channel).max(input.load(index + input.maps.stride + channel));
            output.store(target + channel, row(a).max(row(b)));
        }
    }
}

/// 3×3 max-pooling with stride 1, over those pixels that are inside. `width` values of each pixel are computed.
pub(crate) fn dilate(count: usize, width: usize, input: Input<'_>, output: &mut Output<'_>) {
    let side = input.maps.side;
    for pixel in 0..count * side * side {
        let [image, y, x] = [pixel / (side * side), pixel / side % side, pixel % side];
        let target = output.maps.index(image, y, x);
        for channel in (0..width).step_by(LANES) {
            let mut most = input.load(input.maps.index(image, y, x) + channel);
            for y in y.saturating_sub(1)..(y + 2).min(side) {
                for x in x.saturating_sub(1)..(x + 2).min(side) {
                    most = most.max(input.load(input.maps.index(image, y, x) + channel));
                }
            }
            output.store(target + channel, most);
        }
    }
}

/// The mean of each channel. `width` values of each pixel are computed.
pub(crate) fn mean(count: usize, width: usize, input: Input<'_>, output: &mut Output<'_>) {
    let pixels = input.maps.side * input.maps.side;
    for image in 0..count {
        for channel in (0..width).step_by(LANES) {
            let mut sum = Lanes::splat(0.0);
            for pixel in 0..pixels {
                sum = sum + input.load(input.maps.index(image, 0, 0) + pixel * input.maps.stride + channel);
            }
            output.store(output.maps.index(image, 0, 0) + channel, sum * (1.0 / pixels as f32));
        }
    }
}
