//! An image file of any size as the pixels of a sample.

use std::io::Cursor;

use image::{DynamicImage, ImageReader, Limits, imageops};

use super::Pixels;
use super::rejection::Rejection;
use crate::vision::{CROP_SIDE, Frame, Point, Similarity};

/// Maximum size of an image file, in bytes.
pub const MAX_IMAGE_BYTES: u64 = 16 << 20;

/// Maximum width and height of an image, in pixels.
const MAX_SIDE: u32 = 4096;

/// Maximum memory for decoding, in bytes: twice an image of the largest size.
const MAX_DECODED_BYTES: u64 = MAX_SIDE as u64 * MAX_SIDE as u64 * 8;

/// [`Frame::sample_grey`] averages all pixels up to this factor; larger images are shrunk before.
const MAX_SHRINKING: u32 = 6;

/// Decodes a JPEG or PNG and samples its central square as 48×48 grey pixels, in the same way as a face of a frame.
pub(super) fn picture_pixels(file: &[u8]) -> Result<Pixels, Rejection> {
    if file.len() as u64 > MAX_IMAGE_BYTES {
        return Err(Rejection::ImageFile(MAX_IMAGE_BYTES >> 20));
    }
    let mut picture = decode(file)?;
    let side = picture.width().min(picture.height());
    let max = CROP_SIDE as u32 * MAX_SHRINKING;
    if side > max {
        let shrunk = |length: u32| (u64::from(length) * u64::from(max) / u64::from(side)) as u32;
        picture = DynamicImage::ImageRgba8(imageops::thumbnail(
            &picture.to_rgba8(),
            shrunk(picture.width()),
            shrunk(picture.height()),
        ));
    }
    let picture = picture.into_rgba8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let frame = Frame::new(width, height, picture.into_raw()).map_err(|error| Rejection::Image(error.to_string()))?;
    let centre = Point::new(width as f32 / 2.0, height as f32 / 2.0);
    let crop_centre = Point::new(CROP_SIDE as f32 / 2.0, CROP_SIDE as f32 / 2.0);
    let scale = width.min(height) as f32 / CROP_SIDE as f32;
    Ok(*frame.sample_grey(&Similarity::new(scale, 0.0, crop_centre, centre)).0)
}

fn decode(file: &[u8]) -> Result<DynamicImage, Rejection> {
    let damaged = |error: image::ImageError| Rejection::Image(error.to_string());
    let open = || {
        let reader = ImageReader::new(Cursor::new(file)).with_guessed_format();
        reader.map_err(|error| Rejection::Image(error.to_string()))
    };
    let (width, height) = open()?.into_dimensions().map_err(damaged)?;
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(Rejection::ImageSize { width, height, most: MAX_SIDE });
    }
    let mut reader = open()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    reader.decode().map_err(damaged)
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, ImageFormat, RgbImage};

    use super::*;
    use crate::vision::CROP_PIXELS;

    fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture.into().write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn ramp(x: u32, y: u32) -> u8 {
        (x * 3 + y * 2) as u8
    }

    #[test]
    fn an_image_of_the_right_size_keeps_its_pixels() {
        let picture = GrayImage::from_fn(48, 48, |x, y| [ramp(x, y)].into());
        let pixels = picture_pixels(&file(picture.clone(), ImageFormat::Png)).unwrap();
        assert_eq!(&pixels[..], picture.as_raw());
        let rough = picture_pixels(&file(picture, ImageFormat::Jpeg)).unwrap();
        assert!(rough.iter().zip(pixels).all(|(&a, b)| a.abs_diff(b) < 16));
    }

    #[test]
    fn other_sizes_are_averaged_to_it() {
        // each pixel of the target covers several of the source, alternately dark and bright
        for factor in [2, 6, 20] {
            let picture = RgbImage::from_fn(48 * factor, 48 * factor + 30, |x, y| {
                let y = y.saturating_sub(15);
                let stripe = if (x + y) % 2 == 0 { 10 } else { 0 };
                [ramp(x / factor, (y / factor).min(47)).clamp(10, 240) - 5 + stripe; 3].into()
            });
            let pixels = picture_pixels(&file(picture, ImageFormat::Png)).unwrap();
            // away from the discontinuities of the ramp
            for (x, y) in [(5, 5), (20, 9), (40, 33), (9, 40)] {
                let (got, expected) = (pixels[y * 48 + x], ramp(x as u32, y as u32));
                assert!(got.abs_diff(expected) <= 3, "{factor}: {got} {expected} at {x}, {y}");
            }
        }
        let one = GrayImage::from_pixel(1, 1, [77].into());
        assert_eq!(picture_pixels(&file(one, ImageFormat::Png)).unwrap(), [77; CROP_PIXELS]);
    }

    #[test]
    fn what_is_no_image_is_rejected() {
        assert!(matches!(picture_pixels(b""), Err(Rejection::Image(_))));
        assert!(matches!(picture_pixels(b"dear diary"), Err(Rejection::Image(_))));
        let whole = file(GrayImage::new(300, 300), ImageFormat::Png);
        assert!(matches!(picture_pixels(&whole[..whole.len() / 2]), Err(Rejection::Image(_))));
        let wide = file(GrayImage::new(5000, 1), ImageFormat::Png);
        assert!(matches!(picture_pixels(&wide), Err(Rejection::ImageSize { width: 5000, height: 1, .. })));
        let large = vec![0; MAX_IMAGE_BYTES as usize + 1];
        assert_eq!(picture_pixels(&large), Err(Rejection::ImageFile(16)));
    }
}
