//! Test-time augmentation: the predictions for several views of an image are averaged.

use serde::{Deserialize, Serialize};

use crate::expression::{Distribution, Expression};
use crate::vision::{CROP_SIDE, Crop};

/// Offset in pixels of the outer crops of [`TestTimeAugmentation::TenCrop`] from the centre, along each axis.
const SHIFT: isize = 2;

/// A test-time augmentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestTimeAugmentation {
    /// None: the image itself.
    #[default]
    None,
    /// The image and its horizontal flip.
    Flip,
    /// The image and four translations by two pixels towards the corners, each also flipped; the border is repeated. After
    /// Krizhevsky et al. (2012).
    TenCrop,
}

impl TestTimeAugmentation {
    /// All of them, cheapest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Flip, Self::TenCrop];

    /// The name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Flip => "flip",
            Self::TenCrop => "ten-crop",
        }
    }

    /// The number of views per image.
    pub const fn count(self) -> usize {
        match self {
            Self::None => 1,
            Self::Flip => 2,
            Self::TenCrop => 10,
        }
    }

    /// The views of an image, starting with the image itself.
    pub fn of(self, crop: &Crop) -> Vec<Crop> {
        match self {
            Self::None => vec![crop.clone()],
            Self::Flip => vec![crop.clone(), flipped(crop)],
            Self::TenCrop => [(0, 0), (-SHIFT, -SHIFT), (SHIFT, -SHIFT), (-SHIFT, SHIFT), (SHIFT, SHIFT)]
                .into_iter()
                .map(|(right, down)| shifted(crop, right, down))
                .flat_map(|crop| [flipped(&crop), crop].into_iter().rev())
                .collect(),
        }
    }
}

/// The mean of the probabilities of several views.
pub fn mean_of_views(logits: &[[f32; Expression::COUNT]]) -> Distribution {
    let mut sum = [0.0; Expression::COUNT];
    add_probabilities(&mut sum, logits);
    Distribution(sum.map(|value| value / logits.len() as f32))
}

/// Adds the probabilities of several views to a sum.
pub fn add_probabilities(sum: &mut [f32; Expression::COUNT], logits: &[[f32; Expression::COUNT]]) {
    for &logits in logits {
        let distribution = Distribution::from_logits(logits);
        sum.iter_mut().zip(distribution.0).for_each(|(sum, value)| *sum += value);
    }
}

fn flipped(crop: &Crop) -> Crop {
    let bytes = crop.bytes();
    Crop(Box::new(std::array::from_fn(|index| {
        bytes[index / CROP_SIDE * CROP_SIDE + CROP_SIDE - 1 - index % CROP_SIDE]
    })))
}

/// The crop shifted right and down by a number of pixels.
fn shifted(crop: &Crop, right: isize, down: isize) -> Crop {
    let bytes = crop.bytes();
    let place = |at: usize, by: isize| at.saturating_add_signed(by).min(CROP_SIDE - 1);
    Crop(Box::new(std::array::from_fn(|index| {
        bytes[place(index / CROP_SIDE, down) * CROP_SIDE + place(index % CROP_SIDE, right)]
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pixel depends on its position.
    fn crop() -> Crop {
        Crop(Box::new(std::array::from_fn(|index| (5 * (index / CROP_SIDE) + index % CROP_SIDE % 5) as u8)))
    }

    #[test]
    fn views_have_the_stated_count_and_differ() {
        for augmentation in TestTimeAugmentation::ALL {
            let all = augmentation.of(&crop());
            assert_eq!(all.len(), augmentation.count());
            assert_eq!(all[0], crop());
            assert!((1..all.len()).all(|index| !all[..index].contains(&all[index])), "{}", augmentation.name());
            assert_eq!(serde_json::to_value(augmentation).unwrap(), augmentation.name());
        }
    }

    #[test]
    fn probabilities_of_views_are_averaged() {
        let certain = |class: usize| std::array::from_fn(|index| if index == class { 200.0 } else { 0.0 });
        let mean = mean_of_views(&[certain(1), certain(1), certain(3), certain(5)]);
        assert_eq!(mean.0, [0.0, 0.5, 0.0, 0.25, 0.0, 0.25, 0.0]);
    }

    #[test]
    fn a_shift_moves_and_repeats_the_border() {
        let moved = shifted(&crop(), 2, -2);
        let at = |crop: &Crop, row: usize, column: usize| crop.bytes()[row * CROP_SIDE + column];
        assert_eq!(at(&moved, 10, 10), at(&crop(), 8, 12));
        assert_eq!(at(&moved, 0, 47), at(&crop(), 0, 47));
        assert_eq!(at(&moved, 1, 46), at(&crop(), 0, 47));
        let twice = flipped(&flipped(&moved));
        assert_eq!(twice, moved);
        assert_eq!(at(&flipped(&crop()), 3, 1), at(&crop(), 3, 46));
    }
}
