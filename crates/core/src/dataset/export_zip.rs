//! A dataset as a zip of images in folders.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use rawzip::ZipArchiveWriter;

use super::Dataset;
use super::paths::file_name;
use crate::vision::CROP_SIDE;

/// Maximum number of letters of a name.
const MAX_NAME: usize = 100;

impl Dataset {
    /// Writes a zip of 48×48 grey PNGs, `split/class/name.png`; `names` are the paths or names of the original images, one for
    /// each sample. Equal names are numbered. Reading it gives the same dataset without groups.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_zip(&self, names: &[String], target: impl Write) -> io::Result<()> {
        let mut archive = ZipArchiveWriter::new(target);
        let mut paths = Paths::default();
        for sample in 0..self.len() {
            let stem = stem(names.get(sample).map_or("", String::as_str));
            let folder = format!("{}/{}", self.split(sample).name(), self.label(sample).name());
            let path = paths.free(&format!("{folder}/{stem}"));
            let mut png = Vec::new();
            let side = CROP_SIDE as u32;
            PngEncoder::new(&mut png)
                .write_image(self.pixels(sample), side, side, ExtendedColorType::L8)
                .map_err(io::Error::other)?;
            let (mut entry, config) = archive.new_file(path.as_str()).start().map_err(io::Error::other)?;
            let mut writer = config.wrap(&mut entry);
            writer.write_all(&png)?;
            let (_, output) = writer.finish().map_err(io::Error::other)?;
            entry.finish(output).map_err(io::Error::other)?;
        }
        archive.finish().map_err(io::Error::other)?.flush()
    }
}

/// The name of a file without its ending, as it can be that of a file everywhere: a colon is a drive's on Windows.
fn stem(path: &str) -> String {
    let name = file_name(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim_start_matches('.');
    let plain = |letter: char| if letter.is_control() || "<>:\"|?*".contains(letter) { '_' } else { letter };
    let stem: String = stem.chars().take(MAX_NAME).map(plain).collect();
    if stem.is_empty() { "image".to_owned() } else { stem }
}

/// Paths that are in an archive.
#[derive(Default)]
struct Paths {
    /// In lower case.
    taken: HashSet<String>,
    /// The number to try next for each path without an ending, in lower case.
    next: HashMap<String, u32>,
}

impl Paths {
    /// A path that no other file has, also where upper and lower case are the same.
    fn free(&mut self, path: &str) -> String {
        let number = self.next.entry(path.to_lowercase()).or_insert(1);
        loop {
            let path = if *number == 1 { format!("{path}.png") } else { format!("{path}-{number}.png") };
            *number += 1;
            if self.taken.insert(path.to_lowercase()) {
                return path;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::dataset::{Split, read};
    use crate::expression::Expression;
    use crate::vision::CROP_PIXELS;

    #[test]
    fn any_name_keeps_its_folder() {
        let names =
            ["c:x.jpg", "12:30", "..", ".x.png", "a\nb.png", "x?", "..\\..", &"é".repeat(2000), "", "image-2", "", ""];
        let mut dataset = Dataset::default();
        for sample in 0..names.len() {
            dataset.push([sample as u8; CROP_PIXELS], Expression::Fear, Split::PrivateTest, sample);
        }
        let mut file = Vec::new();
        dataset.write_zip(&names.map(str::to_owned), &mut file).unwrap();
        assert!(read(Cursor::new(file)).unwrap().dataset == dataset);
    }

    #[test]
    fn many_equal_names_are_numbered_at_once() {
        let mut paths = Paths::default();
        let last = (0..100_000).map(|_| paths.free("Training/sad/image")).last();
        assert_eq!(last.as_deref(), Some("Training/sad/image-100000.png"));
    }

    #[test]
    fn a_zip_is_read_as_it_was_written() {
        let mut dataset = Dataset::default();
        let names = ["a/x.jpg", "b/X.png", "c\\x.tar.gz", "d/x", "", "é.webp"].map(str::to_owned);
        for (sample, split) in (0..6).zip(Split::ALL.into_iter().cycle()) {
            let pixels = std::array::from_fn(|pixel| (pixel * (sample + 3)) as u8);
            dataset.push(pixels, Expression::ALL[sample % 2], split, sample);
        }
        // of equal names in one folder
        dataset.push([7; CROP_PIXELS], Expression::ALL[0], Split::ALL[0], 6);
        let names = [&names[..], &["x.bmp".to_owned()]].concat();
        let mut file = Vec::new();
        dataset.write_zip(&names, &mut file).unwrap();
        let text = String::from_utf8_lossy(&file).into_owned();
        for path in ["Training/angry/x.png", "Training/angry/x-2.png", "PublicTest/angry/image.png"] {
            assert!(text.contains(path), "{path}");
        }
        let loaded = read(Cursor::new(file)).unwrap();
        assert!(loaded.crops.is_none() && loaded.notes.is_empty(), "{:?}", loaded.notes);
        assert!(loaded.dataset == dataset);
    }
}
