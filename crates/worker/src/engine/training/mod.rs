//! Training, step by step, concurrently with the engine's other work: its commands and jobs, and where the run is computed and shown.

mod begin;
mod checkpoints;
mod run;
mod slots;
mod steps;
mod unfinished;

use std::rc::Rc;

use self::begin::{RunRequest, RunStart};
use self::checkpoints::PageCopy;
use self::run::{RunState, Task, TrainingRun};
use self::unfinished::RunStore;
use super::classifier::Classifier;
use super::datasets::Datasets;
use super::jobs::{Jobs, Slice};
use super::networks::Networks;
use super::outbox::Outbox;
use super::platform::{Clock, Platform, Received, Tasks, Workers};
use super::recognition::Recognition;
use super::storage::Storage;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use crate::file_text::FileText;
use mien_compute::network;
use mien_compute::training::Session;
use mien_core::dataset::{Augmentation, Dataset};
use mien_core::random::derive_seed;
use mien_protocol::{Event, Outcome, TrainingCommand, TrainingEvent};
use mien_weights::Precision;

/// The jobs of training.
pub(super) enum TrainingJob {
    /// Begins a run once the near duplicates of its dataset are known.
    Begin(RunRequest),
    /// Trains; the run is in [`Training`], since it can be paused.
    Run,
}

/// Trains a network: one run at a time.
pub(super) struct Training {
    outbox: Outbox,
    clock: Clock,
    tasks: Rc<dyn Tasks>,
    workers: Rc<dyn Workers>,
    run: Option<TrainingRun>,
    store: RunStore,
    page: PageCopy,
}

/// The other features that a training command may need.
pub(super) struct Context<'a> {
    pub datasets: &'a Datasets,
    pub networks: &'a mut Networks,
    pub recognition: &'a mut Recognition,
    pub jobs: &'a mut dyn Jobs<TrainingJob>,
}

impl Training {
    pub fn new(platform: &Platform, outbox: Outbox) -> Self {
        let storage = Storage::new(Rc::clone(&platform.files), platform.clock);
        let (tasks, workers) = (Rc::clone(&platform.tasks), Rc::clone(&platform.workers));
        let clock = platform.clock;
        Self { outbox, clock, tasks, workers, run: None, store: RunStore::new(storage), page: PageCopy::default() }
    }

    /// Handles a command.
    pub async fn handle(&mut self, command: TrainingCommand, received: Received, context: Context<'_>) {
        match command {
            TrainingCommand::Start { set, from, settings } => {
                self.begin_when_ready(RunRequest { set, start: RunStart::New(from, settings) }, context).await;
            }
            TrainingCommand::CrossValidate { set, from, settings, folds } => {
                let start = RunStart::CrossValidation(from, settings, folds);
                self.begin_when_ready(RunRequest { set, start }, context).await;
            }
            TrainingCommand::Continue { set } => {
                self.begin_when_ready(RunRequest { set, start: RunStart::Unfinished }, context).await;
            }
            TrainingCommand::Pause => {
                self.set_state(RunState::Running, RunState::Paused, TrainingEvent::Paused).await;
            }
            TrainingCommand::Resume => {
                self.set_state(RunState::Paused, RunState::Running, TrainingEvent::Resumed).await;
                context.jobs.add(TrainingJob::Run);
            }
            TrainingCommand::Cancel => self.cancel().await,
            TrainingCommand::Show { training } => {
                if let Some(run) = &mut self.run {
                    run.shown = training;
                }
                self.show_network(context.recognition).await;
            }
            TrainingCommand::Adopt { name, best } => self.adopt(name, best, context.networks).await,
            TrainingCommand::Unfinished { held } => match (held, received) {
                (Some(run), Received::Bytes(bytes)) if self.has_no_run() => {
                    self.store.hold(bytes);
                    self.post(TrainingEvent::Unfinished { run: Some(run) });
                }
                _ => self.post_unfinished().await,
            },
            TrainingCommand::Held => self.on_held(),
            TrainingCommand::Open => match self.store.open(received) {
                Ok(run) => self.post(TrainingEvent::Unfinished { run: Some(run) }),
                Err(reason) => self.post(TrainingEvent::Failed { reason: reason.into() }),
            },
            TrainingCommand::Discard => self.discard().await,
            TrainingCommand::Checkpoint => self.export_checkpoint().await,
            TrainingCommand::Preview { request, set, samples, augmentation, seed } => {
                let dataset = context.datasets.images(set);
                let pixels =
                    dataset.map(|dataset| preview(&dataset, &samples, &augmentation, seed)).unwrap_or_default();
                self.post(TrainingEvent::Preview { request, pixels });
            }
        }
    }

    async fn set_state(&mut self, from: RunState, to: RunState, event: TrainingEvent) {
        let Some(run) = self.run.as_mut().filter(|run| run.state == from) else { return };
        run.set_state(to, self.clock.now());
        self.post(event);
        if to == RunState::Paused {
            self.store_run().await;
        }
    }

