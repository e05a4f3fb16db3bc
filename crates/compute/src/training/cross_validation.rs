//! Stratified cross-validation: for each fold, a network is trained on the others and evaluated on the fold.

use std::ops::ControlFlow;
use std::sync::Arc;

use burn::tensor::Device;

use super::{
    CrossReport, FoldRecord, OwnDevice, Session, Settings, SliceExecutor, StepOutcome, TrainingData, TrainingError,
};
use crate::evaluation::{Evaluation, RunInfo};
use crate::network::NetworkFile;
use mien_core::dataset::{Dataset, PartitionError, Votes, stratified_folds};

/// A cross-validation that runs step by step.
///
/// Every fold starts from the same weights with the same settings. The network is evaluated after the last epoch, not at
/// its best one, which would be selected with the images of the fold. For the same reason, early stopping makes the metrics
/// slightly optimistic.
pub struct CrossValidation {
    settings: Settings,
    dataset: Arc<Dataset>,
    votes: Option<Votes>,
    initial: Option<NetworkFile>,
    device: Device,
    folds: Vec<Vec<usize>>,
    grouped_by: Option<String>,
    session: Option<Session>,
    records: Vec<FoldRecord>,
}

/// The outcome of [`CrossValidation::step`].
#[derive(Clone, Debug, PartialEq)]
pub enum CrossOutcome {
    /// A training step of a fold; the first fold is 1.
    Training(usize, StepOutcome),
    /// A fold is finished.
    Fold(Box<FoldRecord>),
    /// All folds were already finished.
    Finished,
}

impl CrossValidation {
    /// Divides samples into at least 2 stratified folds, with copies of an image in the same fold; the seed is that of the
    /// settings. `column` is the index of the group column whose groups stay in one fold each, such as that of the persons.
    ///
    /// # Errors
    /// When the settings are out of range, or there are fewer than 2 folds or fewer images or groups than folds.
    pub fn new(
        settings: Settings,
        (dataset, samples, votes): (Arc<Dataset>, &[usize], Option<Votes>),
        (folds, column): (usize, Option<usize>),
        initial: Option<NetworkFile>,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        settings.check()?;
        let groups = column.and_then(|column| dataset.groups().get(column));
        let grouped_by = groups.map(|column| column.name().to_owned());
        let parts = stratified_folds(&dataset, groups, samples, folds, settings.seed)?;
        if parts.iter().any(Vec::is_empty) {
            // byte-identical images are in the same fold
            return Err(PartitionError::Folds { folds, samples: samples.len() }.into());
        }
        Ok(Self {
            settings,
            dataset,
            votes,
            initial,
            device: device.clone(),
            folds: parts,
            grouped_by,
            session: None,
            records: Vec::new(),
        })
    }

    /// The settings of every fold.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The session of the current fold.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Number of finished folds, and in total.
    pub fn folds(&self) -> (usize, usize) {
        (self.records.len(), self.folds.len())
    }

    /// The name of the column whose groups are in one fold each, if there is one.
    pub fn grouped_by(&self) -> Option<&str> {
        self.grouped_by.as_deref()
    }

    /// [`Self::step_with`], with all slices computed by the device of the session.
    ///
    /// # Errors
    /// As there.
    pub async fn step(
        &mut self,
        between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<CrossOutcome, TrainingError> {
        self.step_with(&mut OwnDevice, between).await
    }

    /// Performs one [`Session::step_with`] of the current fold.
    ///
    /// # Errors
    /// See there; a fold that diverged fails again.
    pub async fn step_with(
        &mut self,
        executor: &mut impl SliceExecutor,
        between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<CrossOutcome, TrainingError> {
        let fold = self.records.len();
        let Some(held_out) = self.folds.get(fold) else { return Ok(CrossOutcome::Finished) };
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
        let progress = session.step_with(executor, between).await?;
        if progress != StepOutcome::Finished {
            return Ok(CrossOutcome::Training(fold + 1, progress));
        }
        let run = RunInfo {
            model: session.settings().architecture.name().to_owned(),
            split: session.data().validation_name.clone(),
            seconds: session.history().epochs.iter().map(|epoch| f64::from(epoch.seconds)).sum(),
            ..RunInfo::default()
        };
        let record = FoldRecord {
            fold: fold + 1,
            training_images: session.data().training.len(),
            epochs: session.history().epochs.len(),
            report: Evaluation::new(session.predictions(), run).report,
        };
        self.records.push(record.clone());
        self.session = None;
        Ok(CrossOutcome::Fold(Box::new(record)))
    }

    /// The report of the finished folds.
    pub fn report(&self) -> CrossReport {
        CrossReport::new(self.settings.clone(), self.folds.len(), self.grouped_by.clone(), self.records.clone())
    }
}
