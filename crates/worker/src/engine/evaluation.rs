//! Measuring networks on samples of a set.

use std::ops::ControlFlow;
use std::sync::Arc;

use wasm_bindgen::{JsCast, JsValue};

use super::{Engine, Job, REPORT_EVERY, SLICE, now};
use crate::blob::BlobReader;
use crate::device;
use mien_compute::evaluation::{Ensemble, Evaluation, GroupTable, Predictions, RunInfo, Views};
use mien_compute::network;
use mien_core::dataset::{Binning, Dataset, GroupLabels, JoinTable};
use mien_core::expression::Distribution;
use mien_protocol::{Backend, EvaluationCommand, EvaluationEvent, Event, NetworkId, SetId};

/// Images computed at once: as many as make a slice, within these bounds.
const BATCH: (usize, usize) = (4, 64);

/// A run over samples.
pub(super) struct EvaluationJob {
    run: u32,
    set: SetId,
    dataset: Arc<Dataset>,
    samples: Vec<u32>,
    split: String,
    networks: Vec<NetworkId>,
    views: Views,
    /// The networks on the device, once they are there.
    asked: Option<Asked>,
    readings: Vec<Distribution>,
    batch: usize,
    began: f64,
    reported: f64,
}

/// Networks on a device, and what is to be said of them.
struct Asked {
    backend: Backend,
    ensemble: Ensemble,
    model: String,
    description: String,
    temperature: Option<f32>,
}

