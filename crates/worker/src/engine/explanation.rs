//! Why the network says what it says: at once where that is quick, else slice by slice.

use std::sync::{Arc, Weak};

use super::{Engine, Job, SLICE, now};
use crate::device;
use mien_compute::explanation::{
    ExplainError, Explained, FeatureIndex, Method, Occlusion, classify, features, grad_cam, layer_activations,
};
use mien_core::dataset::{Dataset, Split, shuffled};
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::{CROP_PIXELS, Crop};
use mien_protocol::{Backend, Event, Explanation, ExplanationCommand, ExplanationEvent, SetId};

/// Images computed at once: as many as make a slice, within these bounds.
const BATCH: (usize, usize) = (4, 64);

/// Milliseconds between two answers while more images are looked at.
const ANSWER_EVERY: f64 = 700.0;

/// Work on an explanation.
pub(super) enum ExplanationJob {
    Occlude(Occlude),
    Alike(Alike),
}

/// Crops that are covered patch by patch.
pub(super) struct Occlude {
    request: u32,
    class: Option<Expression>,
    crops: Vec<Occlusion>,
    batch: usize,
    began: f64,
}

/// A search for like images.
pub(super) struct Alike {
    request: u32,
    set: SetId,
    sample: u32,
    count: usize,
    /// The sample's features, once taken.
    query: Option<Vec<f32>>,
    batch: usize,
    began: f64,
    /// How many were known when it began.
    known: Option<usize>,
    answered: f64,
}

/// Features of a set as it was then, by the network as it was then.
pub(super) struct Index {
    /// A change of the set leaves this empty, and costs nothing for it.
    dataset: Weak<Dataset>,
    changes: u32,
    features: FeatureIndex,
}

impl Engine {
    pub(super) async fn on_explanation(&mut self, command: ExplanationCommand) {
        let (request, answer) = match command {
            ExplanationCommand::Explain { request, crops, method, class } => {
                (request, self.explain(request, &crops, method, class).await)
            }
            ExplanationCommand::See { request, crop } => (request, self.see(request, &crop).await.map(Some)),
            ExplanationCommand::Alike { request, set, sample, count } => {
                // the visitor has gone on to another image
                self.jobs.retain(|job| !matches!(job, Job::Explanation(ExplanationJob::Alike(_))));
                self.jobs.push_back(Job::Explanation(ExplanationJob::Alike(Alike {
                    request,
                    set,
                    sample,
                    count: count as usize,
                    query: None,
                    batch: BATCH.0,
                    began: now(),
                    known: None,
                    answered: f64::NEG_INFINITY,
                })));
                return;
            }
            ExplanationCommand::Stop { request } => {
                let is_it =
                    |job: &Job| matches!(job, Job::Explanation(ExplanationJob::Alike(job)) if job.request == request);
                if let Some(place) = self.jobs.iter().position(is_it)
                    && let Some(Job::Explanation(ExplanationJob::Alike(job))) = self.jobs.remove(place)
                {
                    self.answer_alike(&job, true);
                }
                return;
            }
        };
        match answer {
            Ok(Some(event)) => self.post(&Event::Explanation(event)),
            Ok(None) => {} // a job answers
            Err(reason) => self.fail_explanation(request, reason),
        }
    }

    async fn explain(
        &mut self,
        request: u32,
        crops: &[u8],
        method: Option<Method>,
        class: Option<Expression>,
    ) -> Result<Option<ExplanationEvent>, String> {
        let began = now();
        let crops = cut(crops)?;
        match method {
            None => {
                let readings = self
                    .compute(async |running| classify(running.recognizer.network().0, &crops, &running.device).await);
                let explanations = readings.await?.into_iter().map(|reading| plain(reading, class)).collect();
                Ok(Some(self.explained(request, explanations, began)))
            }
            Some(Method::GradCam { stage }) => {
                let stage = stage.map_or(usize::MAX, |stage| stage as usize);
                let found = self.compute(async |running| {
                    grad_cam(running.recognizer.network().0, stage, &crops, class, &running.device).await
                });
                let explanations = found.await?.iter().map(painted).collect();
                Ok(Some(self.explained(request, explanations, began)))
            }
            Some(Method::Occlusion) => {
                let crops = crops.iter().map(Occlusion::new).collect();
                let job = Occlude { request, class, crops, batch: BATCH.0, began };
                self.jobs.push_back(Job::Explanation(ExplanationJob::Occlude(job)));
                Ok(None)
            }
        }
    }

