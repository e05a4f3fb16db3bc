//! The images of a run, spoilt and dealt out.

use std::sync::Arc;

use super::report::{CorruptionReport, RobustnessReport, Score, SeverityReport};
use crate::dataset::Dataset;
use crate::evaluation::{ConfusionMatrix, Run};
use crate::expression::Expression;
use crate::random::mix;
use crate::vision::corruption::{Corruption, SEVERITIES};
use crate::vision::{CROP_PIXELS, Crop};

/// A run under way. What is measured is a list of conditions, the clean images first, then every corruption at every
/// severity; each condition has one reading a sample.
pub struct Lab {
    dataset: Arc<Dataset>,
    samples: Vec<u32>,
    corruptions: Vec<Corruption>,
    /// The next reading to deal out, condition by condition.
    next: usize,
    /// Dealt out, and not answered.
    returned: Vec<Place>,
    /// What each sample was taken for when clean.
    clean: Vec<Option<Expression>>,
    /// Spoilt samples whose light is the clean ones' once it is normalised.
    alike: Vec<Place>,
    matrices: Vec<ConfusionMatrix>,
    read: u64,
}

/// A reading's place: condition, then place among the samples.
type Place = (usize, usize);

/// Crops to be read.
pub struct Batch {
    places: Vec<Place>,
    /// As many as readings are wanted, in their order.
    pub crops: Vec<Crop>,
}

impl Lab {
    /// A run over samples of a dataset, all of which it must have.
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
            alike: Vec::new(),
            read: 0,
        }
    }

    /// Readings in all.
    pub fn total(&self) -> usize {
        self.matrices.len() * self.samples.len()
    }

    /// Readings done.
    pub fn done(&self) -> usize {
        self.read as usize + self.alike.len()
    }

    /// Up to so many crops more; `None` when all are dealt out.
    pub fn deal(&mut self, most: usize) -> Option<Batch> {
        let mut batch = Batch { places: Vec::new(), crops: Vec::new() };
        while batch.crops.len() < most {
            let fresh = self.returned.is_empty();
            let Some(place) = self.returned.pop().or_else(|| self.deal_one()) else { break };
            let (condition, sample) = place;
            let clean = self.dataset.crop(self.samples[sample] as usize);
            let crop = match self.condition(condition) {
                None => clean,
                Some((corruption, severity)) => {
                    let spoilt = corruption.apply(&clean, severity as f32, seed(self.samples[sample], corruption));
                    if fresh && is_same_light(&clean, &spoilt) {
                        self.alike.push(place);
                        continue;
                    }
                    spoilt
                }
            };
            batch.places.push(place);
            batch.crops.push(crop);
        }
        (!batch.crops.is_empty()).then_some(batch)
    }

    fn deal_one(&mut self) -> Option<Place> {
        let next = self.next;
        if next >= self.total() {
            return None;
        }
        self.next += 1;
        Some((next / self.samples.len(), next % self.samples.len()))
    }

    /// The corruption and severity of a condition; `None` for the clean images.
    fn condition(&self, condition: usize) -> Option<(Corruption, usize)> {
        let spoilt = condition.checked_sub(1)?;
        Some((*self.corruptions.get(spoilt / SEVERITIES)?, spoilt % SEVERITIES + 1))
    }

    /// Takes a batch back with what was read of its crops, in their order. One without as many readings as crops is dealt
    /// out again.
    pub fn put(&mut self, batch: Batch, logits: &[[f32; Expression::COUNT]]) {
        if logits.len() != batch.places.len() {
            return self.give_back(batch);
        }
        for (&(condition, sample), logits) in batch.places.iter().zip(logits) {
            let predicted = crate::expression::Distribution::from_logits(*logits).top().0;
            if condition == 0 {
                self.clean[sample] = Some(predicted);
            }
            self.matrices[condition].add(self.dataset.label(self.samples[sample] as usize), predicted);
            self.read += 1;
        }
    }

    /// Takes a batch back that nobody read; it is dealt out again.
    pub fn give_back(&mut self, batch: Batch) {
        self.returned.extend(batch.places);
    }

    /// Whether everything is read.
    pub fn is_done(&self) -> bool {
        self.done() == self.total()
    }

    /// What was found.
    pub fn report(mut self, run: Run) -> RobustnessReport {
        for (condition, sample) in std::mem::take(&mut self.alike) {
            if let Some(predicted) = self.clean[sample] {
                self.matrices[condition].add(self.dataset.label(self.samples[sample] as usize), predicted);
            }
        }
        let (clean, spoilt) =
            self.matrices.split_first().map_or_else(Default::default, |(clean, spoilt)| (*clean, spoilt));
        let clean = Score::new(&clean);
        let corruption = |(corruption, matrices): (&Corruption, &[ConfusionMatrix])| {
            let severity = |(index, matrix): (usize, &ConfusionMatrix)| {
                let severity = index + 1;
                SeverityReport::new(severity, corruption.parameter(severity as f32), &Score::new(matrix), &clean)
            };
            CorruptionReport::new(*corruption, matrices.iter().enumerate().map(severity).collect())
        };
        let corruptions = self.corruptions.iter().zip(spoilt.chunks(SEVERITIES)).map(corruption).collect();
        RobustnessReport::new(self.samples.len() as u64, self.read, clean, corruptions, run)
    }
}

