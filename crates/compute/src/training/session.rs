//! A training session, which runs step by step.

use std::ops::ControlFlow;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use web_time::Instant;

use super::Divergence;
use super::Validation;
use super::average::Average;
use super::batches::{class_weights, mix_targets, mixup_share, order, targets};
use super::divergence_monitor::{DivergenceMonitor, collapse};
use super::error::{CheckpointError, TrainingError};
use super::inputs::{Batch, Inputs, read};
use super::optimizer::Optimizer;
use super::slices::{self, BatchSlice, OwnDevice, SliceExecutor};
use super::{EpochRecord, History, StepRecord};
use super::{SecondHead, Settings, TrainingData};
use crate::evaluation::Predictions;
use crate::network::{Network, NetworkFile};
use mien_core::dataset::CHOICES;
use mien_core::expression::{Distribution, Expression};
use mien_core::number::counted;
use mien_core::random::derive_seed;
use mien_weights::{NetworkHeader, TrainingSummary};

/// The uses of the seed.
#[derive(Clone, Copy)]
enum SeedPurpose {
    Weights = 0,
    Order = 1,
    Augmentation = 2,
    Dropout = 3,
    Mixup = 4,
}

/// The outcome of [`Session::step`].
#[derive(Clone, Debug, PartialEq)]
pub enum StepOutcome {
    /// A training step.
    Step(StepRecord),
    /// An epoch is finished, including validation.
    Epoch(Box<EpochRecord>),
    /// All epochs were already finished, or the run stopped early.
    Finished,
}

/// The position of a session: finished epochs, and finished steps of the current one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub epoch: usize,
    pub step: usize,
}

/// Sums over the current epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct EpochSums {
    /// The sum of the losses, as bits, so that it is exact in a checkpoint.
    loss: u64,
    right: usize,
    images: usize,
    learning_rate: f32,
    seconds: f32,
}

/// The data of a step: inputs, targets, and the targets of the second head, if there is one.
type StepData = (Tensor<4>, Vec<[f32; Expression::COUNT]>, Vec<[f32; CHOICES]>);

/// A training session: see the module.
///
/// Only the trained part, a [`Network::tail`], is in training mode (with autodiff). Its moving average, optimizer
/// moments and snapshots have the same shape.
pub struct Session {
    pub(super) settings: Settings,
    /// The data, limited by the settings.
    pub(super) data: TrainingData,
    /// The data before it was limited, and its hash.
    all_data: TrainingData,
    pub(super) fingerprint: u64,
    device: Device,
    /// The whole network in inference mode, if a part of it is frozen.
    pub(super) whole: Option<Network>,
    /// The trained part, in training mode.
    pub(super) network: Network,
    pub(super) average: Option<Average>,
    pub(super) optimizer: Optimizer,
    inputs: Inputs,
    weights: [f32; Expression::COUNT],
    /// The second head of the trained part, which has [`CHOICES`] more outputs.
    second: Option<SecondHead>,
    pub(super) position: Position,
    order: Vec<usize>,
    pub(super) sums: EpochSums,
    pub(super) monitor: DivergenceMonitor,
    pub(super) history: History,
    /// The best epoch, counted from 1, and its trained part in inference mode.
    pub(super) best: Option<(usize, Network)>,
    /// The trained part before the last epoch, to fall back to when the run diverges; in inference mode.
    good: Network,
    diverged: Option<Divergence>,
    predictions: Predictions,
}

impl Session {
    /// Starts a run from initial weights, whose architecture replaces that of the settings, or else from random ones.
    ///
    /// # Errors
    /// When the settings are out of range or there are no training images.
    pub fn start(
        mut settings: Settings,
        data: TrainingData,
        initial: Option<NetworkFile>,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        settings.check()?;
        let device = device.clone().without_autodiff();
        let mut network = match initial {
            Some(file) => {
                settings.architecture = file.header.architecture;
                file.network.valid()
            }
            None => {
                device.seed(derive_seed(settings.seed, SeedPurpose::Weights as u64));
                Network::new(&settings.architecture, &device).valid()
            }
        };
        if let Some(dropout) = settings.dropout {
            settings.architecture.set_dropout(dropout);
            network.set_dropout(dropout);
        }
        let stage = settings.scope.first_stage(network.stage_count());
        let mut tail = network.tail(stage);
        if settings.second_head.is_some() && data.votes.is_some() {
            device.seed(derive_seed(derive_seed(settings.seed, SeedPurpose::Weights as u64), 1));
            tail = tail.widen(CHOICES, &device);
        }
        Self::new(settings, data, (stage > 0).then_some(network), tail, device)
    }

