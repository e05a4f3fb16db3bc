//! Pixels that are not bytes (16 bits, and the integers and floats of arrays), converted to 0 to 255 by the range of their
//! values.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageBuffer, Pixel, RgbImage};
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::{SampleFormat, Tag};
use tiff::{ColorType, TiffError};

use crate::dataset::Rejection;

/// What the values of a picture mean.
#[derive(Clone, Copy)]
enum Kind {
    /// 0 to 65535, or 0 to 255 if none is larger, as arrays are stored.
    Unsigned16,
    /// 0 to 255.
    Integer,
    /// 0 to 1 if none is larger, or else 0 to 255.
    Float,
}

/// The factor that brings values to 0 to 255.
///
/// # Errors
/// [`Rejection::ImageValues`] if they are outside of the range of their kind.
fn factor(kind: Kind, values: impl Iterator<Item = f64>) -> Result<f64, Rejection> {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        if value.is_nan() {
            (least, most) = (value, value);
            break;
        }
        (least, most) = (least.min(value), most.max(value));
    }
    match kind {
        Kind::Unsigned16 if most > 255.0 => Ok(1.0 / 257.0),
        Kind::Float if least >= 0.0 && most <= 1.0 => Ok(255.0),
        _ if least >= 0.0 && most <= 255.0 => Ok(1.0),
        _ => Err(Rejection::ImageValues { least: least.to_string(), most: most.to_string() }),
    }
}

/// A picture with bytes as values; transparency is dropped from those that had others.
pub(super) fn to_bytes(picture: DynamicImage) -> Result<DynamicImage, Rejection> {
    match picture {
        DynamicImage::ImageLuma16(picture) => pixels(&picture, Kind::Unsigned16),
        DynamicImage::ImageLumaA16(picture) => pixels(&picture, Kind::Unsigned16),
        DynamicImage::ImageRgb16(picture) => pixels(&picture, Kind::Unsigned16),
        DynamicImage::ImageRgba16(picture) => pixels(&picture, Kind::Unsigned16),
        DynamicImage::ImageRgb32F(picture) => pixels(&picture, Kind::Float),
        DynamicImage::ImageRgba32F(picture) => pixels(&picture, Kind::Float),
        picture => Ok(picture),
    }
}

fn pixels<P: Pixel<Subpixel: Into<f64>>>(
    picture: &ImageBuffer<P, Vec<P::Subpixel>>,
    kind: Kind,
) -> Result<DynamicImage, Rejection> {
    let colours = usize::from(P::CHANNEL_COUNT) - usize::from(P::HAS_ALPHA);
    let values =
        || picture.pixels().flat_map(|pixel| &pixel.channels()[..colours]).map(|&value| -> f64 { value.into() });
    let factor = factor(kind, values())?;
    bytes(picture.dimensions(), colours, values().map(|value| value * factor))
}

/// A grey or a coloured picture of values that are rounded.
fn bytes(
    (width, height): (u32, u32),
    colours: usize,
    values: impl Iterator<Item = f64>,
) -> Result<DynamicImage, Rejection> {
    let bytes = values.map(|value| value.round() as u8).collect();
    let picture = if colours == 1 {
        GrayImage::from_raw(width, height, bytes).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, bytes).map(DynamicImage::from)
    };
    picture.ok_or_else(|| Rejection::Image("its pixels do not match its size".to_owned()))
}

/// A TIFF of an array, grey, of a type that `image` does not read: signed integers, 32 and 64 bits, floats. `None` if it is
/// of another form.
///
/// # Errors
/// When it is damaged, would take more than `max_memory` bytes, or has values outside of their range.
pub(super) fn array(file: &[u8], max_side: u32, max_memory: u64) -> Result<Option<DynamicImage>, Rejection> {
    let damaged = |error: TiffError| match error {
        TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Rejection::ImageEnd,
        error => Rejection::Image(error.to_string()),
    };
    let mut limits = Limits::default();
    limits.decoding_buffer_size = usize::try_from(max_memory).unwrap_or(usize::MAX);
    limits.intermediate_buffer_size = limits.decoding_buffer_size;
    let mut decoder = Decoder::new(Cursor::new(file)).map_err(damaged)?.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(damaged)?;
    let Ok(ColorType::Gray(depth)) = decoder.colortype() else { return Ok(None) };
    let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).map_err(damaged)?;
    let format = formats.and_then(|formats| formats.first().copied());
    let is_signed_or_float = format.is_some_and(|format| format != SampleFormat::Uint.to_u16());
    if width > max_side || height > max_side || depth < 8 || depth <= 16 && !is_signed_or_float {
        return Ok(None);
    }
    let size = (width, height);
    match decoder.read_image().map_err(damaged)? {
        DecodingResult::I8(values) => grey(&values, f64::from, Kind::Integer, size),
        DecodingResult::I16(values) => grey(&values, f64::from, Kind::Integer, size),
        DecodingResult::I32(values) => grey(&values, f64::from, Kind::Integer, size),
        DecodingResult::I64(values) => grey(&values, |value| value as f64, Kind::Integer, size),
        DecodingResult::U32(values) => grey(&values, f64::from, Kind::Integer, size),
        DecodingResult::U64(values) => grey(&values, |value| value as f64, Kind::Integer, size),
        DecodingResult::F16(values) => grey(&values, f64::from, Kind::Float, size),
        DecodingResult::F32(values) => grey(&values, f64::from, Kind::Float, size),
        DecodingResult::F64(values) => grey(&values, |value| value, Kind::Float, size),
        DecodingResult::U8(_) | DecodingResult::U16(_) => return Ok(None),
    }
    .map(Some)
}

fn grey<T: Copy>(
    values: &[T],
    number: impl Fn(T) -> f64,
    kind: Kind,
    size: (u32, u32),
) -> Result<DynamicImage, Rejection> {
    let values = || values.iter().map(|&value| number(value));
    let factor = factor(kind, values())?;
    bytes(size, 1, values().map(|value| value * factor))
}
