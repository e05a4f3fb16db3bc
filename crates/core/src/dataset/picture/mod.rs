//! Picture files: the one reader of datasets and of the command line. Of the photos that the page's visitors choose, it reads
//! those that the browser cannot decode, and checks the others.
//!
//! The bytes of a file determine its format, its orientation is applied, and a file that ends early is rejected.
//! `docs/dataset.md` lists the formats.

mod jpeg;
mod values;
mod whole;

use std::borrow::Cow;
use std::io::{Cursor, ErrorKind};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage, imageops};

use super::Pixels;
use super::rejection::Rejection;
use crate::file_kind::{FileKind, HEAD};
use crate::vision::{CROP_SIDE, Frame, Point, Similarity};

/// Maximum size of an image file of a dataset, in bytes.
pub const MAX_IMAGE_BYTES: u64 = 16 << 20;

/// Maximum width and height of an image of a dataset, in pixels.
pub(super) const MAX_SIDE: u32 = 4096;

/// The same for photographs whose faces are cropped.
pub(super) const MAX_PHOTO_SIDE: u32 = 8192;

/// Maximum number of pixels of a JPEG whose codes are read before a browser's pixels are used.
const MAX_CHECKED_PIXELS: u64 = 150_000_000;

/// Maximum memory for decoding, in bytes per pixel of the largest picture: two of its pixels.
const MAX_PIXEL_BYTES: u64 = 8;

/// [`Frame::sample_grey`] averages all pixels up to this factor; larger images are shrunk before.
const MAX_SHRINKING: u32 = 6;

/// Decodes a picture file, upright: JPEG, PNG, WebP, BMP, TIFF, or the first picture of a GIF.
///
/// The format is determined by the content. Values that are no bytes are brought to 0 to 255, and transparency is kept, but not
/// used by [`Frame`]. At most `8 · max_side²` bytes are taken while decoding.
///
/// # Errors
/// When it is no picture, of another format, damaged or cut off, or wider or higher than `max_side` pixels.
pub fn decode_picture(file: &[u8], max_side: u32) -> Result<Frame, Rejection> {
    frame(decode(file, max_side)?.into_rgba8())
}

/// Decodes a picture file as [`decode_picture`] does, opaque, and shrinks it to a longer side of at most `longest` pixels.
/// Returns the width before that, too. Takes up to 512 MiB while decoding.
///
/// # Errors
/// As [`decode_picture`], for pictures wider or higher than 8192 pixels.
pub fn decode_photo(file: &[u8], longest: u32) -> Result<(Frame, u32), Rejection> {
    let mut picture = decode(file, MAX_PHOTO_SIDE)?.into_rgba8();
    let (width, height) = picture.dimensions();
    let side = width.max(height);
    if side > longest {
        let shrunk = |length: u32| (u64::from(length) * u64::from(longest) / u64::from(side)).max(1) as u32;
        picture = imageops::thumbnail(&picture, shrunk(width), shrunk(height));
    }
    picture.pixels_mut().for_each(|pixel| pixel.0[3] = u8::MAX);
    Ok((frame(picture)?, width))
}

/// Checks a picture file that another program decodes, such as a browser: it must not end early. Any other fault, and
/// formats that are not supported here, are left to that program.
///
/// # Errors
/// [`Rejection::ImageEnd`] if it does.
pub fn check_picture(file: &[u8]) -> Result<(), Rejection> {
    let is_decoded = || !matches!(decode(file, MAX_PHOTO_SIDE), Err(Rejection::ImageEnd));
    if is_whole_picture(file).unwrap_or_else(is_decoded) { Ok(()) } else { Err(Rejection::ImageEnd) }
}

/// As [`check_picture`], without decoding anything: whether the file is whole; `None` where only decoding tells (BMP, TIFF).
pub fn is_whole_picture(file: &[u8]) -> Option<bool> {
    match format(file) {
        Ok(ImageFormat::Bmp | ImageFormat::Tiff) => None,
        Ok(format) => Some(whole::is_whole(file, format, MAX_CHECKED_PIXELS)),
        Err(_) => Some(true),
    }
}

fn frame(picture: RgbaImage) -> Result<Frame, Rejection> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Frame::new(width, height, picture.into_raw()).map_err(|error| Rejection::Image(error.to_string()))
}

/// A rectangle of an upright image, in pixels: the face that is labelled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Region {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Region {
    /// Whether it contains a point.
    pub fn contains(&self, point: Point) -> bool {
        (self.left..=self.right).contains(&point.x) && (self.top..=self.bottom).contains(&point.y)
    }
}

/// A decoded image of a dataset, upright.
pub(super) struct Picture(RgbaImage);

