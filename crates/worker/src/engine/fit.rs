//! Networks adapted to one person: frames are classified or described by features in slices, then the network is changed.

use mien_compute::adaptation::{features, head, with_biases, with_head};
use mien_compute::evaluation::TestTimeAugmentation;
use mien_compute::explanation::classify;
use mien_compute::network;
use mien_core::adaptation::{HEAD_PENALTY, Head, LabelledFeatures, neutral_biases};
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::Crop;
use mien_protocol::{Event, FitCommand, FitEvent, FitMethod, Message, NetworkId};
use mien_weights::{Precision, TrainingSummary};

use super::classifier::LoadedNetwork;
use super::explanation::crops_of;
use super::jobs::{Jobs, Slice, next_batch};
use super::networks::Networks;
use super::outbox::Outbox;
use super::platform::{Clock, Platform};
use super::recognition::{Active, ComputeError};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use crate::file_text::FileText;

/// Crops per batch: initial (and minimum) and maximum number.
const BATCH: (usize, usize) = (4, 64);

/// Classifies the frames of a person, and adapts networks to them.
pub(super) struct Fits {
    outbox: Outbox,
    clock: Clock,
}

/// Frames that are classified, or to which a network is adapted.
pub(super) struct FitJob {
    request: u32,
    crops: Vec<Crop>,
    /// The networks, all of which classify; only the first is adapted.
    networks: Vec<NetworkId>,
    adapt: Option<Adapt>,
    /// The next network, on the device of this generation.
    loaded: Option<(u32, LoadedNetwork)>,
    batch: usize,
    /// The probabilities by the networks that are done, and then by the next one.
    predictions: Vec<Vec<Distribution>>,
    /// The features by the network that is adapted, of each crop and of its mirror image.
    features: Vec<f32>,
    /// How many crops are done by the next network.
    done: usize,
}

/// How a network is adapted.
struct Adapt {
    name: String,
    method: FitMethod,
    looks: Vec<Expression>,
}

impl Adapt {
    /// The biases by the probabilities of all frames.
    fn biases(&self, predictions: &[Distribution]) -> Result<[f32; Expression::COUNT], ComputeError> {
        let neutral = predictions.iter().zip(&self.looks).filter(|(_, look)| **look == Expression::Neutral);
        let neutral: Vec<Distribution> = neutral.map(|(prediction, _)| *prediction).collect();
        neutral_biases(&neutral).ok_or_else(too_few)
    }

    /// The head by the features of all frames and of their mirror images.
    fn head(&self, before: &Head, features: &[f32]) -> Result<Head, ComputeError> {
        let labels = self.looks.iter().flat_map(|look| [*look; 2]).collect();
        before.adapted(&LabelledFeatures { features: features.to_vec(), labels }, HEAD_PENALTY).ok_or_else(too_few)
    }
}

fn too_few() -> ComputeError {
    ComputeError::Failed(EngineError::TooFewLooks.into())
}

impl FitJob {
    /// Its request number.
    pub fn request(&self) -> u32 {
        self.request
    }
}

impl Fits {
    pub fn new(platform: &Platform, outbox: Outbox) -> Self {
        Self { outbox, clock: platform.clock }
    }

    /// Handles a command.
    pub fn handle(&self, command: FitCommand, jobs: &mut impl Jobs<Box<FitJob>>) {
        let (request, networks, crops, adapt) = match command {
            FitCommand::Classify { request, networks, crops } => (request, networks, crops, None),
            FitCommand::Adapt { request, network, name, method, crops, looks } => {
                (request, vec![network], crops, Some(Adapt { name, method, looks }))
            }
            FitCommand::Cancel { request } => {
                jobs.take(&|job| job.request == request);
                return;
            }
        };
        let crops = match crops_of(&crops) {
            Ok(crops) if adapt.as_ref().is_none_or(|adapt| adapt.looks.len() == crops.len()) => crops,
            Ok(_) => return self.fail(request, Failure::from(EngineError::NoCrop)),
            Err(reason) => return self.fail(request, reason),
        };
        jobs.add(Box::new(FitJob {
            request,
            crops,
            networks,
            adapt,
            loaded: None,
            batch: BATCH.0,
            predictions: vec![Vec::new()],
            features: Vec::new(),
            done: 0,
        }));
    }

