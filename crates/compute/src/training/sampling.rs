//! Subsets of the samples.

use mien_core::dataset::{Dataset, shuffled, stratified_folds};
use mien_core::expression::Expression;

/// Splits off about `1 / parts` of the samples of each class; copies of an image are kept together. Returns the rest and
/// the part that is held out. A class is never held out completely, and nothing is held out of fewer samples than parts.
pub(super) fn hold_out(dataset: &Dataset, samples: &[usize], parts: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let Ok(mut folds) = stratified_folds(dataset, samples, parts, seed) else { return (samples.to_vec(), Vec::new()) };
    let held_out = folds.swap_remove(0);
    let mut kept = folds.concat();
    let counts = dataset.class_counts(&kept);
    let (held_out, only) = held_out.into_iter().partition(|&sample| counts[dataset.label(sample).index()] > 0);
    kept.extend::<Vec<usize>>(only);
    kept.sort_unstable();
    (kept, held_out)
}

/// At most `max` samples, distributed over the classes as evenly as possible, in ascending order.
pub(super) fn evenly(dataset: &Dataset, samples: &[usize], max: usize, seed: u64) -> Vec<usize> {
    if samples.len() <= max {
        return samples.to_vec();
    }
    let mut classes = vec![Vec::new(); Expression::COUNT];
    for sample in shuffled(samples, seed) {
        classes[dataset.label(sample).index()].push(sample);
    }
    let rounds = 0..classes.iter().map(Vec::len).max().unwrap_or(0);
    let mut taken: Vec<usize> =
        rounds.flat_map(|round| classes.iter().filter_map(move |class| class.get(round))).copied().take(max).collect();
    taken.sort_unstable();
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use mien_core::dataset::Split;
    use mien_core::vision::CROP_PIXELS;

    /// 10 angry, 20 disgust and so on to 70 neutral.
    fn dataset() -> Dataset {
        let mut dataset = Dataset::default();
        for class in Expression::ALL {
            for number in 0..10 * (class.index() + 1) {
                let mut pixels = [class.index() as u8; CROP_PIXELS];
                pixels[0] = number as u8;
                dataset.push(pixels, class, Split::Training, dataset.len());
            }
        }
        dataset
    }

    #[test]
    fn a_share_of_each_class_is_held_out() {
        let dataset = dataset();
        let samples: Vec<usize> = (0..dataset.len()).collect();
        let (kept, held_out) = hold_out(&dataset, &samples, 5, 1);
        assert_eq!(dataset.class_counts(&held_out), [2, 4, 6, 8, 10, 12, 14]);
        assert_eq!(dataset.class_counts(&kept), [8, 16, 24, 32, 40, 48, 56]);
        // a class with one image is trained on
        for seed in 0..20 {
            let (kept, held_out) = hold_out(&dataset, &[0, 10, 11, 12, 13, 14], 5, seed);
            assert_eq!(kept.len() + held_out.len(), 6);
            assert!(kept.contains(&0));
        }
        assert_eq!(hold_out(&dataset, &[0, 10], 5, 1), (vec![0, 10], vec![]));
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
