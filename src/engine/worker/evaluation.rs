//! Measuring the network at work on samples of a set.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Engine, Job, REPORT_EVERY, SLICE, now};
use crate::dataset::Dataset;
use crate::engine::device;
use crate::engine::protocol::{Backend, EvaluationCommand, EvaluationEvent, Event, SetId};
use crate::evaluation::{Evaluation, Predictions, Run, predict};
use crate::expression::{Distribution, Expression};

/// Images computed at once: as many as make a slice, within these bounds.
const BATCH: (usize, usize) = (4, 64);

/// A run over samples.
pub(super) struct EvaluationJob {
    run: u32,
    set: SetId,
    dataset: Arc<Dataset>,
    samples: Vec<u32>,
    split: String,
    logits: Vec<[f32; Expression::COUNT]>,
    batch: usize,
    began: f64,
    reported: f64,
}

impl Engine {
    pub(super) fn on_evaluation(&mut self, command: EvaluationCommand) {
        match command {
            EvaluationCommand::Run { run, set, samples, split } => {
                let Some(dataset) = self.sets.dataset(set) else {
                    return self.fail(run, "the set is not loaded any more".to_owned());
                };
                if samples.is_empty() || samples.iter().any(|&sample| sample as usize >= dataset.len()) {
                    return self.fail(run, "the set has no such samples any more".to_owned());
                }
                let began = now();
                let logits = Vec::with_capacity(samples.len());
                self.jobs.push_back(Job::Evaluation(EvaluationJob {
                    run,
                    set,
                    dataset,
                    samples,
                    split,
                    logits,
                    batch: BATCH.0,
                    began,
                    reported: f64::NEG_INFINITY,
                }));
            }
            EvaluationCommand::Cancel { run } => {
                let before = self.jobs.len();
                self.jobs.retain(|job| !matches!(job, Job::Evaluation(job) if job.run == run));
                if self.jobs.len() < before {
                    self.post(&Event::Evaluation(EvaluationEvent::Cancelled { run }));
                }
            }
        }
    }

    fn fail(&self, run: u32, reason: String) {
        self.post(&Event::Evaluation(EvaluationEvent::Failed { run, reason }));
    }
}

impl EvaluationJob {
    /// A batch more. A GPU that fails is left for the CPU, which computes the batch again.
    pub async fn advance(mut self, engine: &mut Engine) -> Option<Self> {
        let Some(running) = &engine.running else {
            engine.fail(self.run, "the engine has not started".to_owned());
            return None;
        };
        let start = now();
        let next = self.samples[self.logits.len()..].iter().take(self.batch);
        let crops = next.map(|&sample| self.dataset.crop(sample as usize));
        let go_on = async |_| ControlFlow::Continue(());
        let result = predict(&running.network, crops, self.batch, &running.device, go_on).await;
        let trouble = (running.backend == Backend::WebGpu).then(device::take_trouble).flatten();
        match (result, trouble) {
            (Ok(logits), None) => self.logits.extend(logits),
            (Err(error), None) if running.backend == Backend::Cpu => {
                engine.fail(self.run, error.to_string());
                return None;
            }
            (result, trouble) => {
                let reason = trouble.or_else(|| result.err().map(|error| error.to_string())).unwrap_or_default();
                if let Err(problem) = engine.change_to_cpu(reason).await {
                    engine.fail(self.run, problem.detail);
                    return None;
                }
            }
        }
        match now() - start {
            short if short < SLICE => self.batch = (self.batch * 2).min(BATCH.1),
            long if long > 4.0 * SLICE => self.batch = (self.batch / 2).max(BATCH.0),
            _ => {}
        }
        let (done, total) = (self.logits.len() as u32, self.samples.len() as u32);
        if done == total {
            engine.post(&self.finish(engine));
            return None;
        }
        if now() - self.reported > REPORT_EVERY {
            self.reported = now();
            let seconds = (now() - self.began) / 1000.0;
            engine.post(&Event::Evaluation(EvaluationEvent::Progress { run: self.run, done, total, seconds }));
        }
        Some(self)
    }
    fn finish(self, engine: &Engine) -> Event {
        let seconds = (now() - self.began) / 1000.0;
        let mut predictions = Predictions::default();
        for (sample, logits) in self.samples.into_iter().zip(self.logits) {
            let label = self.dataset.label(sample as usize);
            predictions.push(sample, label, Distribution::from_logits(logits));
        }
        let running = engine.running.as_ref();
        let network = running.map(|running| &running.summary);
        let run = Run {
            model: network.map(|network| network.name.clone()).unwrap_or_default(),
            description: network.map(|network| network.description.clone()).unwrap_or_default(),
            backend: running.map(|running| running.backend.name().to_owned()).unwrap_or_default(),
            dataset: engine.sets.get(self.set).map(|set| set.name.clone()).unwrap_or_default(),
            split: self.split,
            seconds,
        };
        let evaluation = Box::new(Evaluation::new(&predictions, run));
        Event::Evaluation(EvaluationEvent::Done { run: self.run, set: self.set, evaluation, predictions })
    }
}
