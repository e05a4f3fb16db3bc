//! The training run: its task, state and speed.

use std::rc::Rc;

use crate::engine::documents::json;
use crate::engine::jobs::REPORT_EVERY;
use crate::engine::platform::{Clock, Tasks, Workers};
use crate::engine::pool::messages::PoolCommand;
use crate::engine::pool::slices::SlicePool;
use crate::engine::recognition::{Active, Processor};
use crate::engine::training::slots::RunLabel;
use crate::failure::Failure;
use crate::file_text::FileText;
use mien_compute::network::{self, Predictor};
use mien_compute::training::{CrossValidation, History, Session, Settings, StepRecord};
use mien_protocol::{Backend, Message, Outcome, Plan, Progress, TrainingEvent};
use mien_weights::{Precision, WeightsError};

/// Milliseconds between checkpoints within an epoch, which may take a quarter of an hour on a CPU.
const STORE_EVERY: f64 = 120_000.0;

/// Milliseconds between updates of the network used for recognition.
const SHOW_EVERY: f64 = 1000.0;

/// A run that is running, paused or finished.
pub(super) struct TrainingRun {
    pub task: Task,
    /// What computes it.
    pub processor: Processor,
    /// The name of the dataset.
    pub set: String,
    pub state: RunState,
    /// Whether the network being trained is used for recognition, and when it was last updated.
    pub shown: bool,
    pub shown_at: f64,
    /// The last checkpoint, to continue from when the GPU fails.
    pub checkpoint: Option<Vec<u8>>,
    pub stored_at: f64,
    /// Computes the slices of batches, while the run is running.
    pub pool: Option<SlicePool>,
    throughput: Throughput,
}

