//! Training a network, step by step, between all else that the engine does.

use std::ops::ControlFlow;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::document::json;
use super::place::Label;
use super::{Engine, Job, REPORT_EVERY, blob_of, now};
use crate::device;
use mien_compute::network::{self, NetworkFile};
use mien_compute::training::{
    CrossOutcome, CrossValidation, Session, Settings, StepOutcome as Made, StepRecord, TrainingData, TrainingError,
};
use mien_compute::weights::Precision;
use mien_core::dataset::{Augmentation, Dataset, Split};
use mien_core::random::derive_seed;
use mien_protocol::{Backend, Event, Outcome, Plan, Progress, SetId, StartFrom, TrainingCommand, TrainingEvent};

/// Milliseconds after which a run is stored in mid-epoch: on a CPU an epoch may take a quarter of an hour.
const STORE_EVERY: f64 = 120_000.0;

/// Milliseconds after which the network that is shown is replaced by what it has become.
const SHOW_EVERY: f64 = 1000.0;

/// The run at hand: under way, pausing, or over and not yet replaced.
pub(super) struct Trainer {
    work: Work,
    set: String,
    state: State,
    /// Whether the network in training recognises faces, and since when as it is.
    shown: bool,
    shown_at: f64,
    /// The last checkpoint, and what it learned from, to go on from when the GPU fails.
    checkpoint: Option<Vec<u8>>,
    stored_at: f64,
    pace: Pace,
}

enum Work {
    Run(Box<Session>),
    Folds(Box<CrossValidation>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Paused,
    /// It is over, and holds what it has learned.
    Over,
    /// The device failed; its last checkpoint may be stored.
    Broken,
}

impl State {
    const fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// The steps since the page was last told.
struct Pace {
    since: f64,
    steps: u32,
    losses: f32,
    /// Milliseconds a step, of late.
    step: f64,
}

impl Engine {
    pub(super) async fn on_training(&mut self, command: TrainingCommand, beside: &JsValue) {
        match command {
            TrainingCommand::Start { set, from, settings } => {
                let session = self.initial(from).and_then(|(device, initial)| {
                    let data = TrainingData::new(self.set(set)?, None);
                    Session::start(*settings, data, initial, &device).map_err(|error| error.to_string())
                });
                let work = session.map(|session| Work::Run(Box::new(session)));
                self.begin_training(set, work).await;
            }
            TrainingCommand::CrossValidate { set, from, settings, folds } => {
                let folds = self.initial(from).and_then(|(device, initial)| {
                    let dataset = self.set(set)?;
                    let mut samples = dataset.of_split(Split::Training);
                    samples.extend(dataset.of_split(Split::PublicTest));
                    CrossValidation::new(*settings, (dataset, &samples, None), folds as usize, initial, &device)
                        .map_err(|error| error.to_string())
                });
                let work = folds.map(|folds| Work::Folds(Box::new(folds)));
                self.begin_training(set, work).await;
            }
            TrainingCommand::Continue { set } => {
                let session = self.resume(set).await;
                let work = session.map(|session| Work::Run(Box::new(session)));
                self.begin_training(set, work).await;
            }
            TrainingCommand::Pause => self.set_state(State::Running, State::Paused, TrainingEvent::Paused).await,
            TrainingCommand::Resume => {
                self.set_state(State::Paused, State::Running, TrainingEvent::Resumed).await;
                self.jobs.push_back(Job::Training);
            }
            TrainingCommand::Cancel => self.cancel().await,
            TrainingCommand::Show { training } => {
                if let Some(trainer) = &mut self.trainer {
                    trainer.shown = training;
                }
                self.show_network();
            }
            TrainingCommand::Adopt { name, best } => self.adopt(name, best).await,
            TrainingCommand::Unfinished { held } => match (held, beside.dyn_ref::<Uint8Array>()) {
                (Some(run), Some(bytes)) if self.has_no_run() => self.hold_unfinished(run, bytes.to_vec()),
                _ => self.tell_unfinished().await,
            },
            TrainingCommand::Open => match self.open_run(beside) {
                Ok(run) => self.tell_training(TrainingEvent::Unfinished { run: Some(run) }),
                Err(reason) => self.tell_training(TrainingEvent::Failed { reason }),
            },
            TrainingCommand::Discard => self.discard().await,
            TrainingCommand::Checkpoint => self.hand_over().await,
            TrainingCommand::Preview { request, set, samples, augmentation, seed } => {
                let dataset = self.sets.dataset(set);
                let pixels =
                    dataset.map(|dataset| preview(&dataset, &samples, &augmentation, seed)).unwrap_or_default();
                self.tell_training(TrainingEvent::Preview { request, pixels });
            }
        }
    }

