//! Predictions in progress.

use std::sync::Arc;

use super::{Batch, Predictions};
use crate::dataset::Dataset;
use crate::expression::Distribution;

/// The predictions of a run in progress: samples are handed out in batches, and their predictions recorded in any order.
pub struct PendingPredictions {
    dataset: Arc<Dataset>,
    samples: Vec<u32>,
    /// One for each sample.
    predictions: Vec<Option<Distribution>>,
    /// The first sample that was not handed out yet.
    next: usize,
    /// What was handed out and returned without predictions.
    returned: Vec<usize>,
    done: usize,
}

impl PendingPredictions {
    /// The predictions of these samples, all of which must exist in the dataset.
    pub fn new(dataset: Arc<Dataset>, samples: Vec<u32>) -> Self {
        Self { predictions: vec![None; samples.len()], dataset, samples, next: 0, returned: Vec::new(), done: 0 }
    }

    /// Number of predictions in total.
    pub fn total(&self) -> usize {
        self.samples.len()
    }

    /// Number of predictions that are recorded.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Whether all predictions are recorded.
    pub fn is_done(&self) -> bool {
        self.done == self.samples.len()
    }

    /// The crops of the next samples, at most `max`; `None` when all were handed out.
    pub fn next_batch(&mut self, max: usize) -> Option<Batch> {
        let returned = self.returned.len().saturating_sub(max);
        let mut tasks = self.returned.split_off(returned);
        let fresh = self.next..self.samples.len().min(self.next.saturating_add(max - tasks.len()));
        self.next = fresh.end;
        tasks.extend(fresh);
        let crops = tasks.iter().map(|&task| self.dataset.crop(self.samples[task] as usize)).collect();
        (!tasks.is_empty()).then_some(Batch { tasks, crops })
    }

    /// Records the predictions of a batch, in the order of its crops. If they are not as many, the batch is handed out again.
    pub fn record(&mut self, batch: Batch, predictions: &[Distribution]) {
        if predictions.len() != batch.tasks.len() {
            return self.return_batch(batch);
        }
        self.done += predictions.len();
        for (task, prediction) in batch.tasks.into_iter().zip(predictions) {
            self.predictions[task] = Some(*prediction);
        }
    }

    /// Returns a batch without predictions; it is handed out again.
    pub fn return_batch(&mut self, batch: Batch) {
        self.returned.extend(batch.tasks);
    }

    /// The predictions recorded so far, in the order of the samples.
    pub fn finish(self) -> Predictions {
        let mut predictions = Predictions::default();
        for (sample, prediction) in self.samples.into_iter().zip(self.predictions) {
            if let Some(prediction) = prediction {
                predictions.push(sample, self.dataset.label(sample as usize), prediction);
            }
        }
        predictions
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;
    use crate::dataset::Split;
    use crate::expression::Expression;
    use crate::vision::Crop;

    fn pending(count: usize) -> PendingPredictions {
        let mut dataset = Dataset::default();
        for row in 0..count {
            dataset.push([row as u8; crate::vision::CROP_PIXELS], Expression::ALL[row % 7], Split::Training, row);
        }
        PendingPredictions::new(Arc::new(dataset), (0..count as u32).rev().collect())
    }

    /// Tells which crop it is of.
    fn predict(crop: &Crop) -> Distribution {
        Distribution([f32::from(crop.bytes()[0]); 7])
    }

    proptest! {
        #[test]
        fn each_sample_is_predicted_once_in_whatever_order_batches_come_back(
            count in 0_usize..40,
            steps in proptest::collection::vec((1_usize..9, 0_u8..5), 0..60),
        ) {
            let mut pending = pending(count);
            let mut out = VecDeque::new();
            let steps = steps.into_iter().chain(std::iter::repeat((7, 1)));
            let mut recorded = 0;
            for (max, what) in steps {
                if pending.is_done() {
                    break;
                }
                match (what, out.pop_front()) {
                    (0, Some(batch)) => pending.return_batch(batch),
                    (1, Some(batch)) => {
                        recorded += batch.crops.len();
                        let predictions: Vec<_> = batch.crops.iter().map(predict).collect();
                        pending.record(batch, &predictions);
                    }
                    (2, Some(batch)) => pending.record(batch, &[]),
                    (_, batch) => {
                        out.extend(batch);
                        let next = pending.next_batch(max);
                        prop_assert!(next.as_ref().is_none_or(|next| (1..=max).contains(&next.crops.len())));
                        out.extend(next);
                    }
                }
                prop_assert_eq!(pending.done(), recorded);
            }
            prop_assert_eq!(recorded, count);
            prop_assert!(pending.next_batch(1).is_none());
            let got: Vec<_> = pending.finish().iter().map(|(sample, label, values)| (sample, label, values.0[0])).collect();
            let expected: Vec<_> =
                (0..count as u32).rev().map(|sample| (sample, Expression::ALL[sample as usize % 7], sample as f32)).collect();
            prop_assert_eq!(got, expected);
        }
    }

    #[test]
    fn a_run_that_is_not_done_has_what_was_recorded() {
        let mut pending = pending(3);
        let batch = pending.next_batch(2).unwrap();
        let predictions: Vec<_> = batch.crops.iter().map(predict).collect();
        pending.record(batch, &predictions);
        assert!(!pending.is_done());
        assert_eq!((pending.done(), pending.total()), (2, 3));
        assert_eq!(pending.finish().iter().map(|(sample, ..)| sample).collect::<Vec<_>>(), [2, 1]);
    }
}
