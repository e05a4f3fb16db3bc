//! Duplicates (byte-identical images): data leakage between splits, and conflicting labels.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{Dataset, Pixels};

/// Samples with the same pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicates {
    /// The samples, two or more, in the order of the file.
    pub samples: Vec<usize>,
    /// They belong to several splits, which is data leakage.
    pub across_splits: bool,
    /// They have different labels.
    pub conflicting: bool,
}

/// The groups of byte-identical images, in the order of their first samples.
pub fn duplicates(dataset: &Dataset) -> Vec<Duplicates> {
    let samples: Vec<usize> = (0..dataset.len()).collect();
    let groups = identical(dataset, &samples).into_iter().filter(|group| group.len() > 1);
    let mark = |samples: Vec<usize>| Duplicates {
        across_splits: samples.iter().any(|&sample| dataset.split(sample) != dataset.split(samples[0])),
        conflicting: samples.iter().any(|&sample| dataset.label(sample) != dataset.label(samples[0])),
        samples,
    };
    groups.map(mark).collect()
}

/// Groups samples by their pixels; most groups have one sample. Each group is in ascending order, and the groups are in the
/// order of their first samples.
pub(super) fn identical(dataset: &Dataset, samples: &[usize]) -> Vec<Vec<usize>> {
    let mut groups = HashMap::<&Pixels, Vec<usize>, FixedState>::default();
    for &sample in samples {
        groups.entry(dataset.pixels(sample)).or_default().push(sample);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort_unstable();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;
    use crate::expression::Expression;
    use crate::vision::CROP_PIXELS;

    #[test]
    fn duplicates_are_grouped_and_marked() {
        let mut dataset = Dataset::default();
        let rows = [
            (1, Expression::Sad, Split::Training),
            (2, Expression::Sad, Split::Training),
            (3, Expression::Sad, Split::Training),
            (1, Expression::Sad, Split::Training),
            (2, Expression::Sad, Split::PublicTest),
            (9, Expression::Sad, Split::PrivateTest),
            (4, Expression::Sad, Split::Training),
            (4, Expression::Fear, Split::Training),
            (1, Expression::Sad, Split::Training),
        ];
        for (row, (seed, label, split)) in rows.into_iter().enumerate() {
            let mut pixels = [7; CROP_PIXELS];
            pixels[CROP_PIXELS - 1] = seed;
            dataset.push(pixels, label, split, row);
        }
        let expected = [
            Duplicates { samples: vec![0, 3, 8], across_splits: false, conflicting: false },
            Duplicates { samples: vec![1, 4], across_splits: true, conflicting: false },
            Duplicates { samples: vec![6, 7], across_splits: false, conflicting: true },
        ];
        assert_eq!(duplicates(&dataset), expected);
    }
}
