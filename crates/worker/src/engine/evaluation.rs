//! Evaluation of networks on samples of a dataset.

use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use super::classifier::{Classifier, LoadedNetwork};
use super::datasets::Datasets;
use super::jobs::{Jobs, REPORT_EVERY, Slice, next_batch};
use super::networks::Networks;
use super::outbox::Outbox;
use super::platform::{Clock, InputFile, Platform, Received, Tasks, Workers};
use super::pool::WorkerPool;
use super::recognition::{ComputeError, Processor};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::evaluation::{
    Ensemble, Evaluation, GroupTable, PendingPredictions, Predictions, RunInfo, TestTimeAugmentation,
};
use mien_core::dataset::{Binning, Dataset, GroupLabels, JoinError, JoinTable};
use mien_core::vision::Crop;
use mien_protocol::{Backend, DatasetId, EvaluationCommand, EvaluationEvent, Event, Message, NetworkId};

/// Forward passes per batch: initial and maximum number.
const BATCH: (usize, usize) = (4, 64);

/// Expected milliseconds to the end of an evaluation from which on pool workers help: they take most of a second to start.
const POOL_PAYS: f64 = 3000.0;

/// Milliseconds of predicting from which that is expected.
const MEASURED: f64 = 500.0;

/// Evaluates networks.
pub(super) struct Evaluations {
    outbox: Outbox,
    clock: Clock,
    workers: Rc<dyn Workers>,
    tasks: Rc<dyn Tasks>,
}

/// An evaluation in progress.
pub(super) struct EvaluationJob {
    run: u32,
    set: DatasetId,
    dataset: Arc<Dataset>,
    split: String,
    networks: Vec<NetworkId>,
    augmentation: TestTimeAugmentation,
    /// The networks on the device, once they are loaded.
    loaded: Option<LoadedNetworks>,
    predictions: PendingPredictions,
    batch: usize,
    began: f64,
    reported: f64,
}

/// Networks on a device, and how a report describes them.
struct LoadedNetworks {
    backend: Backend,
    ensemble: Ensemble<Classifier>,
    /// What computes them.
    computed_by: String,
    model: String,
    description: String,
    temperature: Option<f32>,
    /// When they were loaded, and the number of predictions before; `None` once it is decided whether pool workers help.
    alone_since: Option<(f64, usize)>,
    pool: WorkerPool,
}

impl EvaluationJob {
    /// Its run number.
    pub fn run(&self) -> u32 {
        self.run
    }
}

impl Evaluations {
    pub fn new(platform: &Platform, outbox: Outbox) -> Self {
        let (workers, tasks) = (Rc::clone(&platform.workers), Rc::clone(&platform.tasks));
        Self { outbox, clock: platform.clock, workers, tasks }
    }

    /// Handles a command.
    pub fn handle(
        &self,
        command: EvaluationCommand,
        received: Received,
        datasets: &Datasets,
        library: &Networks,
        jobs: &mut impl Jobs<Box<EvaluationJob>>,
    ) {
        match command {
            EvaluationCommand::Run { run, set, samples, split, networks, augmentation } => {
                let dataset = match datasets.with_samples(set, &samples) {
                    Ok(dataset) => dataset,
                    Err(reason) => return self.fail(run, reason),
                };
                let networks = if networks.is_empty() { vec![library.active()] } else { networks };
                let passes = networks.len() * augmentation.count();
                jobs.add(Box::new(EvaluationJob {
                    run,
                    set,
                    predictions: PendingPredictions::new(Arc::clone(&dataset), samples),
                    dataset,
                    split,
                    networks,
                    augmentation,
                    loaded: None,
                    batch: (BATCH.0 / passes).max(1),
                    began: self.clock.now(),
                    reported: f64::NEG_INFINITY,
                }));
            }
            EvaluationCommand::Groups { run, set, predictions, bins } => {
                let table = received.into_files().into_iter().next();
                let (groups, faults) = groups(datasets.images(set), &predictions, &bins, table.as_deref());
                self.outbox.post(&Event::Evaluation(EvaluationEvent::Groups { run, groups, faults }));
            }
            EvaluationCommand::Cancel { run } => {
                if !jobs.take(&|job| job.run == run).is_empty() {
                    self.outbox.post(&Event::Evaluation(EvaluationEvent::Cancelled { run }));
                }
            }
        }
    }

