//! A run, as far as the engine has told.

use std::rc::Rc;

use super::TrainingAction;
use mien_core::training::EpochRecord;
use mien_protocol::{Outcome, Plan, Progress};

/// Points of the loss curve at which it is thinned to half.
const MOST_POINTS: usize = 4096;

/// A run or a cross-validation.
#[derive(Clone, PartialEq)]
pub struct TrainingRun {
    /// What it does. The curves are beside, in [`Self::losses`] and [`Self::epochs`].
    pub plan: Rc<Plan>,
    /// Whether it runs, waits or is over.
    pub phase: Phase,
    /// Where it is, once a step is made.
    pub progress: Option<Progress>,
    /// The mean loss of the last steps.
    pub loss: Option<f32>,
    /// Losses of the steps: epochs from the beginning, and the loss.
    pub losses: Rc<Vec<[f32; 2]>>,
    /// The epochs that are over.
    pub epochs: Rc<Vec<EpochRecord>>,
    /// The best of them, the first being 1.
    pub best: Option<u32>,
    /// Whether it is stored on this device.
    pub stored: Stored,
    /// At which epoch it went over to the CPU, if it did.
    pub moved: Option<u32>,
    /// Whether the network in training classifies on the Live page.
    pub showing: bool,
}

/// Whether a run runs, waits or is over.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// It runs.
    Running,
    /// It is about to pause.
    Pausing,
    /// It pauses.
    Paused,
    /// It is over, for a reason.
    Over(Outcome),
    /// The device failed, in words.
    Failed(Rc<str>),
    /// The engine went away with it.
    Crashed,
}

/// Whether a run is stored on this device.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// Not yet.
    NotYet,
    /// It is.
    Yes,
    /// It cannot be, in the browser's words.
    No(Rc<str>),
}

impl Phase {
    /// Whether the run is under way, be it paused.
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Running | Self::Pausing | Self::Paused)
    }

    /// As `data-state` writes it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Over(Outcome::Finished) => "finished",
            Self::Over(Outcome::Early) => "early",
            Self::Over(Outcome::Cancelled) => "cancelled",
            Self::Over(Outcome::Diverged(_)) => "diverged",
            Self::Failed(_) => "failed",
            Self::Crashed => "crashed",
        }
    }
}

impl TrainingRun {
    /// A run that begins, or goes on where it was.
    pub fn new(plan: Plan) -> Self {
        let (curve, epochs) = (&plan.history.losses, &plan.history.epochs);
        let width = curve.stride as f32 / plan.steps_per_epoch.max(1) as f32;
        let point = |(index, &loss): (usize, &f32)| [(index as f32 + 0.5) * width, loss];
        let losses = curve.points.iter().enumerate().map(point).collect();
        let best_by = plan.settings.best_by;
        let best = (1..=epochs.len()).rfind(|&count| best_by.last_is_best(&epochs[..count]));
        Self {
            phase: Phase::Running,
            progress: None,
            loss: epochs.last().map(|record| record.loss),
            losses: Rc::new(losses),
            epochs: Rc::new(epochs.clone()),
            best: best.map(|epoch| epoch as u32),
            stored: Stored::NotYet,
            moved: None,
            showing: false,
            plan: Rc::new(plan),
        }
    }

    /// Whether it is a cross-validation.
    pub fn is_cross(&self) -> bool {
        self.plan.folds > 0
    }

    /// The record of an epoch, the first being 1.
    pub fn epoch(&self, epoch: u32) -> Option<&EpochRecord> {
        self.epochs.iter().rfind(|record| record.epoch == epoch as usize)
    }

    /// Whether something was learned that may be taken into the library.
    pub fn has_result(&self) -> bool {
        !self.is_cross() && matches!(self.phase, Phase::Over(_)) && (self.best.is_some() || self.progress.is_some())
    }

    /// Nothing more comes.
    pub fn end(&mut self, phase: Phase) {
        self.phase = phase;
        self.showing = false;
    }

    /// Changes with what happened to a run.
    pub fn apply(&mut self, action: TrainingAction) {
        match action {
            TrainingAction::Step(progress, loss) => self.step(progress, loss),
            TrainingAction::Epoch(record, best) => {
                self.end_epoch(*record, best);
            }
            TrainingAction::Stored(None) => self.stored = Stored::Yes,
            TrainingAction::Stored(Some(reason)) => self.stored = Stored::No(reason.into()),
            TrainingAction::Pausing => {
                self.phase = Phase::Pausing;
                if self.stored == Stored::Yes {
                    self.stored = Stored::NotYet; // what it has learned since is not
                }
            }
            TrainingAction::Paused => self.phase = Phase::Paused,
            TrainingAction::Resumed => self.phase = Phase::Running,
            TrainingAction::Over(outcome, best) => {
                self.best = best.or(self.best);
                self.end(Phase::Over(outcome));
            }
            TrainingAction::MovedToCpu(epoch) => {
                self.moved = Some(epoch);
                Rc::make_mut(&mut self.epochs).retain(|record| record.epoch <= epoch as usize);
                Rc::make_mut(&mut self.losses).retain(|point| point[0] <= epoch as f32);
                self.best = self.best.filter(|&best| best <= epoch);
            }
            TrainingAction::Show(showing) => self.showing = showing,
            _ => {}
        }
    }

    /// Takes an epoch in. A short one may be over before a step of it was told.
    fn end_epoch(&mut self, record: EpochRecord, best: bool) {
        let epoch = record.epoch as u32;
        if best {
            self.best = Some(epoch);
        }
        let began = (epoch - epoch.min(1)) as f32;
        if self.losses.last().is_none_or(|point| point[0] <= began) {
            Rc::make_mut(&mut self.losses).push([epoch as f32, record.loss]);
        }
        let steps = self.plan.steps_per_epoch;
        let images = self.plan.training_images.min(steps * self.plan.settings.batch as u32) as f32;
        let left = self.plan.settings.epochs.saturating_sub(record.epoch) as f32 * record.seconds;
        let before = self.progress.unwrap_or(Progress {
            fold: 0,
            epoch,
            step: steps,
            learning_rate: 0.0,
            images_per_second: images / record.seconds.max(0.001),
            seconds_left: left,
        });
        let learning_rate = f64::from(record.learning_rate);
        self.progress = Some(Progress { epoch, step: steps, learning_rate, seconds_left: left, ..before });
        self.loss = Some(record.loss);
        Rc::make_mut(&mut self.epochs).push(record);
    }

    fn step(&mut self, progress: Progress, loss: f32) {
        self.progress = Some(progress);
        self.loss = Some(loss);
        if self.is_cross() {
            return;
        }
        let steps = self.plan.steps_per_epoch.max(1) as f32;
        let place = progress.epoch.saturating_sub(1) as f32 + progress.step as f32 / steps;
        let losses = Rc::make_mut(&mut self.losses);
        losses.push([place, loss]);
        if losses.len() >= MOST_POINTS {
            *losses = losses.as_chunks().0.iter().map(|[a, b]| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]).collect();
        }
    }
}
