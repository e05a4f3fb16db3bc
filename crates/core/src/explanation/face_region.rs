//! The regions of a face, to describe a position in a crop.

use serde::{Deserialize, Serialize};

/// A region of a face in an aligned crop that is framed like those of FER2013.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names say it
pub enum FaceRegion {
    Forehead = 0,
    Eyes = 1,
    Nose = 2,
    Cheeks = 3,
    Mouth = 4,
    Chin = 5,
    /// Hair, ears, neck and background.
    Surroundings = 6,
}

impl FaceRegion {
    /// All, from top to bottom.
    pub const ALL: [Self; 7] =
        [Self::Forehead, Self::Eyes, Self::Nose, Self::Cheeks, Self::Mouth, Self::Chin, Self::Surroundings];

    /// The name in attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forehead => "forehead",
            Self::Eyes => "eyes",
            Self::Nose => "nose",
            Self::Cheeks => "cheeks",
            Self::Mouth => "mouth",
            Self::Chin => "chin",
            Self::Surroundings => "edge",
        }
    }

    /// The region at a pixel of a crop, by column and row, from the mean of FER2013's faces.
    pub const fn at(x: usize, y: usize) -> Self {
        let aside = x.abs_diff(24);
        let half_width = match y {
            0..2 => 10,
            2..8 => 14,
            8..32 => 18,
            32..40 => 16,
            _ => 13,
        };
        match y {
            _ if aside > half_width => Self::Surroundings,
            0..12 => Self::Forehead,
            12..21 => Self::Eyes,
            21..33 if aside <= 5 => Self::Nose,
            33..42 if aside <= 10 => Self::Mouth,
            21..42 => Self::Cheeks,
            _ => Self::Chin,
        }
    }
}
