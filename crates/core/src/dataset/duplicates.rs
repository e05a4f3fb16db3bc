//! Byte-identical images: what leaks between splits, and what is labelled in two ways.

use std::cmp::Ordering;

use super::{Dataset, Pixels};

/// Samples with the same pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicates {
    /// The samples, two or more, in the order of the file.
    pub samples: Vec<usize>,
    /// They belong to several splits: what is tested on was learned from.
    pub across_splits: bool,
    /// They are labelled with several classes.
    pub conflicting: bool,
}

/// The groups of byte-identical images, by their first sample.
pub fn duplicates(dataset: &Dataset) -> Vec<Duplicates> {
    let samples: Vec<usize> = (0..dataset.len()).collect();
    let mut groups: Vec<Vec<usize>> =
        identical(dataset, &samples).into_iter().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    let mark = |samples: Vec<usize>| Duplicates {
        across_splits: samples.iter().any(|&sample| dataset.split(sample) != dataset.split(samples[0])),
        conflicting: samples.iter().any(|&sample| dataset.label(sample) != dataset.label(samples[0])),
        samples,
    };
    groups.into_iter().map(mark).collect()
}

/// Divides samples into groups of the same pixels, most of one sample; each in ascending order.
pub(super) fn identical(dataset: &Dataset, samples: &[usize]) -> Vec<Vec<usize>> {
    let mut hashed: Vec<(u64, usize)> = samples.iter().map(|&sample| (hash(dataset.pixels(sample)), sample)).collect();
    let compare = |a: &(u64, usize), b: &(u64, usize)| match a.0.cmp(&b.0) {
        Ordering::Equal => dataset.pixels(a.1).cmp(dataset.pixels(b.1)),
        unlike => unlike,
    };
    hashed.sort_unstable_by(|a, b| compare(a, b).then(a.1.cmp(&b.1)));
    let same = |a: &(u64, usize), b: &(u64, usize)| compare(a, b) == Ordering::Equal;
    hashed.chunk_by(same).map(|group| group.iter().map(|&(_, sample)| sample).collect()).collect()
}

/// FNV-1a over words of eight bytes. Images that share it are compared.
fn hash(pixels: &Pixels) -> u64 {
    let (words, _) = pixels.as_chunks::<8>();
    let mix = |hash: u64, word: &[u8; 8]| {
        let mixed = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0x0100_0000_01b3);
        mixed ^ mixed >> 29
    };
    words.iter().fold(0xcbf2_9ce4_8422_2325, mix)
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
