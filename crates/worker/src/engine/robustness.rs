//! Measuring the network at work on spoilt samples of a set, and on one spoilt crop.

use std::ops::ControlFlow;

use super::pool::WorkerPool;
use super::{Engine, Job, REPORT_EVERY, SLICE, now, wait};
use crate::device;
use mien_compute::evaluation::robustness::{self, RobustnessReport, RobustnessTest};
use mien_compute::evaluation::{RunInfo, predict};
use mien_core::expression::Distribution;
use mien_core::vision::Crop;
use mien_core::vision::corruption::{Corruption, SEVERITIES};
use mien_protocol::{Backend, Event, NetworkSummary, RobustnessCommand, RobustnessEvent, RobustnessOutcome};

/// Images computed at once: as many as make a slice, within these bounds.
const BATCH: (usize, usize) = (4, 64);

/// Milliseconds between two checks whether the pool is done.
const PAUSE: i32 = 5;

/// A run over samples.
pub(super) struct RobustnessJob {
    run: u32,
    test: RobustnessTest,
    corruptions: Vec<Corruption>,
    dataset: String,
    split: String,
    batch: usize,
    /// Once it has begun: the network, its worker pool, and the file that the workers load.
    pool: Option<(NetworkSummary, WorkerPool, Vec<u8>)>,
    began: f64,
    reported: f64,
}

impl RobustnessJob {
    pub fn is(&self, run: u32) -> bool {
        self.run == run
    }
}

impl Engine {
    pub(super) async fn on_robustness(&mut self, command: RobustnessCommand) {
        match command {
            RobustnessCommand::Run { run, set, samples, split, corruptions } => {
                let Some(dataset) = self.sets.dataset(set) else {
                    return self.fail_lab(run, "the set is not loaded any more".to_owned());
                };
                if samples.is_empty() || samples.iter().any(|&sample| sample as usize >= dataset.len()) {
                    return self.fail_lab(run, "the set has no such samples any more".to_owned());
                }
                let name = self.sets.get(set).map(|set| set.name.clone()).unwrap_or_default();
                self.jobs.push_back(Job::Robustness(Box::new(RobustnessJob {
                    run,
                    test: RobustnessTest::new(dataset, samples, corruptions.clone()),
                    corruptions,
                    dataset: name,
                    split,
                    batch: BATCH.0,
                    pool: None,
                    began: now(),
                    reported: f64::NEG_INFINITY,
                })));
            }
            RobustnessCommand::Cancel { run } => {
                let before = self.jobs.len();
                self.jobs.retain(|job| !matches!(job, Job::Robustness(job) if job.is(run)));
                if self.jobs.len() < before {
                    self.post(&Event::Robustness(RobustnessEvent::Cancelled { run }));
                }
            }
            RobustnessCommand::Try { request, crop, corruption, strength, seed } => {
                let crop: Option<Box<_>> = crop.try_into().ok().map(Box::new);
                let crop = crop.map(|crop| corruption.apply(&Crop(crop), strength, u64::from(seed)));
                let reading = match &crop {
                    Some(crop) => self.read_one(crop).await,
                    None => None,
                };
                let crop = crop.map(|crop| crop.bytes().to_vec()).unwrap_or_default();
                self.post(&Event::Robustness(RobustnessEvent::Tried { request, crop, reading }));
            }
        }
    }

    /// What the network at work says of a crop; a GPU that fails is left for the CPU.
    async fn read_one(&mut self, crop: &Crop) -> Option<Distribution> {
        let running = self.running.as_ref()?;
        let backend = running.backend;
        let read = running.recognizer.classify(std::slice::from_ref(crop)).await;
        let trouble = (backend == Backend::WebGpu).then(device::take_trouble).flatten();
        let read = match (read, trouble) {
            (Ok(read), None) => read,
            (Err(_), None) if backend == Backend::Cpu => return None,
            (read, trouble) => {
                let reason = trouble.or_else(|| read.err().map(|error| error.to_string())).unwrap_or_default();
                self.change_to_cpu(reason).await.ok()?;
                self.running.as_ref()?.recognizer.classify(std::slice::from_ref(crop)).await.ok()?
            }
        };
        read.first().copied()
    }

