//! A training run, step by step.

use std::ops::ControlFlow;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData, activation};
use serde::{Deserialize, Serialize};

use super::average::Average;
use super::optimizer::Optimizer;
use super::record::{EpochRecord, Progress, StepRecord, TrainingError, Validation};
use super::{Settings, TrainingData};
use crate::dataset::{mix, shuffled};
use crate::evaluation::{ConfusionMatrix, predict};
use crate::expression::{Distribution, Expression};
use crate::network::{Network, NetworkFile, TrainingSummary};
use crate::vision::{CROP_PIXELS, CROP_SIDE};

/// What a seed is drawn for.
#[derive(Clone, Copy)]
enum Use {
    Weights = 0,
    Order = 1,
    Augmentation = 2,
    Dropout = 3,
}

/// Where a session stands: epochs that are over, and steps made in the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub epoch: usize,
    pub step: usize,
}

/// A training run. See the room's description.
pub struct Session {
    pub(super) settings: Settings,
    pub(super) data: TrainingData,
    device: Device,
    /// In training form.
    pub(super) network: Network,
    pub(super) average: Option<Average>,
    pub(super) optimizer: Optimizer,
    pub(super) position: Position,
    order: Vec<usize>,
    /// The sum of the epoch's losses so far.
    pub(super) losses: f64,
    pub(super) history: Vec<EpochRecord>,
}

impl Session {
    /// Begins a run, from the weights given or else from random ones.
    ///
    /// # Errors
    /// When the settings are out of range, there is nothing to learn from, or the weights are of another network.
    pub fn start(
        settings: Settings,
        data: TrainingData,
        initial: Option<NetworkFile>,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        settings.check().map_err(TrainingError::Settings)?;
        let device = device.clone().without_autodiff();
        let network = match initial {
            Some(file) if file.architecture != settings.architecture => return Err(TrainingError::OtherNetwork),
            Some(file) => file.network,
            None => {
                device.seed(mix(settings.seed, Use::Weights as u64));
                settings.architecture.init(&device)
            }
        };
        Self::new(settings, data, network, device)
    }

    pub(super) fn new(
        settings: Settings,
        data: TrainingData,
        network: Network,
        device: Device,
    ) -> Result<Self, TrainingError> {
        if data.training.is_empty() {
            return Err(TrainingError::NoData);
        }
        let network = network.train();
        let average = (settings.averaging > 0.0).then(|| Average::new(network.valid(), 0));
        let mut session = Self {
            settings,
            data,
            device,
            network,
            average,
            optimizer: Optimizer::default(),
            position: Position::default(),
            order: Vec::new(),
            losses: 0.0,
            history: Vec::new(),
        };
        session.go_to(Position::default())?;
        Ok(session)
    }

    /// Continues at a position.
    pub(super) fn go_to(&mut self, position: Position) -> Result<(), TrainingError> {
        if position.step > self.steps_per_epoch() || self.history.len() != position.epoch {
            return Err(TrainingError::Checkpoint("its position is outside the run".to_owned()));
        }
        self.position = position;
        self.order = shuffled(&self.data.training, self.seed(Use::Order, position.epoch));
        Ok(())
    }

    /// The settings of the run.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Makes the run longer or shorter; the schedule stretches with it.
    ///
    /// # Errors
    /// When so many epochs are out of range or already over.
    pub fn set_epochs(&mut self, epochs: usize) -> Result<(), TrainingError> {
        let settings = Settings { epochs, ..self.settings.clone() };
        settings.check().map_err(TrainingError::Settings)?;
        if epochs < self.position.epoch {
            return Err(TrainingError::Settings(format!("{epochs} epochs, but {} are over", self.position.epoch)));
        }
        self.settings = settings;
        Ok(())
    }

    /// The epochs that are over.
    pub fn history(&self) -> &[EpochRecord] {
        &self.history
    }

    /// Steps made in the epoch that runs.
    pub fn steps_done(&self) -> usize {
        self.position.step
    }

    /// Steps of an epoch: its full batches. What is left over waits for the next shuffle; fewer images than a batch
    /// make one step.
    pub fn steps_per_epoch(&self) -> usize {
        (self.data.training.len() / self.settings.batch).max(1)
    }

    /// The network as it would be saved now, in validation form: the average of its weights where there is one.
    pub fn network(&self) -> Network {
        self.average.as_ref().map_or(&self.network, Average::network).valid()
    }

    /// The network with what a weights file says of it.
    pub fn file(&self, description: String) -> NetworkFile {
        let validation = self.history.last().and_then(|record| record.validation);
        NetworkFile {
            architecture: self.settings.architecture.clone(),
            training: TrainingSummary {
                description,
                epochs: self.position.epoch,
                validation_accuracy: validation.map(|validation| validation.confusion.accuracy()),
            },
            network: self.network(),
        }
    }

    /// Whether the last epoch that is over has the best validation accuracy of all so far. Without validation the last
    /// is always the best.
    pub fn is_best(&self) -> bool {
        let accuracy =
            |record: &EpochRecord| record.validation.map_or(0.0, |validation| validation.confusion.accuracy());
        self.history.last().is_some_and(|last| self.history.iter().all(|record| accuracy(record) <= accuracy(last)))
    }

