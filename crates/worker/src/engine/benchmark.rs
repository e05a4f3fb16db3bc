//! Measurement of the speed of this device: predictions, detection and training on the CPU, then on the GPU.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use serde::Serialize;

use super::classifier::{Classifier, Source};
use super::documents::json;
use super::jobs::{Jobs, REPORT_EVERY, Slice};
use super::networks::Networks;
use super::outbox::Outbox;
use super::platform::{Clock, Opened, Platform};
use super::recognition::{Active, ComputeError, Guard, Recognition};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::detection::{self, Detector};
use mien_compute::training::{Session, Settings, TrainingData};
use mien_core::dataset::{Dataset, Split};
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, Crop, Frame};
use mien_protocol::{
    Backend, BenchmarkCommand, BenchmarkEvent, BenchmarkResult, Event, Figures, Message, NetworkSummary,
};
use mien_recognition::{Classifier as _, CropClassifier as _, Region};

/// Milliseconds of repetitions after which a figure is known.
const LONG_ENOUGH: f64 = 1500.0;

/// The least and the greatest number of repetitions of a figure; the median is of an odd number.
const REPETITIONS: (usize, usize) = (3, 51);

/// Images per batch.
const BATCH: usize = 32;

/// Width and height of the picture that is searched for faces.
const PICTURE: (usize, usize) = (640, 480);

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
                if recognition.active().is_ok_and(|active| active.backend == backend) {
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
    opened: Opened,
    guard: Guard,
    classifier: Classifier,
    detector: Detector,
    /// A batch of normalized images.
    images: Vec<f32>,
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
    let (opened, guard) = match backend {
        Backend::Cpu => (Opened::cpu(None), recognition.guard(Backend::Cpu, None)),
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
        let classifier =
            if active.backend == backend { active.network.clone() } else { network.load(&opened.device)?.classifier };
        let picture = Frame::new(PICTURE.0, PICTURE.1, noise(PICTURE.0 * PICTURE.1 * 4))?;
        Ok::<_, Failure>((classifier, detection::load(&weights.detector, &opened.device)?, picture))
    };
    let (classifier, detector, picture) = loaded()?;
    let images = noise(BATCH * CROP_PIXELS).into_iter().map(|pixel| f32::from(pixel) / 72.5 - 1.73).collect();
    let (finished, repetitions) = (Vec::new(), Repetitions::default());
    Ok(Subject { opened, guard, classifier, detector, images, picture, session: None, finished, repetitions })
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
        let logits = async {
            match &self.classifier {
                Classifier::Own(network) => {
                    let logits = network.logits(self.images[..images * CROP_PIXELS].to_vec()).await;
                    logits.map_err(Failure::message)
                }
                Classifier::Onnx(network) => {
                    let crops = vec![Crop(Box::new(std::array::from_fn(|pixel| (pixel * 7) as u8))); images];
                    network.logits_of_crops(&crops).await.map_err(Failure::new)
                }
            }
        };
        self.guard.run(logits).await.map(drop)
    }

    /// One search of the whole picture at the usual scale.
    async fn detect(&self) -> Result<(), ComputeError> {
        let region = Region::whole(&self.picture, 1.0);
        self.guard.run(self.detector.follow(&region, region.view(&self.picture))).await.map(drop)
    }

    /// One training step of the default architecture. The network has random weights and is dropped afterwards.
    async fn train(&mut self) -> Result<(), ComputeError> {
        let (device, session) = (&self.opened.device, &mut self.session);
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
        self.guard.run(step).await
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
            backend: self.opened.backend,
            adapter: self.opened.adapter.clone(),
            milliseconds: Figures { infer_1: infer_1.0, infer_32: infer_32.0, train_32: train_32.0, detect: detect.0 },
            repetitions: Figures { infer_1: infer_1.1, infer_32: infer_32.1, train_32: train_32.1, detect: detect.1 },
            memory_bytes: memory(),
        })
    }
}

