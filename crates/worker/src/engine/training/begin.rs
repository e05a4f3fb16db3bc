//! How a run begins: its data, its initial weights and its settings.

use std::sync::Arc;

use burn::tensor::Device;

use super::run::{Task, TrainingRun};
use super::{Context, Training, TrainingJob};
use crate::engine::datasets::Datasets;
use crate::engine::recognition::Recognition;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::network::{self, NetworkFile};
use mien_compute::training::{CrossValidation, Session, TrainingData};
use mien_core::dataset::{Dataset, select_for_folds};
use mien_core::training::{Scope, Settings};
use mien_protocol::{Backend, DatasetId, StartFrom, TrainingEvent};

/// Maximum number of slices of a batch if the settings leave it open: with more, each would have few images.
const MAX_CHOSEN_SLICES: usize = 4;

/// A run to begin.
pub(in crate::engine) struct RunRequest {
    pub(super) set: DatasetId,
    pub(super) start: RunStart,
}

/// How a run begins.
pub(super) enum RunStart {
    /// With these initial weights and settings.
    New(StartFrom, Box<Settings>),
    /// From the checkpoint of the unfinished run.
    Unfinished,
    /// A cross-validation with these initial weights, settings and number of folds.
    CrossValidation(StartFrom, Box<Settings>, u32),
}

impl Training {
    /// Begins a run now, or as a job once the near duplicates of its dataset are known, since they are not trained on.
    pub(super) async fn begin_when_ready(&mut self, request: RunRequest, context: Context<'_>) {
        // a run that still waits does not begin later, even if this one cannot begin
        context.jobs.take(&|job| matches!(job, TrainingJob::Begin(_)));
        if context.datasets.is_searching(request.set) {
            context.jobs.add(TrainingJob::Begin(request));
        } else {
            self.begin_now(request, context).await;
        }
    }

    /// Begins a run now, without the near duplicates of its dataset as far as they are known.
    pub(super) async fn begin_now(&mut self, request: RunRequest, context: Context<'_>) {
        let RunRequest { set, start } = request;
        let task = match start {
            RunStart::New(from, settings) => initial(from, &context).and_then(|(device, initial)| {
                let settings = self.with_slices(*settings, context.recognition);
                let session = Session::start(settings, data(set, context.datasets)?, initial, &device)?;
                Ok(Task::Single(Box::new(session)))
            }),
            RunStart::Unfinished => self.resume(set, &context).await.map(|session| Task::Single(Box::new(session))),
            RunStart::CrossValidation(from, settings, folds) => {
                initial(from, &context).and_then(|(device, initial)| {
                    let settings = self.with_slices(*settings, context.recognition);
                    let dataset = images(set, context.datasets)?;
                    let samples = select_for_folds(&dataset, &context.datasets.near_duplicates(set)).kept;
                    let folds = (folds as usize, context.datasets.together(set));
                    let folds = CrossValidation::new(settings, (dataset, &samples, None), folds, initial, &device)?;
                    Ok(Task::CrossValidation(Box::new(folds)))
                })
            }
        };
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
