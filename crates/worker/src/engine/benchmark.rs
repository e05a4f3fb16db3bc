//! Measurement of the speed of this device: predictions, detection and training on the CPU, then on the GPU.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use serde::Serialize;

use super::classifier::{Classifier, Source};
use super::documents::json;
use super::jobs::{Jobs, REPORT_EVERY, Slice};
use super::measurement::{self, BATCH, Limits, Repetitions};
use super::networks::Networks;
use super::outbox::Outbox;
use super::platform::{Clock, Platform};
use super::recognition::{Active, ComputeError, Processor, Recognition};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::detection::{self, Detector};
use mien_compute::training::{Session, Settings, TrainingData};
use mien_core::dataset::{Dataset, Split};
use mien_core::expression::Expression;
use mien_core::vision::{Crop, Frame};
use mien_protocol::{
    Backend, BenchmarkCommand, BenchmarkEvent, BenchmarkResult, Event, Figures, Message, NetworkSummary,
};

/// How often each figure is measured.
const LIMITS: Limits = Limits { long_enough: 1500.0, repetitions: (3, 51), alone: f64::INFINITY };

/// Measures the speed of this device.
pub(super) struct Benchmarks {
    outbox: Outbox,
    clock: Clock,
}

/// A measurement in progress.
pub(super) struct BenchmarkJob {
    run: u32,
    network: NetworkSummary,
    /// The backends that are not measured yet; the first is being measured.
    backends: VecDeque<Backend>,
    /// What is measured on the first; `None` until it is prepared.
    subject: Option<Subject>,
    results: Vec<BenchmarkResult>,
    unmeasured: Vec<UnmeasuredBackend>,
    began: f64,
    reported: f64,
}

/// A backend that could not be measured, in the JSON file.
#[derive(Serialize)]
struct UnmeasuredBackend {
    backend: Backend,
    reason: String,
}

/// The JSON file.
#[derive(Serialize)]
struct BenchmarkReport<'a> {
    version: &'static str,
    date: String,
    network: &'a str,
    results: &'a [BenchmarkResult],
    unmeasured: &'a [UnmeasuredBackend],
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    InferOne,
    InferBatch,
    Detect,
    Train,
}

impl Figure {
    /// In the order of their measurement: training comes last, since it takes the most memory.
    const ALL: [Self; 4] = [Self::InferOne, Self::InferBatch, Self::Detect, Self::Train];

    /// Its share of the time of a backend, in tenths.
    const fn tenths(self) -> f32 {
        match self {
            Self::InferOne | Self::Detect => 1.0,
            Self::InferBatch => 2.0,
            Self::Train => 6.0,
        }
    }
}

impl BenchmarkJob {
    /// Its run number.
    pub(super) fn run(&self) -> u32 {
        self.run
    }

    /// Goes on with the next backend.
    fn end_backend(&mut self) {
        self.backends.pop_front();
        self.subject = None;
    }

    /// How much is done, 0 to 1.
    fn share(&self) -> f32 {
        const BACKENDS: f32 = 2.0;
        let begun = self.subject.as_ref().map_or(0.0, Subject::tenths) / 10.0;
        (BACKENDS - self.backends.len() as f32 + begun) / BACKENDS
    }
}

impl Benchmarks {
    pub(super) fn new(platform: &Platform, outbox: Outbox) -> Self {
        Self { outbox, clock: platform.clock }
    }

    /// Handles a command.
    pub(super) fn handle(
        &self,
        command: BenchmarkCommand,
        active: Result<&Active, Failure>,
        jobs: &mut impl Jobs<Box<BenchmarkJob>>,
    ) {
        match command {
            BenchmarkCommand::Start { run } => {
                // two at the same time would measure each other
                self.cancel(jobs, |_| true);
                match active {
                    Ok(active) => jobs.add(Box::new(BenchmarkJob {
                        run,
                        network: active.summary.clone(),
                        backends: VecDeque::from([Backend::Cpu, Backend::WebGpu]),
                        subject: None,
                        results: Vec::new(),
                        unmeasured: Vec::new(),
                        began: self.clock.now(),
                        reported: f64::NEG_INFINITY,
                    })),
                    Err(reason) => self.fail(run, reason),
                }
            }
            BenchmarkCommand::Cancel { run } => self.cancel(jobs, |job| job.run == run),
        }
    }

    fn cancel(&self, jobs: &mut impl Jobs<Box<BenchmarkJob>>, matches: impl Fn(&BenchmarkJob) -> bool) {
        for job in jobs.take(&|job| matches(job)) {
            self.post(BenchmarkEvent::Cancelled { run: job.run });
        }
    }