/// The repetitions of a figure.
#[derive(Default)]
struct Repetitions {
    /// Whether the first, which is not counted, is over: it compiles networks and shaders.
    warm: bool,
    /// The duration of each in milliseconds.
    times: Vec<f64>,
}

impl Repetitions {
    /// Adds one. If they are enough, returns their median and number, and begins those of the next figure.
    fn add(&mut self, milliseconds: f64) -> Option<(f64, u32)> {
        if !std::mem::replace(&mut self.warm, true) {
            return None;
        }
        self.times.push(milliseconds);
        let count = self.times.len();
        if count.is_multiple_of(2) || count < REPETITIONS.0 || self.share() < 1.0 {
            return None;
        }
        let mut times = std::mem::take(self).times;
        times.sort_by(f64::total_cmp);
        times.get(count / 2).map(|&median| (median, count as u32))
    }

    /// How much is done, 0 to 1.
    fn share(&self) -> f32 {
        let (count, spent) = (self.times.len() as f64, self.times.iter().sum::<f64>());
        let slow = (spent / LONG_ENOUGH).min(count / REPETITIONS.0 as f64);
        slow.max(count / REPETITIONS.1 as f64).min(1.0) as f32
    }
}

/// A session that trains a network of the default architecture with random weights on random images, and has steps enough.
fn training_session(device: &Device) -> Result<Session, Failure> {
    let mut dataset = Dataset::default();
    for (row, image) in noise(BATCH * CROP_PIXELS).as_chunks().0.iter().enumerate() {
        dataset.push(*image, Expression::ALL[row % Expression::COUNT], Split::Training, row);
    }
    let data = TrainingData {
        dataset: Arc::new(dataset),
        training: (0..BATCH).cycle().take(BATCH * (REPETITIONS.1 + 1)).collect(),
        validation: Vec::new(),
        validation_name: String::new(),
        votes: None,
    };
    let settings = Settings { batch: BATCH, learning_rate: 1e-4, ..Settings::default() };
    Ok(Session::start(settings, data, None, device)?)
}

/// Random bytes, the same each time.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        // Numerical Recipes' generator, of which the upper bits are random enough here
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
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
    use super::*;

    /// The median and the number of repetitions of these durations, and how many of them were used.
    fn measured(times: impl IntoIterator<Item = f64>) -> Option<((f64, u32), usize)> {
        let mut repetitions = Repetitions::default();
        times.into_iter().enumerate().find_map(|(index, time)| Some((repetitions.add(time)?, index + 1)))
    }

    #[test]
    fn a_figure_is_the_median_of_an_odd_number_of_repetitions_without_the_first() {
        assert_eq!(measured([9e9, 900.0, 800.0, 1000.0]), Some(((900.0, 3), 4)));
        assert_eq!(measured([9e9, 5000.0, 4000.0]), None, "too few, however slow");
        let slower = (0..).map(|index| f64::from(index) * 100.0);
        assert_eq!(measured(slower), Some(((300.0, 5), 6)), "1.5 s");
        assert_eq!(measured(std::iter::repeat(1.0)), Some(((1.0, 51), 52)));
    }

    #[test]
    fn progress_grows_to_one() {
        let mut repetitions = Repetitions::default();
        assert_eq!(repetitions.share(), 0.0);
        assert_eq!(repetitions.add(1000.0), None);
        assert_eq!(repetitions.share(), 0.0, "the first does not count");
        assert_eq!(repetitions.add(1000.0), None);
        assert!((repetitions.share() - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(repetitions.add(1000.0), None);
        assert!((repetitions.share() - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!(repetitions.add(1000.0), Some((1000.0, 3)));
        assert_eq!(repetitions.share(), 0.0, "the next figure");
        assert_eq!(Figure::ALL.map(Figure::tenths).iter().sum::<f32>(), 10.0);
    }
}
