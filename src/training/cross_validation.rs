//! Stratified cross-validation: each part of the images is once what a network trained on the others is measured on.

use std::ops::ControlFlow;
use std::sync::Arc;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{Progress, Session, Settings, TrainingData, TrainingError};
use crate::dataset::{Dataset, PartitionError, Votes, stratified_folds};
use crate::evaluation::{ClassReport, ConfusionMatrix, Evaluation, Metric, Report, Run};
use crate::expression::Expression;
use crate::network::NetworkFile;

/// A cross-validation, step by step.
///
/// Every fold trains from the same beginning with the same settings, and is measured as the network stands when its
/// training is over, not at its best epoch, which would be chosen by the very images that it is measured on. For the
/// same reason early stopping makes the figures a little too good.
pub struct CrossValidation {
    settings: Settings,
    dataset: Arc<Dataset>,
    votes: Option<Votes>,
    initial: Option<NetworkFile>,
    device: Device,
    folds: Vec<Vec<usize>>,
    session: Option<Session>,
    records: Vec<FoldRecord>,
}

/// What a call of [`CrossValidation::step`] did.
#[derive(Clone, Debug, PartialEq)]
pub enum CrossProgress {
    /// Went a step in the training of a fold, the first being 1.
    Training(usize, Progress),
    /// Finished a fold.
    Fold(Box<FoldRecord>),
    /// Nothing: all folds are over.
    Finished,
}

/// A fold that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldRecord {
    /// The first fold is 1.
    pub fold: usize,
    /// Images learned from.
    pub training_images: usize,
    /// Epochs trained.
    pub epochs: usize,
    /// How the network does on the fold, see `docs/report.md`.
    pub report: Report,
}

/// A metric over the folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricSpread {
    /// [`Metric::key`], or `precision`, `recall` or `f1` of a class, such as `f1_angry`.
    pub name: String,
    /// Its value in each fold; `None` where it is undefined there.
    pub folds: Vec<Option<f64>>,
    /// The mean of those that are defined.
    pub mean: Option<f64>,
    /// Their standard deviation (the sample's, over one less than their number); `None` for fewer than two.
    pub deviation: Option<f64>,
}

/// What a cross-validation found: see `docs/training.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossReport {
    /// The settings of every fold.
    pub settings: Settings,
    /// Folds asked for.
    pub folds: usize,
    /// Those that are over.
    pub records: Vec<FoldRecord>,
    /// Every metric.
    pub metrics: Vec<MetricSpread>,
    /// The sum of the folds' matrices: every image once.
    pub confusion_matrix: ConfusionMatrix,
}

impl CrossValidation {
    /// Cuts samples into at least 2 folds, by class, byte-identical images in one; drawn from the settings' seed.
    ///
    /// # Errors
    /// When the settings are out of range, or there are fewer than 2 folds or fewer images than folds.
    pub fn new(
        settings: Settings,
        (dataset, samples, votes): (Arc<Dataset>, &[usize], Option<Votes>),
        folds: usize,
        initial: Option<NetworkFile>,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        settings.check().map_err(TrainingError::Settings)?;
        let parts = stratified_folds(&dataset, samples, folds, settings.seed)?;
        if parts.iter().any(Vec::is_empty) {
            // byte-identical images count once
            return Err(PartitionError::Folds { folds, samples: samples.len() }.into());
        }
        Ok(Self {
            settings,
            dataset,
            votes,
            initial,
            device: device.clone(),
            folds: parts,
            session: None,
            records: Vec::new(),
        })
    }

    /// The session of the fold that runs.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Folds that are over, and folds in all.
    pub fn folds(&self) -> (usize, usize) {
        (self.records.len(), self.folds.len())
    }

