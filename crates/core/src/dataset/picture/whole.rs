//! Whether a picture file is complete, without decoding its pixels. Decoders, and browsers above all, fill what is missing
//! with grey or black.

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
        ImageFormat::WebP => has_chunks(file),
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

/// Whether a WebP is as long as its header says, and each of its chunks within it. Some lack the zero that makes the length even.
fn has_chunks(file: &[u8]) -> bool {
    let number = |at: usize| file.get(at..).and_then(|rest| rest.first_chunk()).map(|&bytes| u32::from_le_bytes(bytes));
    let end = u64::from(number(4).unwrap_or_default()) + 8;
    if file.len() as u64 + 1 < end {
        return false;
    }
    // behind the kind of the file; a chunk begins with its kind and its length
    let mut at = 12;
    while let Some(length) = number(at + 4).filter(|_| (at as u64) < end) {
        let rest = file.len() - (at + 8);
        match usize::try_from(length) {
            Ok(length) if length <= rest => at += 8 + length + length % 2,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webp_has_all_of_its_chunks() {
        let file = include_bytes!("../../../../../fuzz/seeds/image/orientation-6.webp").to_vec();
        let exif = file.windows(4).position(|part| part == b"EXIF").unwrap();
        assert!(is_whole(&file, ImageFormat::WebP, 0));
        assert!(!is_whole(&file[..file.len() - 2], ImageFormat::WebP, 0));
        let mut long = file.clone();
        long[exif + 4] += 2;
        assert!(!is_whole(&long, ImageFormat::WebP, 0), "it ends before this chunk does");
        let mut followed = file;
        followed.extend(b"anything else");
        assert!(is_whole(&followed, ImageFormat::WebP, 0));
    }
}