    fn fail_lab(&self, run: u32, reason: String) {
        self.post(&Event::Robustness(RobustnessEvent::Failed { run, reason }));
    }
}

impl RobustnessJob {
    /// A batch more. A GPU that fails is left for the CPU, which computes the batch again.
    pub async fn advance(mut self: Box<Self>, engine: &mut Engine) -> Option<Box<Self>> {
        let Some(running) = &engine.running else {
            engine.fail_lab(self.run, "the engine has not started".to_owned());
            return None;
        };
        if self.pool.is_none() {
            let pool = if running.backend == Backend::Cpu { WorkerPool::start() } else { WorkerPool::empty() };
            let weights = engine.files.as_ref().map(|files| engine.library.bytes(files).to_vec());
            self.pool = Some((running.summary.clone(), pool, weights.unwrap_or_default()));
        }
        if let Some((network, pool, weights)) = &mut self.pool {
            if *network != running.summary {
                engine.fail_lab(
                    self.run,
                    "another network was chosen meanwhile: half of it would be the other's".to_owned(),
                );
                return None;
            }
            pool.advance(&mut self.test, weights);
        }
        let start = now();
        if let Some(dealt) = self.test.next_batch(self.batch) {
            let crops = dealt.crops.iter().cloned();
            let go_on = async |_| ControlFlow::Continue(());
            let result = predict(&running.network, crops, self.batch, &running.device, go_on).await;
            let trouble = (running.backend == Backend::WebGpu).then(device::take_trouble).flatten();
            match (result, trouble) {
                (Ok(logits), None) => self.test.record(dealt, &logits),
                (Err(error), None) if running.backend == Backend::Cpu => {
                    engine.fail_lab(self.run, error.to_string());
                    return None;
                }
                (result, trouble) => {
                    self.test.return_batch(dealt);
                    let reason = trouble.or_else(|| result.err().map(|error| error.to_string())).unwrap_or_default();
                    if let Err(problem) = engine.change_to_cpu(reason).await {
                        engine.fail_lab(self.run, problem.detail);
                        return None;
                    }
                }
            }
            match now() - start {
                short if short < SLICE => self.batch = (self.batch * 2).min(BATCH.1),
                long if long > 4.0 * SLICE => self.batch = (self.batch / 2).max(BATCH.0),
                _ => {}
            }
        } else if self.test.is_done() {
            engine.post(&(*self).finish(engine));
            return None;
        } else if self.pool.as_ref().is_some_and(|(_, pool, _)| pool.is_busy()) {
            wait(&engine.scope, PAUSE).await;
        }
        if now() - self.reported > REPORT_EVERY {
            self.reported = now();
            let (done, total) = (self.test.done() as u32, self.test.total() as u32);
            let seconds = (now() - self.began) / 1000.0;
            engine.post(&Event::Robustness(RobustnessEvent::Progress { run: self.run, done, total, seconds }));
        }
        Some(self)
    }

    fn finish(self, engine: &Engine) -> Event {
        let seconds = (now() - self.began) / 1000.0;
        let summary = engine.running.as_ref().map(|running| &running.summary);
        let report = self.test.report(RunInfo {
            model: summary.map(|summary| summary.name.clone()).unwrap_or_default(),
            description: summary.map(|summary| summary.description.clone()).unwrap_or_default(),
            backend: engine.running.as_ref().map(|running| running.backend.name().to_owned()).unwrap_or_default(),
            dataset: self.dataset,
            split: self.split,
            seconds,
            ..RunInfo::default()
        });
        let outcome = Box::new(outcome(report, self.corruptions));
        Event::Robustness(RobustnessEvent::Done { run: self.run, outcome })
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
        readings: report.readings as u32,
        corruptions,
        accuracies: rows(report.clean.accuracy, |severity| severity.accuracy),
        macro_f1s: rows(report.clean.macro_f1, |severity| severity.macro_f1),
        // numbers, names and lists: nothing in it that JSON cannot say
        json: serde_json::to_string_pretty(&report).unwrap_or_default() + "\n",
        csv: robustness::csv(&report),
        text: robustness::text(&report),
        model: report.model,
        backend: report.backend,
        dataset: report.dataset,
        split: report.split,
        seconds: report.seconds,
    }
}
