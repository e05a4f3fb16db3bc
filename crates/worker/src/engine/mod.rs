//! The engine: handles commands one at a time and answers with events.
//!
//! Long-running work is a job, which runs in slices. Commands are handled between slices, so faces are recognized while
//! a dataset is loaded or a network is evaluated.
//!
//! Each feature is a module with a struct, which gets the other features that it needs as arguments. This module
//! dispatches commands and jobs to them, and switches their device.

mod benchmark;
mod classifier;
mod command_loop;
mod datasets;
mod documents;
mod evaluation;
mod explanation;
mod fit;
mod inbox;
mod job;
mod jobs;
mod measurement;
mod networks;
mod onnx;
mod outbox;
mod photographs;
mod pictures;
pub mod platform;
pub mod pool;
mod recognition;
mod robustness;
pub mod storage;
pub mod storage_error;
mod summary;
#[cfg(test)]
mod tests;
mod training;

use std::rc::Rc;

use self::benchmark::Benchmarks;
use self::datasets::Datasets;
use self::evaluation::Evaluations;
use self::explanation::Explanations;
use self::fit::Fits;
pub use self::inbox::Inbox;
use self::job::Job;
use self::jobs::{JobQueue, Slice};
use self::networks::Networks;
use self::outbox::Outbox;
use self::photographs::Photographs;
use self::platform::{Clock, Opened, Platform, Received};
use self::recognition::{ComputeError, Recognition, failed};
use self::robustness::Robustness;
use self::training::Training;
use mien_protocol::{
    BackendChoice, Command, DatasetCommand, Event, ExplanationCommand, Fallback, FrameSource, Message, NetworkId,
    Problem, RobustnessCommand, StartupStep, Timing, TrainingCommand,
};

/// The features and the job queue.
struct Engine {
    outbox: Outbox,
    clock: Clock,
    jobs: JobQueue<Job>,
    recognition: Recognition,
    datasets: Datasets,
    networks: Networks,
    evaluations: Evaluations,
    robustness: Robustness,
    photographs: Photographs,
    explanations: Explanations,
    training: Training,
    benchmarks: Benchmarks,
    fits: Fits,
}

impl Engine {
    fn new(platform: &Platform, inbox: &Inbox) -> Self {
        let outbox = Outbox::new(Rc::clone(&platform.port));
        Self {
            clock: platform.clock,
            jobs: JobQueue::default(),
            recognition: Recognition::new(platform, outbox.clone()),
            datasets: Datasets::new(platform, outbox.clone()),
            networks: Networks::new(platform, outbox.clone(), inbox.clone()),
            evaluations: Evaluations::new(platform, outbox.clone()),
            robustness: Robustness::new(platform, outbox.clone()),
            photographs: Photographs::new(platform, outbox.clone()),
            explanations: Explanations::new(platform, outbox.clone()),
            training: Training::new(platform, outbox.clone()),
            benchmarks: Benchmarks::new(platform, outbox.clone()),
            fits: Fits::new(platform, outbox.clone()),
            outbox,
        }
    }

    /// Handles a command.
    async fn handle(&mut self, command: Command, received: Received) {
        match command {
            Command::Start { choice } => match self.start(choice).await {
                Ok(ready) => {
                    self.outbox.post(&ready);
                    self.post_measured();
                }
                Err(problem) => {
                    log::error!("the engine does not start: {}", problem.detail);
                    self.outbox.post(&Event::Failed { problem });
                }
            },
            Command::Recognize { request, source, time } => {
                let answer = self.recognize(request, source, time, received).await;
                self.outbox.post(&answer.unwrap_or_else(|problem| Event::Refused { request, problem }));
            }
            Command::Decode { request } => pictures::decode(request, received, &self.outbox),
            Command::Reset => self.recognition.reset(),
            Command::SetTestTimeAugmentation { augmentation } => {
                self.recognition.set_test_time_augmentation(augmentation);
            }
            Command::Dataset(command) => {
                let weights = match command {
                    // without the detector, images are loaded as they are
                    DatasetCommand::Load { .. } => self.recognition.site_weights().await.ok(),
                    _ => None,
                };
                self.datasets.handle(command, received, weights, &mut self.jobs).await;
            }
            Command::Evaluation(command) => {
                self.evaluations.handle(command, received, &self.datasets, &self.networks, &mut self.jobs);
            }
            Command::Robustness(command) => self.on_robustness(command).await,
            Command::Photographs(command) => {
                let weights = self.recognition.site_weights().await.map_err(|problem| problem.detail);
                self.photographs.handle(command, received.into_files(), weights, &mut self.jobs);
            }
            Command::Explanation(command) => self.on_explanation(command).await,
            Command::Training(command) => {
                if let TrainingCommand::Start { .. }
                | TrainingCommand::CrossValidate { .. }
                | TrainingCommand::Continue { .. } = command
                {
                    self.choose_for_batches().await;
                }
                let context = training::Context {
                    datasets: &self.datasets,
                    networks: &mut self.networks,
                    recognition: &mut self.recognition,
                    jobs: &mut self.jobs,
                };
                self.training.handle(command, received, context).await;
            }
            Command::Network(command) => {
                if let Some(network) = self.networks.activated_by(&command) {
                    self.activate(network).await;
                }
                self.networks.handle(command, received).await;
            }
            Command::Document(command) => documents::handle(command, &self.outbox),
            Command::Benchmark(command) => {
                self.benchmarks.handle(command, self.recognition.active(), &mut self.jobs);
            }
            Command::Fit(command) => self.fits.handle(command, &mut self.jobs),
        }
    }

