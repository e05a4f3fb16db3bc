//! A robustness test: its images in every condition, in batches.

use std::sync::Arc;

use super::report::{CorruptionReport, RobustnessReport, Score, SeverityReport};
use crate::dataset::Dataset;
use crate::evaluation::{Batch, ConfusionMatrix, RunInfo};
use crate::expression::{Distribution, Expression};
use crate::random::derive_seed;
use crate::vision::corruption::{Corruption, SEVERITIES};
use crate::vision::{CROP_PIXELS, Crop};

/// A robustness test in progress. There is a list of conditions: the clean images, then every corruption at every severity.
/// Each condition needs one prediction per sample.
pub struct RobustnessTest {
    dataset: Arc<Dataset>,
    samples: Vec<u32>,
    corruptions: Vec<Corruption>,
    /// The next task to hand out, condition by condition.
    next: usize,
    /// Tasks that were handed out and returned without predictions.
    returned: Vec<usize>,
    /// The prediction for each clean sample.
    clean: Vec<Option<Expression>>,
    /// Corrupted samples that equal the clean ones after normalization.
    unchanged: Vec<usize>,
    matrices: Vec<ConfusionMatrix>,
    read: u64,
}

impl RobustnessTest {
    /// A test on samples of a dataset, all of which must exist.
    pub fn new(dataset: Arc<Dataset>, samples: Vec<u32>, corruptions: Vec<Corruption>) -> Self {
        let conditions = 1 + corruptions.len() * SEVERITIES;
        Self {
            clean: vec![None; samples.len()],
            matrices: vec![ConfusionMatrix::default(); conditions],
            dataset,
            samples,
            corruptions,
            next: 0,
            returned: Vec::new(),
            unchanged: Vec::new(),
            read: 0,
        }
    }

    /// Number of predictions in total.
    pub fn total(&self) -> usize {
        self.matrices.len() * self.samples.len()
    }

    /// Number of predictions that are done.
    pub fn done(&self) -> usize {
        self.read as usize + self.unchanged.len()
    }

    /// The next crops, at most `max`; `None` when all were handed out.
    pub fn next_batch(&mut self, max: usize) -> Option<Batch> {
        let mut batch = Batch { tasks: Vec::new(), crops: Vec::new() };
        while batch.crops.len() < max {
            let fresh = self.returned.is_empty();
            let Some(task) = self.returned.pop().or_else(|| self.next_task()) else { break };
            let (condition, sample) = self.place(task);
            let clean = self.dataset.crop(self.samples[sample] as usize);
            let crop = match self.condition(condition) {
                None => clean,
                Some((corruption, severity)) => {
                    let corrupted = corruption.apply(&clean, severity as f32, seed(self.samples[sample], corruption));
                    if fresh && is_same_after_normalization(&clean, &corrupted) {
                        self.unchanged.push(task);
                        continue;
                    }
                    corrupted
                }
            };
            batch.tasks.push(task);
            batch.crops.push(crop);
        }
        (!batch.crops.is_empty()).then_some(batch)
    }

    fn next_task(&mut self) -> Option<usize> {
        let next = self.next;
        if next >= self.total() {
            return None;
        }
        self.next += 1;
        Some(next)
    }

    /// The condition of a task, and its index among the samples.
    fn place(&self, task: usize) -> (usize, usize) {
        (task / self.samples.len(), task % self.samples.len())
    }

    /// The corruption and severity of a condition; `None` for the clean images.
    fn condition(&self, condition: usize) -> Option<(Corruption, usize)> {
        let corrupted = condition.checked_sub(1)?;
        Some((*self.corruptions.get(corrupted / SEVERITIES)?, corrupted % SEVERITIES + 1))
    }

    /// Records the predictions for the crops of a batch, in their order. If they are not as many as crops, the batch is handed out
    /// again.
    pub fn record(&mut self, batch: Batch, predictions: &[Distribution]) {
        if predictions.len() != batch.tasks.len() {
            return self.return_batch(batch);
        }
        for (&task, prediction) in batch.tasks.iter().zip(predictions) {
            let (condition, sample) = self.place(task);
            let predicted = prediction.top().0;
            if condition == 0 {
                self.clean[sample] = Some(predicted);
            }
            self.matrices[condition].add(self.dataset.label(self.samples[sample] as usize), predicted);
            self.read += 1;
        }
    }

    /// Returns a batch without predictions; it is handed out again.
    pub fn return_batch(&mut self, batch: Batch) {
        self.returned.extend(batch.tasks);
    }

    /// Whether all predictions are done.
    pub fn is_done(&self) -> bool {
        self.done() == self.total()
    }

