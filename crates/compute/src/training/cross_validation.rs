//! Stratified cross-validation: each part of the images is once what a network trained on the others is measured on.

use std::ops::ControlFlow;
use std::sync::Arc;

use burn::tensor::Device;

use super::{CrossReport, FoldRecord, Progress, Session, Settings, TrainingData, TrainingError};
use crate::evaluation::{Evaluation, Run};
use crate::network::NetworkFile;
use mien_core::dataset::{Dataset, PartitionError, Votes, stratified_folds};

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

    /// The settings of every fold.
    pub fn settings(&self) -> &Settings {
        &self.settings
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
        CrossReport::new(self.settings.clone(), self.folds.len(), self.records.clone())
    }
}