    /// Runs a slice of the next job.
    async fn advance(&mut self) {
        let Some(job) = self.jobs.pop() else { return };
        if let Job::Evaluation(_) | Job::Robustness(_) = job {
            self.choose_for_batches().await;
        }
        let active = self.recognition.active();
        let slice = match job {
            Job::Dataset(job) => self.datasets.advance(job, &mut self.jobs).map(Job::Dataset),
            Job::Evaluation(job) => {
                let processor = self.recognition.for_batches();
                let slice = self.evaluations.advance(job, processor, &self.datasets, &self.networks).await;
                slice.map(Job::Evaluation)
            }
            Job::Robustness(job) => {
                self.robustness.advance(job, &self.recognition, &self.networks).await.map(Job::Robustness)
            }
            Job::Photographs(job) => self.photographs.advance(job, active, &self.networks).await.map(Job::Photographs),
            Job::Explanation(job) => self.explanations.advance(job, active, &self.datasets).await.map(Job::Explanation),
            Job::Training(job) => {
                let context = training::Context {
                    datasets: &self.datasets,
                    networks: &mut self.networks,
                    recognition: &mut self.recognition,
                    jobs: &mut self.jobs,
                };
                self.training.advance(job, context).await.map(Job::Training)
            }
            Job::Benchmark(job) => {
                self.benchmarks.advance(job, &mut self.recognition, &self.networks).await.map(Job::Benchmark)
            }
            Job::Fit(job) => self.fits.advance(job, active, &mut self.networks).await.map(Job::Fit),
        };
        match slice {
            Slice::More(job) => self.jobs.push(job),
            Slice::Done => {}
            Slice::DeviceLost(job, reason) => {
                match self.change_to_cpu(Fallback::Lost { reason: reason.into() }).await {
                    Ok(()) => self.jobs.push(job),
                    Err(problem) => self.fail(job, problem.detail),
                }
            }
        }
    }

    /// Ends a job that has no device to continue on.
    fn fail(&self, job: Job, reason: Message) {
        match job {
            Job::Evaluation(job) => self.evaluations.fail(job.run(), reason),
            Job::Robustness(job) => self.robustness.fail(job.run(), reason),
            Job::Photographs(job) => self.photographs.fail(job.run(), reason),
            Job::Explanation(job) => self.explanations.fail(job.request(), reason),
            Job::Benchmark(job) => self.benchmarks.fail(job.run(), reason),
            Job::Fit(job) => self.fits.fail(job.request(), reason),
            // a dataset is read without a device, and the run can be continued from its checkpoint
            Job::Dataset(_) | Job::Training(_) => log::error!("a job ends without a device: {reason}"),
        }
    }

    /// Starts on a backend, or switches to it.
    async fn start(&mut self, choice: BackendChoice) -> Result<Event, Problem> {
        self.recognition.report(StartupStep::Weights, 0.05);
        let weights = self.recognition.site_weights().await?;
        self.networks.set_site_weights(Rc::clone(&weights));
        let checkpoint = self.training.checkpoint().await;
        self.recognition.report(StartupStep::Device, 0.3);
        let opened = self.recognition.open(choice, &weights.classifier).await;
        self.recognition.report(StartupStep::Warmup, 0.9);
        let network = self.networks.active_source(&weights).await;
        self.recognition.begin(opened, choice, &weights, &network).await?;
        if checkpoint.is_some() {
            self.choose_for_batches().await;
        }
        self.training.change_device(checkpoint, &mut self.recognition).await;
        self.recognition.ready()
    }

