//! Two runs side by side.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Evaluation, McNemar, Metric, Predictions, Report, Run};

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

/// Two runs over the images that they have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How many images both saw.
    pub common: u64,
    /// How many only the first saw, which is left out here.
    pub only_first: u64,
    /// How many only the second saw, which is left out here.
    pub only_second: u64,
    /// How many of the common ones both got right.
    pub both_right: u64,
    /// How many only the first got right.
    pub first_right: u64,
    /// How many only the second got right.
    pub second_right: u64,
    /// How many both got wrong.
    pub both_wrong: u64,
    /// Whether the difference in accuracy may be chance.
    pub mcnemar: McNemar,
    /// The first over the common images.
    pub first: Report,
    /// The second over the common images.
    pub second: Report,
}

impl Comparison {
    /// Compares two runs over the same dataset.
    ///
    /// # Errors
    /// When they have no image in common or are visibly of different datasets.
    pub fn new(
        (first, first_run): (&Predictions, Run),
        (second, second_run): (&Predictions, Run),
    ) -> Result<Self, ComparisonError> {
        let places: HashMap<u32, usize> = (0..second.len()).map(|index| (second.sample(index), index)).collect();
        let (mut first_common, mut second_common) = (Predictions::default(), Predictions::default());
        let mut right = [[0_u64; 2]; 2];
        for (sample, label, reading) in first.iter() {
            let Some(&place) = places.get(&sample) else { continue };
            if second.label(place) != label {
                return Err(ComparisonError::OtherDataset(sample));
            }
            first_common.push(sample, label, reading);
            second_common.push(sample, label, second.reading(place));
            right[usize::from(reading.top().0 == label)][usize::from(second.top(place).0 == label)] += 1;
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

    /// How much higher a metric of the second is; `None` where either has none. Of a loss, less is better: see
    /// [`Metric::is_loss`].
    pub fn difference(&self, metric: Metric) -> Option<f64> {
        Some(self.second.value(metric)? - self.first.value(metric)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::{Distribution, Expression};

    /// Samples with label 3, predicted as told.
    fn run(predicted: &[(u32, usize)]) -> Predictions {
        let mut predictions = Predictions::default();
        for &(sample, class) in predicted {
            let mut reading = [0.05; 7];
            reading[class] = 0.7;
            predictions.push(sample, Expression::Happy, Distribution(reading));
        }
        predictions
    }

    fn compare(first: &Predictions, second: &Predictions) -> Result<Comparison, ComparisonError> {
        Comparison::new((first, Run::default()), (second, Run::default()))
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
