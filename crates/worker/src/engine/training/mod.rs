//! Training, step by step, concurrently with the engine's other work.

mod run;
mod slots;
mod unfinished;

use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use burn::tensor::Device;

use self::run::{RunState, Task, TrainingRun};
use self::unfinished::RunStore;
use super::classifier::Classifier;
use super::datasets::Datasets;
use super::jobs::{Jobs, Slice};
use super::networks::Networks;
use super::outbox::Outbox;
use super::platform::{Attachment, Clock, Platform, Received, Tasks, Workers};
use super::pool::slices::SlicePool;
use super::recognition::{ComputeError, Recognition};
use super::storage::Storage;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use crate::file_text::FileText;
use mien_compute::network::{self, NetworkFile};
use mien_compute::training::{CrossOutcome, CrossValidation, Session, StepOutcome, TrainingData, TrainingError};
use mien_core::dataset::{Augmentation, Dataset, Split};
use mien_core::random::derive_seed;
use mien_core::training::{Divergence, FoldRecord, Scope, Settings};
use mien_message::Message;
use mien_protocol::{Backend, DatasetId, Event, Outcome, StartFrom, StoredRun, TrainingCommand, TrainingEvent};
use mien_weights::Precision;

/// The jobs of training.
pub(super) enum TrainingJob {
    /// Begins a run once the near duplicates of its dataset are known.
    Begin(RunRequest),
    /// Trains; the run is in [`Training`], since it can be paused.
    Run,
}

/// A run to begin.
pub(super) struct RunRequest {
    set: DatasetId,
    start: RunStart,
}

/// How a run begins.
enum RunStart {
    /// With these initial weights and settings.
    New(StartFrom, Box<Settings>),
    /// From the checkpoint of the unfinished run.
    Unfinished,
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

/// How often a stored run is looked for that seems to be of another tab: after a reload, the browser may release the lock of the page
/// that was a moment later, and other tabs lock each run for a moment when they look for one.
const LOCK_ATTEMPTS: u32 = 10;

/// Maximum number of slices of a batch if the settings leave it open: with more, each would have few images.
const MAX_CHOSEN_SLICES: usize = 4;

/// Milliseconds between these attempts.
const LOCK_PAUSE: i32 = 100;

/// The checkpoints that the page holds. One is sent at a time, since each takes megabytes, and a page that is slow would have many
/// waiting.
#[derive(Default)]
struct PageCopy {
    /// Whether the page has not yet taken the last one.
    is_sent: bool,
    /// Why the newest one was not stored, and which it is, if it waits for that; its bytes are the run's checkpoint.
    waiting: Option<(Message, StoredRun)>,
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
                let settings = self.with_slices(*settings, context.recognition);
                let folds = initial(from, &context).and_then(|(device, initial)| {
                    let dataset = images(set, context.datasets)?;
                    let mut samples = dataset.of_split(Split::Training);
                    samples.extend(dataset.of_split(Split::PublicTest));
                    let folds = (folds as usize, context.datasets.together(set));
                    CrossValidation::new(settings, (dataset, &samples, None), folds, initial, &device)
                        .map_err(Failure::from)
                });
                let task = folds.map(|folds| Task::CrossValidation(Box::new(folds)));
                self.begin(set, task, context).await;
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

    /// Begins a run now, or as a job once the near duplicates of its dataset are known, since they are not trained on.
    async fn begin_when_ready(&mut self, request: RunRequest, context: Context<'_>) {
        if context.datasets.is_searching(request.set) {
            context.jobs.take(&|job| matches!(job, TrainingJob::Begin(_)));
            context.jobs.add(TrainingJob::Begin(request));
        } else {
            self.begin_single(request, context).await;
        }
    }

    /// Begins a run of a single network.
    async fn begin_single(&mut self, request: RunRequest, context: Context<'_>) {
        let RunRequest { set, start } = request;
        let session = match start {
            RunStart::New(from, settings) => initial(from, &context).and_then(|(device, initial)| {
                let settings = self.with_slices(*settings, context.recognition);
                Session::start(settings, data(set, context.datasets)?, initial, &device).map_err(Failure::from)
            }),
            RunStart::Unfinished => self.resume(set, &context).await,
        };
        let task = session.map(|session| Task::Single(Box::new(session)));
        self.begin(set, task, context).await;
    }

