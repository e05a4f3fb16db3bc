//! A dataset as a zip of images in folders.

use std::collections::HashSet;
use std::io::{self, Write};

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use rawzip::ZipArchiveWriter;

use super::Dataset;
use super::folder::file_name;
use crate::vision::CROP_SIDE;

impl Dataset {
    /// Writes a zip of 48×48 grey PNGs, `split/class/name.png`; `names` are the paths or names of the original images, one for
    /// each sample. Equal names are numbered. Reading it gives the same dataset without groups.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_zip(&self, names: &[String], target: impl Write) -> io::Result<()> {
        let mut archive = ZipArchiveWriter::new(target);
        let mut taken = HashSet::new();
        for sample in 0..self.len() {
            let name = names.get(sample).map_or("", |name| file_name(name));
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim_start_matches('.');
            let folder = format!("{}/{}", self.split(sample).name(), self.label(sample).name());
            let path = free(&mut taken, &folder, if stem.is_empty() { "image" } else { stem });
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

/// A path that no other file has, also where upper and lower case are the same.
fn free(taken: &mut HashSet<String>, folder: &str, stem: &str) -> String {
    let numbered = (2_u32..).map(|number| format!("{folder}/{stem}-{number}.png"));
    let mut paths = std::iter::once(format!("{folder}/{stem}.png")).chain(numbered);
    // the numbers do not end before the samples
    paths.find(|path| taken.insert(path.to_lowercase())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::dataset::{Split, read};
    use crate::expression::Expression;
    use crate::vision::CROP_PIXELS;

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