    /// The images of a set, which must still be there.
    fn set(&self, set: SetId) -> Result<std::sync::Arc<Dataset>, String> {
        self.sets.dataset(set).ok_or_else(|| "the set is not loaded any more".to_owned())
    }

    /// The device, and the weights to begin from on it.
    fn initial(&self, from: StartFrom) -> Result<(burn::tensor::Device, Option<NetworkFile>), String> {
        let (Some(running), Some(files)) = (&self.running, &self.files) else {
            return Err("the engine has not started".to_owned());
        };
        let initial = match from {
            StartFrom::Scratch => None,
            StartFrom::Network => {
                let file = network::load(self.library.bytes(files), &running.device);
                Some(file.map_err(|error| error.to_string())?)
            }
        };
        Ok((running.device.clone(), initial))
    }

    async fn resume(&mut self, set: SetId) -> Result<Session, String> {
        let running = self.running.as_ref().ok_or("the engine has not started")?;
        let data = TrainingData::new(self.set(set)?, None);
        let device = running.device.clone();
        let bytes = self.take_unfinished().await?;
        Session::resume(&bytes, data, &device).map_err(|error| error.to_string())
    }

    async fn begin_training(&mut self, set: SetId, work: Result<Work, String>) {
        let work = match work {
            Ok(work) => work,
            Err(reason) => return self.tell_training(TrainingEvent::Failed { reason }),
        };
        let set = self.sets.get(set).map(|set| set.name.clone()).unwrap_or_default();
        let shown = self.trainer.take().is_some_and(|before| before.shown);
        let pace = Pace { since: now(), steps: 0, losses: 0.0, step: 0.0 };
        let trainer = Trainer {
            work,
            set,
            state: State::Running,
            shown,
            shown_at: now(),
            checkpoint: None,
            stored_at: now(),
            pace,
        };
        let event = TrainingEvent::Began { plan: Box::new(trainer.plan()) };
        self.trainer = Some(trainer);
        self.tell_training(event);
        // now, so that a full device is told of before hours have gone into the run
        self.store().await;
        self.jobs.retain(|job| !matches!(job, Job::Training));
        self.jobs.push_back(Job::Training);
        self.show_network();
    }

    async fn set_state(&mut self, from: State, to: State, event: TrainingEvent) {
        let Some(trainer) = self.trainer.as_mut().filter(|trainer| trainer.state == from) else { return };
        trainer.state = to;
        trainer.pace.since = now();
        self.tell_training(event);
        if to == State::Paused {
            self.store().await;
        }
    }

    async fn cancel(&mut self) {
        let Some(trainer) = self.trainer.as_mut().filter(|trainer| trainer.state.is_live()) else { return };
        trainer.state = State::Over;
        let event = match &trainer.work {
            Work::Run(session) => over(session, Outcome::Cancelled),
            Work::Folds(folds) => TrainingEvent::Validated { report: Box::new(folds.report()) },
        };
        self.tell_training(event);
        // it is over because the visitor wants it so
        self.clear_place().await;
    }