    /// Resumes the unfinished run.
    async fn resume(&mut self, set: DatasetId, context: &Context<'_>) -> Result<Session, Failure> {
        let device = context.recognition.for_batches()?.device;
        let data = data(set, context.datasets)?;
        let bytes = self.store.take_unfinished().await?;
        Ok(Session::resume(&bytes, data, &device)?)
    }

    /// The settings with the number of slices of a batch chosen, if they leave that open: on the CPU one for each core, unless only
    /// the head is trained, which is so little that sending it would take longer.
    fn with_slices(&self, mut settings: Settings, recognition: &Recognition) -> Settings {
        if settings.slices == 0 {
            let is_on_cpu = recognition.for_batches().is_ok_and(|processor| processor.backend == Backend::Cpu);
            let is_parallel = is_on_cpu && settings.scope != Scope::Head;
            settings.slices = if is_parallel { self.workers.cores().clamp(1, MAX_CHOSEN_SLICES) } else { 1 };
        }
        settings
    }

    async fn begin(&mut self, set: DatasetId, task: Result<Task, Failure>, context: Context<'_>) {
        let processor = context.recognition.for_batches();
        let (task, processor) = match task.and_then(|task| Ok((task, processor?))) {
            Ok(begun) => begun,
            Err(reason) => return self.post(TrainingEvent::Failed { reason: reason.into() }),
        };
        let shown = self.run.take().is_some_and(|before| before.shown);
        let run = TrainingRun::new(task, processor, context.datasets.name(set), shown, self.clock.now());
        let plan = Box::new(run.plan());
        self.run = Some(run);
        self.post(TrainingEvent::Began { plan });
        // now, so that a full device is reported before hours have gone into the run
        self.store_run().await;
        context.jobs.take(&|_| true);
        context.jobs.add(TrainingJob::Run);
        self.show_network(context.recognition).await;
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
                self.begin_single(request, context).await;
                Slice::Done
            }
            TrainingJob::Run => self.step(context.recognition).await,
        }
    }

    /// Trains the next step.
    async fn step(&mut self, recognition: &mut Recognition) -> Slice<TrainingJob> {
        let Some(run) = self.run.as_mut().filter(|run| run.state == RunState::Running) else {
            return Slice::Done;
        };
        let mut pool = run.take_pool(&*self.workers, &self.tasks);
        let guard = run.processor.guard.clone();
        let go_on = async |_| {
            guard.progress();
            ControlFlow::Continue(())
        };
        let start = self.clock.now();
        let advanced = guard.run(advance(&mut run.task, &mut pool, go_on)).await;
        // before the first step of a fold it is not known what the pool workers need
        run.pool = Some(pool).filter(|_| run.session().is_some());
        let spent = self.clock.now() - start;
        match advanced {
            Ok(Advanced::Step(fold, outcome)) => self.on_step(fold, outcome, spent, recognition).await,
            Ok(Advanced::Fold(record, folds)) => {
                self.post(TrainingEvent::Fold { record, folds });
                Slice::More(TrainingJob::Run)
            }
            Ok(Advanced::Finished) => {
                run.set_state(RunState::Over, self.clock.now());
                let event = run.over(Outcome::Finished);
                self.post(event);
                Slice::Done
            }
            Ok(Advanced::Diverged(divergence)) => self.end(Outcome::Diverged(divergence), recognition).await,
            Err(ComputeError::DeviceLost(reason)) => Slice::DeviceLost(TrainingJob::Run, reason),
            Err(ComputeError::Failed(reason)) => self.fail(reason),
        }
    }

    fn fail(&mut self, reason: Failure) -> Slice<TrainingJob> {
        if let Some(run) = &mut self.run {
            run.set_state(RunState::Failed, self.clock.now());
        }
        self.post(TrainingEvent::Failed { reason: reason.into() });
        Slice::Done
    }

    async fn on_step(
        &mut self,
        fold: u32,
        made: StepOutcome,
        spent: f64,
        recognition: &mut Recognition,
    ) -> Slice<TrainingJob> {
        let Some(run) = &mut self.run else { return Slice::Done };
        match made {
            StepOutcome::Step(record) => {
                let (shows, stores) = run.due(self.clock.now());
                if let Some(event) = run.add_step(fold, record, spent, self.clock) {
                    self.post(event);
                }
                if shows {
                    self.show_network(recognition).await;
                }
                if stores {
                    self.store_run().await;
                }
                Slice::More(TrainingJob::Run)
            }
            StepOutcome::Epoch(record) => {
                let best = run.session().is_some_and(Session::is_best);
                self.post(TrainingEvent::Epoch { record, best });
                self.store_run().await;
                self.show_network(recognition).await;
                Slice::More(TrainingJob::Run)
            }
            StepOutcome::Finished => {
                let early = run.session().is_some_and(Session::stopped_early);
                self.end(if early { Outcome::Early } else { Outcome::Finished }, recognition).await
            }
        }
    }

    /// Ends the run; a cross-validation ends by itself.
    async fn end(&mut self, outcome: Outcome, recognition: &mut Recognition) -> Slice<TrainingJob> {
        if let Some(run) = &mut self.run {
            run.set_state(RunState::Over, self.clock.now());
            if let Task::Single(_) = run.task {
                let event = run.over(outcome);
                self.post(event);
            }
        }
        self.show_network(recognition).await;
        Slice::Done
    }

    /// Makes a checkpoint and stores it on this device; the run continues even if that fails.
    async fn store_run(&mut self) {
        let Some(run) = &mut self.run else { return };
        let Some(bytes) = run.bytes().await else { return };
        let label = run.label();
        let problem = self.store.store(&label, &bytes).await.err().map(|error| Failure::from(error).into());
        // an engine that replaces this one has nothing else to continue from
        self.page.waiting = problem.map(|problem| (problem, label.run(bytes.len() as u64, true)));
        run.checkpoint = Some(bytes);
        run.stored_at = self.clock.now();
        if self.page.waiting.is_none() {
            self.post(TrainingEvent::Stored { problem: None, held: None });
        } else if !self.page.is_sent {
            self.send_to_page();
        }
    }

    /// Called when the page has taken a checkpoint.
    fn on_held(&mut self) {
        self.page.is_sent = false;
        self.send_to_page();
    }

    /// Sends the page the newest checkpoint, if it is to hold that.
    fn send_to_page(&mut self) {
        let bytes = self.run.as_ref().and_then(|run| run.checkpoint.as_deref());
        if let (Some((problem, held)), Some(bytes)) = (self.page.waiting.take(), bytes) {
            let event = TrainingEvent::Stored { problem: Some(problem), held: Some(held) };
            self.outbox.post_with(&Event::Training(event), Attachment::Bytes(bytes));
            self.page.is_sent = true;
        }
    }

    /// A checkpoint before a change of device; if the old device is already lost, the last checkpoint.
    pub async fn checkpoint(&self) -> Option<Vec<u8>> {
        let run = self.run.as_ref()?;
        run.bytes().await.or_else(|| run.checkpoint.clone())
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
            Ok(Ok(bytes)) => networks.add(name, bytes).map(drop),
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

    /// Posts a checkpoint as a file.
    async fn export_checkpoint(&self) {
        let bytes = match self.run.as_ref().filter(|run| run.state != RunState::Failed) {
            Some(run) => run.bytes().await.or_else(|| run.checkpoint.clone()),
            None => self.store.peek_unfinished().await,
        };
        let file = bytes.as_deref().map_or(Attachment::None, Attachment::File);
        self.outbox.post_with(&Event::Training(TrainingEvent::Checkpoint), file);
    }

    /// Posts the unfinished run: this tab's own if it failed, otherwise one that no tab is training.
    async fn post_unfinished(&mut self) {
        let no_run = self.has_no_run();
        let mut attempts = 0;
        let (run, problem) = loop {
            let found = self.store.find_unfinished(no_run).await;
            attempts += 1;
            if !matches!(found, (None, None)) || !self.store.has_locked() || attempts == LOCK_ATTEMPTS {
                break found;
            }
            self.tasks.wait(LOCK_PAUSE).await;
        };
        if let Some(problem) = problem {
            self.post(TrainingEvent::Stored { problem: Some(Failure::from(problem).into()), held: None });
        }
        self.post(TrainingEvent::Unfinished { run });
    }

    /// Deletes the unfinished run, and posts whether there is another.
    async fn discard(&mut self) {
        match self.store.discard().await {
            Ok(was_held) => {
                if was_held {
                    self.post(TrainingEvent::Cleared);
                }
                self.post_unfinished().await;
            }
            Err(reason) => self.post(TrainingEvent::Stored { problem: Some(reason.into()), held: None }),
        }
    }

    /// Deletes this tab's stored run, and posts whether there is another.
    async fn clear_stored(&mut self) {
        self.page.waiting = None;
        self.store.clear().await;
        self.post(TrainingEvent::Cleared);
        self.post_unfinished().await;
    }

    fn post(&self, event: TrainingEvent) {
        self.outbox.post(&Event::Training(event));
    }
}

