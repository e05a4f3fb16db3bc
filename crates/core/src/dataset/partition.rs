//! New splits, folds and held-out shares: stratified and seeded, with all copies of an image, and all images of a group, in the
//! same part.

use std::collections::BTreeMap;

use mien_message::ToMessage;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::deviation::{FLAT_DEVIATION, deviation};
use super::duplicates::identical;
use super::group_placement::place;
use super::{Dataset, GroupColumn, Split};
use crate::expression::Expression;

/// Why samples cannot be divided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum PartitionError {
    /// The proportions are invalid.
    #[error("the shares of the splits must be at least 0, and one of them above 0")]
    Shares,
    /// Too few or too many folds.
    #[error("folds: {folds}; samples: {samples}; there must be at least 2 folds, and a sample for each")]
    Folds {
        /// Requested number of folds.
        folds: usize,
        /// Samples to divide.
        samples: usize,
    },
    /// Fewer groups than parts.
    #[error(
        "the images with the same `{column}` stay together, and there must be at least as many such groups \
         (here {groups}) as folds or splits (here {parts}): use at most as many as there are groups, or group the images by another column or by none"
    )]
    Groups {
        /// The column whose groups stay together.
        column: String,
        /// Number of groups.
        groups: usize,
        /// Number of folds, or of splits with a share.
        parts: usize,
    },
}

/// Draws new splits for all samples, for [`Dataset::set_splits`]: `shares` of Training, PublicTest and PrivateTest in any
/// unit (80, 10, 10), stratified by class. Byte-identical images go to the same split and count for the class of the first.
///
/// If there is a `column`, all samples with the same value go to the same split; a blank value groups nothing. The class
/// proportions are then as near as whole groups allow.
///
/// # Errors
/// When a share is negative or not finite, or all are 0, or there are fewer groups than splits with a share.
pub fn resplit(
    dataset: &Dataset,
    column: Option<&GroupColumn>,
    shares: [f64; 3],
    seed: u64,
) -> Result<Vec<Split>, PartitionError> {
    let sum: f64 = shares.iter().sum();
    if !shares.iter().all(|&share| share >= 0.0) || !sum.is_finite() || sum <= 0.0 {
        return Err(PartitionError::Shares);
    }
    let samples: Vec<usize> = (0..dataset.len()).collect();
    let shares = shares.map(|share| share / sum);
    let parts = match column {
        Some(column) => divide_groups(dataset, &samples, column, &shares, seed)?,
        None => divide(dataset, &samples, &shares, seed),
    };
    Ok(parts.into_iter().map(|part| Split::ALL[part]).collect())
}

/// Divides samples into stratified folds of about the same size, for cross-validation. Byte-identical images go to the same
/// fold, and so do all samples with the same value of `column`, if there is one; a blank value groups nothing. Each fold is in the
/// order of `samples`.
///
/// # Errors
/// When there are fewer than 2 folds, or fewer samples or groups than folds.
pub fn stratified_folds(
    dataset: &Dataset,
    column: Option<&GroupColumn>,
    samples: &[usize],
    folds: usize,
    seed: u64,
) -> Result<Vec<Vec<usize>>, PartitionError> {
    if folds < 2 || samples.len() < folds {
        return Err(PartitionError::Folds { folds, samples: samples.len() });
    }
    let shares = vec![1.0 / folds as f64; folds];
    let parts = match column {
        Some(column) => divide_groups(dataset, samples, column, &shares, seed)?,
        None => divide(dataset, samples, &shares, seed),
    };
    let mut divided = vec![Vec::new(); folds];
    for (&sample, part) in samples.iter().zip(parts) {
        divided[part].push(sample);
    }
    Ok(divided)
}

