//! Whether a picture file holds all that it promises, without its pixels. Decoders, and browsers above all, fill what a file
//! lacks with grey or black.

use image::ImageFormat;

use super::jpeg;
use crate::file_kind::gif_frames;

/// Whether a file of a format is whole; the first picture of an animated GIF is enough.
///
/// Of BMP and TIFF this is not known without decoding them. Of JPEGs of more than `max_pixels` pixels, see
/// [`jpeg::is_whole`].
pub(super) fn is_whole(file: &[u8], format: ImageFormat, max_pixels: u64) -> bool {
    match format {
        ImageFormat::Jpeg => jpeg::is_whole(file, max_pixels),
        ImageFormat::Png => has_end(file),
        ImageFormat::WebP => has_length(file),
        ImageFormat::Gif => gif_frames(file, 1).is_some(),
        _ => true,
    }
}

/// Whether the chunks of a PNG reach its end chunk.
fn has_end(file: &[u8]) -> bool {
    let mut rest = file.get(8..).unwrap_or_default();
    while let Some((&[a, b, c, d, kind @ ..], after)) = rest.split_first_chunk::<8>() {
        // the content and a checksum
        let length = u64::from(u32::from_be_bytes([a, b, c, d])) + 4;
        let Some((_, next)) = usize::try_from(length).ok().and_then(|length| after.split_at_checked(length)) else {
            return false;
        };
        if kind == *b"IEND" {
            return true;
        }
        rest = next;
    }
    false
}

/// Whether a WebP is as long as its header says. Some lack the zero that makes the length even.
fn has_length(file: &[u8]) -> bool {
    let length = file.get(4..).and_then(|rest| rest.first_chunk()).map_or(0, |&bytes| u32::from_le_bytes(bytes));
    file.len() as u64 + 1 >= u64::from(length) + 8
}