/// The result of a training step.
enum Advanced {
    /// A step or an epoch, and its fold, counted from 1; 0 for a single network.
    Step(u32, StepOutcome),
    /// A fold is finished, of this number of folds.
    Fold(Box<FoldRecord>, u32),
    /// All folds are finished.
    Finished,
    /// Training diverged, which is not the device's failure.
    Diverged(Divergence),
}

async fn advance(
    task: &mut Task,
    pool: &mut SlicePool,
    go_on: impl AsyncFnMut(usize) -> ControlFlow<()>,
) -> Result<Advanced, TrainingError> {
    let advanced = match task {
        Task::Single(session) => session.step_with(pool, go_on).await.map(|outcome| Advanced::Step(0, outcome)),
        Task::CrossValidation(folds) => folds.step_with(pool, go_on).await.map(|outcome| match outcome {
            CrossOutcome::Training(fold, outcome) => Advanced::Step(fold as u32, outcome),
            CrossOutcome::Fold(record) => Advanced::Fold(record, folds.folds().1 as u32),
            CrossOutcome::Finished => Advanced::Finished,
        }),
    };
    match advanced {
        Err(TrainingError::Diverged(divergence)) => Ok(Advanced::Diverged(divergence)),
        advanced => advanced,
    }
}

/// The images of a dataset, which must still be loaded.
fn images(set: DatasetId, datasets: &Datasets) -> Result<Arc<Dataset>, Failure> {
    datasets.images(set).ok_or(EngineError::SetClosed.into())
}

