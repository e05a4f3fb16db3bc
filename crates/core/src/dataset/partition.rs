//! New splits and folds: stratified and seeded, with all copies of an image in the same part.

use mien_message::ToMessage;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::duplicates::identical;
use super::{Dataset, Split};
use crate::expression::Expression;

/// Why samples cannot be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum PartitionError {
    /// The proportions are invalid.
    #[error("the shares of the splits must be at least 0, and one of them above 0")]
    Shares,
    /// Too few or too many folds.
    #[error("{folds} folds of {samples} samples: there must be at least 2, and a sample for each")]
    Folds {
        /// Requested number of folds.
        folds: usize,
        /// Samples to divide.
        samples: usize,
    },
}

/// Draws new splits for all samples, for [`Dataset::set_splits`]: `shares` of Training, PublicTest and PrivateTest in any
/// unit (80, 10, 10), stratified by class. Byte-identical images go to the same split and count for the class of the first.
///
/// # Errors
/// When a share is negative or not finite, or all are 0.
pub fn resplit(dataset: &Dataset, shares: [f64; 3], seed: u64) -> Result<Vec<Split>, PartitionError> {
    let sum: f64 = shares.iter().sum();
    if !shares.iter().all(|&share| share >= 0.0) || !sum.is_finite() || sum <= 0.0 {
        return Err(PartitionError::Shares);
    }
    let samples: Vec<usize> = (0..dataset.len()).collect();
    let parts = divide(dataset, &samples, &shares.map(|share| share / sum), seed);
    Ok(parts.into_iter().map(|part| Split::ALL[part]).collect())
}

/// Divides samples into stratified folds of about the same size, for cross-validation. Byte-identical images go to the same
/// fold. Each fold is in the order of `samples`.
///
/// # Errors
/// When there are fewer than 2 folds or fewer samples than folds.
pub fn stratified_folds(
    dataset: &Dataset,
    samples: &[usize],
    folds: usize,
    seed: u64,
) -> Result<Vec<Vec<usize>>, PartitionError> {
    if folds < 2 || samples.len() < folds {
        return Err(PartitionError::Folds { folds, samples: samples.len() });
    }
    let shares = vec![1.0 / folds as f64; folds];
    let mut divided = vec![Vec::new(); folds];
    for (&sample, part) in samples.iter().zip(divide(dataset, samples, &shares, seed)) {
        divided[part].push(sample);
    }
    Ok(divided)
}

/// The part of each sample: class by class and in random order, each group of identical images goes to the part that is
/// furthest below its share.
fn divide(dataset: &Dataset, samples: &[usize], shares: &[f64], seed: u64) -> Vec<usize> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut groups = identical(dataset, samples);
    groups.shuffle(&mut random);
    // large groups first, while all parts have room
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut part_of = vec![0; dataset.len()];
    let mut totals = vec![0_usize; shares.len()];
    let mut placed = 0_usize;
    for class in Expression::ALL {
        let of_class: Vec<&Vec<usize>> = groups.iter().filter(|group| dataset.label(group[0]) == class).collect();
        let count: usize = of_class.iter().map(|group| group.len()).sum();
        placed += count;
        let mut counts = vec![0_usize; shares.len()];
        for group in of_class {
            let lack = |part: usize| {
                let of_class = shares[part] * count as f64 - counts[part] as f64;
                // the remainder of a class goes to the part that is furthest below its share of all classes so far
                (of_class, shares[part] * placed as f64 - totals[part] as f64)
            };
            let open = (0..shares.len()).filter(|&part| shares[part] > 0.0);
            let part = open.reduce(|best, part| if is_more(lack(part), lack(best)) { part } else { best }).unwrap_or(0);
            counts[part] += group.len();
            totals[part] += group.len();
            for &sample in group {
                part_of[sample] = part;
            }
        }
    }
    samples.iter().map(|&sample| part_of[sample]).collect()
}