    /// Learns from the next batch, or validates when the epoch is over. A caller may drop the session or write a
    /// checkpoint between any two calls.
    ///
    /// While it validates, `between` is called as [`predict`] does; to break it off leaves the session before the
    /// validation.
    ///
    /// # Errors
    /// When the loss is no finite number, the device fails, or `between` breaks.
    pub async fn step(
        &mut self,
        between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<Progress, TrainingError> {
        if self.position.epoch == self.settings.epochs {
            return Ok(Progress::Finished);
        }
        if self.position.step < self.steps_per_epoch() {
            return Ok(Progress::Step(self.learn().await?));
        }
        let record = EpochRecord {
            epoch: self.position.epoch + 1,
            loss: (self.losses / self.position.step as f64) as f32,
            validation: self.validate(between).await?,
        };
        self.history.push(record.clone());
        self.losses = 0.0;
        self.go_to(Position { epoch: self.position.epoch + 1, step: 0 })?;
        Ok(Progress::Epoch(Box::new(record)))
    }

    async fn learn(&mut self) -> Result<StepRecord, TrainingError> {
        let Position { epoch, step } = self.position;
        let steps = self.steps_per_epoch();
        let number = epoch * steps + step;
        let progress = (number as f64 + 0.5) / (self.settings.epochs * steps) as f64;
        let learning_rate = self.settings.learning_rate * self.settings.schedule.factor(progress);
        let (images, targets) = self.batch(number);
        self.device.seed(self.seed(Use::Dropout, number));
        let loss = cross_entropy(self.network.forward(images), targets);
        let value = read(loss.clone().inner()).await?;
        if !value.is_finite() {
            return Err(TrainingError::Diverged { epoch: epoch + 1, step: step + 1, loss: value });
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let Settings { optimizer, weight_decay, averaging, .. } = self.settings;
        self.network = self.optimizer.step(self.network.clone(), gradients, optimizer, learning_rate, weight_decay);
        if let Some(average) = &mut self.average {
            average.update(&self.network.valid(), averaging);
        }
        self.losses += f64::from(value);
        self.position.step += 1;
        Ok(StepRecord { epoch: epoch + 1, step: step + 1, loss: value, learning_rate })
    }

    /// Images `[batch, 1, 48, 48]` and targets `[batch, 7]` of a step.
    fn batch(&self, number: usize) -> (Tensor<4>, Tensor<2>) {
        let batch = self.settings.batch.min(self.order.len());
        let samples = &self.order[self.position.step * batch..][..batch];
        let mut images = Vec::with_capacity(batch * CROP_PIXELS);
        let mut targets = Vec::with_capacity(batch * Expression::COUNT);
        for (place, &sample) in samples.iter().enumerate() {
            let mut light = self.data.dataset.crop(sample).normalise();
            self.settings.augmentation.apply(&mut light, self.seed(Use::Augmentation, number * batch + place));
            images.extend_from_slice(&light);
            targets.extend(self.data.target(sample, self.settings.votes_share, self.settings.label_smoothing));
        }
        let device = self.device.clone().autodiff();
        let images = Tensor::from_data(TensorData::new(images, [batch, 1, CROP_SIDE, CROP_SIDE]), &device);
        let targets = Tensor::from_data(TensorData::new(targets, [batch, Expression::COUNT]), &device);
        (images, targets)
    }

    async fn validate(
        &self,
        between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Validation>, TrainingError> {
        let samples = &self.data.validation;
        if samples.is_empty() {
            return Ok(None);
        }
        let crops = samples.iter().map(|&sample| self.data.dataset.crop(sample));
        let logits = predict(&self.network(), crops, self.settings.batch, &self.device, between).await?;
        let mut confusion = ConfusionMatrix::default();
        let mut loss = 0.0;
        for (&sample, logits) in samples.iter().zip(logits) {
            let label = self.data.dataset.label(sample);
            let distribution = Distribution::from_logits(logits);
            confusion.add(label, distribution.top().0);
            loss -= f64::from(distribution.probability(label).max(f32::MIN_POSITIVE).ln());
        }
        Ok(Some(Validation { confusion, loss: (loss / samples.len() as f64) as f32 }))
    }

    fn seed(&self, purpose: Use, number: usize) -> u64 {
        mix(mix(self.settings.seed, purpose as u64), number as u64)
    }
}

/// The mean cross entropy of logits `[batch, 7]` with targets `[batch, 7]`, `[1]`.
pub(super) fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let [batch, _] = logits.dims();
    -(activation::log_softmax(logits, 1) * targets).sum() / batch as f32
}

async fn read(scalar: Tensor<1>) -> Result<f32, TrainingError> {
    let data = scalar.into_data_async().await.map_err(|error| TrainingError::Device(format!("{error:?}")))?;
    let values = data.as_slice::<f32>().map_err(|error| TrainingError::Device(format!("{error:?}")))?;
    values.first().copied().ok_or_else(|| TrainingError::Device("no value came back".to_owned()))
}
