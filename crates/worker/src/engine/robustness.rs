//! Evaluation of the active network on corrupted samples, and on a single corrupted crop.

use std::ops::ControlFlow;
use std::rc::Rc;

use super::classifier::Classifier;
use super::datasets::Datasets;
use super::documents::json;
use super::jobs::{Jobs, REPORT_EVERY, Slice, next_batch};
use super::networks::Networks;
use super::outbox::Outbox;
use super::platform::{Clock, Platform, Tasks, Workers};
use super::pool::WorkerPool;
use super::recognition::{Active, ComputeError, DeviceLost, Processor, Recognition};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::evaluation::robustness::{self, RobustnessReport, RobustnessTest};
use mien_compute::evaluation::{RunInfo, TestTimeAugmentation, predict};
use mien_core::expression::Distribution;
use mien_core::vision::corruption::{Corruption, SEVERITIES};
use mien_core::vision::{CROP_PIXELS, Crop};
use mien_protocol::{Backend, Event, Message, NetworkSummary, RobustnessCommand, RobustnessEvent, RobustnessOutcome};

/// Images per batch: initial (and minimum) and maximum number.
const BATCH: (usize, usize) = (4, 64);

/// Evaluates the active network on corrupted images.
pub(super) struct Robustness {
    outbox: Outbox,
    clock: Clock,
    workers: Rc<dyn Workers>,
    tasks: Rc<dyn Tasks>,
}

/// A robustness test in progress.
pub(super) struct RobustnessJob {
    run: u32,
    test: RobustnessTest,
    corruptions: Vec<Corruption>,
    dataset: String,
    split: String,
    batch: usize,
    /// The network; set by the first slice.
    network: Option<NetworkSummary>,
    /// The network on its device, and the backend.
    loaded: Option<(Classifier, Backend)>,
    /// The pool that was started for that backend.
    pool: WorkerPool,
    began: f64,
    reported: f64,
}

impl RobustnessJob {
    /// Its run number.
    pub(super) fn run(&self) -> u32 {
        self.run
    }
}

impl Robustness {
    pub(super) fn new(platform: &Platform, outbox: Outbox) -> Self {
        let (workers, tasks) = (Rc::clone(&platform.workers), Rc::clone(&platform.tasks));
        Self { outbox, clock: platform.clock, workers, tasks }
    }

    /// Handles a command.
    ///
    /// # Errors
    /// When the GPU fails; on the CPU the same command can be handled.
    pub(super) async fn handle(
        &self,
        command: &RobustnessCommand,
        active: Result<&Active, Failure>,
        datasets: &Datasets,
        jobs: &mut impl Jobs<Box<RobustnessJob>>,
    ) -> Result<(), DeviceLost> {
        match command {
            RobustnessCommand::Run { run, set, samples, split, corruptions } => {
                match datasets.with_samples(*set, samples) {
                    Ok(dataset) => jobs.add(Box::new(RobustnessJob {
                        run: *run,
                        test: RobustnessTest::new(dataset, samples.clone(), corruptions.clone()),
                        corruptions: corruptions.clone(),
                        dataset: datasets.name(*set),
                        split: split.clone(),
                        batch: BATCH.0,
                        network: None,
                        loaded: None,
                        pool: WorkerPool::default(),
                        began: self.clock.now(),
                        reported: f64::NEG_INFINITY,
                    })),
                    Err(reason) => self.fail(*run, reason),
                }
            }
            RobustnessCommand::Cancel { run } => {
                if !jobs.take(&|job| job.run == *run).is_empty() {
                    self.outbox.post(&Event::Robustness(RobustnessEvent::Cancelled { run: *run }));
                }
            }
            RobustnessCommand::Corrupt { request, .. } => {
                let crop = corrupted(command);
                let prediction = match (&crop, active) {
                    (Some(crop), Ok(active)) => predict_one(crop, active).await?,
                    _ => None,
                };
                self.post_corrupted(*request, crop, prediction);
            }
        }
        Ok(())
    }

    /// Reports failure of a command that was not handled because there is no device.
    pub(super) fn abandon(&self, command: &RobustnessCommand, reason: &Message) {
        log::error!("a corrupted image is not classified: {reason}");
        if let RobustnessCommand::Corrupt { request, .. } = command {
            self.post_corrupted(*request, corrupted(command), None);
        }
    }

    fn post_corrupted(&self, request: u32, crop: Option<Crop>, prediction: Option<Distribution>) {
        let crop = crop.map(|crop| crop.bytes().to_vec()).unwrap_or_default();
        self.outbox.post(&Event::Robustness(RobustnessEvent::Corrupted { request, crop, prediction }));
    }

    /// Posts that a run has failed.
    pub(super) fn fail(&self, run: u32, reason: impl Into<Message>) {
        self.outbox.post(&Event::Robustness(RobustnessEvent::Failed { run, reason: reason.into() }));
    }

    /// Classifies the next batch, concurrently with the worker pool.
    pub(super) async fn advance(
        &self,
        mut job: Box<RobustnessJob>,
        recognition: &Recognition,
        networks: &Networks,
    ) -> Slice<Box<RobustnessJob>> {
        match self.classify(&mut job, recognition, networks).await {
            Ok(Some(computed_by)) => {
                self.outbox.post(&self.finish(*job, computed_by, networks));
                return Slice::Done;
            }
            Ok(None) => {}
            Err(ComputeError::DeviceLost(reason)) => return Slice::DeviceLost(job, reason),
            Err(ComputeError::Failed(reason)) => {
                self.fail(job.run, reason);
                return Slice::Done;
            }
        }
        let now = self.clock.now();
        if now - job.reported > REPORT_EVERY {
            job.reported = now;
            let (done, total) = (job.test.done() as u32, job.test.total() as u32);
            let seconds = (now - job.began) / 1000.0;
            self.outbox.post(&Event::Robustness(RobustnessEvent::Progress { run: job.run, done, total, seconds }));
        }
        Slice::More(job)
    }