    /// Posts that a run has failed.
    pub(super) fn fail(&self, run: u32, reason: impl Into<Message>) {
        self.post(BenchmarkEvent::Failed { run, reason: reason.into() });
    }

    fn post(&self, event: BenchmarkEvent) {
        self.outbox.post(&Event::Benchmark(event));
    }

    /// Prepares the next backend, or runs one repetition.
    pub(super) async fn advance(
        &self,
        mut job: Box<BenchmarkJob>,
        recognition: &mut Recognition,
        networks: &Networks,
    ) -> Slice<Box<BenchmarkJob>> {
        let Some(&backend) = job.backends.front() else {
            self.post(BenchmarkEvent::Done { run: job.run, json: self.report(&job) });
            return Slice::Done;
        };
        let advanced = match &mut job.subject {
            Some(subject) => subject.advance(self.clock).await,
            None => match prepare(backend, &job.network, recognition, networks).await {
                Ok(subject) => {
                    job.subject = Some(subject);
                    Ok(None)
                }
                Err(reason) => {
                    self.skip(&mut job, backend, reason);
                    Ok(None)
                }
            },
        };
        match advanced {
            Ok(None) => {}
            Ok(Some(result)) => {
                job.end_backend();
                job.results.push(result.clone());
                self.post(BenchmarkEvent::Measured { run: job.run, result: Box::new(result) });
            }
            Err(ComputeError::Failed(reason)) => self.skip(&mut job, backend, reason),
            Err(ComputeError::DeviceLost(reason)) => {
                self.skip(&mut job, backend, reason.clone());
                if recognition.uses(backend) {
                    return Slice::DeviceLost(job, reason);
                }
            }
        }
        self.report_progress(&mut job);
        Slice::More(job)
    }

    /// Goes on without a backend that cannot be measured.
    fn skip(&self, job: &mut BenchmarkJob, backend: Backend, reason: impl Into<Message>) {
        let reason = reason.into();
        log::warn!("{} is not measured: {reason}", backend.name());
        job.end_backend();
        job.unmeasured.push(UnmeasuredBackend { backend, reason: reason.to_string() });
        self.post(BenchmarkEvent::Unmeasured { run: job.run, backend, reason });
    }

    fn report_progress(&self, job: &mut BenchmarkJob) {
        let now = self.clock.now();
        if let Some(&backend) = job.backends.front()
            && now - job.reported > REPORT_EVERY
        {
            job.reported = now;
            let (run, share, seconds) = (job.run, job.share(), (now - job.began) / 1000.0);
            self.post(BenchmarkEvent::Progress { run, backend, share, seconds });
        }
    }

    fn report(&self, job: &BenchmarkJob) -> String {
        let report = BenchmarkReport {
            version: env!("CARGO_PKG_VERSION"),
            date: self.clock.date_text(),
            network: &job.network.name,
            results: &job.results,
            unmeasured: &job.unmeasured,
        };
        json(&report) + "\n"
    }
}

/// Everything that is measured on a backend.
struct Subject {
    processor: Processor,
    classifier: Classifier,
    detector: Detector,
    /// A batch of images.
    images: Vec<Crop>,
    /// The picture that is searched for faces.
    picture: Frame,
    /// A run that trains a network of its own; `None` until it is that figure's turn.
    session: Option<Box<Session>>,
    /// The medians in milliseconds and the repetitions of the finished figures, in the order of [`Figure::ALL`].
    finished: Vec<(f64, u32)>,
    /// The repetitions of the current figure.
    repetitions: Repetitions,
}

/// Loads the active network and the detector on a backend. A GPU that is not in use is opened and checked.
///
/// # Errors
/// Why the backend cannot be measured.
async fn prepare(
    backend: Backend,
    summary: &NetworkSummary,
    recognition: &mut Recognition,
    networks: &Networks,
) -> Result<Subject, Message> {
    let weights = recognition.site_weights().await.map_err(|problem| problem.detail)?;
    let network = networks.active_source(&weights).await;
    let processor = match backend {
        Backend::Cpu => recognition.cpu(),
        Backend::WebGpu => {
            let Source::Own(bytes) = &network else { return Err(Failure::from(EngineError::OnnxOnCpu).into()) };
            recognition.gpu(bytes).await?
        }
    };
    let active = recognition.active()?;
    if active.summary != *summary {
        return Err(Failure::from(EngineError::NetworkChanged).into());
    }
    let loaded = || {
        let device = &processor.device;
        let classifier =
            if active.backend == backend { active.network.clone() } else { network.load(device)?.classifier };
        Ok::<_, Failure>((classifier, detection::load(&weights.detector, device)?, measurement::picture()?))
    };
    let (classifier, detector, picture) = loaded()?;
    let (images, repetitions) = (measurement::images(BATCH), Repetitions::new(LIMITS));
    Ok(Subject { processor, classifier, detector, images, picture, session: None, finished: Vec::new(), repetitions })
}