    /// Before work in batches: chooses what computes them, if that is open.
    async fn choose_for_batches(&mut self) {
        if !self.recognition.leaves_batches_open() {
            return;
        }
        let Ok(weights) = self.recognition.site_weights().await else { return };
        let chosen = {
            let network = self.networks.active_source(&weights).await;
            self.recognition.measure_batches(&weights, &network).await
        };
        match chosen {
            Ok(()) => self.post_measured(),
            Err(fallback) => {
                if let Err(problem) = self.change_to_cpu(fallback).await {
                    log::error!("batches are computed on the CPU: {}", problem.detail);
                }
            }
        }
    }

    fn post_measured(&self) {
        if let Some(measured) = self.recognition.measured() {
            self.outbox.post(&Event::Measured(measured));
        }
    }

    /// Switches all features to the CPU and posts why.
    async fn change_to_cpu(&mut self, fallback: Fallback) -> Result<(), Problem> {
        log::warn!("the GPU is not used any more: {fallback:?}");
        let weights = self.recognition.site_weights().await?;
        let network = self.networks.active_source(&weights).await;
        let opened = Opened::cpu(Some(fallback));
        self.recognition.begin(opened, BackendChoice::Cpu, &weights, &network).await?;
        self.training.device_lost(&mut self.recognition).await;
        self.outbox.post(&self.recognition.ready()?);
        Ok(())
    }

    /// Recognizes the faces of a picture; when the GPU fails, on the CPU.
    async fn recognize(
        &mut self,
        request: u32,
        source: FrameSource,
        time: f64,
        received: Received,
    ) -> Result<Event, Problem> {
        if let Received::Picture(_, Some(file)) = &received {
            pictures::check(&**file)?;
        }
        let start = self.clock.now();
        let frame = recognition::frame(received)?;
        let pixels = (self.clock.now() - start) as f32;
        let found = match self.recognition.recognize(&frame, source, time).await {
            Err(ComputeError::DeviceLost(reason)) => {
                self.change_to_cpu(Fallback::Lost { reason: reason.into() }).await?;
                self.recognition.recognize(&frame, source, time).await
            }
            found => found,
        };
        let (faces, timing) = found.map_err(|error| failed(error.reason()))?;
        let timing = Timing { pixels, total: timing.total + pixels, ..timing };
        let (width, height) = (frame.width() as u32, frame.height() as u32);
        let found = self.recognition.found() as u32;
        Ok(Event::Recognized { request, width, height, faces, found, timing })
    }

    /// As [`Robustness::handle`]; when the GPU fails, on the CPU.
    async fn on_robustness(&mut self, command: RobustnessCommand) {
        let (active, datasets) = (self.recognition.active(), &self.datasets);
        let Err(lost) = self.robustness.handle(&command, active, datasets, &mut self.jobs).await else { return };
        match self.change_to_cpu(Fallback::Lost { reason: lost.0.into() }).await {
            Ok(()) => {
                let (active, datasets) = (self.recognition.active(), &self.datasets);
                // the CPU is never lost
                let _ = self.robustness.handle(&command, active, datasets, &mut self.jobs).await;
            }
            Err(problem) => self.robustness.abandon(&command, &problem.detail),
        }
    }

    /// As [`Explanations::handle`]; when the GPU fails, on the CPU.
    async fn on_explanation(&mut self, command: ExplanationCommand) {
        let active = self.recognition.active();
        let Err(lost) = self.explanations.handle(&command, active, &mut self.jobs).await else { return };
        match self.change_to_cpu(Fallback::Lost { reason: lost.0.into() }).await {
            Ok(()) => {
                let active = self.recognition.active();
                // the CPU is never lost
                let _ = self.explanations.handle(&command, active, &mut self.jobs).await;
            }
            Err(problem) => self.explanations.abandon(&command, problem.detail),
        }
    }

    /// Makes a network the active one. If the GPU cannot be used for it, the CPU is used.
    async fn activate(&mut self, network: NetworkId) {
        let Ok(active) = self.recognition.active_mut() else { return };
        let Err(unusable) = self.networks.activate(network, active).await else { return };
        if let Err(problem) = self.change_to_cpu(unusable.fallback).await {
            log::error!("network {network} is not used: {}", problem.detail);
            self.networks.set_active(unusable.before);
        }
    }
}