impl Picture {
    /// Decodes an image file of at most `max_side` pixels in width and height.
    pub fn read(file: &[u8], max_side: u32) -> Result<Self, Rejection> {
        if file.len() as u64 > MAX_IMAGE_BYTES {
            return Err(Rejection::ImageFile(MAX_IMAGE_BYTES >> 20));
        }
        decode(file, max_side).map(|picture| Self(picture.into_rgba8()))
    }

    /// Whether it has the size of a crop.
    pub fn is_crop(&self) -> bool {
        (self.0.width(), self.0.height()) == (CROP_SIDE as u32, CROP_SIDE as u32)
    }

    /// Samples the central square, or the square around the middle of a region, as 48×48 grey pixels, in the same way as a
    /// face of a frame.
    pub fn pixels(&self, region: Option<Region>) -> Result<Pixels, Rejection> {
        let mut picture = Cow::Borrowed(&self.0);
        if let Some(region) = region {
            picture = Cow::Owned(cut_out(&picture, region)?);
        }
        let side = picture.width().min(picture.height());
        let max = CROP_SIDE as u32 * MAX_SHRINKING;
        if side > max {
            let shrunk = |length: u32| (u64::from(length) * u64::from(max) / u64::from(side)) as u32;
            picture = Cow::Owned(imageops::thumbnail(&*picture, shrunk(picture.width()), shrunk(picture.height())));
        }
        let frame = frame(picture.into_owned())?;
        let (width, height) = (frame.width() as f32, frame.height() as f32);
        let centre = Point::new(width / 2.0, height / 2.0);
        let crop_centre = Point::new(CROP_SIDE as f32 / 2.0, CROP_SIDE as f32 / 2.0);
        Ok(*frame.sample_grey(&Similarity::new(width.min(height) / CROP_SIDE as f32, 0.0, crop_centre, centre)).0)
    }

    /// The picture as a frame.
    pub fn into_frame(self) -> Result<Frame, Rejection> {
        frame(self.0)
    }
}

/// The square around the middle of a region, within the picture.
fn cut_out(picture: &RgbaImage, region: Region) -> Result<RgbaImage, Rejection> {
    let (width, height) = (region.right - region.left, region.bottom - region.top);
    let side = width.max(height).min(picture.width() as f32).min(picture.height() as f32).round();
    if !(side >= 1.0 && width > 0.0 && height > 0.0) {
        return Err(Rejection::Region);
    }
    let start =
        |from: f32, to: f32, length: u32| ((from + to - side) / 2.0).round().clamp(0.0, length as f32 - side) as u32;
    let x = start(region.left, region.right, picture.width());
    let y = start(region.top, region.bottom, picture.height());
    Ok(imageops::crop_imm(picture, x, y, side as u32, side as u32).to_image())
}

fn decode(file: &[u8], max_side: u32) -> Result<DynamicImage, Rejection> {
    let format = format(file)?;
    if !whole::is_whole(file, format, u64::from(max_side).pow(2)) {
        return Err(Rejection::ImageEnd);
    }
    let max_memory = u64::from(max_side).pow(2) * MAX_PIXEL_BYTES;
    let mut limits = Limits::default();
    limits.max_alloc = Some(max_memory);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    // the size is checked below, where it is known
    reader.limits(limits.clone());
    let array = || values::array(file, max_side, max_memory);
    let mut decoder = match reader.into_decoder() {
        Ok(decoder) => decoder,
        Err(error) if format == ImageFormat::Tiff => return array()?.ok_or_else(|| rejection(&error)),
        Err(error) => return Err(rejection(&error)),
    };
    let (width, height) = decoder.dimensions();
    if width > max_side || height > max_side {
        return Err(Rejection::ImageSize { width, height, most: max_side });
    }
    limits.reserve(decoder.total_bytes()).map_err(|error| rejection(&error))?;
    decoder.set_limits(limits).map_err(|error| rejection(&error))?;
    let orientation = decoder.orientation().map_err(|error| rejection(&error))?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| rejection(&error))?;
    let mut picture = values::to_bytes(picture)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The format of a picture file, by its content.
fn format(file: &[u8]) -> Result<ImageFormat, Rejection> {
    Ok(match FileKind::of(&file[..file.len().min(HEAD)]) {
        FileKind::Jpeg => ImageFormat::Jpeg,
        FileKind::Png { .. } => ImageFormat::Png,
        FileKind::WebP { .. } => ImageFormat::WebP,
        FileKind::Bmp => ImageFormat::Bmp,
        FileKind::Tiff => ImageFormat::Tiff,
        FileKind::Gif => ImageFormat::Gif,
        FileKind::Svg => return Err(Rejection::ImageFormat("SVG".to_owned())),
        FileKind::IsoImage => {
            let name = match file.get(8..12) {
                Some(b"avif" | b"avis") => "AVIF",
                Some(b"jxl " | b"\r\n\x87\n") => "JPEG XL",
                Some(b"crx ") => "CR3",
                _ => "HEIC",
            };
            return Err(Rejection::ImageFormat(name.to_owned()));
        }
        FileKind::OtherImage(format) => return Err(Rejection::ImageFormat(format.name().to_owned())),
        FileKind::GitLfs => return Err(Rejection::GitLfs),
        _ if file.is_empty() => return Err(Rejection::EmptyFile),
        _ => return Err(Rejection::NoImage),
    })
}