    /// One step more; `false` when there is nothing to do for now.
    pub(super) async fn train(&mut self) -> bool {
        let Some(trainer) = self.trainer.as_mut().filter(|trainer| trainer.state == State::Running) else {
            return false;
        };
        let go_on = async |_| ControlFlow::Continue(());
        let start = now();
        let made = match &mut trainer.work {
            Work::Run(session) => session.step(go_on).await.map(|made| (0, made)),
            Work::Folds(folds) => match folds.step(go_on).await {
                Ok(CrossOutcome::Training(fold, made)) => Ok((fold, made)),
                Ok(CrossOutcome::Fold(record)) => {
                    let event = TrainingEvent::Fold { record, folds: folds.folds().1 as u32 };
                    self.tell_training(event);
                    return true;
                }
                Ok(CrossOutcome::Finished) => {
                    trainer.state = State::Over;
                    let event = TrainingEvent::Validated { report: Box::new(folds.report()) };
                    self.tell_training(event);
                    return false;
                }
                Err(error) => Err(error),
            },
        };
        let trouble = match &self.running {
            Some(running) if running.backend == Backend::WebGpu => device::take_trouble(),
            _ => None,
        };
        let on_gpu = self.running.as_ref().is_some_and(|running| running.backend == Backend::WebGpu);
        match (made, trouble) {
            (Ok((fold, made)), None) => self.tell_of_step(fold as u32, made, now() - start).await,
            (Err(TrainingError::Diverged(divergence)), None) => self.end(Outcome::Diverged(divergence)).await,
            (Err(error), None) if !on_gpu => {
                if let Some(trainer) = &mut self.trainer {
                    trainer.state = State::Broken;
                }
                self.tell_training(TrainingEvent::Failed { reason: error.to_string() });
                false
            }
            (made, trouble) => {
                let reason = trouble.or_else(|| made.err().map(|error| error.to_string())).unwrap_or_default();
                self.change_to_cpu(reason).await.is_ok()
            }
        }
    }

    async fn tell_of_step(&mut self, fold: u32, made: Made, spent: f64) -> bool {
        let Some(trainer) = &mut self.trainer else { return false };
        match made {
            Made::Step(record) => {
                let (shows, stores) = trainer.due();
                if let Some(event) = trainer.note(fold, record, spent) {
                    self.tell_training(event);
                }
                if shows {
                    self.show_network();
                }
                if stores {
                    self.store().await;
                }
                true
            }
            Made::Epoch(record) => {
                let best = trainer.session().is_some_and(Session::is_best);
                self.tell_training(TrainingEvent::Epoch { record, best });
                self.store().await;
                self.show_network();
                true
            }
            Made::Finished => {
                let early = trainer.session().is_some_and(Session::stopped_early);
                self.end(if early { Outcome::Early } else { Outcome::Finished }).await
            }
        }
    }

    async fn end(&mut self, outcome: Outcome) -> bool {
        if let Some(trainer) = &mut self.trainer {
            trainer.state = State::Over;
            if let Work::Run(session) = &trainer.work {
                let event = over(session, outcome);
                self.tell_training(event);
            }
        }
        self.show_network();
        false
    }

    /// Takes a checkpoint and stores it on this device; the run goes on whether or not that succeeds.
    async fn store(&mut self) {
        let Some(trainer) = &mut self.trainer else { return };
        let Some(bytes) = trainer.bytes().await else { return };
        let label = trainer.label();
        let problem = self.places.store(&label, &bytes).await.err().map(|error| error.to_string());
        // an engine that takes the place of this one has nothing else to go on from
        let (held, beside) = match &problem {
            Some(_) => (Some(label.run(bytes.len() as u64, true)), Uint8Array::from(&bytes[..]).into()),
            None => (None, JsValue::UNDEFINED),
        };
        trainer.checkpoint = Some(bytes);
        trainer.stored_at = now();
        self.post_with(&Event::Training(TrainingEvent::Stored { problem, held }), &beside);
    }

