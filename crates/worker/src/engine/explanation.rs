//! Explanations of predictions: fast ones immediately, others in slices.

use std::sync::{Arc, Weak};

use super::classifier::Classifier;
use super::datasets::Datasets;
use super::jobs::{Jobs, Slice, next_batch};
use super::outbox::Outbox;
use super::platform::{Clock, Platform};
use super::recognition::{Active, ComputeError, DeviceLost};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::explanation::{
    Explained, FeatureIndex, Method, Occlusion, classify, features, grad_cam, layer_activations,
};
use mien_core::dataset::{Dataset, Split, shuffled};
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::{CROP_PIXELS, Crop};
use mien_protocol::{DatasetId, Event, Explanation, ExplanationCommand, ExplanationEvent, Message};

/// Images per batch: initial (and minimum) and maximum number.
const BATCH: (usize, usize) = (4, 64);

/// Milliseconds between two responses of a running search.
const ANSWER_EVERY: f64 = 700.0;

/// Explains predictions.
pub(super) struct Explanations {
    outbox: Outbox,
    clock: Clock,
    /// The features of the dataset that was searched last.
    index: Option<Index>,
}

/// An explanation in progress.
pub(super) enum ExplanationJob {
    Occlusion(OcclusionJob),
    Similar(SimilarJob),
}

/// Crops that are occluded patch by patch.
pub(super) struct OcclusionJob {
    request: u32,
    class: Option<Expression>,
    crops: Vec<Occlusion>,
    batch: usize,
    began: f64,
}

/// A search for similar images.
pub(super) struct SimilarJob {
    request: u32,
    set: DatasetId,
    sample: u32,
    count: usize,
    /// The sample's features, once computed.
    query: Option<Vec<f32>>,
    batch: usize,
    began: f64,
    /// Number of images whose features were already known at the start.
    known: Option<usize>,
    answered: f64,
}

/// The features of a dataset, computed by a network; valid only while both are unchanged.
struct Index {
    /// Becomes empty when the dataset changes.
    dataset: Weak<Dataset>,
    /// The network's [`Active::version`].
    network: (u32, u32),
    features: FeatureIndex,
}

impl ExplanationJob {
    /// Its request number.
    pub fn request(&self) -> u32 {
        match self {
            Self::Occlusion(job) => job.request,
            Self::Similar(job) => job.request,
        }
    }
}

impl Explanations {
    pub fn new(platform: &Platform, outbox: Outbox) -> Self {
        Self { outbox, clock: platform.clock, index: None }
    }

    /// Handles a command.
    ///
    /// # Errors
    /// When the GPU fails; on the CPU the same command can be handled.
    pub async fn handle(
        &self,
        command: &ExplanationCommand,
        active: Result<&Active, Failure>,
        jobs: &mut impl Jobs<ExplanationJob>,
    ) -> Result<(), DeviceLost> {
        let (request, answer) = match command {
            ExplanationCommand::Explain { request, crops, method, class } => {
                (*request, self.explain(*request, crops, *method, *class, active, jobs).await)
            }
            ExplanationCommand::Activations { request, crop } => {
                (*request, layers(*request, crop, active).await.map(Some))
            }
            ExplanationCommand::Similar { request, set, sample, count } => {
                // the visitor has chosen another image
                jobs.take(&|job| matches!(job, ExplanationJob::Similar(_)));
                jobs.add(ExplanationJob::Similar(SimilarJob {
                    request: *request,
                    set: *set,
                    sample: *sample,
                    count: *count as usize,
                    query: None,
                    batch: BATCH.0,
                    began: self.clock.now(),
                    known: None,
                    answered: f64::NEG_INFINITY,
                }));
                return Ok(());
            }
            ExplanationCommand::Stop { request } => {
                for job in jobs.take(&|job| matches!(job, ExplanationJob::Similar(job) if job.request == *request)) {
                    if let ExplanationJob::Similar(job) = job {
                        self.post_similar(&job, true);
                    }
                }
                return Ok(());
            }
        };
        match answer {
            Ok(Some(event)) => self.outbox.post(&Event::Explanation(event)),
            Ok(None) => {} // a job answers
            Err(ComputeError::Failed(reason)) => self.fail(request, reason),
            Err(ComputeError::DeviceLost(reason)) => return Err(DeviceLost(reason)),
        }
        Ok(())
    }

