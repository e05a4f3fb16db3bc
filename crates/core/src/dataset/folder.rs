//! Images in folders that are named after split and class, such as `train/happy/x.jpg`.

use std::io::Read;

use super::Split;
use super::picture::{MAX_IMAGE_BYTES, picture_pixels};
use super::reading::{LoadNote, LoadedDataset, MAX_BYTES, MAX_SAMPLES, ReadError};
use super::rejection::{Location, Rejection, Rejections};
use crate::expression::Expression;
use crate::file_kind::FileKind;

/// Endings of image files. A file with one of them is rejected, and not skipped, if it is no image by its content.
const IMAGE_ENDINGS: [&str; 12] =
    ["jpg", "jpeg", "jfif", "png", "webp", "bmp", "tif", "tiff", "gif", "heic", "heif", "avif"];

/// Maximum number of bytes of a path that are shown.
const MAX_PATH_LENGTH: usize = 260;

/// Reads images one by one, from a folder or a zip file. The path of each needs a folder that is named after its class, and
/// may have one that is named after its split.
#[derive(Debug, Default)]
pub struct FolderReader {
    loaded: LoadedDataset,
    images: usize,
    bytes: u64,
    skipped: usize,
    unsplit: usize,
    tests: Vec<usize>,
    has_validation: bool,
}

impl FolderReader {
    /// Whether a file belongs to what operating systems add, which is skipped unread.
    pub fn is_hidden(path: &str) -> bool {
        is_hidden(path)
    }

    /// Whether a file is an image, or is named like one, by its path and its first [`Self::HEAD`] bytes.
    pub fn is_image(path: &str, head: &[u8]) -> bool {
        !is_hidden(path) && (FileKind::of(head).is_image() || has_ending(path, &IMAGE_ENDINGS))
    }

    /// The number of bytes by which an image is told from other files.
    pub const HEAD: usize = 64;

    /// Adds an image or rejects it, or skips another file, of which only the beginning is read.
    ///
    /// # Errors
    /// When reading fails, or there are too many samples or bytes.
    pub fn read(&mut self, path: &str, file: impl Read) -> Result<(), ReadError> {
        let mut file = file.take(MAX_IMAGE_BYTES + 1);
        let mut bytes = Vec::new();
        file.by_ref().take(Self::HEAD as u64).read_to_end(&mut bytes)?;
        if Self::is_image(path, &bytes) {
            file.read_to_end(&mut bytes)?;
        }
        self.add(path, &bytes)
    }

    /// Adds an image or rejects it. Other files are skipped.
    ///
    /// # Errors
    /// When there are too many samples or bytes.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), ReadError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > MAX_BYTES {
            return Err(ReadError::TooLarge);
        }
        if !Self::is_image(path, &bytes[..bytes.len().min(Self::HEAD)]) {
            self.skip(1);
            return Ok(());
        }
        let Some(label) = folders(path).find_map(class) else {
            self.reject(path, Rejection::Class);
            return Ok(());
        };
        match picture_pixels(bytes) {
            Ok(_) if self.loaded.dataset.len() == MAX_SAMPLES => return Err(ReadError::TooLarge),
            Ok(pixels) => {
                let split = self.split(path);
                self.loaded.dataset.push(pixels, label, split, self.images);
                self.images += 1;
            }
            Err(reason) => self.reject(path, reason),
        }
        Ok(())
    }

    /// The split of the next sample, from its path.
    fn split(&mut self, path: &str) -> Split {
        match folders(path).find_map(role) {
            Some(Role::Split(split)) => split,
            Some(Role::Validation) => {
                self.has_validation = true;
                Split::PublicTest
            }
            Some(Role::Test) => {
                self.tests.push(self.loaded.dataset.len());
                Split::PublicTest
            }
            None => {
                self.unsplit += 1;
                Split::Training
            }
        }
    }

    /// Counts an image that was rejected.
    pub(super) fn reject(&mut self, path: &str, reason: Rejection) {
        let end = (0..=MAX_PATH_LENGTH.min(path.len())).rev().find(|&end| path.is_char_boundary(end));
        let shown: String = path[..end.unwrap_or(0)]
            .chars()
            .map(|letter| if letter.is_control() { '\u{fffd}' } else { letter })
            .collect();
        self.loaded.rejections.push(Location::Path(shown), None, reason);
        self.images += 1;
    }

    /// Counts files that are not images.
    pub(super) fn skip(&mut self, count: usize) {
        self.skipped += count;
    }

    /// Number of images accepted so far.
    pub fn accepted(&self) -> usize {
        self.loaded.dataset.len()
    }

    /// The images rejected so far.
    pub fn rejections(&self) -> &Rejections {
        &self.loaded.rejections
    }

    /// Returns the dataset. A folder `test` becomes PublicTest, or PrivateTest if there is a folder `validation` too.
    ///
    /// # Errors
    /// When there was no image, or none was valid.
    pub fn finish(mut self) -> Result<LoadedDataset, ReadError> {
        if self.images == 0 {
            return Err(ReadError::NoImage);
        }
        if self.has_validation {
            for &sample in &self.tests {
                self.loaded.dataset.splits[sample] = Split::PrivateTest;
            }
        }
        if self.unsplit > 0 {
            self.loaded.notes.push(LoadNote::NoSplit(self.unsplit));
        }
        if self.skipped > 0 {
            self.loaded.notes.push(LoadNote::SkippedFiles(self.skipped));
        }
        self.loaded.check()
    }
}