    /// Classifies a batch on the engine's own device and collects the pool's results. Returns what computes the network when
    /// all predictions are done.
    async fn classify(
        &self,
        job: &mut RobustnessJob,
        recognition: &Recognition,
        networks: &Networks,
    ) -> Result<Option<&'static str>, ComputeError> {
        let active = recognition.active().map_err(ComputeError::Failed)?;
        let processor = recognition.for_batches().map_err(ComputeError::Failed)?;
        if *job.network.get_or_insert_with(|| active.summary.clone()) != active.summary {
            return Err(ComputeError::Failed(EngineError::NetworkChanged.into()));
        }
        let loaded = match job.loaded.take() {
            Some(loaded) if loaded.1 == processor.backend => loaded,
            _ => {
                let network = on_device(&processor, active, networks).await.map_err(ComputeError::Failed)?;
                let is_on_cpu = processor.backend == Backend::Cpu || network.is_onnx();
                let load = networks.pool_load(&[networks.active()], TestTimeAugmentation::None).filter(|_| is_on_cpu);
                let pool = load.map_or_else(WorkerPool::default, |load| WorkerPool::start(&*self.workers, load, 1));
                std::mem::replace(&mut job.pool, pool).stop(&mut job.test);
                (network, processor.backend)
            }
        };
        let network = &job.loaded.insert(loaded).0;
        let start = self.clock.now();
        let classify = async |crops: &[Crop]| {
            let go_on = async |_| {
                processor.guard.progress();
                ControlFlow::Continue(())
            };
            let logits = processor.guard.run(predict(network, crops.iter().cloned(), crops.len(), go_on)).await?;
            Ok(logits.into_iter().map(Distribution::from_logits).collect())
        };
        job.pool.advance(&mut job.test, job.batch, &*self.tasks, classify).await?;
        job.batch = next_batch(job.batch, self.clock.now() - start, BATCH);
        Ok(job.test.is_done().then(|| network.computed_by(processor.backend)))
    }

    fn finish(&self, job: RobustnessJob, computed_by: &str, networks: &Networks) -> Event {
        let described = job.network.as_ref().map(|network| networks.described(networks.active(), network));
        let (model, description) = described.unwrap_or_default();
        let report = job.test.report(RunInfo {
            model,
            description,
            backend: computed_by.to_owned(),
            dataset: job.dataset,
            split: job.split,
            seconds: (self.clock.now() - job.began) / 1000.0,
            ..RunInfo::default()
        });
        let outcome = Box::new(outcome(report, job.corruptions));
        Event::Robustness(RobustnessEvent::Done { run: job.run, outcome })
    }
}

/// The active network on a device.
///
/// # Errors
/// When it cannot be loaded.
async fn on_device(processor: &Processor, active: &Active, networks: &Networks) -> Result<Classifier, Failure> {
    if processor.backend == active.backend {
        return Ok(active.network.clone());
    }
    let source = networks.source(networks.active()).await?.ok_or(EngineError::NetworkGone)?;
    Ok(source.load(&processor.device)?.classifier)
}

/// The corrupted crop of a [`RobustnessCommand::Corrupt`]; `None` if its crop has the wrong length.
fn corrupted(command: &RobustnessCommand) -> Option<Crop> {
    let RobustnessCommand::Corrupt { crop, corruption, strength, seed, .. } = command else { return None };
    let crop: Box<[u8; CROP_PIXELS]> = crop.clone().try_into().ok().map(Box::new)?;
    Some(corruption.apply(&Crop(crop), *strength, u64::from(*seed)))
}

/// The prediction of the network used for recognition; `None` if the CPU fails.
async fn predict_one(crop: &Crop, active: &Active) -> Result<Option<Distribution>, DeviceLost> {
    let predicted = active.recognizer.classify(std::slice::from_ref(crop));
    match active.guard.run(predicted).await {
        Ok(predicted) => Ok(predicted.first().copied()),
        Err(ComputeError::DeviceLost(reason)) => Err(DeviceLost(reason)),
        Err(ComputeError::Failed(reason)) => {
            log::error!("a corrupted image is not classified: {reason}");
            Ok(None)
        }
    }
}

fn outcome(report: RobustnessReport, corruptions: Vec<Corruption>) -> RobustnessOutcome {
    let rows = |clean: f64, value: fn(&robustness::SeverityReport) -> f64| {
        let row = |corruption: &robustness::CorruptionReport| {
            let mut row = [clean; SEVERITIES + 1];
            row[1..].iter_mut().zip(&corruption.severities).for_each(|(cell, severity)| *cell = value(severity));
            row
        };
        report.corruptions.iter().map(row).collect()
    };
    RobustnessOutcome {
        samples: report.samples as u32,
        predictions: report.predictions as u32,
        corruptions,
        accuracies: rows(report.clean.accuracy, |severity| severity.accuracy),
        macro_f1s: rows(report.clean.macro_f1, |severity| severity.macro_f1),
        json: json(&report) + "\n",
        csv: robustness::csv(&report),
        text: robustness::text(&report),
        model: report.model,
        backend: report.backend,
        dataset: report.dataset,
        split: report.split,
        seconds: report.seconds,
    }
}