    /// Reports failure of a command that was not handled because there is no device.
    pub fn abandon(&self, command: &ExplanationCommand, reason: impl Into<Message>) {
        let (ExplanationCommand::Explain { request, .. }
        | ExplanationCommand::Activations { request, .. }
        | ExplanationCommand::Similar { request, .. }
        | ExplanationCommand::Stop { request }) = command;
        self.fail(*request, reason);
    }

    /// Posts that a request failed.
    pub fn fail(&self, request: u32, reason: impl Into<Message>) {
        self.outbox.post(&Event::Explanation(ExplanationEvent::Failed { request, reason: reason.into() }));
    }

    /// The answer to a request, or none where a job will answer.
    async fn explain(
        &self,
        request: u32,
        crops: &[u8],
        method: Option<Method>,
        class: Option<Expression>,
        active: Result<&Active, Failure>,
        jobs: &mut impl Jobs<ExplanationJob>,
    ) -> Result<Option<ExplanationEvent>, ComputeError> {
        let began = self.clock.now();
        let crops = crops_of(crops).map_err(ComputeError::Failed)?;
        if method == Some(Method::Occlusion) {
            let crops = crops.iter().map(Occlusion::new).collect();
            let job = OcclusionJob { request, class, crops, batch: BATCH.0, began };
            jobs.add(ExplanationJob::Occlusion(job));
            return Ok(None);
        }
        let active = active.map_err(ComputeError::Failed)?;
        let explanations = match method {
            Some(Method::GradCam { stage }) => {
                let stage = stage.map_or(usize::MAX, |stage| stage as usize);
                let network = active.classifier().network().map_err(ComputeError::Failed)?;
                let found = grad_cam(network, stage, &crops, class, &active.device);
                active.guard.run(found).await?.iter().map(painted).collect()
            }
            Some(Method::Occlusion) | None => {
                let predictions = classify(active.classifier(), &crops);
                active.guard.run(predictions).await?.into_iter().map(|prediction| plain(prediction, class)).collect()
            }
        };
        Ok(Some(self.explained(request, explanations, began, active)))
    }

    fn explained(&self, request: u32, explanations: Vec<Explanation>, began: f64, active: &Active) -> ExplanationEvent {
        let stages = active.classifier().network().map_or(0, |network| network.stage_count() as u32);
        ExplanationEvent::Explained { request, explanations, stages, time: (self.clock.now() - began) as f32 }
    }

    fn post_similar(&self, job: &SimilarJob, over: bool) {
        let found = self.index.as_ref().zip(job.query.as_ref());
        let samples = found.map(|(index, query)| index.features.nearest(query, job.count, Some(job.sample)));
        let (done, total) = self.index.as_ref().map_or((0, 0), |index| index.features.progress());
        self.outbox.post(&Event::Explanation(ExplanationEvent::Similar {
            request: job.request,
            samples: samples.unwrap_or_default(),
            done: done as u32,
            total: total as u32,
            elapsed_and_searched: (
                (self.clock.now() - job.began) / 1000.0,
                done.saturating_sub(job.known.unwrap_or(done)) as u32,
            ),
            over,
        }));
    }

    /// Computes the next batch.
    pub async fn advance(
        &mut self,
        mut job: ExplanationJob,
        active: Result<&Active, Failure>,
        datasets: &Datasets,
    ) -> Slice<ExplanationJob> {
        let advanced = match active {
            Err(reason) => Err(ComputeError::Failed(reason)),
            Ok(active) => match &mut job {
                ExplanationJob::Occlusion(job) => self.advance_occlusion(job, active).await,
                ExplanationJob::Similar(job) => self.advance_similar(job, active, datasets).await,
            },
        };
        match advanced {
            Ok(true) => Slice::Done,
            Ok(false) => Slice::More(job),
            Err(ComputeError::DeviceLost(reason)) => Slice::DeviceLost(job, reason),
            Err(ComputeError::Failed(reason)) => {
                self.fail(job.request(), reason);
                Slice::Done
            }
        }
    }

