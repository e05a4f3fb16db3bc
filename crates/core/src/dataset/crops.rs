//! How the images of a dataset were cropped: the counts and the preview.

use serde::{Deserialize, Serialize};

use super::Pixels;

/// What became of the pictures of a dataset that are not 48×48 crops already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CropReport {
    /// Whether faces were cropped; otherwise the centre crops are used.
    pub is_cropped: bool,
    /// Number of these pictures.
    pub pictures: usize,
    /// Number of pictures without a face; 0 unless faces were cropped.
    pub without_face: usize,
    /// Number of pictures with several faces; 0 unless faces were cropped.
    pub several: usize,
}

impl CropReport {
    /// Number of pictures with a face.
    pub const fn with_face(&self) -> usize {
        self.pictures.saturating_sub(self.without_face)
    }
}

impl std::fmt::Display for CropReport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { is_cropped, pictures, without_face, several } = self;
        if *is_cropped {
            let found = self.with_face();
            write!(formatter, "images in which faces were found and cropped: {found} of {pictures}")?;
            write!(formatter, " (without a face: {without_face}; with several: {several})")
        } else {
            write!(formatter, "images that are not 48×48, of which the centre crop is used: {pictures}")
        }
    }
}

/// What was cropped.
#[derive(Clone, Debug, Default)]
pub struct Crops {
    /// The counts.
    pub report: CropReport,
    /// The first pictures with a face, at most eight, in both ways: the centre crop and the crop of the face. Empty if no face was
    /// looked for.
    pub preview: Vec<[Pixels; 2]>,
    /// The path of each sample's picture.
    pub paths: Vec<String>,
}