    /// A new session; both networks are in inference mode, and `tail` has the second head, if there is one.
    pub(super) fn new(
        settings: Settings,
        data: TrainingData,
        whole: Option<Network>,
        tail: Network,
        device: Device,
    ) -> Result<Self, TrainingError> {
        let fingerprint = data.fingerprint();
        let all_data = data.clone();
        let data = data.limited(&settings);
        if data.training.is_empty() {
            return Err(TrainingError::NoData);
        }
        let frozen = whole.clone().map(|whole| {
            let stage = settings.scope.first_stage(whole.stage_count());
            (whole, stage)
        });
        let mut session = Self {
            inputs: Inputs::new(frozen, device.clone()),
            weights: class_weights(&data, settings.balance),
            second: settings.second_head.filter(|_| data.votes.is_some()),
            average: (settings.averaging > 0.0).then(|| Average::new(tail.valid(), 0)),
            settings,
            data,
            all_data,
            fingerprint,
            device,
            whole,
            network: tail.clone().train(),
            optimizer: Optimizer::default(),
            position: Position::default(),
            order: Vec::new(),
            sums: EpochSums::default(),
            monitor: DivergenceMonitor::default(),
            history: History::default(),
            best: None,
            good: tail,
            diverged: None,
            predictions: Predictions::default(),
        };
        session.go_to(Position::default())?;
        Ok(session)
    }

    /// Sets the position.
    pub(super) fn go_to(&mut self, position: Position) -> Result<(), TrainingError> {
        if position.step > self.steps_per_epoch()
            || position.epoch > self.settings.epochs
            || self.history.epochs.len() != position.epoch
        {
            return Err(CheckpointError::Position.into());
        }
        self.position = position;
        self.order = order(&self.data, self.settings.balance, self.seed(SeedPurpose::Order, position.epoch));
        self.good = self.tail();
        Ok(())
    }

    /// The settings of the run.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes the number of epochs; the schedule is stretched accordingly.
    ///
    /// # Errors
    /// When the number is out of range or less than that of finished epochs.
    pub fn set_epochs(&mut self, epochs: usize) -> Result<(), TrainingError> {
        let settings = Settings { epochs, ..self.settings.clone() };
        settings.check()?;
        if epochs < self.position.epoch {
            return Err(TrainingError::Over { epochs, over: self.position.epoch });
        }
        self.settings = settings;
        Ok(())
    }

    /// The data of the session, limited by the settings.
    pub fn data(&self) -> &TrainingData {
        &self.data
    }

    /// The data before it was limited by the settings, as [`Self::resume`] takes it.
    pub fn all_data(&self) -> &TrainingData {
        &self.all_data
    }

    /// The curves so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The predictions for the validation images after the last epoch; empty before the first one, and after
    /// [`Self::resume`] until the next one is finished.
    pub fn predictions(&self) -> &Predictions {
        &self.predictions
    }

    /// Finished steps of the current epoch.
    pub fn steps_done(&self) -> usize {
        self.position.step
    }

    /// Steps per epoch: the number of full batches. The remaining images are skipped until the next shuffle; fewer images
    /// than a batch are one step.
    pub fn steps_per_epoch(&self) -> usize {
        (self.data.training.len() / self.settings.batch).max(1)
    }

    /// The number of slices of a batch ([`Settings::slices`]).
    pub fn slices_per_batch(&self) -> usize {
        slices::count(&self.settings, self.settings.batch.min(self.data.training.len()))
    }

