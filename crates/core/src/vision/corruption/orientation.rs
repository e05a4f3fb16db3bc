//! Rotation, translation and scaling of the face. The border is repeated outside the crop.

use super::{byte, sign};
use crate::random::derive_seed;
use crate::vision::{AxisPosition, CROP_PIXELS, CROP_SIDE, Crop, Point, Similarity, bilinear};

const MIDDLE: f32 = CROP_SIDE as f32 / 2.0;

/// The distance of the camera from the plane that [`yaw`] rotates, in half sides of the crop.
const DISTANCE: f32 = 4.0;

/// A rotation about the centre, in degrees.
pub fn roll(crop: &Crop, degrees: f32, seed: u64) -> Crop {
    similar(crop, &Similarity::new(1.0, sign(seed) * degrees.to_radians(), middle(), middle()))
}

/// A rotation about the vertical axis, in degrees (less than 70), in perspective from a distance of 4 half sides. With
/// coordinates from −1 to 1 relative to the centre, the pixel at (u, v) shows what was at x = u / (cos a − u · sin a / 4),
/// y = v · (1 + x · sin a / 4).
pub fn yaw(crop: &Crop, degrees: f32, seed: u64) -> Crop {
    let (sine, cosine) = (sign(seed) * degrees.to_radians()).sin_cos();
    let tilt = sine / DISTANCE;
    resample(crop, |target| {
        let (u, v) = (target.x / MIDDLE - 1.0, target.y / MIDDLE - 1.0);
        let x = u / (cosine - u * tilt);
        Point::new((x + 1.0) * MIDDLE, (v * (1.0 + x * tilt) + 1.0) * MIDDLE)
    })
}

/// A translation by a percentage of the side.
pub fn shift(crop: &Crop, percent: f32, seed: u64) -> Crop {
    // 24 bits, as many as an f32 holds
    let angle = std::f32::consts::TAU * (derive_seed(seed, 1) >> 40) as f32 / (1_u64 << 24) as f32;
    let length = percent / 100.0 * CROP_SIDE as f32;
    let to = Point::new(MIDDLE + length * angle.cos(), MIDDLE + length * angle.sin());
    similar(crop, &Similarity::new(1.0, 0.0, middle(), to))
}

/// A crop of `factor` times the side around the same centre: less than 1 is tighter, more is wider.
pub fn scale(crop: &Crop, factor: f32) -> Crop {
    similar(crop, &Similarity::new(factor, 0.0, middle(), middle()))
}

fn middle() -> Point {
    Point::new(MIDDLE, MIDDLE)
}

fn similar(crop: &Crop, source_from_target: &Similarity) -> Crop {
    resample(crop, |target| source_from_target.apply(target))
}

/// Samples every pixel bilinearly at the position that a transform returns.
fn resample(crop: &Crop, source_from_target: impl Fn(Point) -> Point) -> Crop {
    let mut resampled = Box::new([0; CROP_PIXELS]);
    for (index, pixel) in resampled.iter_mut().enumerate() {
        let target = Point::new((index % CROP_SIDE) as f32 + 0.5, (index / CROP_SIDE) as f32 + 0.5);
        let source = source_from_target(target);
        let [x, y] = [source.x, source.y].map(|place| AxisPosition::new(place - 0.5, CROP_SIDE));
        *pixel = byte(bilinear(x, y, |column, row| f32::from(crop.0[row * CROP_SIDE + column])));
    }
    Crop(resampled)
}