/// Files that operating systems add: hidden files and the resource forks of macOS.
pub(super) fn is_hidden(path: &str) -> bool {
    path.split(['/', '\\']).any(|part| part.starts_with('.') && part != "." && part != ".." || part == "__MACOSX")
}

/// Whether a path has one of these extensions.
pub(super) fn has_ending(path: &str, endings: &[&str]) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// The folders of a path, innermost first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit(['/', '\\']).skip(1).map(str::trim)
}

enum Role {
    Split(Split),
    Validation,
    Test,
}

fn role(folder: &str) -> Option<Role> {
    match folder.to_ascii_lowercase().as_str() {
        "train" | "training" => Some(Role::Split(Split::Training)),
        "publictest" => Some(Role::Split(Split::PublicTest)),
        "privatetest" => Some(Role::Split(Split::PrivateTest)),
        "validation" | "valid" | "val" | "dev" => Some(Role::Validation),
        "test" | "testing" => Some(Role::Test),
        _ => None,
    }
}

/// The class that a folder is named after: by FER2013's names, common variants of them, or its labels.
fn class(folder: &str) -> Option<Expression> {
    Some(match folder.to_ascii_lowercase().as_str() {
        "0" | "angry" | "anger" => Expression::Angry,
        "1" | "disgust" | "disgusted" => Expression::Disgust,
        "2" | "fear" | "fearful" | "afraid" | "scared" => Expression::Fear,
        "3" | "happy" | "happiness" | "joy" => Expression::Happy,
        "4" | "sad" | "sadness" => Expression::Sad,
        "5" | "surprise" | "surprised" => Expression::Surprise,
        "6" | "neutral" | "neutrality" | "calm" => Expression::Neutral,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, GrayImage, ImageFormat};

    use super::*;

    fn png(grey: u8) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        DynamicImage::from(GrayImage::from_pixel(48, 48, [grey].into())).write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    }

    fn read(files: &[(&str, &[u8])]) -> Result<LoadedDataset, ReadError> {
        let mut reader = FolderReader::default();
        for (path, bytes) in files {
            reader.add(path, bytes)?;
        }
        reader.finish()
    }

    #[test]
    fn folders_name_class_and_split() {
        let png = png(5);
        let cases = [
            ("train/happy/a.png", Expression::Happy, Split::Training),
            ("archive/fer/Train/Anger/a.PNG", Expression::Angry, Split::Training),
            ("x\\test\\fearful\\a.png", Expression::Fear, Split::PublicTest),
            ("PrivateTest/6/a.jpeg", Expression::Neutral, Split::PrivateTest),
            ("publictest/disgusted/b/a.png", Expression::Disgust, Split::PublicTest),
            ("surprised/train/a.png", Expression::Surprise, Split::Training),
            ("happy/train/sad/a.png", Expression::Sad, Split::Training),
            ("calm/a.png", Expression::Neutral, Split::Training),
        ];
        let files: Vec<(&str, &[u8])> = cases.iter().map(|&(path, ..)| (path, &png[..])).collect();
        let loaded = read(&files).unwrap();
        for (sample, (path, label, split)) in cases.into_iter().enumerate() {
            let dataset = &loaded.dataset;
            assert_eq!(
                (dataset.label(sample), dataset.split(sample), dataset.row(sample)),
                (label, split, sample),
                "{path}"
            );
        }
        assert_eq!(loaded.notes, [LoadNote::NoSplit(1)]);
    }

    #[test]
    fn beside_validation_the_test_is_private() {
        let png = png(5);
        let files = [("test/sad/1.png", &png[..]), ("val/sad/1.png", &png), ("test/sad/2.png", &png)];
        let dataset = read(&files).unwrap().dataset;
        assert_eq!(dataset.splits(), [Split::PrivateTest, Split::PublicTest, Split::PrivateTest]);
        assert_eq!(read(&files[..1]).unwrap().dataset.splits(), [Split::PublicTest]);
    }

    #[test]
    fn what_is_no_sample_is_rejected_or_passed_over() {
        let png = png(5);
        let loaded = read(&[
            ("README.md", b"a text"),
            ("train/happy/.DS_Store", b""),
            ("__MACOSX/train/happy/a.png", b""),
            ("train/contempt/a.png", &png),
            ("happy.png", &png),
            ("train/happy/bad.png", &png[..30]),
            ("train/happy/good", &png),
            ("train/happy/text.jpg", b"a text"),
            ("train/happy/notes", b"a text"),
        ])
        .unwrap();
        assert_eq!((loaded.dataset.len(), loaded.dataset.row(0)), (1, 3));
        let places: Vec<String> = loaded.rejections.first().iter().map(|rejected| rejected.to_string()).collect();
        assert_eq!(places[0], "`train/contempt/a.png`: no folder of its path is named after one of the seven classes");
        assert!(places[1].starts_with("`happy.png`: ") && places[2].starts_with("`train/happy/bad.png`: "));
        assert_eq!(places[3], "`train/happy/text.jpg`: not a JPEG, PNG, WebP, BMP, TIFF or GIF image");
        assert_eq!(loaded.rejections.by_reason()["class"], 2);
        assert_eq!(loaded.notes, [LoadNote::SkippedFiles(4)]);
        assert!(matches!(read(&[("a/b.png", &png)]), Err(ReadError::NoValidSample(_))));
        assert!(matches!(read(&[]), Err(ReadError::NoImage)));
        assert!(matches!(read(&[("happy/notes.txt", b"a text")]), Err(ReadError::NoImage)));
    }
}
