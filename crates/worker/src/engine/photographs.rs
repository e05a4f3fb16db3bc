//! Measures the active network on labelled photographs: faces are found, levelled, cropped and classified.

use std::rc::Rc;

use super::classifier::Classifier;
use super::documents::json;
use super::jobs::{Jobs, REPORT_EVERY, SLICE, Slice};
use super::networks::Networks;
use super::outbox::Outbox;
use super::pictures;
use super::platform::{Clock, InputFile, Platform};
use super::recognition::{Active, ComputeError, SiteWeights};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::Recognizer;
use mien_compute::detection;
use mien_compute::evaluation::photos::{PhotoOutcome, PhotoReport, PhotoRun};
use mien_core::dataset::{GroupLabels, PhotoFolder};
use mien_core::vision::{Framing, PhotoCondition};
use mien_protocol::{Event, Message, NetworkSummary, PhotographsCommand, PhotographsEvent, PhotographsOutcome};

/// Measures networks on labelled photographs.
pub(super) struct Photographs {
    outbox: Outbox,
    clock: Clock,
}

/// A run in progress.
pub(super) struct PhotographsJob {
    run: u32,
    name: String,
    folder: PhotoFolder,
    files: Vec<Box<dyn InputFile>>,
    weights: Rc<SiteWeights>,
    /// Of the photographs so far, in the order of the table.
    outcomes: Vec<PhotoOutcome>,
    /// The network; set by the first slice.
    network: Option<NetworkSummary>,
    /// With the generation of its device. It is apart from that of the Live page, which may have another network, other views and
    /// faces that it follows.
    recognizer: Option<(u32, Recognizer<Classifier>)>,
    began: f64,
    reported: f64,
}

impl PhotographsJob {
    /// Its run number.
    pub(super) fn run(&self) -> u32 {
        self.run
    }
}

impl Photographs {
    pub(super) fn new(platform: &Platform, outbox: Outbox) -> Self {
        Self { outbox, clock: platform.clock }
    }

    /// Handles a command with its files. To find faces, `weights` are needed.
    pub(super) fn handle(
        &self,
        command: PhotographsCommand,
        files: Vec<Box<dyn InputFile>>,
        weights: Result<Rc<SiteWeights>, Message>,
        jobs: &mut impl Jobs<Box<PhotographsJob>>,
    ) {
        match command {
            PhotographsCommand::Measure { run, name, mut paths } => {
                paths.truncate(files.len());
                let found = PhotoFolder::find(&paths, |index| files[index].open());
                let (folder, weights) = match (found, weights) {
                    (Ok(folder), Ok(weights)) => (folder, weights),
                    (Err(error), _) => return self.fail(run, Failure::from(error)),
                    (_, Err(reason)) => return self.fail(run, reason),
                };
                jobs.add(Box::new(PhotographsJob {
                    run,
                    name,
                    folder,
                    files,
                    weights,
                    outcomes: Vec::new(),
                    network: None,
                    recognizer: None,
                    began: self.clock.now(),
                    reported: f64::NEG_INFINITY,
                }));
            }
            PhotographsCommand::Cancel { run } => {
                if !jobs.take(&|job| job.run == run).is_empty() {
                    self.post(PhotographsEvent::Cancelled { run });
                }
            }
        }
    }

    /// Posts that a run has failed.
    pub(super) fn fail(&self, run: u32, reason: impl Into<Message>) {
        self.post(PhotographsEvent::Failed { run, reason: reason.into() });
    }

    /// Measures the next photographs.
    pub(super) async fn advance(
        &self,
        mut job: Box<PhotographsJob>,
        active: Result<&Active, Failure>,
        networks: &Networks,
    ) -> Slice<Box<PhotographsJob>> {
        let measured = match active {
            Ok(active) => self.measure(&mut job, active).await.map(|()| active),
            Err(reason) => Err(ComputeError::Failed(reason)),
        };
        let active = match measured {
            Ok(active) => active,
            Err(ComputeError::DeviceLost(reason)) => return Slice::DeviceLost(job, reason),
            Err(ComputeError::Failed(reason)) => {
                self.fail(job.run, reason);
                return Slice::Done;
            }
        };
        let (done, total) = (job.outcomes.len(), job.folder.files().len());
        if done == total {
            self.post(self.finish(&job, active, networks));
            return Slice::Done;
        }
        let now = self.clock.now();
        if now - job.reported > REPORT_EVERY {
            job.reported = now;
            let (done, total, seconds) = (done as u32, total as u32, (now - job.began) / 1000.0);
            self.post(PhotographsEvent::Progress { run: job.run, done, total, seconds });
        }
        Slice::More(job)
    }

    /// Measures photographs for the time of a slice, and at least one.
    async fn measure(&self, job: &mut PhotographsJob, active: &Active) -> Result<(), ComputeError> {
        if *job.network.get_or_insert_with(|| active.summary.clone()) != active.summary {
            return Err(ComputeError::Failed(EngineError::NetworkChanged.into()));
        }
        let recognizer = match job.recognizer.take() {
            Some((generation, recognizer)) if generation == active.generation => recognizer,
            _ => {
                let detector = detection::load(&job.weights.detector, &active.device);
                let detector = detector.map_err(|error| ComputeError::Failed(error.into()))?;
                Recognizer::new(detector, active.network.clone(), self.clock.monotonic)
            }
        };
        let (_, recognizer) = job.recognizer.insert((active.generation, recognizer));
        let start = self.clock.now();
        loop {
            let photo = job.outcomes.len();
            let Some(&file) = job.folder.files().get(photo) else { return Ok(()) };
            let picture = pictures::decode_whole(&*job.files[file]);
            let frame = picture.map_err(|fault| ComputeError::Failed(job.folder.unreadable(photo, fault).into()))?;
            let faces = recognizer.compare_framings(&frame, &[Framing::FOUND_FACES]);
            let faces = active.guard.run(faces).await?;
            let label = job.folder.table().photos()[photo].label;
            job.outcomes.push(PhotoOutcome::new(label, faces.first(), recognizer.found()));
            if self.clock.now() - start >= SLICE {
                return Ok(());
            }
        }
    }

    fn finish(&self, job: &PhotographsJob, active: &Active, networks: &Networks) -> PhotographsEvent {
        let framing = Framing::FOUND_FACES;
        let measured = PhotoRun {
            model: networks.described(networks.active(), &active.summary).0,
            backend: active.network.computed_by(active.backend).to_owned(),
            photographs: job.name.clone(),
            condition: PhotoCondition::Original.name().to_owned(),
            framings: vec![[framing.scale(), framing.shift()]],
            seconds: (self.clock.now() - job.began) / 1000.0,
            ..PhotoRun::default()
        };
        let table = job.folder.table();
        let columns: Vec<GroupLabels> = table.groups().into_iter().map(GroupLabels::binned_by_default).collect();
        let report = PhotoReport::new(&job.outcomes, &columns, table.persons().as_ref(), measured);
        let json = json(&report) + "\n";
        let outcome = Box::new(PhotographsOutcome { measured: report.run, figures: report.figures, json });
        PhotographsEvent::Done { run: job.run, outcome }
    }

    fn post(&self, event: PhotographsEvent) {
        self.outbox.post(&Event::Photographs(event));
    }
}