impl Subject {
    /// Runs a repetition of the current figure. Returns the result once all figures are known.
    async fn advance(&mut self, clock: Clock) -> Result<Option<BenchmarkResult>, ComputeError> {
        let figure = Figure::ALL.get(self.finished.len()).copied();
        let start = clock.now();
        match figure {
            Some(Figure::InferOne) => self.predict(1).await?,
            Some(Figure::InferBatch) => self.predict(BATCH).await?,
            Some(Figure::Detect) => self.detect().await?,
            Some(Figure::Train) => self.train().await?,
            None => {}
        }
        self.finished.extend(self.repetitions.add(clock.now() - start));
        Ok(self.result())
    }

    async fn predict(&self, images: usize) -> Result<(), ComputeError> {
        self.processor.guard.run(measurement::predict(&self.classifier, &self.images[..images])).await
    }

    async fn detect(&self) -> Result<(), ComputeError> {
        self.processor.guard.run(measurement::detect(&self.detector, &self.picture)).await
    }

    /// One training step of the default architecture. The network has random weights and is dropped afterwards.
    async fn train(&mut self) -> Result<(), ComputeError> {
        let (device, session) = (&self.processor.device, &mut self.session);
        let step = async {
            let session = match session {
                Some(session) => session,
                None => session.insert(Box::new(training_session(device)?)),
            };
            session.step(async |_| ControlFlow::Continue(())).await?;
            // a GPU has finished the step once it answers what is asked after it
            let finished = Tensor::<1>::zeros([1], device).into_data_async().await;
            finished.map(drop).map_err(|error| Failure::message(error.to_string()))
        };
        self.processor.guard.run(step).await
    }

    /// How much is done, 0 to 10.
    fn tenths(&self) -> f32 {
        let finished: f32 = Figure::ALL[..self.finished.len()].iter().map(|figure| figure.tenths()).sum();
        let current = Figure::ALL.get(self.finished.len()).map_or(0.0, |figure| figure.tenths());
        finished + current * self.repetitions.share()
    }

    fn result(&self) -> Option<BenchmarkResult> {
        let [infer_1, infer_32, detect, train_32] = self.finished[..] else { return None };
        Some(BenchmarkResult {
            backend: self.processor.backend,
            adapter: self.processor.adapter.clone(),
            milliseconds: Figures { infer_1: infer_1.0, infer_32: infer_32.0, train_32: train_32.0, detect: detect.0 },
            repetitions: Figures { infer_1: infer_1.1, infer_32: infer_32.1, train_32: train_32.1, detect: detect.1 },
            memory_bytes: memory(),
        })
    }
}

/// A session that trains a network of the default architecture with random weights on random images, and has steps enough.
fn training_session(device: &Device) -> Result<Session, Failure> {
    let mut dataset = Dataset::default();
    for (row, image) in measurement::images(BATCH).into_iter().enumerate() {
        dataset.push(*image.0, Expression::ALL[row % Expression::COUNT], Split::Training, row);
    }
    let data = TrainingData {
        dataset: Arc::new(dataset),
        training: (0..BATCH).cycle().take(BATCH * (LIMITS.repetitions.1 + 1)).collect(),
        validation: Vec::new(),
        validation_name: String::new(),
        votes: None,
    };
    let settings = Settings { batch: BATCH, learning_rate: 1e-4, ..Settings::default() };
    Ok(Session::start(settings, data, None, device)?)
}

/// The size of the engine's memory in bytes; 0 outside of WebAssembly.
fn memory() -> u64 {
    #[cfg(target_family = "wasm")]
    let pages = core::arch::wasm32::memory_size(0);
    #[cfg(not(target_family = "wasm"))]
    let pages = 0_usize;
    pages as u64 * 65_536
}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn the_figures_share_all_of_a_backend_s_time() {
        assert_eq!(Figure::ALL.map(Figure::tenths).iter().sum::<f32>(), 10.0);
    }
}
