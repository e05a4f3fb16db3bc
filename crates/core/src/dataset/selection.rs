//! Selects the images to train on: without data leakage and near-constant images.

use super::deviation::{FLAT_DEVIATION, deviation};
use super::duplicates::identical;
use super::{Dataset, NearDuplicates, Split};

/// Why an image is excluded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// Byte-identical to this sample of a held-out split, which would be data leakage.
    HeldOut(usize),
    /// Nearly the same image as this sample of a held-out split, which would be data leakage too.
    NearHeldOut(usize),
    /// Near-constant, with this standard deviation.
    Flat(f32),
}

/// An image that is excluded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excluded {
    /// The sample.
    pub sample: usize,
    /// Why.
    pub reason: Reason,
}

/// The selected images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The selected samples, in the order of the file.
    pub kept: Vec<usize>,
    /// The other samples of the same splits.
    pub excluded: Vec<Excluded>,
}

/// Selects the Training samples that are neither byte-identical to an image of PublicTest or PrivateTest, nor a near duplicate of
/// one, nor near-constant ([`FLAT_DEVIATION`]). `near` are the near duplicates of this dataset; none where they were not searched
/// for.
pub fn select_training(dataset: &Dataset, near: &NearDuplicates) -> Selection {
    select(dataset, near, &[Split::Training])
}

/// Selects the samples of Training and PublicTest for a cross-validation, with PrivateTest held out: see [`select_training`].
pub fn select_for_folds(dataset: &Dataset, near: &NearDuplicates) -> Selection {
    select(dataset, near, &[Split::Training, Split::PublicTest])
}

/// Selects samples of these splits; all others are held out.
fn select(dataset: &Dataset, near: &NearDuplicates, splits: &[Split]) -> Selection {
    let all: Vec<usize> = (0..dataset.len()).collect();
    let copies = held_out(dataset, splits, &identical(dataset, &all));
    let similar = held_out(dataset, splits, &near.groups);
    let mut selection = Selection::default();
    for sample in all.into_iter().filter(|&sample| splits.contains(&dataset.split(sample))) {
        let deviation = deviation(dataset.pixels(sample));
        let reason = copies[sample]
            .map(Reason::HeldOut)
            .or(similar[sample].map(Reason::NearHeldOut))
            .or_else(|| (deviation <= FLAT_DEVIATION).then_some(Reason::Flat(deviation)));
        match reason {
            Some(reason) => selection.excluded.push(Excluded { sample, reason }),
            None => selection.kept.push(sample),
        }
    }
    selection
}

/// For each sample, the first sample of its group that is in none of these splits, if there is one.
fn held_out(dataset: &Dataset, splits: &[Split], groups: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut held_out = vec![None; dataset.len()];
    for group in groups {
        let first = group.iter().copied().find(|&sample| !splits.contains(&dataset.split(sample)));
        for &sample in group {
            held_out[sample] = first;
        }
    }
    held_out
}

/// The near-constant samples ([`FLAT_DEVIATION`]).
pub fn near_constant(dataset: &Dataset) -> Vec<usize> {
    (0..dataset.len()).filter(|&sample| deviation(dataset.pixels(sample)) <= FLAT_DEVIATION).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expression;
    use crate::vision::CROP_PIXELS;

    fn image(seed: u8) -> [u8; CROP_PIXELS] {
        std::array::from_fn(|index| (index as u8).wrapping_mul(7).wrapping_add(seed))
    }

    fn dataset() -> Dataset {
        let mut dataset = Dataset::default();
        let rows = vec![
            (image(1), Split::Training),
            (image(2), Split::Training),
            ([90; CROP_PIXELS], Split::Training),
            (image(1), Split::Training),
            (image(2), Split::PublicTest),
            ([90; CROP_PIXELS], Split::PublicTest),
            (image(9), Split::PrivateTest),
            (image(9), Split::Training),
            ([91; CROP_PIXELS], Split::Training),
        ];
        for (row, (pixels, split)) in rows.into_iter().enumerate() {
            dataset.push(pixels, Expression::Happy, split, row);
        }
        dataset
    }

    #[test]
    fn leaking_and_near_constant_images_are_excluded() {
        let selection = select_training(&dataset(), &NearDuplicates::default());
        assert_eq!(selection.kept, [0, 3]);
        let excluded = [
            Excluded { sample: 1, reason: Reason::HeldOut(4) },
            Excluded { sample: 2, reason: Reason::HeldOut(5) },
            Excluded { sample: 7, reason: Reason::HeldOut(6) },
            Excluded { sample: 8, reason: Reason::Flat(0.0) },
        ];
        assert_eq!(selection.excluded, excluded);
    }

    #[test]
    fn near_duplicates_of_held_out_images_are_excluded() {
        // 0 and 3 are the same image; 7 is a copy of 6
        let near = NearDuplicates { groups: vec![vec![0, 3, 6, 7]] };
        let selection = select_training(&dataset(), &near);
        assert!(selection.kept.is_empty());
        let reasons: Vec<Reason> = selection.excluded.iter().map(|excluded| excluded.reason).collect();
        let near = Reason::NearHeldOut(6);
        let expected = [near, Reason::HeldOut(4), Reason::HeldOut(5), near, Reason::HeldOut(6), Reason::Flat(0.0)];
        assert_eq!(reasons, expected);
        let inside = NearDuplicates { groups: vec![vec![0, 3]] };
        assert_eq!(select_training(&dataset(), &inside).kept, [0, 3], "no held-out image is among them");
    }

    #[test]
    fn folds_have_public_test_but_nothing_of_private_test() {
        let selection = select_for_folds(&dataset(), &NearDuplicates { groups: vec![vec![0, 3, 4], vec![1, 6]] });
        assert_eq!(selection.kept, [0, 3, 4], "0, 3 and 4 are nearly the same, but none of them is held out");
        let excluded = [
            Excluded { sample: 1, reason: Reason::NearHeldOut(6) },
            Excluded { sample: 2, reason: Reason::Flat(0.0) },
            Excluded { sample: 5, reason: Reason::Flat(0.0) },
            Excluded { sample: 7, reason: Reason::HeldOut(6) },
            Excluded { sample: 8, reason: Reason::Flat(0.0) },
        ];
        assert_eq!(selection.excluded, excluded);
    }

    #[test]
    fn near_constant_images_are_found() {
        assert_eq!(near_constant(&dataset()), [2, 5, 8]);
    }
}