/// The training data of a dataset, which must still be loaded, without near duplicates as far as they are known.
fn data(set: DatasetId, datasets: &Datasets) -> Result<TrainingData, Failure> {
    let (near, together) = (datasets.near_duplicates(set), datasets.together(set));
    Ok(TrainingData::new(images(set, datasets)?, &near, None, together))
}

/// The device, and the initial weights on it.
fn initial(from: StartFrom, context: &Context<'_>) -> Result<(Device, Option<NetworkFile>), Failure> {
    let device = context.recognition.for_batches()?.device;
    let initial = match from {
        StartFrom::Scratch => None,
        StartFrom::Network => {
            let active = context.networks.active();
            context.recognition.active()?.network.own()?;
            let weights = context.networks.weights(active).ok_or(EngineError::NotStarted)?;
            Some(network::load(weights, &device)?)
        }
    };
    Ok((device, initial))
}

fn preview(dataset: &Dataset, samples: &[u32], augmentation: &Augmentation, seed: u64) -> Vec<u8> {
    let there = samples.iter().map(|&sample| sample as usize).filter(|&sample| sample < dataset.len());
    let changed = there.map(|sample| augmentation.preview(&dataset.crop(sample), derive_seed(seed, sample as u64)));
    changed.flat_map(|crop| *crop.0).collect()
}