    /// Computes the next occlusions. Returns whether the job has ended.
    async fn advance_occlusion(&self, job: &mut OcclusionJob, active: &Active) -> Result<bool, ComputeError> {
        let start = self.clock.now();
        if let Some(crop) = job.crops.iter_mut().find(|crop| !crop.is_done()) {
            let batch = job.batch;
            match active.classifier() {
                Classifier::Own(network) => active.guard.run(crop.advance(network, batch)).await?,
                Classifier::Onnx(network) => active.guard.run(crop.advance_on_crops(network, batch)).await?,
            }
        }
        job.batch = next_batch(job.batch, self.clock.now() - start, BATCH);
        if !job.crops.iter().all(Occlusion::is_done) {
            return Ok(false);
        }
        let explanations = job.crops.iter().map(|crop| painted(&crop.finish(job.class))).collect();
        self.outbox.post(&Event::Explanation(self.explained(job.request, explanations, job.began, active)));
        Ok(true)
    }

    /// Computes the features of the next images. Returns whether the job has ended.
    async fn advance_similar(
        &mut self,
        job: &mut SimilarJob,
        active: &Active,
        datasets: &Datasets,
    ) -> Result<bool, ComputeError> {
        let start = self.clock.now();
        let dataset = datasets.images(job.set).filter(|dataset| (job.sample as usize) < dataset.len());
        let dataset = dataset.ok_or_else(|| ComputeError::Failed(EngineError::SetClosed.into()))?;
        let (version, network) = (active.version(), active.classifier().network().map_err(ComputeError::Failed)?);
        let current = self
            .index
            .take()
            .filter(|index| index.dataset.ptr_eq(&Arc::downgrade(&dataset)) && index.network == version);
        let mut index = current.unwrap_or_else(|| {
            job.query = None;
            Index {
                dataset: Arc::downgrade(&dataset),
                network: version,
                features: FeatureIndex::new(searched(&dataset)),
            }
        });
        if job.query.is_none() {
            let crops = [dataset.crop(job.sample as usize)];
            let found = active.guard.run(features(network, &crops, &active.device)).await?;
            job.query = found.into_iter().next();
        }
        let (known, total) = index.features.progress();
        job.known.get_or_insert(known);
        if known < total {
            let advanced = index.features.advance(network, &dataset, job.batch, &active.device);
            active.guard.run(advanced).await?;
        }
        let (done, total) = index.features.progress();
        self.index = Some(index);
        let now = self.clock.now();
        job.batch = next_batch(job.batch, now - start, BATCH);
        let over = done == total;
        if over || now - job.answered > ANSWER_EVERY {
            job.answered = now;
            self.post_similar(job, over);
        }
        Ok(over)
    }
}

/// The response to a request for activations.
async fn layers(request: u32, crop: &[u8], active: Result<&Active, Failure>) -> Result<ExplanationEvent, ComputeError> {
    let crops = crops_of(crop).map_err(ComputeError::Failed)?;
    let crop = crops.first().ok_or_else(|| ComputeError::Failed(EngineError::NoCrop.into()))?;
    let active = active.map_err(ComputeError::Failed)?;
    let network = active.classifier().network().map_err(ComputeError::Failed)?;
    let layers = active.guard.run(layer_activations(network, crop, &active.device)).await?;
    Ok(ExplanationEvent::Activations { request, layers: Box::new(layers) })
}

/// The samples to search: the Training images, or all if there are none. In random order, so that the images searched
/// so far are representative.
fn searched(dataset: &Dataset) -> Vec<u32> {
    let training = dataset.of_split(Split::Training);
    let all = if training.is_empty() { (0..dataset.len()).collect() } else { training };
    shuffled(&all, 0).into_iter().map(|sample| sample as u32).collect()
}

/// Crops from their pixels.
pub(super) fn crops_of(bytes: &[u8]) -> Result<Vec<Crop>, Failure> {
    let (crops, rest) = bytes.as_chunks::<CROP_PIXELS>();
    if crops.is_empty() || !rest.is_empty() {
        return Err(EngineError::NotCrops { bytes: bytes.len(), size: CROP_PIXELS }.into());
    }
    Ok(crops.iter().map(|crop| Crop(Box::new(*crop))).collect())
}

fn painted(explained: &Explained) -> Explanation {
    let Explained { distribution: prediction, class, heatmap } = explained;
    let (map, peak, regions) = (Some(heatmap.paint()), heatmap.peak(), heatmap.regions());
    Explanation { prediction: *prediction, class: *class, map, peak, regions }
}

fn plain(prediction: Distribution, class: Option<Expression>) -> Explanation {
    let class = class.unwrap_or_else(|| prediction.top().0);
    Explanation { prediction, class, map: None, peak: 0.0, regions: Vec::new() }
}