    /// The report.
    pub fn report(mut self, run: RunInfo) -> RobustnessReport {
        for task in std::mem::take(&mut self.unchanged) {
            let (condition, sample) = self.place(task);
            if let Some(predicted) = self.clean[sample] {
                self.matrices[condition].add(self.dataset.label(self.samples[sample] as usize), predicted);
            }
        }
        let (clean, corrupted) =
            self.matrices.split_first().map_or_else(Default::default, |(clean, corrupted)| (*clean, corrupted));
        let clean = Score::new(&clean);
        let corruption = |(corruption, matrices): (&Corruption, &[ConfusionMatrix])| {
            let severity = |(index, matrix): (usize, &ConfusionMatrix)| {
                let severity = index + 1;
                SeverityReport::new(severity, corruption.parameter(severity as f32), &Score::new(matrix), &clean)
            };
            CorruptionReport::new(*corruption, matrices.iter().enumerate().map(severity).collect())
        };
        let corruptions = self.corruptions.iter().zip(corrupted.chunks(SEVERITIES)).map(corruption).collect();
        RobustnessReport::new(self.samples.len() as u64, self.read, clean, corruptions, run)
    }
}

/// The seed of a corruption of a sample: the same at every severity and in every run.
pub fn seed(sample: u32, corruption: Corruption) -> u64 {
    derive_seed(u64::from(sample), corruption as u64)
}

/// Whether two crops differ by a constant, which normalization removes.
fn is_same_after_normalization(a: &Crop, b: &Crop) -> bool {
    let level = |index: usize| i16::from(a.0[index]) - i16::from(b.0[index]);
    (1..CROP_PIXELS).all(|index| level(index) == level(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;

    fn dataset(count: usize) -> Arc<Dataset> {
        let mut dataset = Dataset::default();
        for row in 0..count {
            // mid greys: brightness of severity 1 and 2 clips nothing
            let pixels = std::array::from_fn(|index| 100 + ((index * (row + 3)) % 41) as u8);
            dataset.push(pixels, Expression::ALL[row % 7], Split::PublicTest, row);
        }
        Arc::new(dataset)
    }

    /// Always correct on bright crops; predicts disgust on the others.
    fn predict(batch: &Batch, labels: impl Fn(usize) -> Expression) -> Vec<Distribution> {
        let one = |(index, crop): (usize, &Crop)| {
            let mut probabilities = [0.0; 7];
            let bright = crop.mean_and_deviation().0 > 110.0;
            probabilities[if bright { labels(index).index() } else { 1 }] = 1.0;
            Distribution(probabilities)
        };
        batch.crops.iter().enumerate().map(one).collect()
    }

    fn run(batch: usize, lose: bool) -> RobustnessReport {
        let (dataset, samples) = (dataset(21), (0..21).collect::<Vec<u32>>());
        let mut test =
            RobustnessTest::new(Arc::clone(&dataset), samples, vec![Corruption::Brightness, Corruption::Eyes]);
        assert_eq!(test.total(), 21 * 11);
        let mut lost = 0;
        while let Some(batch) = test.next_batch(batch) {
            if lose && lost < 3 {
                lost += 1;
                match lost {
                    1 => test.return_batch(batch),
                    _ => test.record(batch, &[]),
                }
                continue;
            }
            let labels: Vec<Expression> = batch.tasks.iter().map(|&task| dataset.label(test.place(task).1)).collect();
            let predictions = predict(&batch, |index| labels[index]);
            test.record(batch, &predictions);
        }
        assert!(test.is_done());
        test.report(RunInfo { split: "PublicTest".into(), ..RunInfo::default() })
    }

    #[test]
    fn every_condition_is_predicted_once_for_any_batch_size() {
        let report = run(8, false);
        assert_eq!(run(1, false), report);
        assert_eq!(run(64, true), report, "a batch without predictions is handed out again");
        assert_eq!((report.samples, report.clean.accuracy), (21, 1.0));
        assert_eq!(
            report.corruptions.iter().map(|each| each.name.as_str()).collect::<Vec<_>>(),
            ["brightness", "eyes"]
        );
        // the dark bar pulls the mean down, the wider the more
        let eyes = &report.corruptions[1];
        assert_eq!(eyes.severities[4].parameter, 20.0);
        assert!(eyes.severities[4].accuracy < 0.2 && eyes.severities[4].drop > 0.8, "{eyes:?}");
    }

    #[test]
    fn what_equals_the_clean_image_is_not_predicted_again() {
        let report = run(8, false);
        let brightness = &report.corruptions[0];
        // up or down by 25, 50, 75 and 100 clips nothing of 100 to 140, so these are not predicted again
        for severity in &brightness.severities[..4] {
            assert_eq!(severity.accuracy, 1.0, "{severity:?}");
        }
        assert!(report.predictions < 21 * 8, "{}", report.predictions);
        assert!(report.predictions >= 21 * 6);
    }

    #[test]
    fn a_class_without_samples_is_no_error() {
        let mut test = RobustnessTest::new(dataset(2), vec![1], vec![Corruption::Blur]);
        while let Some(batch) = test.next_batch(4) {
            let predictions = vec![Distribution([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]); batch.crops.len()];
            test.record(batch, &predictions);
        }
        let report = test.report(RunInfo::default());
        assert_eq!((report.clean.accuracy, report.clean.macro_f1), (1.0, 1.0));
        assert!(serde_json::to_string(&report).is_ok());
    }
}