    /// Goes on: one [`Session::step`] of the fold that is due.
    ///
    /// # Errors
    /// As [`Session::step`]; a fold that diverged stays so.
    pub async fn step(
        &mut self,
        between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<CrossProgress, TrainingError> {
        let fold = self.records.len();
        let Some(held_out) = self.folds.get(fold) else { return Ok(CrossProgress::Finished) };
        let session = match &mut self.session {
            Some(session) => session,
            empty => {
                let mut others = self.folds[..fold].concat();
                others.extend(self.folds[fold + 1..].iter().flatten());
                let data = TrainingData {
                    dataset: self.dataset.clone(),
                    training: others,
                    validation: held_out.clone(),
                    validation_name: format!("fold {} of {}", fold + 1, self.folds.len()),
                    votes: self.votes.clone(),
                };
                let session = Session::start(self.settings.clone(), data, self.initial.clone(), &self.device)?;
                empty.insert(session)
            }
        };
        let progress = session.step(between).await?;
        if progress != Progress::Finished {
            return Ok(CrossProgress::Training(fold + 1, progress));
        }
        let run = Run {
            model: session.settings().architecture.name().to_owned(),
            split: session.data().validation_name.clone(),
            seconds: session.history().epochs.iter().map(|epoch| f64::from(epoch.seconds)).sum(),
            ..Run::default()
        };
        let record = FoldRecord {
            fold: fold + 1,
            training_images: session.data().training.len(),
            epochs: session.history().epochs.len(),
            report: Evaluation::new(session.predictions(), run).report,
        };
        self.records.push(record.clone());
        self.session = None;
        Ok(CrossProgress::Fold(Box::new(record)))
    }

    /// What the folds that are over have shown.
    pub fn report(&self) -> CrossReport {
        let spread = |name: String, value: &dyn Fn(&Report) -> Option<f64>| {
            MetricSpread::new(name, self.records.iter().map(|record| value(&record.report)).collect())
        };
        let mut metrics: Vec<MetricSpread> = Metric::ALL
            .into_iter()
            .map(|metric| spread(metric.key().to_owned(), &|report| report.value(metric)))
            .collect();
        for class in Expression::ALL {
            let score = |report: &Report, score: fn(&ClassReport) -> f64| {
                report.classes.get(class.index()).filter(|scores| scores.support > 0).map(score)
            };
            metrics.push(spread(format!("precision_{class}"), &|report| score(report, |class| class.precision)));
            metrics.push(spread(format!("recall_{class}"), &|report| score(report, |class| class.recall)));
            metrics.push(spread(format!("f1_{class}"), &|report| score(report, |class| class.f1)));
        }
        let mut confusion_matrix = ConfusionMatrix::default();
        for record in &self.records {
            let counts = confusion_matrix.0.as_flattened_mut().iter_mut();
            counts.zip(record.report.confusion_matrix.0.as_flattened()).for_each(|(sum, count)| *sum += count);
        }
        let (settings, folds) = (self.settings.clone(), self.folds.len());
        CrossReport { settings, folds, records: self.records.clone(), metrics, confusion_matrix }
    }
}

impl MetricSpread {
    fn new(name: String, folds: Vec<Option<f64>>) -> Self {
        let values: Vec<f64> = folds.iter().copied().flatten().collect();
        let count = values.len() as f64;
        let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / count);
        let deviation = mean.filter(|_| values.len() > 1).map(|mean| {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            (squares / (count - 1.0)).sqrt()
        });
        Self { name, folds, mean, deviation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_matches_reference() {
        // numpy: np.mean([0.5, 0.7, 0.9, 0.6]), np.std(…, ddof=1)
        let spread = MetricSpread::new(String::new(), vec![Some(0.5), None, Some(0.7), Some(0.9), Some(0.6)]);
        assert!((spread.mean.unwrap() - 0.675).abs() < 1e-12);
        assert!((spread.deviation.unwrap() - 0.170_782_512_766).abs() < 1e-9);
        assert_eq!(MetricSpread::new(String::new(), vec![Some(1.0)]).deviation, None);
        assert_eq!(MetricSpread::new(String::new(), vec![None]).mean, None);
    }
}