fn rejection(error: &ImageError) -> Rejection {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Rejection::ImageEnd,
        error => Rejection::Image(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use image::{GrayImage, RgbImage};
    use serde::Deserialize;

    use super::*;
    use crate::vision::CROP_PIXELS;

    fn picture_pixels(file: &[u8], region: Option<Region>) -> Result<Pixels, Rejection> {
        Picture::read(file, MAX_SIDE)?.pixels(region)
    }

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
        let pixels = picture_pixels(&file(picture.clone(), ImageFormat::Png), None).unwrap();
        assert_eq!(&pixels[..], picture.as_raw());
        let rough = picture_pixels(&file(picture, ImageFormat::Jpeg), None).unwrap();
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
            let pixels = picture_pixels(&file(picture, ImageFormat::Png), None).unwrap();
            // away from the discontinuities of the ramp
            for (x, y) in [(5, 5), (20, 9), (40, 33), (9, 40)] {
                let (got, expected) = (pixels[y * 48 + x], ramp(x as u32, y as u32));
                assert!(got.abs_diff(expected) <= 3, "{factor}: {got} {expected} at {x}, {y}");
            }
        }
        let one = GrayImage::from_pixel(1, 1, [77].into());
        assert_eq!(picture_pixels(&file(one, ImageFormat::Png), None).unwrap(), [77; CROP_PIXELS]);
    }

    /// What Pillow, NumPy and tifffile read from the files: see `make.py`.
    #[derive(Deserialize)]
    struct Expected {
        files: std::collections::BTreeMap<String, File>,
        contents: Vec<Content>,
    }

    #[derive(Deserialize)]
    struct File {
        content: usize,
        tolerance: u8,
    }

    #[derive(Deserialize)]
    struct Content {
        width: usize,
        height: usize,
        rgb: String,
    }

    fn fixture(name: &str) -> Vec<u8> {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/pictures"));
        std::fs::read(folder.join(name)).unwrap()
    }

    fn fixtures() -> Expected {
        serde_json::from_slice(&fixture("expected.json")).unwrap()
    }

    #[test]
    fn every_format_is_read_as_other_programs_read_it() {
        let expected = fixtures();
        assert!(expected.files.len() > 30);
        for (name, File { content, tolerance }) in expected.files {
            let Content { width, height, rgb } = &expected.contents[content];
            let frame = decode_picture(&fixture(&name), 4096).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((frame.width(), frame.height()), (*width, *height), "{name}");
            let expected = (0..rgb.len()).step_by(2).map(|at| u8::from_str_radix(&rgb[at..at + 2], 16).unwrap());
            let read = frame.pixels().chunks_exact(4).flat_map(|pixel| &pixel[..3]);
            let most = read.zip(expected).map(|(&read, expected)| read.abs_diff(expected)).max().unwrap();
            assert!(most <= tolerance, "{name}: {most}");
        }
    }

    #[test]
    fn a_file_that_was_cut_off_is_rejected() {
        for name in fixtures().files.keys() {
            let file = fixture(name);
            for length in [file.len() / 4, file.len() / 2, file.len() * 3 / 4, file.len() - 3] {
                if name == "first-of-two.gif" && length > file.len() / 2 {
                    continue; // the first picture is whole
                }
                let cut = &file[..length];
                let error = decode_picture(cut, 4096).expect_err(name);
                if name.ends_with(".bmp") || name.ends_with(".tiff") {
                    assert!(matches!(error, Rejection::ImageEnd | Rejection::Image(_)), "{name} of {length}: {error}");
                    assert_eq!(
                        check_picture(cut).is_err(),
                        error == Rejection::ImageEnd,
                        "{name} of {length}: {error}"
                    );
                } else {
                    assert_eq!(error, Rejection::ImageEnd, "{name} of {length} bytes");
                    assert_eq!(check_picture(cut), Err(Rejection::ImageEnd), "{name} of {length} bytes");
                }
            }
            assert_eq!(check_picture(&file), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_another_program_decodes_is_only_checked_for_its_end() {
        for file in [&b""[..], b"<svg/>", b"\0\0\0\x24ftypheic\0\0\0\0mif1", &fixture("refused-float32.tiff")] {
            assert_eq!(check_picture(file), Ok(()));
        }
        let mut damaged = fixture("colour.png");
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0xff;
        assert!(matches!(decode_picture(&damaged, 4096), Err(Rejection::Image(_))));
        assert_eq!(check_picture(&damaged), Ok(()));
        // a preallocated file, of which the rest was not downloaded
        let mut zeros = fixture("colour.png");
        zeros[middle..].fill(0);
        assert_eq!(check_picture(&zeros), Err(Rejection::ImageEnd));
    }

    #[test]
    fn photos_are_shrunk_and_opaque() {
        let picture = RgbaImage::from_fn(300, 100, |x, _| [if x < 150 { 10 } else { 200 }, 0, 0, 7].into());
        let file = file(picture, ImageFormat::Png);
        for (longest, width, height) in [(400, 300, 100), (300, 300, 100), (100, 100, 33), (1, 1, 1)] {
            let (frame, before) = decode_photo(&file, longest).unwrap();
            assert_eq!((frame.width(), frame.height(), before), (width, height, 300));
            assert!(frame.pixels().chunks_exact(4).all(|pixel| pixel[3] == 255));
        }
        let (frame, _) = decode_photo(&file, 100).unwrap();
        assert_eq!((frame.pixels()[0], frame.pixels()[4 * 99]), (10, 200));
    }

    #[test]
    fn values_without_a_meaning_are_refused() {
        let values = |name: &str| picture_pixels(&fixture(name), None).unwrap_err().to_string();
        assert!(values("refused-int32.tiff").contains("from 2000 to 22700"), "{}", values("refused-int32.tiff"));
        assert!(values("refused-float32.tiff").contains("from -108 to 99"), "{}", values("refused-float32.tiff"));
    }

    #[test]
    fn unsupported_formats_are_named() {
        let rejected = |file: &[u8]| picture_pixels(file, None).unwrap_err();
        assert_eq!(rejected(b"\0\0\0\x24ftypheic\0\0\0\0mif1"), Rejection::ImageFormat("HEIC".into()));
        assert_eq!(rejected(b"\0\0\0\x1cftypavif"), Rejection::ImageFormat("AVIF".into()));
        assert_eq!(rejected(b"\0\0\0\x0cJXL \r\n\x87\n"), Rejection::ImageFormat("JPEG XL".into()));
        assert_eq!(rejected(b"\0\0\0\x18ftypcrx \0\0\0\x01"), Rejection::ImageFormat("CR3".into()));
        assert_eq!(rejected(b"<svg/>"), Rejection::ImageFormat("SVG".into()));
        assert_eq!(rejected(b"8BPS\0\x01"), Rejection::ImageFormat("PSD".into()));
        assert_eq!(rejected(b"P6\n1 1\n255\nabc"), Rejection::ImageFormat("PNM (PBM, PGM, PPM)".into()));
        assert_eq!(rejected(b""), Rejection::EmptyFile);
        assert_eq!(rejected(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n"), Rejection::GitLfs);
        assert_eq!(rejected(b"dear diary"), Rejection::NoImage);
    }

    #[test]
    fn limits_are_kept() {
        let wide = file(GrayImage::new(5000, 1), ImageFormat::Png);
        assert!(matches!(picture_pixels(&wide, None), Err(Rejection::ImageSize { width: 5000, height: 1, .. })));
        assert!(decode_picture(&wide, 5000).is_ok());
        let large = vec![0; MAX_IMAGE_BYTES as usize + 1];
        assert_eq!(picture_pixels(&large, None), Err(Rejection::ImageFile(16)));
    }

    #[test]
    fn a_region_is_cut_out() {
        let picture = GrayImage::from_fn(200, 100, |x, y| [if x < 100 && y < 50 { 200 } else { 50 }].into());
        let file = file(picture, ImageFormat::Png);
        let pixels = |left, top, right, bottom| picture_pixels(&file, Some(Region { left, top, right, bottom }));
        assert_eq!(pixels(20.0, 10.0, 50.0, 40.0), Ok([200; CROP_PIXELS]));
        assert_eq!(pixels(-40.0, -20.0, 60.0, 60.0).map(|pixels| (pixels[0], pixels[CROP_PIXELS - 1])), Ok((200, 50)));
        assert_eq!(pixels(120.0, 10.0, 1e9, 1e9).map(|pixels| pixels[CROP_PIXELS - 1]), Ok(50));
        for (left, right) in [(20.0, 20.0), (30.0, 20.0), (f32::NAN, 20.0)] {
            assert_eq!(pixels(left, 10.0, right, 40.0), Err(Rejection::Region));
        }
    }
}
