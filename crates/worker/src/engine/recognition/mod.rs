//! Face recognition: the device, the active network on it, and the faces of pictures.

mod active;

use std::rc::Rc;

use burn::module::Module;
use burn::tensor::Device;

pub(super) use self::active::{Active, ComputeError, DeviceLost};
use super::networks;
use super::outbox::Outbox;
use super::platform::{Clock, Devices, Opened, Platform, Received, Site};
use crate::failure::{EngineError, Failure};
use mien_compute::Recognizer;
use mien_compute::check;
use mien_compute::detection::Detector;
use mien_compute::evaluation::TestTimeAugmentation;
use mien_compute::network;
use mien_compute::weights::WeightsError;
use mien_core::vision::{CROP_PIXELS, Crop, Frame};
use mien_protocol::{
    Backend, BackendChoice, Event, Fallback, FrameSource, Problem, ProblemKind, RecognizedFace, StartupStep, Timing,
};

/// Weights files, by their path from the page.
const DETECTOR: &str = "weights/blazeface.safetensors";
const CLASSIFIER: &str = network::DEFAULT_PATH;

/// The weights files of the site.
pub(super) struct SiteWeights {
    pub detector: Vec<u8>,
    pub classifier: Vec<u8>,
}

/// Finds and classifies faces.
pub(super) struct Recognition {
    outbox: Outbox,
    site: Rc<dyn Site>,
    devices: Rc<dyn Devices>,
    clock: Clock,
    weights: Option<Rc<SiteWeights>>,
    active: Option<Active>,
    /// Number of devices opened so far.
    generations: u32,
    /// The test-time augmentation.
    augmentation: TestTimeAugmentation,
}

impl Recognition {
    pub fn new(platform: &Platform, outbox: Outbox) -> Self {
        Self {
            outbox,
            site: Rc::clone(&platform.site),
            devices: Rc::clone(&platform.devices),
            clock: platform.clock,
            weights: None,
            active: None,
            generations: 0,
            augmentation: TestTimeAugmentation::default(),
        }
    }

    /// The active network.
    ///
    /// # Errors
    /// Before the engine has started.
    pub fn active(&self) -> Result<&Active, Failure> {
        self.active.as_ref().ok_or_else(not_started)
    }

    /// Mutable access to the active network.
    ///
    /// # Errors
    /// Before the engine has started.
    pub fn active_mut(&mut self) -> Result<&mut Active, Failure> {
        self.active.as_mut().ok_or_else(not_started)
    }

    /// Posts the progress of the startup.
    pub fn report(&self, step: StartupStep, progress: f32) {
        self.outbox.post(&Event::Progress { step, progress });
    }

    /// The weights files of the site, fetched once.
    ///
    /// # Errors
    /// When they cannot be fetched.
    pub async fn site_weights(&mut self) -> Result<Rc<SiteWeights>, Problem> {
        if let Some(weights) = &self.weights {
            return Ok(Rc::clone(weights));
        }
        // both requests are sent before either is awaited
        let (detector, classifier) = (self.site.fetch(DETECTOR), self.site.fetch(CLASSIFIER));
        let detector = detector.await.map_err(|detail| missing(DETECTOR, detail))?;
        let classifier = classifier.await.map_err(|detail| missing(CLASSIFIER, detail))?;
        let weights = Rc::new(SiteWeights { detector, classifier });
        Ok(Rc::clone(self.weights.insert(weights)))
    }

    /// Opens a device for a backend choice; a GPU whose results differ from the CPU's is not used.
    pub async fn open(&self, choice: BackendChoice, classifier: &[u8]) -> Opened {
        let opened = self.devices.open(choice).await;
        if let Some(fallback) = &opened.fallback {
            log::info!("the CPU computes: {fallback:?}");
        }
        if opened.backend != Backend::WebGpu {
            return opened;
        }
        self.report(StartupStep::Check, 0.5);
        match check_gpu(&opened.device, classifier, &*self.devices).await {
            Ok(()) => opened,
            Err(reason) => {
                log::warn!("the GPU computes something else than the CPU, which is used: {reason}");
                Opened::cpu(Some(Fallback::Mismatch { reason: reason.into() }))
            }
        }
    }