    async fn cancel(&mut self) {
        let Some(run) = self.run.as_mut().filter(|run| run.state.is_live()) else { return };
        run.set_state(RunState::Over, self.clock.now());
        let event = run.over(Outcome::Cancelled);
        self.post(event);
        // the visitor has ended it, so it is not unfinished
        self.clear_stored().await;
    }

    /// Runs a slice of a job.
    pub async fn advance(&mut self, job: TrainingJob, context: Context<'_>) -> Slice<TrainingJob> {
        match job {
            TrainingJob::Begin(request) if context.datasets.is_searching(request.set) => {
                Slice::More(TrainingJob::Begin(request))
            }
            TrainingJob::Begin(request) => {
                self.begin_now(request, context).await;
                Slice::Done
            }
            TrainingJob::Run => self.step(context.recognition).await,
        }
    }

    /// Continues on the device in use for batches, from a checkpoint.
    pub async fn change_device(&mut self, checkpoint: Option<Vec<u8>>, recognition: &mut Recognition) {
        let (Some(run), Ok(processor)) = (&mut self.run, recognition.for_batches()) else { return };
        let Task::Single(session) = &mut run.task else { return };
        let Some(bytes) = checkpoint else { return };
        match Session::resume(&bytes, session.all_data().clone(), &processor.device) {
            Ok(moved) => {
                **session = moved;
                run.processor = processor;
                run.pool = None;
            }
            Err(error) => {
                run.set_state(RunState::Failed, self.clock.now());
                self.post(TrainingEvent::Failed { reason: Failure::from(error).into() });
            }
        }
        self.show_network(recognition).await;
    }

    /// Called when the GPU failed and its weights are lost: continues from the last checkpoint on the CPU. A finished
    /// run is restored in the same way.
    pub async fn device_lost(&mut self, recognition: &mut Recognition) {
        let Some(run) = &mut self.run else { return };
        let live = run.state.is_live();
        if let (Task::CrossValidation(_), true) = (&run.task, live) {
            run.set_state(RunState::Failed, self.clock.now());
            let reason = Failure::from(EngineError::FoldLost);
            return self.post(TrainingEvent::Failed { reason: reason.into() });
        }
        let checkpoint = run.checkpoint.clone();
        self.change_device(checkpoint, recognition).await;
        if let Some(run) = self.run.as_ref().filter(|run| live && run.state.is_live()) {
            let epoch = run.label().epoch;
            self.post(TrainingEvent::MovedToCpu { epoch });
        }
    }

    /// Uses the network being trained for recognition if it is to be shown, otherwise the active one.
    async fn show_network(&mut self, recognition: &mut Recognition) {
        let Ok(active) = recognition.active_mut() else { return };
        let mut shown = None;
        if let Some(run) = &mut self.run {
            run.shown_at = self.clock.now();
            shown = run.shown_beside(active).await;
        }
        let shown = shown.map(|network| Classifier::Own(Box::new(network)));
        active.recognizer.set_network(shown.unwrap_or_else(|| active.network.clone()));
    }

    /// Adds the trained network to the library.
    async fn adopt(&mut self, name: String, best: bool, networks: &mut Networks) {
        let Some(run) = &self.run else { return };
        let Some(session) = run.session() else { return };
        let description = FileText::TrainedHere(run.set.clone()).to_string();
        let file = session.best(description.clone()).filter(|_| best).unwrap_or_else(|| session.file(description));
        let saved = run.processor.guard.until_failure(network::save(&file, Precision::Full)).await;
        let added = match saved {
            Ok(Ok(bytes)) => networks.add(&name, bytes).map(drop),
            Ok(Err(error)) => Err(error.into()),
            Err(reason) => Err(reason),
        };
        match added {
            Ok(()) => {
                networks.post_list();
                if run.state == RunState::Over {
                    // it is among the networks now, so it is not unfinished
                    self.clear_stored().await;
                }
            }
            Err(reason) => self.post(TrainingEvent::Failed { reason: reason.into() }),
        }
    }

    /// Whether there is no run, or only one that failed.
    fn has_no_run(&self) -> bool {
        self.run.as_ref().is_none_or(|run| run.state == RunState::Failed)
    }

    fn post(&self, event: TrainingEvent) {
        self.outbox.post(&Event::Training(event));
    }
}

fn preview(dataset: &Dataset, samples: &[u32], augmentation: &Augmentation, seed: u64) -> Vec<u8> {
    let there = samples.iter().map(|&sample| sample as usize).filter(|&sample| sample < dataset.len());
    let changed = there.map(|sample| augmentation.preview(&dataset.crop(sample), derive_seed(seed, sample as u64)));
    changed.flat_map(|crop| *crop.0).collect()
}