    async fn see(&mut self, request: u32, crop: &[u8]) -> Result<ExplanationEvent, String> {
        let crops = cut(crop)?;
        let crop = crops.first().ok_or("no crop came with the request")?;
        let layers = self
            .compute(async |running| layer_activations(running.recognizer.network().0, crop, &running.device).await)
            .await?;
        Ok(ExplanationEvent::Seen { request, layers: Box::new(layers) })
    }

    fn explained(&self, request: u32, explanations: Vec<Explanation>, began: f64) -> ExplanationEvent {
        let stages = self.running.as_ref().map_or(0, |running| running.recognizer.network().0.stage_count() as u32);
        ExplanationEvent::Explained { request, explanations, stages, time: (now() - began) as f32 }
    }

    /// Computes with the network that recognises. When the GPU fails or complained, the CPU takes over and computes it
    /// once more.
    async fn compute<T>(
        &mut self,
        mut computation: impl AsyncFnMut(&super::Running) -> Result<T, ExplainError>,
    ) -> Result<T, String> {
        let running = self.running.as_ref().ok_or("the engine has not started")?;
        let result = computation(running).await;
        let trouble = (running.backend == Backend::WebGpu).then(device::take_trouble).flatten();
        match (result, trouble) {
            (Ok(found), None) => return Ok(found),
            (Err(error), None) if running.backend == Backend::Cpu => return Err(error.to_string()),
            (result, trouble) => {
                let reason = trouble.or_else(|| result.err().map(|error| error.to_string())).unwrap_or_default();
                self.change_to_cpu(reason).await.map_err(|problem| problem.detail)?;
            }
        }
        let running = self.running.as_ref().ok_or("the engine has not started")?;
        computation(running).await.map_err(|error| error.to_string())
    }

    fn answer_alike(&self, job: &Alike, over: bool) {
        let found = self.index.as_ref().zip(job.query.as_ref());
        let samples = found.map(|(index, query)| index.features.nearest(query, job.count, Some(job.sample)));
        let (done, total) = self.index.as_ref().map_or((0, 0), |index| index.features.progress());
        self.post(&Event::Explanation(ExplanationEvent::Alike {
            request: job.request,
            samples: samples.unwrap_or_default(),
            done: done as u32,
            total: total as u32,
            pace: ((now() - job.began) / 1000.0, done.saturating_sub(job.known.unwrap_or(done)) as u32),
            over,
        }));
    }

    fn fail_explanation(&self, request: u32, reason: String) {
        self.post(&Event::Explanation(ExplanationEvent::Failed { request, reason }));
    }
}

impl ExplanationJob {
    /// A batch more.
    pub async fn advance(self, engine: &mut Engine) -> Option<Self> {
        let start = now();
        match self {
            Self::Occlude(mut job) => {
                if let Err(reason) = job.cover(engine).await {
                    engine.fail_explanation(job.request, reason);
                    return None;
                }
                job.batch = paced(job.batch, now() - start);
                if job.crops.iter().all(Occlusion::is_done) {
                    let explanations = job.crops.iter().map(|crop| painted(&crop.finish(job.class))).collect();
                    let event = engine.explained(job.request, explanations, job.began);
                    engine.post(&Event::Explanation(event));
                    return None;
                }
                Some(Self::Occlude(job))
            }
            Self::Alike(mut job) => match job.take(engine).await {
                Err(reason) => {
                    engine.fail_explanation(job.request, reason);
                    None
                }
                Ok(over) => {
                    job.batch = paced(job.batch, now() - start);
                    if over || now() - job.answered > ANSWER_EVERY {
                        job.answered = now();
                        engine.answer_alike(&job, over);
                    }
                    (!over).then_some(Self::Alike(job))
                }
            },
        }
    }
}

