//! Low resolution and JPEG compression.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};

use super::byte;
use crate::vision::{AxisPosition, CROP_PIXELS, CROP_SIDE, Crop, bilinear};

/// Reduces to a square with `side` pixels per side (rounded), each the mean of the area that it covers, and enlarges
/// bilinearly.
pub fn resolution(crop: &Crop, side: f32) -> Crop {
    let side = (side.round() as usize).clamp(1, CROP_SIDE);
    let small = shrink(crop, side);
    let place = |index: usize| AxisPosition::resized(index, CROP_SIDE, side);
    let mut enlarged = Box::new([0; CROP_PIXELS]);
    for (index, pixel) in enlarged.iter_mut().enumerate() {
        let (x, y) = (place(index % CROP_SIDE), place(index / CROP_SIDE));
        *pixel = byte(bilinear(x, y, |column, row| f32::from(small[row * side + column])));
    }
    Crop(enlarged)
}

/// The mean of each area, weighted by the overlap with each pixel, as bytes.
fn shrink(crop: &Crop, side: usize) -> Vec<u8> {
    let ratio = CROP_SIDE as f32 / side as f32;
    // the pixels of an interval and their overlap with it
    let covered = |index: usize| {
        let (from, to) = (index as f32 * ratio, (index as f32 + 1.0) * ratio);
        (from as usize..(to.ceil() as usize).min(CROP_SIDE))
            .map(move |pixel| (pixel, to.min(pixel as f32 + 1.0) - from.max(pixel as f32)))
    };
    let mut small = Vec::with_capacity(side * side);
    for row in 0..side {
        for column in 0..side {
            let mut sum = 0.0;
            for (y, height) in covered(row) {
                for (x, width) in covered(column) {
                    sum += height * width * f32::from(crop.0[y * CROP_SIDE + x]);
                }
            }
            small.push(byte(sum / (ratio * ratio)));
        }
    }
    small
}

/// Compressed as a grey baseline JPEG with a quality from 1 to 100 (rounded).
pub fn jpeg(crop: &Crop, quality: f32) -> Crop {
    recompressed(crop, quality.round().clamp(1.0, 100.0) as u8).unwrap_or_else(|| crop.clone())
}

/// `None` only if encoding or decoding fails.
fn recompressed(crop: &Crop, quality: u8) -> Option<Crop> {
    let mut encoded = Vec::new();
    let side = CROP_SIDE as u32;
    JpegEncoder::new_with_quality(&mut encoded, quality)
        .encode(crop.bytes(), side, side, ExtendedColorType::L8)
        .ok()?;
    let image = image::load_from_memory_with_format(&encoded, ImageFormat::Jpeg).ok()?;
    Some(Crop(image.into_luma8().into_raw().try_into().ok()?))
}
