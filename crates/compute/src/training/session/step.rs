//! A step of a session: training on a batch, or the validation that ends an epoch.

use std::ops::ControlFlow;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use web_time::Instant;

use super::{EpochSums, Position, SeedPurpose, Session};
use crate::evaluation::Predictions;
use crate::network::Network;
use crate::training::batches::{mix_targets, mixup_share, targets};
use crate::training::divergence_monitor::collapse;
use crate::training::inputs::{Batch, read};
use crate::training::slices::{self, BatchSlice, OwnDevice, SliceExecutor};
use crate::training::{Divergence, EpochRecord, Settings, StepRecord, TrainingError, Validation};
use mien_core::dataset::CHOICES;
use mien_core::expression::{Distribution, Expression};
use mien_core::random::derive_seed;

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

/// The data of a step: inputs, targets, and the targets of the second head, if there is one.
type StepData = (Tensor<4>, Vec<[f32; Expression::COUNT]>, Vec<[f32; CHOICES]>);

impl Session {
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