    /// Starts using a device with a network. On a GPU, the network runs once, so that the first picture is not delayed.
    ///
    /// # Errors
    /// When a weights file is damaged or the device fails.
    pub async fn begin(&mut self, opened: Opened, weights: &SiteWeights, network: &[u8]) -> Result<Event, Problem> {
        let Opened { device, backend, adapter, fallback } = opened;
        let detector = Detector::load(&weights.detector, &device).map_err(|error| damaged(DETECTOR, error))?;
        let file = network::load(network, &device).map_err(|error| damaged(CLASSIFIER, error))?;
        let summary = networks::summary(&file);
        let network = file.for_inference();
        let mut recognizer = Recognizer::new(detector, &network, device.clone(), self.clock.monotonic);
        recognizer.set_test_time_augmentation(self.augmentation);
        if backend == Backend::WebGpu {
            warm_up(&recognizer).await?;
        }
        self.generations += 1;
        let (generation, devices) = (self.generations, Rc::clone(&self.devices));
        let active = Active { recognizer, network, device, summary, backend, adapter, fallback, generation, devices };
        Ok(self.active.insert(active).ready())
    }

    /// Forgets the tracked faces.
    pub fn reset(&mut self) {
        if let Some(active) = &mut self.active {
            active.recognizer.reset();
        }
    }

    /// Sets the test-time augmentation.
    pub fn set_test_time_augmentation(&mut self, augmentation: TestTimeAugmentation) {
        self.augmentation = augmentation;
        if let Some(active) = &mut self.active {
            active.recognizer.set_test_time_augmentation(augmentation);
        }
    }

    /// Detects and classifies the faces of a frame.
    ///
    /// # Errors
    /// When the device fails, or before the engine has started.
    pub async fn recognize(
        &mut self,
        frame: &Frame,
        source: FrameSource,
        time: f64,
    ) -> Result<(Vec<RecognizedFace>, Timing), ComputeError> {
        let active = self.active_mut().map_err(ComputeError::Failed)?;
        let found = active.recognizer.recognize(frame, source, time).await;
        active.checked(found)
    }
}

/// The pixels of the picture attached to a command.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(super) fn frame(received: Received) -> Result<Frame, Problem> {
    let refused = |detail: Failure| Problem { kind: ProblemKind::Picture, detail: detail.into() };
    let Received::Picture(picture) = received else {
        return Err(refused(EngineError::NoPicture.into()));
    };
    picture.read().map_err(refused)
}

/// Compares GPU and CPU for a network before the GPU is used for it.
///
/// # Errors
/// What differs, or the GPU's error.
pub(super) async fn check_gpu(device: &Device, weights: &[u8], devices: &dyn Devices) -> Result<(), Failure> {
    let load = |device| network::load(weights, device).map(|file| file.network.valid());
    let on_gpu = load(device)?;
    let on_cpu = load(&Opened::cpu(None).device)?;
    check(device, &on_gpu, &on_cpu).await?;
    devices.take_error().map_or(Ok(()), Err)
}

async fn warm_up(recognizer: &Recognizer) -> Result<(), Problem> {
    let crop = Crop(Box::new([128; CROP_PIXELS]));
    recognizer.classify(&[crop]).await.map(|_| ()).map_err(|error| failed(error.into()))
}

/// A [`Problem`] of kind `Compute`.
pub(super) fn failed(detail: Failure) -> Problem {
    Problem { kind: ProblemKind::Compute, detail: detail.into() }
}

fn missing(path: &'static str, fault: Failure) -> Problem {
    let detail = Failure::from(EngineError::File { path, fault });
    Problem { kind: ProblemKind::WeightsMissing, detail: detail.into() }
}

fn damaged(path: &'static str, error: WeightsError) -> Problem {
    let detail = Failure::from(EngineError::File { path, fault: error.into() });
    Problem { kind: ProblemKind::WeightsDamaged, detail: detail.into() }
}

fn not_started() -> Failure {
    EngineError::NotStarted.into()
}
