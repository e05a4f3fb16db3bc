//! Subsets of the samples.

use mien_core::dataset::{Dataset, shuffled};
use mien_core::expression::Expression;

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
    fn few_images_are_taken_evenly() {
        let dataset = dataset();
        let samples: Vec<usize> = (0..dataset.len()).collect();
        assert_eq!(dataset.class_counts(&evenly(&dataset, &samples, 35, 1)), [5; 7]);
        assert_eq!(dataset.class_counts(&evenly(&dataset, &samples, 100, 1)), [10, 15, 15, 15, 15, 15, 15]);
        assert_eq!(evenly(&dataset, &samples, 1000, 1), samples);
    }
}
