//! Arbitrary bytes as an image: no panic, bounded memory, a sample or a reason for rejection, on the command line as in a
//! dataset; what is read passes the check of what browsers decode. A file that was cut off is rejected, or nothing of its
//! image is missing. Checksums in PNG files are not verified where `cfg(fuzzing)` is set.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::{FolderReader, check_picture, decode_picture};
use mien_core::file_kind::{FileKind, clip_pictures, gif_frames};
use mien_fuzz::bounded;

/// Maximum width and height, in pixels.
const MAX_SIDE: u32 = 4096;

fuzz_target!(|input: &[u8]| {
    let picture = decode(input);
    let mut reader = FolderReader::default();
    bounded(|| reader.add("train/happy/a.png", input).unwrap());
    match reader.finish() {
        Ok(loaded) => {
            assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (1, 0));
            assert_eq!(check_picture(input), Ok(()));
        }
        Err(error) => {
            assert!(!error.to_string().is_empty() && picture.is_none());
            let _ = check_picture(input);
        }
    }
    // what is damaged may be readable without the damage
    let cut = decode(&input[..input.len() - input.len() / 4]);
    assert!(cut.is_none() || picture.is_none() || cut == picture, "a file that was cut off has another image");
    if let Some((size, pixels)) = picture {
        assert!(size.iter().all(|side| (1..=MAX_SIDE as usize).contains(side)));
        assert_eq!(pixels.len(), 4 * size[0] * size[1]);
        assert!(FileKind::of(input).is_image());
    }
    assert!(gif_frames(input, 2).is_none_or(|frames| frames <= 2));
    let pictures = clip_pictures(input);
    assert!(pictures.iter().all(|picture| picture.starts_with(b"\xff\xd8\xff")));
    assert!(input.ends_with(&pictures.concat()));
});

/// Width and height, and the pixels.
fn decode(file: &[u8]) -> Option<([usize; 2], Vec<u8>)> {
    match bounded(|| decode_picture(file, MAX_SIDE)) {
        Ok(frame) => Some(([frame.width(), frame.height()], frame.pixels().to_vec())),
        Err(reason) => {
            assert!(!reason.to_string().is_empty());
            None
        }
    }
}