/// What is random in a spoilt sample: the same at every severity and in every run.
pub fn seed(sample: u32, corruption: Corruption) -> u64 {
    mix(u64::from(sample), corruption as u64)
}

/// Whether two crops differ by one and the same number of grey levels everywhere, which normalising takes off again.
fn is_same_light(a: &Crop, b: &Crop) -> bool {
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

    /// Always right on bright crops, and takes the others for disgust.
    fn read(batch: &Batch, labels: impl Fn(usize) -> Expression) -> Vec<[f32; 7]> {
        let one = |(index, crop): (usize, &Crop)| {
            let mut logits = [0.0; 7];
            let bright = crop.mean_and_deviation().0 > 110.0;
            logits[if bright { labels(index).index() } else { 1 }] = 5.0;
            logits
        };
        batch.crops.iter().enumerate().map(one).collect()
    }

    fn run(batch: usize, lose: bool) -> RobustnessReport {
        let (dataset, samples) = (dataset(21), (0..21).collect::<Vec<u32>>());
        let mut lab = Lab::new(Arc::clone(&dataset), samples, vec![Corruption::Brightness, Corruption::Eyes]);
        assert_eq!(lab.total(), 21 * 11);
        let mut lost = 0;
        while let Some(batch) = lab.deal(batch) {
            if lose && lost < 3 {
                lost += 1;
                match lost {
                    1 => lab.give_back(batch),
                    _ => lab.put(batch, &[]),
                }
                continue;
            }
            let labels: Vec<Expression> = batch.places.iter().map(|&(_, sample)| dataset.label(sample)).collect();
            let logits = read(&batch, |index| labels[index]);
            lab.put(batch, &logits);
        }
        assert!(lab.is_done());
        lab.report(Run { split: "PublicTest".into(), ..Run::default() })
    }

    #[test]
    fn every_condition_is_read_once_whatever_the_batches() {
        let report = run(8, false);
        assert_eq!(run(1, false), report);
        assert_eq!(run(64, true), report, "what nobody read is dealt out again");
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
    fn what_equals_the_clean_image_is_not_read_again() {
        let report = run(8, false);
        let brightness = &report.corruptions[0];
        // up or down by 25, 50, 75 and 100 clips nothing of 100 to 140, and this reader would have noticed
        for severity in &brightness.severities[..4] {
            assert_eq!(severity.accuracy, 1.0, "{severity:?}");
        }
        assert!(report.readings < 21 * 8, "{}", report.readings);
        assert!(report.readings >= 21 * 6);
    }

    #[test]
    fn a_class_without_samples_is_no_trouble() {
        let mut lab = Lab::new(dataset(2), vec![1], vec![Corruption::Blur]);
        while let Some(batch) = lab.deal(4) {
            let logits = vec![[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]; batch.crops.len()];
            lab.put(batch, &logits);
        }
        let report = lab.report(Run::default());
        assert_eq!((report.clean.accuracy, report.clean.macro_f1), (1.0, 1.0));
        assert!(serde_json::to_string(&report).is_ok());
    }
}
