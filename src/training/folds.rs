//! Cutting samples into parts that have the same shares of classes, byte-identical images on one side.

use std::collections::HashMap;

use crate::dataset::{Dataset, mix, shuffled};
use crate::expression::Expression;

/// Parts of the samples whose class counts differ by one at most (more only where byte-identical images stay together);
/// each in the order of the file, the same for the same seed. A part may be empty.
pub(super) fn stratified_folds(dataset: &Dataset, samples: &[usize], folds: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut parts = vec![Vec::new(); folds];
    let groups = groups_by_class(dataset, samples, seed);
    for (place, group) in groups.into_iter().flatten().enumerate() {
        parts[place % folds].extend(group);
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}

/// The samples less a share of each class, and that share: at least one image of a class that has two that differ.
pub(super) fn hold_out(dataset: &Dataset, samples: &[usize], share: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let (mut kept, mut held_out) = (Vec::new(), Vec::new());
    for groups in groups_by_class(dataset, samples, seed) {
        let count = ((groups.len() as f64 * share).round() as usize).max(1).min(groups.len().saturating_sub(1));
        for (place, group) in groups.into_iter().enumerate() {
            if place < count { &mut held_out } else { &mut kept }.extend(group);
        }
    }
    kept.sort_unstable();
    held_out.sort_unstable();
    (kept, held_out)
}

/// At most so many of the samples, as evenly of all classes as there are images, in the order of the file.
pub(super) fn evenly(dataset: &Dataset, samples: &[usize], most: usize, seed: u64) -> Vec<usize> {
    if samples.len() <= most {
        return samples.to_vec();
    }
    let mut classes = vec![Vec::new(); Expression::COUNT];
    for sample in shuffled(samples, seed) {
        classes[dataset.label(sample).index()].push(sample);
    }
    let rounds = 0..classes.iter().map(Vec::len).max().unwrap_or(0);
    let mut taken: Vec<usize> =
        rounds.flat_map(|round| classes.iter().filter_map(move |class| class.get(round))).copied().take(most).collect();
    taken.sort_unstable();
    taken
}

/// Groups of byte-identical images, by the class of their first, in random order.
fn groups_by_class(dataset: &Dataset, samples: &[usize], seed: u64) -> Vec<Vec<Vec<usize>>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &sample in samples {
        let place = *places.entry(dataset.pixels(sample)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(sample);
    }
    let mut classes = vec![Vec::new(); Expression::COUNT];
    for place in shuffled(&(0..groups.len()).collect::<Vec<_>>(), mix(seed, 0)) {
        let group = std::mem::take(&mut groups[place]);
        classes[dataset.label(group[0]).index()].push(group);
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;
    use crate::vision::CROP_PIXELS;

    /// 10 angry, 20 disgust and so on to 70 neutral; every tenth is a twin of the one before it.
    fn dataset() -> Dataset {
        let mut dataset = Dataset::default();
        for (index, class) in Expression::ALL.into_iter().enumerate() {
            for number in 0..10 * (index + 1) {
                let twin = if number % 10 == 9 { number - 1 } else { number };
                let pixels: [u8; CROP_PIXELS] =
                    std::array::from_fn(|pixel| if pixel == 0 { index as u8 } else { twin as u8 });
                dataset.push(pixels, class, Split::Training, dataset.len());
            }
        }
        dataset
    }

    fn together(dataset: &Dataset, parts: &[&[usize]]) {
        for (index, part) in parts.iter().enumerate() {
            for other in &parts[index + 1..] {
                assert!(part.iter().all(|&a| other.iter().all(|&b| dataset.pixels(a) != dataset.pixels(b))));
            }
        }
        let mut all: Vec<usize> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..dataset.len()));
    }

    #[test]
    fn folds_have_the_same_shares_and_twins_stay_together() {
        let dataset = dataset();
        let samples: Vec<usize> = (0..dataset.len()).collect();
        let folds = stratified_folds(&dataset, &samples, 5, 3);
        together(&dataset, &folds.iter().map(Vec::as_slice).collect::<Vec<_>>());
        for fold in &folds {
            for (index, count) in dataset.class_counts(fold).into_iter().enumerate() {
                // nine groups of ten in a class of ten images; a twin more or less each
                let expected = 2.0 * (index + 1) as f64;
                assert!((count as f64 - expected).abs() <= 3.5, "{count} where {expected} are due");
            }
        }
        assert_eq!(folds, stratified_folds(&dataset, &samples, 5, 3));
        assert_ne!(folds, stratified_folds(&dataset, &samples, 5, 4));
    }

    #[test]
    fn a_share_is_held_out() {
        let dataset = dataset();
        let samples: Vec<usize> = (0..dataset.len()).collect();
        let (kept, held_out) = hold_out(&dataset, &samples, 0.2, 1);
        together(&dataset, &[&kept, &held_out]);
        assert!((50..=65).contains(&held_out.len()), "{}", held_out.len());
        assert!(dataset.class_counts(&held_out).iter().all(|&count| count > 0));
        // a class of one image is learned from
        let (kept, held_out) = hold_out(&dataset, &[0, 10, 11], 0.2, 1);
        assert_eq!((kept.len(), held_out.len()), (2, 1));
        assert!(kept.contains(&0));
    }

    #[test]
    fn few_images_are_taken_evenly() {
        let dataset = dataset();
        let samples: Vec<usize> = (0..dataset.len()).collect();
        assert_eq!(dataset.class_counts(&evenly(&dataset, &samples, 35, 1)), [5; 7]);
        assert_eq!(dataset.class_counts(&evenly(&dataset, &samples, 100, 1)), [10, 15, 15, 15, 15, 15, 15]);
        assert_eq!(evenly(&dataset, &samples, 1000, 1), samples);
    }
}