    /// Posts that a run has failed.
    pub fn fail(&self, run: u32, reason: impl Into<Message>) {
        self.outbox.post(&Event::Evaluation(EvaluationEvent::Failed { run, reason: reason.into() }));
    }

    /// Predicts the next batch.
    pub async fn advance(
        &self,
        mut job: Box<EvaluationJob>,
        processor: Result<Processor, Failure>,
        datasets: &Datasets,
        library: &Networks,
    ) -> Slice<Box<EvaluationJob>> {
        match self.predict(&mut job, processor, library).await {
            Ok(()) => {}
            Err(ComputeError::DeviceLost(reason)) => return Slice::DeviceLost(job, reason),
            Err(ComputeError::Failed(reason)) => {
                self.fail(job.run, reason);
                return Slice::Done;
            }
        }
        if job.predictions.is_done() {
            self.outbox.post(&self.finish(*job, datasets));
            return Slice::Done;
        }
        let now = self.clock.now();
        if now - job.reported > REPORT_EVERY {
            job.reported = now;
            let (done, total) = (job.predictions.done() as u32, job.predictions.total() as u32);
            let seconds = (now - job.began) / 1000.0;
            self.outbox.post(&Event::Evaluation(EvaluationEvent::Progress { run: job.run, done, total, seconds }));
        }
        Slice::More(job)
    }

    async fn predict(
        &self,
        job: &mut EvaluationJob,
        processor: Result<Processor, Failure>,
        library: &Networks,
    ) -> Result<(), ComputeError> {
        let processor = processor.map_err(ComputeError::Failed)?;
        let loaded = match job.loaded.take() {
            Some(loaded) if loaded.backend == processor.backend => loaded,
            before => {
                if let Some(loaded) = before {
                    loaded.pool.stop(&mut job.predictions);
                }
                let since = (self.clock.now(), job.predictions.done());
                let loaded = load(&job.networks, job.augmentation, &processor, library, since).await;
                loaded.map_err(ComputeError::Failed)?
            }
        };
        let loaded = job.loaded.insert(loaded);
        let start = self.clock.now();
        let ensemble = &loaded.ensemble;
        let predict = async |crops: &[Crop]| {
            let go_on = async |_| {
                processor.guard.progress();
                ControlFlow::Continue(())
            };
            processor.guard.run(ensemble.predict(crops.iter().cloned(), BATCH.1, go_on)).await
        };
        loaded.pool.advance(&mut job.predictions, job.batch, &*self.tasks, predict).await?;
        let now = self.clock.now();
        job.batch = next_batch(job.batch, now - start, (1, BATCH.1));
        if let Some((began, before)) = loaded.alone_since.filter(|(began, _)| now - began >= MEASURED) {
            loaded.alone_since = None;
            let done = job.predictions.done();
            let remaining = job.predictions.total() - done;
            if (now - began) / (done - before) as f64 * remaining as f64 > POOL_PAYS {
                let load = library.pool_load(&job.networks, ensemble.augmentation);
                let start = |load| WorkerPool::start(&*self.workers, load, ensemble.passes());
                loaded.pool = load.map_or_else(WorkerPool::default, start);
            }
        }
        Ok(())
    }

    fn finish(&self, job: EvaluationJob, datasets: &Datasets) -> Event {
        let seconds = (self.clock.now() - job.began) / 1000.0;
        let predictions = job.predictions.finish();
        let dataset = datasets.name(job.set);
        let facts =
            RunInfo { dataset, split: job.split, seconds, augmentation: job.augmentation, ..RunInfo::default() };
        let run = match job.loaded {
            Some(LoadedNetworks { computed_by, model, description, temperature, .. }) => {
                RunInfo { model, description, temperature, backend: computed_by, ..facts }
            }
            None => facts,
        };
        let mut evaluation = Box::new(Evaluation::new(&predictions, run));
        // the dataset's own columns never have too many values
        evaluation.report.groups = GroupTable::all(&predictions, &labels(&job.dataset, &predictions)).0;
        Event::Evaluation(EvaluationEvent::Done { run: job.run, set: job.set, evaluation, predictions })
    }
}