    /// Posts that a request failed.
    pub fn fail(&self, request: u32, reason: impl Into<Message>) {
        self.post(FitEvent::Failed { request, reason: reason.into() });
    }

    /// Computes the next batch.
    pub async fn advance(
        &self,
        mut job: Box<FitJob>,
        active: Result<&Active, Failure>,
        networks: &mut Networks,
    ) -> Slice<Box<FitJob>> {
        let advanced = match active {
            Err(reason) => Err(ComputeError::Failed(reason)),
            Ok(active) => self.compute(&mut job, active, networks).await,
        };
        match advanced {
            Ok(None) => Slice::More(job),
            Ok(Some(event)) => {
                self.post(event);
                Slice::Done
            }
            Err(ComputeError::DeviceLost(reason)) => Slice::DeviceLost(job, reason),
            Err(ComputeError::Failed(reason)) => {
                self.fail(job.request, reason);
                Slice::Done
            }
        }
    }

    /// Computes the next batch; the answer, once all are done.
    async fn compute(
        &self,
        job: &mut FitJob,
        active: &Active,
        networks: &mut Networks,
    ) -> Result<Option<FitEvent>, ComputeError> {
        let Some(&id) = job.networks.first() else {
            let predictions = std::mem::take(&mut job.predictions);
            return Ok(Some(FitEvent::Classified { request: job.request, predictions }));
        };
        let start = self.clock.now();
        let (_, loaded) = match job.loaded.take() {
            Some(loaded) if loaded.0 == active.generation => job.loaded.insert(loaded),
            _ => {
                let source = networks.source(id).await.map_err(ComputeError::Failed)?;
                let source = source.ok_or_else(|| ComputeError::Failed(EngineError::NetworkGone.into()))?;
                let loaded = source.load(&active.device).map_err(ComputeError::Failed)?;
                if job.adapt.is_some() {
                    loaded.classifier.own().map_err(ComputeError::Failed)?;
                }
                job.loaded.insert((active.generation, loaded))
            }
        };
        let batch = &job.crops[job.done..(job.done + job.batch).min(job.crops.len())];
        if job.adapt.as_ref().is_some_and(|adapt| adapt.method == FitMethod::Head) {
            let views: Vec<Crop> = batch.iter().flat_map(|crop| TestTimeAugmentation::Flip.of(crop)).collect();
            let file = loaded.own_file().map_err(ComputeError::Failed)?;
            let computed = async { features(&file.network, &views, &active.device).await.map_err(Failure::message) };
            job.features.extend(active.guard.run(computed).await?);
        } else if let Some(predictions) = job.predictions.last_mut() {
            predictions.extend(active.guard.run(classify(&loaded.classifier, batch)).await?);
        }
        job.done += batch.len();
        job.batch = next_batch(job.batch, self.clock.now() - start, BATCH);
        if job.done < job.crops.len() {
            return Ok(None);
        }
        if let Some(adapt) = &job.adapt {
            let file = loaded.own_file().map_err(ComputeError::Failed)?;
            let mut adapted = match adapt.method {
                FitMethod::Neutral => with_biases(file.clone(), adapt.biases(&job.predictions.concat())?),
                FitMethod::Head => {
                    let before = active.guard.run(async { head(file).await.map_err(Failure::message) }).await?;
                    with_head(file.clone(), &adapt.head(&before, &job.features)?)
                }
            };
            // what was measured before does not hold any more
            let description = FileText::AdaptedHere.to_string();
            adapted.header.training = TrainingSummary { description, ..TrainingSummary::default() };
            let bytes = active.guard.run(network::save(&adapted, Precision::Full)).await?;
            let network = networks.add(&adapt.name, bytes).map_err(ComputeError::Failed)?;
            networks.post_list();
            return Ok(Some(FitEvent::Adapted { request: job.request, network }));
        }
        job.networks.remove(0);
        (job.loaded, job.done) = (None, 0);
        if !job.networks.is_empty() {
            job.predictions.push(Vec::new());
        }
        Ok(None)
    }

    fn post(&self, event: FitEvent) {
        self.outbox.post(&Event::Fit(event));
    }
}