/// What is trained.
pub(super) enum Task {
    /// One network.
    Single(Box<Session>),
    /// A network per fold.
    CrossValidation(Box<CrossValidation>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunState {
    Running,
    Paused,
    /// Finished; its network can be adopted.
    Over,
    /// The device failed; its last checkpoint may be stored.
    Failed,
}

impl RunState {
    /// Whether it may continue.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// The steps since the last report.
struct Throughput {
    since: f64,
    steps: u32,
    losses: f32,
    /// Milliseconds per step, as a moving average.
    step: f64,
}

impl TrainingRun {
    /// A run that starts now.
    pub fn new(task: Task, processor: Processor, set: String, shown: bool, now: f64) -> Self {
        let throughput = Throughput { since: now, steps: 0, losses: 0.0, step: 0.0 };
        Self {
            task,
            processor,
            set,
            state: RunState::Running,
            shown,
            shown_at: now,
            checkpoint: None,
            stored_at: now,
            pool: None,
            throughput,
        }
    }

    /// Changes the state; the time in between does not count as step time.
    pub fn set_state(&mut self, state: RunState, now: f64) {
        self.state = state;
        // its workers take memory
        self.pool = None;
        self.throughput.since = now;
    }

    /// What computes the slices of its batches: if they have several, pool workers beside the engine, unless it uses a GPU.
    pub fn take_pool(&mut self, workers: &dyn Workers, tasks: &Rc<dyn Tasks>) -> SlicePool {
        if let Some(pool) = self.pool.take() {
            return pool;
        }
        let (tasks, is_on_cpu) = (Rc::clone(tasks), self.processor.backend == Backend::Cpu);
        match self.session().filter(|session| session.slices_per_batch() > 1 && is_on_cpu) {
            Some(session) => {
                let votes = session.data().votes.is_some();
                let make = PoolCommand::Make { settings: json(session.settings()), votes };
                SlicePool::start(workers, tasks, make, session.slices_per_batch())
            }
            None => SlicePool::alone(tasks),
        }
    }

    /// The final event: the end of a run, or the report of a cross-validation so far.
    pub fn over(&self, outcome: Outcome) -> TrainingEvent {
        match &self.task {
            Task::Single(session) => {
                TrainingEvent::Over { outcome, best_epoch: session.best_epoch().map(|epoch| epoch as u32) }
            }
            Task::CrossValidation(folds) => TrainingEvent::Validated { report: Box::new(folds.report()) },
        }
    }

    /// The session of the run, or of the fold that is being trained.
    pub fn session(&self) -> Option<&Session> {
        match &self.task {
            Task::Single(session) => Some(session),
            Task::CrossValidation(folds) => folds.session(),
        }
    }

    fn settings(&self) -> Option<&Settings> {
        self.session().map(Session::settings)
    }

    /// The network being trained as it classifies where faces are recognized, if it is to be shown; `None` before the first step of
    /// a fold, and when the GPU fails.
    pub async fn shown_beside(&self, live: &Active) -> Option<Predictor> {
        let session = self.session().filter(|_| self.shown)?;
        if self.processor.backend == live.backend {
            return Some(Predictor::new(&session.network()));
        }
        let copy = async {
            let bytes = network::save(&session.file(String::new()), Precision::Full).await?;
            Ok::<_, WeightsError>(Predictor::new(&network::load(&bytes, &live.device)?.network))
        };
        let copied = self.processor.guard.until_failure(copy).await;
        let copied = copied.and_then(|copied| copied.map_err(Failure::from));
        copied.inspect_err(|error| log::warn!("the network in training is not shown: {error}")).ok()
    }

    /// A checkpoint of the run; `None` for a cross-validation or a diverged run.
    pub async fn bytes(&self) -> Option<Vec<u8>> {
        match &self.task {
            Task::Single(session) => {
                let bytes = self.processor.guard.until_failure(session.checkpoint()).await;
                let bytes = bytes.and_then(|bytes| bytes.map_err(Failure::from));
                bytes.inspect_err(|error| log::warn!("no checkpoint of the run: {error}")).ok()
            }
            Task::CrossValidation(_) => None,
        }
    }

    /// The label of its checkpoint.
    pub fn label(&self) -> RunLabel {
        let epoch = self.session().map_or(0, |session| session.history().epochs.len() as u32);
        let epochs = self.settings().map_or(0, |settings| settings.epochs as u32);
        RunLabel { set: self.set.clone(), epoch, epochs }
    }

    /// The plan of the run.
    pub fn plan(&self) -> Plan {
        let set = self.set.clone();
        match &self.task {
            Task::Single(session) => Plan {
                set,
                settings: session.settings().clone(),
                settings_json: json(session.settings()),
                training_images: session.data().training.len() as u32,
                validation_images: session.data().validation.len() as u32,
                validation_name: FileText::name(&session.data().validation_name).into(),
                missing: session.data().missing_classes(),
                steps_per_epoch: session.steps_per_epoch() as u32,
                history: session.history().clone(),
                folds: 0,
                grouped_by: None,
            },
            Task::CrossValidation(folds) => Plan {
                set,
                settings: folds.settings().clone(),
                settings_json: json(folds.settings()),
                training_images: 0,
                validation_images: 0,
                validation_name: Message::default(),
                missing: Vec::new(),
                steps_per_epoch: 0,
                history: History::default(),
                folds: folds.folds().1 as u32,
                grouped_by: folds.grouped_by().map(str::to_owned),
            },
        }
    }

    /// Whether the network used for recognition is due for an update, and whether the run is due to be stored.
    pub fn due(&self, now: f64) -> (bool, bool) {
        let shows = self.shown && now - self.shown_at >= SHOW_EVERY;
        (shows, now - self.stored_at >= STORE_EVERY)
    }

    /// Adds a step that took `spent` milliseconds; from time to time returns a progress event.
    pub fn add_step(&mut self, fold: u32, record: StepRecord, spent: f64, clock: Clock) -> Option<TrainingEvent> {
        let throughput = &mut self.throughput;
        throughput.steps += 1;
        throughput.losses += record.loss;
        throughput.step =
            if throughput.step == 0.0 { spent } else { throughput.step + (spent - throughput.step) * 0.1 };
        if clock.now() - throughput.since < REPORT_EVERY {
            return None;
        }
        let (loss, step) = (throughput.losses / throughput.steps as f32, throughput.step);
        (throughput.since, throughput.steps, throughput.losses) = (clock.now(), 0, 0.0);
        let session = self.session()?;
        let (settings, steps) = (session.settings(), session.steps_per_epoch());
        let images = settings.batch.min(session.data().training.len()) as f64;
        // the other folds of a cross-validation take as many epochs each
        let folds = match &self.task {
            Task::Single(_) => 0,
            Task::CrossValidation(folds) => folds.folds().1.saturating_sub(fold as usize),
        };
        let left = (folds + 1) * settings.epochs + 1 - record.epoch;
        let ahead = left * steps - record.step;
        // validation costs too, as far as it is known
        let epochs = &session.history().epochs;
        let validation = epochs.last().map_or(0.0, |last| f64::from(last.seconds) - steps as f64 * step / 1000.0);
        let seconds = ahead as f64 * step / 1000.0 + validation.max(0.0) * left as f64;
        let progress = Progress {
            fold,
            epoch: record.epoch as u32,
            step: record.step as u32,
            learning_rate: record.learning_rate,
            images_per_second: (images * 1000.0 / step.max(0.001)) as f32,
            seconds_left: seconds as f32,
        };
        Some(TrainingEvent::Step { progress, loss })
    }
}
