//! The clip of the fake camera.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, imageops};

const FRAMES: i64 = 12;

/// Writes a clip of 640×480 pixels in which the photo moves by a few pixels from frame to frame. The browser plays it in a
/// loop, so the movement ends where it starts.
pub fn write_clip(photo: &Path) -> PathBuf {
    let photo = image::open(photo).expect("the fixture is readable").to_rgb8();
    let clip = super::scratch().join("camera.mjpeg");
    let mut content = Vec::new();
    for frame in 0..FRAMES {
        let shift = 4 * frame.min(FRAMES - frame);
        let mut picture = RgbImage::from_pixel(640, 480, image::Rgb([96, 96, 96]));
        imageops::overlay(&mut picture, &photo, 40 + shift, shift / 2);
        JpegEncoder::new_with_quality(&mut content, 90).encode_image(&picture).expect("a frame");
    }
    std::fs::write(&clip, content).expect("the scratch folder is writable");
    clip
}