/// Splits off about `1 / parts` of the samples of each class (5 for a fifth); copies of an image are kept together, and all samples
/// with the same value of `column`, if there is one. Returns the rest and the part that is held out, both in ascending order if
/// `samples` are. A class is never held out completely, and nothing is held out of fewer samples than parts.
pub fn hold_out(
    dataset: &Dataset,
    column: Option<&GroupColumn>,
    samples: &[usize],
    parts: usize,
    seed: u64,
) -> (Vec<usize>, Vec<usize>) {
    let nothing = || (samples.to_vec(), Vec::new());
    if let Some(column) = column {
        let mut groups = groups(dataset, samples, column);
        if samples.len() < parts || groups.len() < 2 {
            return nothing();
        }
        groups.shuffle(&mut StdRng::seed_from_u64(seed));
        let share = 1.0 / parts.max(2) as f64;
        let placed = place(&class_counts(dataset, &groups), &[share, 1.0 - share]);
        let (mut kept, mut held_out): (Vec<_>, Vec<_>) =
            groups.into_iter().zip(placed).partition(|(_, part)| *part == 1);
        for class in Expression::ALL {
            let has_class =
                |(group, _): &(Vec<usize>, usize)| group.iter().any(|&sample| dataset.label(sample) == class);
            if !kept.iter().any(has_class)
                && let Some(only) = held_out.iter().position(has_class)
            {
                kept.push(held_out.swap_remove(only));
            }
        }
        let all = |groups: Vec<(Vec<usize>, usize)>| {
            let mut samples: Vec<usize> = groups.into_iter().flat_map(|(group, _)| group).collect();
            samples.sort_unstable();
            samples
        };
        return (all(kept), all(held_out));
    }
    let Ok(mut folds) = stratified_folds(dataset, None, samples, parts, seed) else { return nothing() };
    let held_out = folds.swap_remove(0);
    let mut kept = folds.concat();
    let counts = dataset.class_counts(&kept);
    let (held_out, only) = held_out.into_iter().partition(|&sample| counts[dataset.label(sample).index()] > 0);
    kept.extend::<Vec<usize>>(only);
    kept.sort_unstable();
    (kept, held_out)
}

/// The part of each sample, in the order of `samples`; groups are whole.
fn divide_groups(
    dataset: &Dataset,
    samples: &[usize],
    column: &GroupColumn,
    shares: &[f64],
    seed: u64,
) -> Result<Vec<usize>, PartitionError> {
    let mut groups = groups(dataset, samples, column);
    let parts = shares.iter().filter(|&&share| share > 0.0).count();
    if groups.len() < parts {
        return Err(PartitionError::Groups { column: column.name().to_owned(), groups: groups.len(), parts });
    }
    groups.shuffle(&mut StdRng::seed_from_u64(seed));
    let placed = place(&class_counts(dataset, &groups), shares);
    let mut part_of = vec![0; dataset.len()];
    for (group, part) in groups.iter().zip(placed) {
        group.iter().for_each(|&sample| part_of[sample] = part);
    }
    Ok(samples.iter().map(|&sample| part_of[sample]).collect())
}

fn class_counts(dataset: &Dataset, groups: &[Vec<usize>]) -> Vec<[usize; Expression::COUNT]> {
    groups.iter().map(|group| dataset.class_counts(group)).collect()
}