    /// What training stands at, before the device changes; where that one is gone already, what it stood at last.
    pub(super) async fn checkpoint(&mut self) -> Option<Vec<u8>> {
        let trainer = self.trainer.as_ref()?;
        trainer.bytes().await.or_else(|| trainer.checkpoint.clone())
    }

    /// Goes on with training on the device at work, from a checkpoint.
    pub(super) fn move_training(&mut self, checkpoint: Option<Vec<u8>>) {
        let (Some(trainer), Some(running)) = (&mut self.trainer, &self.running) else { return };
        let Work::Run(session) = &mut trainer.work else { return };
        let Some(bytes) = checkpoint else { return };
        match Session::resume(&bytes, session.data().clone(), &running.device) {
            Ok(moved) => **session = moved,
            Err(error) => {
                trainer.state = State::Broken;
                self.tell_training(TrainingEvent::Failed { reason: error.to_string() });
            }
        }
        self.show_network();
    }

    /// The GPU went away with the weights: goes on from the last checkpoint on the CPU. Of a run that is over, what it has
    /// learned is saved that way.
    pub(super) fn training_lost_its_device(&mut self) {
        let Some(trainer) = &mut self.trainer else { return };
        let live = trainer.state.is_live();
        if let (Work::Folds(_), true) = (&trainer.work, live) {
            trainer.state = State::Broken;
            let reason = "the GPU went away, and with it the fold that was being trained".to_owned();
            return self.tell_training(TrainingEvent::Failed { reason });
        }
        let checkpoint = trainer.checkpoint.clone();
        self.move_training(checkpoint);
        if let Some(trainer) = self.trainer.as_ref().filter(|trainer| live && trainer.state.is_live()) {
            let epoch = trainer.label().epoch;
            self.tell_training(TrainingEvent::MovedToCpu { epoch });
        }
    }

    /// Lets the network recognise that is to be shown.
    fn show_network(&mut self) {
        let Some(running) = &mut self.running else { return };
        if let Some(trainer) = &mut self.trainer {
            trainer.shown_at = now();
        }
        let trainer = self.trainer.as_ref().filter(|trainer| trainer.shown);
        match trainer.and_then(Trainer::session) {
            Some(session) => running.recognizer.set_network(&session.network()),
            None => running.recognizer.set_network(&running.network),
        }
    }

    async fn adopt(&mut self, name: String, best: bool) {
        let Some(session) = self.trainer.as_ref().and_then(Trainer::session) else { return };
        let set = self.trainer.as_ref().map(|trainer| trainer.set.clone()).unwrap_or_default();
        let description = format!("trained in the page on {set}");
        let file = session.best(description.clone()).filter(|_| best).unwrap_or_else(|| session.file(description));
        let added = match network::save(&file, Precision::Full).await {
            Ok(bytes) => self.add_network(name, bytes),
            Err(error) => Err(error.to_string()),
        };
        match added {
            Ok(_) => {
                self.tell_networks();
                if self.trainer.as_ref().is_some_and(|trainer| trainer.state == State::Over) {
                    // it is in the library now
                    self.clear_place().await;
                }
            }
            Err(reason) => self.tell_training(TrainingEvent::Failed { reason }),
        }
    }

    /// Whether no run is under way or over, be it that it broke off.
    pub(super) fn has_no_run(&self) -> bool {
        self.trainer.as_ref().is_none_or(|trainer| trainer.state == State::Broken)
    }

    async fn hand_over(&self) {
        let live = self.trainer.as_ref().filter(|trainer| trainer.state != State::Broken);
        let bytes = match live {
            Some(trainer) => trainer.bytes().await.or_else(|| trainer.checkpoint.clone()),
            None => self.peek_unfinished().await,
        };
        let beside = bytes.and_then(|bytes| blob_of(&bytes)).map_or(JsValue::UNDEFINED, JsValue::from);
        self.post_with(&Event::Training(TrainingEvent::Checkpoint), &beside);
    }

