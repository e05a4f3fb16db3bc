//! A training session, which runs step by step: its data and networks, how it starts, and its position.

mod checkpoint;
mod step;
mod trained;

use burn::module::Module;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

pub use self::step::StepOutcome;
use super::Divergence;
use super::average::Average;
use super::batches::{class_weights, order};
use super::divergence_monitor::DivergenceMonitor;
use super::error::{CheckpointError, TrainingError};
use super::inputs::Inputs;
use super::optimizer::Optimizer;
use super::slices;
use super::{History, SecondHead, Settings, TrainingData};
use crate::evaluation::Predictions;
use crate::network::{Network, NetworkFile};
use mien_core::dataset::CHOICES;
use mien_core::expression::Expression;
use mien_core::random::derive_seed;

/// The uses of the seed.
#[derive(Clone, Copy)]
enum SeedPurpose {
    Weights = 0,
    Order = 1,
    Augmentation = 2,
    Dropout = 3,
    Mixup = 4,
}

/// The position of a session: finished epochs, and finished steps of the current one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    epoch: usize,
    step: usize,
}

/// Sums over the current epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct EpochSums {
    /// The sum of the losses, as bits, so that it is exact in a checkpoint.
    loss: u64,
    right: usize,
    images: usize,
    learning_rate: f32,
    seconds: f32,
}

/// A training session: see the module.
///
/// Only the trained part, a [`Network::tail`], is in training mode (with autodiff). Its moving average, optimizer
/// moments and snapshots have the same shape.
pub struct Session {
    settings: Settings,
    /// The data, limited by the settings.
    data: TrainingData,
    /// The data before it was limited, and its hash.
    all_data: TrainingData,
    fingerprint: u64,
    device: Device,
    /// The whole network in inference mode, if a part of it is frozen.
    whole: Option<Network>,
    /// The trained part, in training mode.
    pub(super) network: Network,
    average: Option<Average>,
    optimizer: Optimizer,
    inputs: Inputs,
    weights: [f32; Expression::COUNT],
    /// The second head of the trained part, which has [`CHOICES`] more outputs.
    second: Option<SecondHead>,
    position: Position,
    order: Vec<usize>,
    sums: EpochSums,
    monitor: DivergenceMonitor,
    history: History,
    /// The best epoch, counted from 1, and its trained part in inference mode.
    best: Option<(usize, Network)>,
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
    fn new(
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
    fn go_to(&mut self, position: Position) -> Result<(), TrainingError> {
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