/// The samples that stay together: those with the same value of a column, and the copies of an image. Where copies have
/// several values, those are one group, unless the images are near-constant, which shows nobody. A sample with a blank value is in a
/// group with its copies.
fn groups(dataset: &Dataset, samples: &[usize], column: &GroupColumn) -> Vec<Vec<usize>> {
    fn first_of(firsts: &[usize], mut code: usize) -> usize {
        while firsts[code] != code {
            code = firsts[code];
        }
        code
    }
    let named = |sample: usize| Some(column.code(sample)).filter(|_| !column.value(sample).is_empty());
    let (flat, copies): (Vec<_>, Vec<_>) = identical(dataset, samples)
        .into_iter()
        .partition(|copies| copies.len() > 1 && deviation(dataset.pixels(copies[0])) <= FLAT_DEVIATION);
    let images: Vec<Vec<usize>> = flat.concat().into_iter().map(|sample| vec![sample]).chain(copies).collect();
    // each value, and the first of those that are in its group
    let mut firsts: Vec<usize> = (0..column.values().len()).collect();
    for image in &images {
        let mut codes = image.iter().filter_map(|&sample| named(sample));
        if let Some(first) = codes.next() {
            for code in codes {
                let (a, b) = (first_of(&firsts, first), first_of(&firsts, code));
                firsts[a.max(b)] = a.min(b);
            }
        }
    }
    let mut groups = BTreeMap::<(Option<usize>, usize), Vec<usize>>::new();
    for image in images {
        let code = image.iter().find_map(|&sample| named(sample)).map(|code| first_of(&firsts, code));
        let own = if code.is_none() { image[0] } else { 0 };
        groups.entry((code, own)).or_default().extend(image);
    }
    groups.into_values().collect()
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
        let splits = resplit(&dataset, None, [8.0, 1.0, 1.0], 5).unwrap();
        assert_eq!(splits, resplit(&dataset, None, [80.0, 10.0, 10.0], 5).unwrap());
        assert_ne!(splits, resplit(&dataset, None, [8.0, 1.0, 1.0], 6).unwrap());
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
        let splits = resplit(&dataset(), None, [0.0, 0.0, 3.0], 1).unwrap();
        assert!(splits.iter().all(|&split| split == Split::PrivateTest));
        for shares in [[0.0; 3], [1.0, -0.1, 0.1], [f64::NAN, 1.0, 1.0], [f64::INFINITY, 1.0, 1.0], [f64::MAX; 3]] {
            assert_eq!(resplit(&dataset(), None, shares, 1), Err(PartitionError::Shares), "{shares:?}");
        }
        assert_eq!(resplit(&Dataset::default(), None, [1.0; 3], 1), Ok(vec![]));
    }

    #[test]
    fn folds_are_stratified_and_even() {
        let dataset = dataset();
        let samples: Vec<usize> = (0..dataset.len()).rev().filter(|sample| sample % 13 != 0).collect();
        for folds in [2, 5, 10] {
            let divided = stratified_folds(&dataset, None, &samples, folds, 3).unwrap();
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
            stratified_folds(&dataset, None, &samples, 1, 3),
            Err(PartitionError::Folds { folds: 1, samples: samples.len() })
        );
        assert!(stratified_folds(&dataset, None, &samples[..4], 5, 3).is_err());
    }

    /// 40 persons with 3 to 9 images each of different classes; some images have no person, and one in 31 is a copy of the one
    /// before, so that a few persons share an image.
    fn persons() -> Dataset {
        let mut dataset = Dataset::default();
        let mut column = GroupColumn::new("person".into());
        for person in 0..40_usize {
            for image in 0..3 + person * 3 % 7 {
                let row = dataset.len();
                let mut pixels = [0; CROP_PIXELS];
                let shown = if row % 31 == 30 { row - 1 } else { row };
                pixels[0] = (shown % 256) as u8;
                pixels[1] = (shown / 256) as u8;
                pixels[2..1000].fill(255);
                dataset.push(pixels, Expression::ALL[(person + image * image) % 7], Split::Training, row);
                column.push(&if person % 10 == 9 { String::new() } else { format!("p{person}") }).unwrap();
            }
        }
        dataset.groups = vec![column];
        dataset
    }

    fn persons_stay_together(dataset: &Dataset, part: impl Fn(usize) -> Option<usize>) {
        let column = &dataset.groups()[0];
        for value in column.values().iter().filter(|value| !value.is_empty()) {
            let mut parts: Vec<usize> =
                (0..dataset.len()).filter(|&sample| column.value(sample) == value).filter_map(&part).collect();
            parts.dedup();
            assert!(parts.len() <= 1, "{value} is in {parts:?}");
        }
    }

    #[test]
    fn a_person_is_in_one_split() {
        let mut dataset = persons();
        let draw = |seed| resplit(&dataset, Some(&dataset.groups()[0]), [80.0, 10.0, 10.0], seed).unwrap();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        for seed in 0..10 {
            let splits = draw(seed);
            persons_stay_together(&dataset, |sample| Some(splits[sample].index()));
            identical_stay_together(&dataset, |sample| splits[sample].index());
        }
        let splits = draw(3);
        dataset.set_splits(splits).unwrap();
        let all: Vec<usize> = (0..dataset.len()).collect();
        let whole = dataset.class_counts(&all);
        for (split, share) in Split::ALL.into_iter().zip([0.8, 0.1, 0.1]) {
            let counts = dataset.class_counts(&dataset.of_split(split));
            for (count, whole) in counts.into_iter().zip(whole) {
                assert!((count as f64 - share * whole as f64).abs() <= 4.0, "{split}: {count} of {whole}");
            }
        }
        assert_eq!(dataset.groups()[0].count_across_splits(&dataset), 0);
        let without = resplit(&dataset, None, [80.0, 10.0, 10.0], 3).unwrap();
        dataset.set_splits(without).unwrap();
        assert!(dataset.groups()[0].count_across_splits(&dataset) > 10);
    }

    #[test]
    fn a_person_is_in_one_fold() {
        let dataset = persons();
        let column = Some(&dataset.groups()[0]);
        let samples: Vec<usize> = (0..dataset.len()).filter(|sample| sample % 5 != 0).collect();
        for (folds, seed) in [(2, 0), (5, 1), (10, 2), (30, 3)] {
            let divided = stratified_folds(&dataset, column, &samples, folds, seed).unwrap();
            let mut all = divided.concat();
            all.sort_unstable();
            assert_eq!(all, samples, "each sample once");
            assert!(divided.iter().all(|fold| fold.is_sorted() && !fold.is_empty()));
            persons_stay_together(&dataset, |sample| divided.iter().position(|fold| fold.contains(&sample)));
        }
        let error = |column, folds| stratified_folds(&dataset, column, &samples, folds, 1).unwrap_err();
        assert_eq!(error(column, 1), PartitionError::Folds { folds: 1, samples: samples.len() });
        let PartitionError::Groups { column: name, groups, parts } = error(column, 100) else { panic!("no error") };
        assert!((name.as_str(), parts) == ("person", 100) && (30..100).contains(&groups), "{groups}");
    }

    #[test]
    fn a_person_is_held_out_whole() {
        let dataset = persons();
        let column = Some(&dataset.groups()[0]);
        let samples: Vec<usize> = (0..dataset.len()).collect();
        for seed in 0..10 {
            let (kept, held_out) = hold_out(&dataset, column, &samples, 5, seed);
            let mut all = [&kept[..], &held_out[..]].concat();
            all.sort_unstable();
            assert_eq!(all, samples);
            assert!(kept.is_sorted() && held_out.is_sorted());
            persons_stay_together(&dataset, |sample| Some(usize::from(held_out.contains(&sample))));
            assert!((held_out.len() as f64 - samples.len() as f64 / 5.0).abs() < 5.0, "{}", held_out.len());
        }
        // one person
        let few: Vec<usize> =
            samples.iter().copied().filter(|&sample| dataset.groups()[0].value(sample) == "p6").collect();
        assert_eq!(hold_out(&dataset, column, &few, 2, 0), (few.clone(), vec![]));
    }

    #[test]
    fn a_class_of_one_person_is_trained_on() {
        let mut dataset = Dataset::default();
        let mut column = GroupColumn::new("person".into());
        for row in 0..40 {
            let person = row / 8;
            let label = if person == 2 && row % 2 == 0 { Expression::Disgust } else { Expression::Happy };
            dataset.push(std::array::from_fn(|at| ((at + row) * (row + 3) % 251) as u8), label, Split::Training, row);
            column.push(&person.to_string()).unwrap();
        }
        dataset.groups = vec![column];
        let samples: Vec<usize> = (0..40).collect();
        for seed in 0..20 {
            let (kept, held_out) = hold_out(&dataset, Some(&dataset.groups()[0]), &samples, 2, seed);
            assert!(dataset.class_counts(&kept)[Expression::Disgust.index()] == 4, "{held_out:?}");
            assert!(!held_out.is_empty());
        }
    }

    #[test]
    fn near_constant_copies_join_nobody() {
        let mut dataset = Dataset::default();
        let mut column = GroupColumn::new("person".into());
        for row in 0..20 {
            let flat = [0; CROP_PIXELS];
            let shown = std::array::from_fn(|at| ((at + row) * (row + 3) % 251) as u8);
            dataset.push(if row % 5 == 0 { flat } else { shown }, Expression::Happy, Split::Training, row);
            column.push(&(row / 5).to_string()).unwrap();
        }
        dataset.groups = vec![column];
        let samples: Vec<usize> = (0..20).collect();
        let divided = stratified_folds(&dataset, Some(&dataset.groups()[0]), &samples, 4, 0).unwrap();
        assert_eq!(divided.iter().map(Vec::len).collect::<Vec<_>>(), [5; 4]);
        persons_stay_together(&dataset, |sample| divided.iter().position(|fold| fold.contains(&sample)));
    }

    #[test]
    fn a_share_of_each_class_is_held_out() {
        let mut dataset = Dataset::default();
        for class in Expression::ALL {
            for number in 0..10 * (class.index() + 1) {
                let mut pixels = [class.index() as u8; CROP_PIXELS];
                pixels[0] = number as u8;
                dataset.push(pixels, class, Split::Training, dataset.len());
            }
        }
        let samples: Vec<usize> = (0..dataset.len()).collect();
        let (kept, held_out) = hold_out(&dataset, None, &samples, 5, 1);
        assert_eq!(dataset.class_counts(&held_out), [2, 4, 6, 8, 10, 12, 14]);
        assert_eq!(dataset.class_counts(&kept), [8, 16, 24, 32, 40, 48, 56]);
        // a class with one image is trained on
        for seed in 0..20 {
            let (kept, held_out) = hold_out(&dataset, None, &[0, 10, 11, 12, 13, 14], 5, seed);
            assert_eq!(kept.len() + held_out.len(), 6);
            assert!(kept.contains(&0));
        }
        assert_eq!(hold_out(&dataset, None, &[0, 10], 5, 1), (vec![0, 10], vec![]));
    }

    /// Values of an earlier version: without a column, splits and folds are drawn as before.
    #[test]
    fn without_a_column_the_parts_of_a_seed_stay_the_same() {
        let dataset = dataset();
        let splits = resplit(&dataset, None, [80.0, 10.0, 10.0], 5).unwrap();
        let first: String = splits[..40].iter().map(|split| split.index().to_string()).collect();
        assert_eq!(first, "0200010000020010000000001000200000000000");
        let samples: Vec<usize> = (0..40).collect();
        let folds = stratified_folds(&dataset, None, &samples, 4, 5).unwrap();
        assert_eq!(folds[0], [7, 8, 9, 12, 14, 24, 27, 29, 30, 33]);
    }
}