    pub(super) fn tell_training(&self, event: TrainingEvent) {
        self.post(&Event::Training(event));
    }
}

impl Trainer {
    /// The session of the run, or of the fold that is being trained.
    fn session(&self) -> Option<&Session> {
        match &self.work {
            Work::Run(session) => Some(session),
            Work::Folds(folds) => folds.session(),
        }
    }

    fn settings(&self) -> Option<&Settings> {
        self.session().map(Session::settings)
    }

    /// A checkpoint of a run; there is none of folds, nor of one that diverged.
    async fn bytes(&self) -> Option<Vec<u8>> {
        match &self.work {
            Work::Run(session) => session.checkpoint().await.ok(),
            Work::Folds(_) => None,
        }
    }

    fn label(&self) -> Label {
        let epoch = self.session().map_or(0, |session| session.history().epochs.len() as u32);
        let epochs = self.settings().map_or(0, |settings| settings.epochs as u32);
        Label { set: self.set.clone(), epoch, epochs }
    }

    fn plan(&self) -> Plan {
        let set = self.set.clone();
        match &self.work {
            Work::Run(session) => Plan {
                set,
                settings: session.settings().clone(),
                settings_json: json(session.settings()),
                training_images: session.data().training.len() as u32,
                validation_images: session.data().validation.len() as u32,
                validation_name: session.data().validation_name.clone(),
                missing: session.data().missing_classes(),
                steps_per_epoch: session.steps_per_epoch() as u32,
                history: session.history().clone(),
                folds: 0,
            },
            Work::Folds(folds) => Plan {
                set,
                settings: folds.settings().clone(),
                settings_json: json(folds.settings()),
                training_images: 0,
                validation_images: 0,
                validation_name: String::new(),
                missing: Vec::new(),
                steps_per_epoch: 0,
                history: mien_compute::training::History::default(),
                folds: folds.folds().1 as u32,
            },
        }
    }

    /// Whether the network is to be shown as it is now, and whether it is time to store it.
    fn due(&self) -> (bool, bool) {
        let now = now();
        let shows = self.shown && now - self.shown_at >= SHOW_EVERY;
        (shows, now - self.stored_at >= STORE_EVERY)
    }

    /// Takes in a step; every now and then there is something to tell.
    fn note(&mut self, fold: u32, record: StepRecord, spent: f64) -> Option<TrainingEvent> {
        let pace = &mut self.pace;
        pace.steps += 1;
        pace.losses += record.loss;
        pace.step = if pace.step == 0.0 { spent } else { pace.step + (spent - pace.step) * 0.1 };
        if now() - pace.since < REPORT_EVERY {
            return None;
        }
        let (loss, step) = (pace.losses / pace.steps as f32, pace.step);
        (pace.since, pace.steps, pace.losses) = (now(), 0, 0.0);
        let session = self.session()?;
        let (settings, steps) = (session.settings(), session.steps_per_epoch());
        let images = settings.batch.min(session.data().training.len()) as f64;
        let ahead = (settings.epochs + 1 - record.epoch) * steps - record.step;
        // validation costs too, as far as it is known
        let epochs = &session.history().epochs;
        let validation = epochs.last().map_or(0.0, |last| f64::from(last.seconds) - steps as f64 * step / 1000.0);
        let seconds = ahead as f64 * step / 1000.0 + validation.max(0.0) * (settings.epochs + 1 - record.epoch) as f64;
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

fn over(session: &Session, outcome: Outcome) -> TrainingEvent {
    TrainingEvent::Over { outcome, best_epoch: session.best_epoch().map(|epoch| epoch as u32) }
}

fn preview(dataset: &Dataset, samples: &[u32], augmentation: &Augmentation, seed: u64) -> Vec<u8> {
    let there = samples.iter().map(|&sample| sample as usize).filter(|&sample| sample < dataset.len());
    let changed = there.map(|sample| augmentation.preview(&dataset.crop(sample), derive_seed(seed, sample as u64)));
    changed.flat_map(|crop| *crop.0).collect()
}