/// Compares the first numbers and, if they are equal up to rounding, the second ones.
fn is_more(a: (f64, f64), b: (f64, f64)) -> bool {
    const ROUNDING: f64 = 1e-6;
    if (a.0 - b.0).abs() > ROUNDING { a.0 > b.0 } else { a.1 > b.1 + ROUNDING }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::CROP_PIXELS;

    /// Classes of 11, 22, … 77 samples; every tenth image is a copy of the one before, every hundredth of the two before.
    fn dataset() -> Dataset {
        let mut dataset = Dataset::default();
        for class in Expression::ALL {
            for _ in 0..11 * (class.index() + 1) {
                let row = dataset.len();
                let shown = if row % 10 == 9 || row % 100 == 8 { row - row % 10 + 7 } else { row };
                let mut pixels = [0; CROP_PIXELS];
                pixels[0] = (shown % 256) as u8;
                pixels[1] = (shown / 256) as u8;
                dataset.push(pixels, class, Split::Training, row);
            }
        }
        dataset
    }

    fn identical_stay_together(dataset: &Dataset, part: impl Fn(usize) -> usize) {
        let all: Vec<usize> = (0..dataset.len()).collect();
        for group in identical(dataset, &all) {
            assert!(group.iter().all(|&sample| part(sample) == part(group[0])), "{group:?}");
        }
    }

    #[test]
    fn splits_are_stratified_and_seeded() {
        let mut dataset = dataset();
        let splits = resplit(&dataset, [8.0, 1.0, 1.0], 5).unwrap();
        assert_eq!(splits, resplit(&dataset, [80.0, 10.0, 10.0], 5).unwrap());
        assert_ne!(splits, resplit(&dataset, [8.0, 1.0, 1.0], 6).unwrap());
        identical_stay_together(&dataset, |sample| splits[sample].index());
        let before = dataset.set_splits(splits).unwrap();
        for (split, share) in Split::ALL.into_iter().zip([0.8, 0.1, 0.1]) {
            let samples = dataset.of_split(split);
            for (class, count) in dataset.class_counts(&samples).into_iter().enumerate() {
                let expected = share * 11.0 * (class + 1) as f64;
                assert!((count as f64 - expected).abs() <= 1.5, "{split} {class}: {count} for {expected}");
            }
            assert!((samples.len() as f64 - share * 308.0).abs() <= 3.0, "{}", samples.len());
        }
        dataset.set_splits(before).unwrap();
        assert_eq!(dataset, tests::dataset());
    }

    #[test]
    fn a_split_without_share_gets_nothing() {
        let splits = resplit(&dataset(), [0.0, 0.0, 3.0], 1).unwrap();
        assert!(splits.iter().all(|&split| split == Split::PrivateTest));
        for shares in [[0.0; 3], [1.0, -0.1, 0.1], [f64::NAN, 1.0, 1.0], [f64::INFINITY, 1.0, 1.0], [f64::MAX; 3]] {
            assert_eq!(resplit(&dataset(), shares, 1), Err(PartitionError::Shares), "{shares:?}");
        }
        assert_eq!(resplit(&Dataset::default(), [1.0; 3], 1), Ok(vec![]));
    }

    #[test]
    fn folds_are_stratified_and_even() {
        let dataset = dataset();
        let samples: Vec<usize> = (0..dataset.len()).rev().filter(|sample| sample % 13 != 0).collect();
        for folds in [2, 5, 10] {
            let divided = stratified_folds(&dataset, &samples, folds, 3).unwrap();
            let mut all = divided.concat();
            all.sort_unstable_by(|a, b| b.cmp(a));
            assert_eq!(all, samples, "each sample once");
            assert!(divided.iter().all(|fold| fold.is_sorted_by(|a, b| a > b)), "in the order given");
            let sizes: Vec<usize> = divided.iter().map(Vec::len).collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 3, "{sizes:?}");
            let counts: Vec<[usize; 7]> = divided.iter().map(|fold| dataset.class_counts(fold)).collect();
            for class in 0..7 {
                let of_class = || counts.iter().map(|counts| counts[class]);
                assert!(of_class().max().unwrap() - of_class().min().unwrap() <= 3, "{counts:?}");
            }
            let fold_of = |sample| divided.iter().position(|fold| fold.contains(&sample)).unwrap_or(99);
            let all_in = |sample: usize| if samples.contains(&sample) { fold_of(sample) } else { usize::MAX };
            for group in identical(&dataset, &samples) {
                assert!(group.iter().all(|&sample| all_in(sample) == all_in(group[0])));
            }
        }
        assert_eq!(
            stratified_folds(&dataset, &samples, 1, 3),
            Err(PartitionError::Folds { folds: 1, samples: samples.len() })
        );
        assert!(stratified_folds(&dataset, &samples[..4], 5, 3).is_err());
    }
}