/// Loads networks on a device; `since` is when, and how many predictions are done already.
///
/// # Errors
/// When one is deleted, or cannot be loaded.
async fn load(
    ids: &[NetworkId],
    augmentation: TestTimeAugmentation,
    processor: &Processor,
    library: &Networks,
    since: (f64, usize),
) -> Result<LoadedNetworks, Failure> {
    let backend = processor.backend;
    let (mut loaded, mut computed_by) = (Vec::with_capacity(ids.len()), Vec::new());
    let (mut models, mut descriptions) = (Vec::new(), Vec::new());
    for &id in ids {
        let source = library.source(id).await?.ok_or(EngineError::NetworkGone)?;
        let network = source.load(&processor.device)?;
        let (model, description) = library.described(id, &network.summary);
        models.push(model);
        descriptions.push(description);
        let by = network.classifier.computed_by(backend);
        if !computed_by.contains(&by) {
            computed_by.push(by);
        }
        loaded.push(network);
    }
    descriptions.retain(|description| !description.is_empty());
    let temperature = |network: &LoadedNetwork| network.file.as_ref().map(|file| file.header.temperature);
    let is_on_cpu = backend == Backend::Cpu || loaded.iter().all(|network| network.classifier.is_onnx());
    Ok(LoadedNetworks {
        backend,
        computed_by: computed_by.join(" + "),
        model: models.join(" + "),
        description: descriptions.join("; "),
        temperature: if let [network] = &loaded[..] { temperature(network) } else { None },
        ensemble: Ensemble { networks: loaded.into_iter().map(|network| network.classifier).collect(), augmentation },
        alone_since: is_on_cpu.then_some(since),
        pool: WorkerPool::default(),
    })
}

/// The groups of the dataset's columns and of a table, binned as asked, and what is wrong with any of them.
fn groups(
    dataset: Option<Arc<Dataset>>,
    predictions: &Predictions,
    bins: &[(String, Binning)],
    table: Option<&dyn InputFile>,
) -> (Vec<GroupTable>, Vec<Message>) {
    let Some(dataset) = dataset.filter(|dataset| has_all(dataset, predictions)) else {
        return (Vec::new(), vec![Failure::from(EngineError::SetChanged).into()]);
    };
    let (mut columns, mut faults) = (labels(&dataset, predictions), Vec::<Failure>::new());
    if let Some(table) = table {
        match join(table, &dataset, predictions) {
            Ok((joined, missing)) => {
                columns.extend(joined);
                if missing > 0 {
                    faults.push(EngineError::NoRows { missing, images: predictions.len() }.into());
                }
            }
            Err(reason) => faults.push(reason),
        }
    }
    for (name, binning) in bins {
        for column in columns.iter_mut().filter(|column| column.name == *name) {
            match column.binned(*binning) {
                Ok(binned) => *column = binned,
                Err(error) => faults.push(error.into()),
            }
        }
    }
    let (tables, errors) = GroupTable::all(predictions, &columns);
    faults.extend(errors.into_iter().map(Failure::from));
    (tables, faults.into_iter().map(Message::from).collect())
}

fn has_all(dataset: &Dataset, predictions: &Predictions) -> bool {
    predictions.iter().all(|(sample, ..)| (sample as usize) < dataset.len())
}

/// The labels of a run's samples in the dataset's own columns.
fn labels(dataset: &Dataset, predictions: &Predictions) -> Vec<GroupLabels> {
    let samples = || predictions.iter().map(|(sample, ..)| sample as usize);
    dataset.groups().iter().map(|column| column.labels(samples())).collect()
}

/// The labels in a table's columns, and the number of samples without a row in it.
fn join(
    table: &dyn InputFile,
    dataset: &Dataset,
    predictions: &Predictions,
) -> Result<(Vec<GroupLabels>, usize), Failure> {
    let table = JoinTable::read(table.open().map_err(JoinError::from)?)?;
    let rows: Vec<usize> = predictions.iter().map(|(sample, ..)| dataset.row(sample as usize)).collect();
    Ok(table.labels(&rows)?)
}