    /// Whether the run stopped early ([`Settings::early_stopping`]).
    pub fn stopped_early(&self) -> bool {
        let over =
            |stopping: super::EarlyStopping| stopping.by.epochs_since_best(&self.history.epochs) >= stopping.patience;
        self.position.epoch < self.settings.epochs && self.settings.early_stopping.is_some_and(over)
    }

    /// Why the run diverged, if it did.
    pub fn divergence(&self) -> Option<Divergence> {
        self.diverged
    }

    /// The network as it would be saved now: in inference mode, with averaged weights if averaging is on. After a
    /// divergence, the last good one.
    pub fn network(&self) -> Network {
        self.joined(&self.tail())
    }

    /// The network with the metadata for a weights file.
    pub fn file(&self, description: String) -> NetworkFile {
        self.named(description, self.network(), self.position.epoch)
    }

    /// The network of the best epoch so far ([`Settings::best_by`]; the last on a tie) with the metadata for a weights
    /// file; `None` before the first epoch is finished.
    pub fn best(&self, description: String) -> Option<NetworkFile> {
        self.best.as_ref().map(|(epoch, tail)| self.named(description, self.joined(tail), *epoch))
    }

    /// The best epoch so far, counted from 1.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best.as_ref().map(|(epoch, _)| *epoch)
    }

    /// Whether the last finished epoch is the best so far. Without validation it always is.
    pub fn is_best(&self) -> bool {
        self.settings.best_by.last_is_best(&self.history.epochs)
    }

    /// [`Self::step_with`], with all slices computed by the device of the session.
    ///
    /// # Errors
    /// As there.
    pub async fn step(
        &mut self,
        between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<StepOutcome, TrainingError> {
        self.step_with(&mut OwnDevice, between).await
    }

    /// Trains on the next batch, or validates after the last batch of an epoch. The session can be dropped or saved between
    /// any two calls. `executor` computes the slices of the batch, if it has several ([`Settings::slices`]).
    ///
    /// During validation, `between` is called after each batch with the number of finished images. It can yield to other
    /// tasks, and break to stop, which leaves the session before the validation.
    ///
    /// # Errors
    /// When the run diverges (again at every further call), the device fails, or `between` breaks.
    pub async fn step_with(
        &mut self,
        executor: &mut impl SliceExecutor,
        between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<StepOutcome, TrainingError> {
        if let Some(divergence) = self.diverged {
            return Err(divergence.into());
        }
        if self.position.epoch == self.settings.epochs || self.stopped_early() {
            return Ok(StepOutcome::Finished);
        }
        let start = Instant::now();
        let progress = if self.position.step < self.steps_per_epoch() {
            let step = self.train(executor).await;
            self.sums.seconds += start.elapsed().as_secs_f32();
            step.map(StepOutcome::Step)
        } else {
            self.finish_epoch(start, between).await.map(|record| StepOutcome::Epoch(Box::new(record)))
        };
        if let Err(TrainingError::Diverged(divergence)) = progress {
            self.diverged = Some(divergence);
            if let (Divergence::Collapsed { .. }, Some((_, best))) = (divergence, &self.best) {
                // previous epochs had collapsed too
                self.good = best.clone();
            }
        }
        progress
    }

    async fn train(&mut self, executor: &mut impl SliceExecutor) -> Result<StepRecord, TrainingError> {
        let Position { epoch, step } = self.position;
        let steps = self.steps_per_epoch();
        let number = epoch * steps + step;
        let progress = (number as f64 + 0.5) / (self.settings.epochs * steps) as f64;
        let learning_rate = self.settings.learning_rate * self.settings.schedule.factor(progress);
        let (inputs, targets, choices) = self.batch(number).await?;
        let seed = self.seed(SeedPurpose::Dropout, number);
        let slices = slices::count(&self.settings, targets.len());
        let (loss, right, gradients) = if slices == 1 {
            self.device.seed(seed);
            let second = self.second.map(|head| (choices.as_slice(), head.loss));
            let (logits, objective) = slices::forward(&self.network, inputs, &targets, second);
            let logits = read(logits).await?;
            let loss = loss_of(&logits, &targets);
            self.monitor.step(loss, epoch + 1, step + 1)?;
            let gradients = GradientsParams::from_grads(objective.backward(), &self.network);
            (loss, right(&logits, &targets), gradients)
        } else {
            let second = self.second.map(|head| (choices, head.loss));
            let shape = inputs.dims();
            let batch = BatchSlice { inputs: read(inputs).await?, shape, targets, second, seed };
            let parts = slices::divide(&batch, slices, |index| derive_seed(seed, index as u64));
            let outputs = executor.run(&self.network.valid(), parts).await?;
            let logits: Vec<f32> = outputs.iter().flat_map(|output| output.logits.iter().copied()).collect();
            let loss = loss_of(&logits, &batch.targets);
            self.monitor.step(loss, epoch + 1, step + 1)?;
            let (network, gradients) = slices::apply(self.network.clone(), &slices::mean(&outputs));
            self.network = network;
            (loss, right(&logits, &batch.targets), gradients)
        };
        let Settings { optimizer, weight_decay, averaging, .. } = self.settings;
        self.network = self.optimizer.step(self.network.clone(), gradients, optimizer, learning_rate, weight_decay);
        if let Some(average) = &mut self.average {
            average.update(&self.network.valid(), averaging);
        }
        let images = self.settings.batch.min(self.order.len());
        self.sums.add(loss, right, images, learning_rate);
        self.history.losses.push(loss);
        self.position.step += 1;
        Ok(StepRecord { epoch: epoch + 1, step: step + 1, loss, learning_rate })
    }

    /// The inputs and targets of a step, including those of the second head.
    async fn batch(&mut self, number: usize) -> Result<StepData, TrainingError> {
        let size = self.settings.batch.min(self.order.len());
        let samples = &self.order[self.position.step * size..][..size];
        let mut targets = targets(&self.data, samples, &self.settings, &self.weights);
        let mut choices: Vec<_> = match self.second {
            Some(_) => samples.iter().map(|&sample| self.data.choices(sample)).collect(),
            None => Vec::new(),
        };
        let seed = self.seed(SeedPurpose::Augmentation, 0);
        let batch = Batch { epoch: self.position.epoch, before: number * size, samples, seed };
        let mut inputs = self.inputs.training(&self.data, &self.settings, batch).await?;
        if self.settings.mixup > 0.0 {
            let share = mixup_share(self.settings.mixup, self.seed(SeedPurpose::Mixup, number));
            mix_targets(&mut targets, share);
            mix_targets(&mut choices, share);
            inputs = inputs.clone() * share + inputs.flip([0]) * (1.0 - share);
        }
        Ok((inputs, targets, choices))
    }

    async fn finish_epoch(
        &mut self,
        start: Instant,
        between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<EpochRecord, TrainingError> {
        let tail = self.tail();
        let validation = self.validate(&tail, between).await?;
        let steps = self.position.step;
        let record = EpochRecord {
            epoch: self.position.epoch + 1,
            loss: (f64::from_bits(self.sums.loss) / steps as f64) as f32,
            accuracy: self.sums.right as f32 / self.sums.images as f32,
            validation,
            learning_rate: self.sums.learning_rate,
            seconds: self.sums.seconds + start.elapsed().as_secs_f32(),
        };
        self.history.epochs.push(record.clone());
        if self.is_best() {
            self.best = Some((record.epoch, tail));
        }
        let counts = self.data.dataset.class_counts(&self.data.training);
        let commonest = counts.into_iter().max().unwrap_or(0) as f64 / self.data.training.len() as f64;
        let warm_up = self.settings.schedule.rise() * self.settings.epochs as f64;
        collapse(&self.history.epochs, steps, warm_up, commonest)?;
        self.sums = EpochSums::default();
        self.go_to(Position { epoch: record.epoch, step: 0 })?;
        Ok(record)
    }

    async fn validate(
        &mut self,
        tail: &Network,
        mut between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Validation>, TrainingError> {
        if self.data.validation.is_empty() {
            return Ok(None);
        }
        let tail = self.one_head(tail);
        let mut predictions = Predictions::default();
        let mut loss = 0.0;
        for samples in self.data.validation.chunks(self.settings.batch) {
            let inputs = self.inputs.validation(&self.data, samples).await?;
            let values = read(tail.forward(inputs)).await?;
            for (&sample, &logits) in samples.iter().zip(values.as_chunks().0) {
                let label = self.data.dataset.label(sample);
                let distribution = Distribution::from_logits(logits);
                predictions.push(sample as u32, label, distribution);
                loss -= f64::from(distribution.probability(label).max(f32::MIN_POSITIVE).ln());
            }
            if between(predictions.len()).await.is_break() {
                return Err(TrainingError::Stopped);
            }
        }
        self.predictions = predictions;
        let loss = (loss / self.data.validation.len() as f64) as f32;
        Ok(Some(Validation { confusion: self.predictions.confusion_matrix(), loss }))
    }

    /// The trained part as it would be saved now: with averaged weights, if there are any.
    fn tail(&self) -> Network {
        match (&self.diverged, &self.average) {
            (Some(_), _) => self.good.clone(),
            (None, Some(average)) => average.network().valid(),
            (None, None) => self.network.valid(),
        }
    }

    /// The whole network with a trained part, as it would be saved: in inference mode, which copies the running
    /// statistics; a clone would share them.
    fn joined(&self, tail: &Network) -> Network {
        let tail = self.one_head(tail);
        self.whole.as_ref().map_or_else(|| tail.valid(), |whole| whole.with_tail(tail.clone()).valid())
    }

    /// Merges the second head, if there is one, into the first.
    fn one_head(&self, tail: &Network) -> Network {
        let tail = tail.clone();
        match self.second {
            Some(head) => tail.join_heads(Expression::COUNT, head.share),
            None => tail,
        }
    }

    fn named(&self, description: String, network: Network, epochs: usize) -> NetworkFile {
        let record = epochs.checked_sub(1).and_then(|index| self.history.epochs.get(index));
        let validation = record.and_then(|record| record.validation);
        let training = TrainingSummary {
            description,
            epochs,
            validation_accuracy: validation.map(|validation| validation.confusion.accuracy()),
            validation_macro_f1: validation.map(|validation| validation.confusion.macro_average().f1),
            validated_on: validation.map(|validation| {
                format!("{} of {}", counted(validation.confusion.samples(), "image"), self.data.validation_name)
            }),
            settings: serde_json::to_value(&self.settings).ok(),
        };
        let header = NetworkHeader { training, ..NetworkHeader::new(self.settings.architecture.clone()) };
        NetworkFile { header, network }
    }

    fn seed(&self, purpose: SeedPurpose, number: usize) -> u64 {
        derive_seed(derive_seed(self.settings.seed, purpose as u64), number as u64)
    }
}

impl EpochSums {
    fn add(&mut self, loss: f32, right: usize, images: usize, learning_rate: f64) {
        self.loss = (f64::from_bits(self.loss) + f64::from(loss)).to_bits();
        self.right += right;
        self.images += images;
        self.learning_rate = learning_rate as f32;
    }
}

/// The mean cross entropy of logits `[batch × 7]` that were already read back.
fn loss_of(logits: &[f32], targets: &[[f32; Expression::COUNT]]) -> f32 {
    let mut sum = 0.0;
    for (logits, target) in logits.as_chunks::<{ Expression::COUNT }>().0.iter().zip(targets) {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let rest: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
        let log_sum = f64::from(largest) + f64::from(rest.ln());
        sum += logits
            .iter()
            .zip(target)
            .map(|(&logit, &share)| f64::from(share) * (log_sum - f64::from(logit)))
            .sum::<f64>();
    }
    (sum / targets.len() as f64) as f32
}

/// The number of predictions that match the largest target.
fn right(logits: &[f32], targets: &[[f32; Expression::COUNT]]) -> usize {
    let largest =
        |values: &[f32; Expression::COUNT]| (0..Expression::COUNT).max_by(|&a, &b| values[a].total_cmp(&values[b]));
    logits.as_chunks().0.iter().zip(targets).filter(|(logits, target)| largest(logits) == largest(target)).count()
}