impl Engine {
    pub(super) fn on_evaluation(&mut self, command: EvaluationCommand, beside: &JsValue) {
        match command {
            EvaluationCommand::Run { run, set, samples, split, networks, views } => {
                let Some(dataset) = self.sets.dataset(set) else {
                    return self.fail(run, "the set is not loaded any more".to_owned());
                };
                if samples.is_empty() || samples.iter().any(|&sample| sample as usize >= dataset.len()) {
                    return self.fail(run, "the set has no such samples any more".to_owned());
                }
                let networks = if networks.is_empty() { vec![self.library.used()] } else { networks };
                let passes = networks.len() * views.count();
                let readings = Vec::with_capacity(samples.len());
                self.jobs.push_back(Job::Evaluation(EvaluationJob {
                    run,
                    set,
                    dataset,
                    samples,
                    split,
                    networks,
                    views,
                    asked: None,
                    readings,
                    batch: (BATCH.0 / passes).max(1),
                    began: now(),
                    reported: f64::NEG_INFINITY,
                }));
            }
            EvaluationCommand::Groups { run, set, predictions, bins } => {
                let (groups, faults) = self.groups(set, &predictions, &bins, beside);
                self.post(&Event::Evaluation(EvaluationEvent::Groups { run, groups, faults }));
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

    /// The groups of the set's columns and of a table, binned as asked; what is wrong with any of it.
    fn groups(
        &self,
        set: SetId,
        predictions: &Predictions,
        bins: &[(String, Binning)],
        beside: &JsValue,
    ) -> (Vec<GroupTable>, Vec<String>) {
        let Some(dataset) = self.sets.dataset(set).filter(|dataset| has_all(dataset, predictions)) else {
            return (Vec::new(), vec!["the set is not loaded any more, or has changed".to_owned()]);
        };
        let (mut columns, mut faults) = (labels(&dataset, predictions), Vec::new());
        if let Some(table) = js_sys::Array::from(beside).get(0).dyn_ref::<web_sys::Blob>() {
            match join(table, &dataset, predictions) {
                Ok((joined, missing)) => {
                    columns.extend(joined);
                    if missing > 0 {
                        faults.push(format!(
                            "the table has no row for {missing} of the {} images; they count as blank",
                            predictions.len()
                        ));
                    }
                }
                Err(reason) => faults.push(reason),
            }
        }
        for (name, binning) in bins {
            for column in columns.iter_mut().filter(|column| column.name == *name) {
                match column.binned(*binning) {
                    Ok(binned) => *column = binned,
                    Err(error) => faults.push(error.to_string()),
                }
            }
        }
        let (tables, errors) = GroupTable::all(predictions, &columns);
        faults.extend(errors.iter().map(ToString::to_string));
        (tables, faults)
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
        if self.asked.as_ref().is_none_or(|asked| asked.backend != running.backend) {
            match engine.asked(&self.networks, self.views) {
                Ok(asked) => self.asked = Some(asked),
                Err(reason) => {
                    engine.fail(self.run, reason);
                    return None;
                }
            }
        }
        let asked = self.asked.as_ref()?;
        let start = now();
        let next = self.samples[self.readings.len()..].iter().take(self.batch);
        let crops = next.map(|&sample| self.dataset.crop(sample as usize));
        let go_on = async |_| ControlFlow::Continue(());
        let result = asked.ensemble.predict(crops, BATCH.1, &running.device, go_on).await;
        let trouble = (running.backend == Backend::WebGpu).then(device::take_trouble).flatten();
        match (result, trouble) {
            (Ok(readings), None) => self.readings.extend(readings),
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
            long if long > 4.0 * SLICE => self.batch = (self.batch / 2).max(1),
            _ => {}
        }
        let (done, total) = (self.readings.len() as u32, self.samples.len() as u32);
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
        for (sample, reading) in self.samples.into_iter().zip(self.readings) {
            predictions.push(sample, self.dataset.label(sample as usize), reading);
        }
        let dataset = engine.sets.get(self.set).map(|set| set.name.clone()).unwrap_or_default();
        let facts = RunInfo { dataset, split: self.split, seconds, views: self.views, ..RunInfo::default() };
        let run = match self.asked {
            Some(Asked { backend, model, description, temperature, .. }) => {
                RunInfo { model, description, temperature, backend: backend.name().to_owned(), ..facts }
            }
            None => facts,
        };
        let mut evaluation = Box::new(Evaluation::new(&predictions, run));
        // the dataset's own columns never have too many values
        evaluation.report.groups = GroupTable::all(&predictions, &labels(&self.dataset, &predictions)).0;
        Event::Evaluation(EvaluationEvent::Done { run: self.run, set: self.set, evaluation, predictions })
    }
}

impl Engine {
    /// Networks on the device that the engine runs on.
    fn asked(&self, networks: &[NetworkId], views: Views) -> Result<Asked, String> {
        let (Some(running), Some(files)) = (&self.running, &self.files) else {
            return Err("the engine has not started".to_owned());
        };
        let load = |&id: &NetworkId| {
            let bytes = self.library.bytes_of(files, id).ok_or("a network is not there any more")?;
            network::load(bytes, &running.device).map_err(|error| error.to_string())
        };
        let loaded = networks.iter().map(load).collect::<Result<Vec<_>, String>>()?;
        let join = |texts: Vec<&str>, between: &str| texts.join(between);
        Ok(Asked {
            backend: running.backend,
            ensemble: Ensemble { networks: loaded.iter().map(network::NetworkFile::for_inference).collect(), views },
            model: join(loaded.iter().map(|file| file.architecture.name()).collect(), " + "),
            description: join(loaded.iter().map(|file| file.training.description.as_str()).collect(), "; "),
            temperature: if let [file] = &loaded[..] { Some(file.temperature) } else { None },
        })
    }
}

fn has_all(dataset: &Dataset, predictions: &Predictions) -> bool {
    predictions.iter().all(|(sample, ..)| (sample as usize) < dataset.len())
}

/// What the set's own columns say of the images of a run.
fn labels(dataset: &Dataset, predictions: &Predictions) -> Vec<GroupLabels> {
    let samples = || predictions.iter().map(|(sample, ..)| sample as usize);
    dataset.groups().iter().map(|column| column.labels(samples())).collect()
}

/// What a table says of them, and of how many it says nothing.
fn join(
    table: &web_sys::Blob,
    dataset: &Dataset,
    predictions: &Predictions,
) -> Result<(Vec<GroupLabels>, usize), String> {
    let table = BlobReader::new(table.clone()).map_err(|error| error.to_string())?;
    let table = JoinTable::read(table).map_err(|error| error.to_string())?;
    let rows: Vec<usize> = predictions.iter().map(|(sample, ..)| dataset.row(sample as usize)).collect();
    table.labels(&rows).map_err(|error| error.to_string())
}
