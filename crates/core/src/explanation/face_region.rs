//! The regions of a face, to describe a position in a crop.

use serde::{Deserialize, Serialize};

/// A region of a face in an aligned crop.
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

    /// The region at a pixel of a crop, by column and row: for faces that are framed as found ones are
    /// ([`crate::vision::Framing::FOUND_FACES`], with the eyes at row 15 and the mouth at row 32 on average) as well as for those
    /// of FER2013 (rows 19 and 37).
    pub const fn at(x: usize, y: usize) -> Self {
        let aside = x.abs_diff(24);
        let half_width = match y {
            0..2 => 10,
            2..8 => 14,
            8..30 => 18,
            30..39 => 16,
            _ => 13,
        };
        match y {
            _ if aside > half_width => Self::Surroundings,
            0..11 => Self::Forehead,
            11..21 => Self::Eyes,
            21..30 if aside <= 5 => Self::Nose,
            30..41 if aside <= 10 => Self::Mouth,
            21..41 => Self::Cheeks,
            _ => Self::Chin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eyes_and_mouths_are_named_in_either_framing() {
        for (eyes, mouth) in [(15, 32), (19, 37)] {
            for x in [16, 32] {
                assert_eq!(FaceRegion::at(x, eyes), FaceRegion::Eyes);
            }
            assert_eq!(FaceRegion::at(24, mouth), FaceRegion::Mouth);
        }
        assert_eq!(
            [(24, 5), (24, 26), (12, 28), (24, 45), (1, 20)].map(|(x, y)| FaceRegion::at(x, y)),
            [FaceRegion::Forehead, FaceRegion::Nose, FaceRegion::Cheeks, FaceRegion::Chin, FaceRegion::Surroundings,]
        );
    }
}
