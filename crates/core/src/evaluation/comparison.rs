//! Comparison of two runs.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Evaluation, McNemar, Metric, Predictions, Report, RunInfo};

/// Why two runs cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComparisonError {
    /// They have no image in common.
    #[error("the two runs have no image in common: compare runs over the same split or selection")]
    NothingInCommon,
    /// They label the same sample differently.
    #[error("the two runs are over different datasets: they label image {0} differently")]
    OtherDataset(u32),
}

/// Two runs, compared on the images that they have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Number of images that are in both.
    pub common: u64,
    /// Number of images that are only in the first, and are ignored.
    pub only_first: u64,
    /// Number of images that are only in the second, and are ignored.
    pub only_second: u64,
    /// Number of common images that both classify correctly.
    pub both_right: u64,
    /// Number that only the first classifies correctly.
    pub first_right: u64,
    /// Number that only the second classifies correctly.
    pub second_right: u64,
    /// Number that both misclassify.
    pub both_wrong: u64,
    /// Whether the difference in accuracy is statistically significant.
    pub mcnemar: McNemar,
    /// The first run on the common images.
    pub first: Report,
    /// The second run on the common images.
    pub second: Report,
}

impl Comparison {
    /// Compares two runs over the same dataset.
    ///
    /// # Errors
    /// When they have no image in common or label an image differently.
    pub fn new(
        (first, first_run): (&Predictions, RunInfo),
        (second, second_run): (&Predictions, RunInfo),
    ) -> Result<Self, ComparisonError> {
        let places: HashMap<u32, usize> = (0..second.len()).map(|index| (second.sample(index), index)).collect();
        let (mut first_common, mut second_common) = (Predictions::default(), Predictions::default());
        let mut right = [[0_u64; 2]; 2];
        for (sample, label, distribution) in first.iter() {
            let Some(&place) = places.get(&sample) else { continue };
            if second.label(place) != label {
                return Err(ComparisonError::OtherDataset(sample));
            }
            first_common.push(sample, label, distribution);
            second_common.push(sample, label, second.distribution(place));
            right[usize::from(distribution.top().0 == label)][usize::from(second.top(place).0 == label)] += 1;
        }
        if first_common.is_empty() {
            return Err(ComparisonError::NothingInCommon);
        }
        let common = first_common.len() as u64;
        let [[both_wrong, second_right], [first_right, both_right]] = right;
        Ok(Self {
            common,
            only_first: first.len() as u64 - common,
            only_second: second.len() as u64 - common,
            both_right,
            first_right,
            second_right,
            both_wrong,
            mcnemar: McNemar::new(first_right, second_right),
            first: Evaluation::new(&first_common, first_run).report,
            second: Evaluation::new(&second_common, second_run).report,
        })
    }

    /// A metric of the second minus that of the first; `None` if either is undefined. See [`Metric::is_loss`] for which is
    /// better.
    pub fn difference(&self, metric: Metric) -> Option<f64> {
        Some(self.second.value(metric)? - self.first.value(metric)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::{Distribution, Expression};

    /// Samples with label 3 and the given predictions.
    fn run(predicted: &[(u32, usize)]) -> Predictions {
        let mut predictions = Predictions::default();
        for &(sample, class) in predicted {
            let mut distribution = [0.05; 7];
            distribution[class] = 0.7;
            predictions.push(sample, Expression::Happy, Distribution(distribution));
        }
        predictions
    }

    fn compare(first: &Predictions, second: &Predictions) -> Result<Comparison, ComparisonError> {
        Comparison::new((first, RunInfo::default()), (second, RunInfo::default()))
    }

    #[test]
    fn only_common_samples_count() {
        let first = run(&[(1, 3), (2, 3), (3, 0), (4, 3), (9, 3)]);
        let second = run(&[(4, 3), (3, 3), (2, 6), (8, 3), (1, 3), (7, 1)]);
        let comparison = compare(&first, &second).unwrap();
        assert_eq!((comparison.common, comparison.only_first, comparison.only_second), (4, 1, 2));
        let counts = [comparison.both_right, comparison.first_right, comparison.second_right, comparison.both_wrong];
        assert_eq!(counts, [2, 1, 1, 0]);
        assert_eq!(comparison.mcnemar.p_value, 1.0);
        assert_eq!((comparison.first.accuracy, comparison.first.samples), (0.75, 4));
        assert_eq!(comparison.difference(Metric::Accuracy), Some(0.0));
        assert_eq!(comparison.difference(Metric::MacroRocAuc), None);
    }

    #[test]
    fn runs_that_cannot_be_compared_say_why() {
        let first = run(&[(1, 3), (2, 3)]);
        assert_eq!(compare(&first, &run(&[(3, 3)])), Err(ComparisonError::NothingInCommon));
        let mut other = Predictions::default();
        other.push(2, Expression::Sad, Distribution::UNIFORM);
        assert_eq!(compare(&first, &other), Err(ComparisonError::OtherDataset(2)));
    }
}