impl Occlude {
    async fn cover(&mut self, engine: &mut Engine) -> Result<(), String> {
        let Some(place) = self.crops.iter().position(|crop| !crop.is_done()) else { return Ok(()) };
        let mut crop = self.crops.swap_remove(place);
        let batch = self.batch;
        let done = engine
            .compute(async |running| crop.advance(running.recognizer.network().0, batch, &running.device).await)
            .await;
        self.crops.push(crop);
        let last = self.crops.len() - 1;
        self.crops.swap(place, last);
        done
    }
}

impl Alike {
    /// Takes the features of some images more. Whether it has them all.
    async fn take(&mut self, engine: &mut Engine) -> Result<bool, String> {
        let gone = "the set is not loaded any more";
        let dataset = engine.sets.dataset(self.set).ok_or(gone)?;
        if self.sample as usize >= dataset.len() {
            return Err(gone.to_owned());
        }
        let changes = engine.running.as_ref().map_or(0, |running| running.recognizer.network().1);
        let current = engine
            .index
            .take()
            .filter(|index| index.dataset.ptr_eq(&Arc::downgrade(&dataset)) && index.changes == changes);
        let mut index = current.unwrap_or_else(|| {
            self.query = None;
            Index { dataset: Arc::downgrade(&dataset), changes, features: FeatureIndex::new(among(&dataset)) }
        });
        if self.query.is_none() {
            let crops = [dataset.crop(self.sample as usize)];
            let found = engine
                .compute(async |running| features(running.recognizer.network().0, &crops, &running.device).await)
                .await?;
            self.query = found.into_iter().next();
        }
        let (known, total) = index.features.progress();
        self.known.get_or_insert(known);
        if known < total {
            let (batch, features) = (self.batch, &mut index.features);
            engine
                .compute(async |running| {
                    features.advance(running.recognizer.network().0, &dataset, batch, &running.device).await
                })
                .await?;
        }
        let (done, total) = index.features.progress();
        engine.index = Some(index);
        Ok(done == total)
    }
}

/// Where like images are looked for: what a network may have learned from, where the set says so. In random order, so
/// that those looked at so far stand for all.
fn among(dataset: &Dataset) -> Vec<u32> {
    let training = dataset.of_split(Split::Training);
    let all = if training.is_empty() { (0..dataset.len()).collect() } else { training };
    shuffled(&all, 0).into_iter().map(|sample| sample as u32).collect()
}

/// The batch that fills a slice better than one that took so many milliseconds.
fn paced(batch: usize, spent: f64) -> usize {
    match spent {
        short if short < SLICE => (batch * 2).min(BATCH.1),
        long if long > 4.0 * SLICE => (batch / 2).max(BATCH.0),
        _ => batch,
    }
}

fn cut(bytes: &[u8]) -> Result<Vec<Crop>, String> {
    let (crops, rest) = bytes.as_chunks::<CROP_PIXELS>();
    if crops.is_empty() || !rest.is_empty() {
        return Err(format!("{} bytes are no crops of {CROP_PIXELS}", bytes.len()));
    }
    Ok(crops.iter().map(|crop| Crop(Box::new(*crop))).collect())
}

fn painted(explained: &Explained) -> Explanation {
    let Explained { distribution: reading, class, heatmap } = explained;
    let (map, peak, parts) = (Some(heatmap.paint()), heatmap.peak(), heatmap.parts());
    Explanation { reading: *reading, class: *class, map, peak, parts }
}

fn plain(reading: Distribution, class: Option<Expression>) -> Explanation {
    let class = class.unwrap_or_else(|| reading.top().0);
    Explanation { reading, class, map: None, peak: 0.0, parts: Vec::new() }
}
