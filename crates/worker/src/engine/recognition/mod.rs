//! Face recognition: the device, the active network on it, and the faces of pictures.

mod active;
mod compute_error;
mod guard;

use std::rc::Rc;

use burn::module::Module;
use burn::tensor::Device;

pub(super) use self::active::{Active, Processor};
pub(super) use self::compute_error::{ComputeError, DeviceLost};
pub(super) use self::guard::Guard;
use super::classifier::{LoadedNetwork, Source};
use super::measurement::{self, BATCH, Limits};
use super::outbox::Outbox;
use super::platform::{Clock, Devices, Opened, Platform, Received, Site, Tasks};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::Recognizer;
use mien_compute::check;
use mien_compute::detection;
use mien_compute::evaluation::TestTimeAugmentation;
use mien_compute::network;
use mien_core::vision::{CROP_PIXELS, Crop, Frame};
use mien_protocol::{
    Backend, BackendChoice, BackendTimes, Event, Fallback, FrameSource, Measured, Message, Problem, ProblemKind,
    RecognizedFace, StartupStep, Timing,
};

/// Weights files, by their path from the page.
const DETECTOR: &str = "weights/blazeface.safetensors";
const CLASSIFIER: &str = network::DEFAULT_PATH;

/// How often CPU and GPU are measured for [`BackendChoice::Auto`].
const LIMITS: Limits = Limits { long_enough: 60.0, repetitions: (3, 9), alone: 500.0 };

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
    tasks: Rc<dyn Tasks>,
    clock: Clock,
    weights: Option<Rc<SiteWeights>>,
    active: Option<Active>,
    /// What [`BackendChoice::Auto`] has measured.
    measured: Option<Measured>,
    /// The GPU for batches, while live recognition is on the CPU.
    second: Option<Processor>,
    /// Duration of the last self-check in milliseconds.
    check: f64,
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
            tasks: Rc::clone(&platform.tasks),
            clock: platform.clock,
            weights: None,
            active: None,
            measured: None,
            second: None,
            check: 0.0,
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

    /// The event that describes the active network.
    ///
    /// # Errors
    /// Before the engine has started.
    pub fn ready(&self) -> Result<Event, Problem> {
        self.active().map(Active::ready).map_err(failed)
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

    /// Opens a device for a backend choice; a GPU that fails or whose results differ from the CPU's is not used.
    pub async fn open(&mut self, choice: BackendChoice, classifier: &[u8]) -> Opened {
        let opened = self.devices.open(choice).await;
        if let Some(fallback) = &opened.fallback {
            log::info!("the CPU computes: {fallback:?}");
        }
        if opened.backend != Backend::WebGpu {
            return opened;
        }
        self.report(StartupStep::Check, 0.5);
        match self.check(&opened.device, classifier).await {
            Ok(()) => opened,
            Err(fallback) => {
                log::warn!("the GPU does not pass its check, so the CPU is used: {fallback:?}");
                Opened::cpu(Some(fallback))
            }
        }
    }

    /// The CPU, to measure it.
    pub fn cpu(&self) -> Processor {
        let Opened { device, backend, adapter, .. } = Opened::cpu(None);
        Processor { device, backend, adapter, guard: self.guard(backend, None) }
    }

    /// The GPU, to measure it: the one in use, or else one that passes its check. The active network stays where it is.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn gpu(&mut self, classifier: &[u8]) -> Result<Processor, Message> {
        let active = self.active()?;
        if let Some(fallback) = &active.fallback {
            return Err(fallback.reason().clone());
        }
        if active.backend == Backend::WebGpu {
            return Ok(active.processor());
        }
        let Opened { device, backend, adapter, fallback } = self.devices.open(BackendChoice::Auto).await;
        if let Some(fallback) = fallback {
            return Err(fallback.reason().clone());
        }
        self.check(&device, classifier).await.map_err(|fallback| fallback.reason().clone())?;
        let guard = self.guard(backend, Some(self.check));
        Ok(Processor { device, backend, adapter, guard })
    }

    /// Whether a backend is in use, for live recognition or for batches.
    pub fn uses(&self, backend: Backend) -> bool {
        let live = self.active.as_ref().map(|active| active.backend);
        live == Some(backend) || self.second.as_ref().is_some_and(|second| second.backend == backend)
    }

    /// What computes batches: training, evaluations, robustness tests.
    ///
    /// # Errors
    /// Before the engine has started.
    pub fn for_batches(&self) -> Result<Processor, Failure> {
        let active = self.active()?;
        let second = self.second.clone().filter(|_| !self.leaves_batches_open());
        Ok(second.unwrap_or_else(|| active.processor()))
    }

    /// Whether it has to be measured yet what is to compute batches.
    pub fn leaves_batches_open(&self) -> bool {
        self.second.is_some() && self.measured.is_some_and(|measured| measured.batches.is_none())
    }

    /// Measures batches on the CPU and on the GPU that live recognition does not use.
    ///
    /// # Errors
    /// Why that GPU is not to be used.
    pub async fn measure_batches(&mut self, weights: &SiteWeights, network: &Source<'_>) -> Result<(), Fallback> {
        let Some(gpu) = self.second.clone() else { return Ok(()) };
        let times = self.batch_times(&gpu, weights, network).await.map_err(give_up)?;
        log::info!("a batch takes {} ms on the CPU, {} ms on the GPU", times.cpu, times.gpu);
        if let Some(measured) = &mut self.measured {
            measured.batches = Some(times);
        }
        if times.preferred() == Backend::Cpu {
            self.second = None;
        }
        Ok(())
    }

    async fn batch_times(
        &self,
        gpu: &Processor,
        weights: &SiteWeights,
        network: &Source<'_>,
    ) -> Result<BackendTimes, ComputeError> {
        let active = self.active().map_err(ComputeError::Failed)?;
        let load = |source: &Source<'_>, device: &Device| {
            source.load(device).map(|loaded| loaded.classifier).map_err(ComputeError::Failed)
        };
        let (on_gpu, on_cpu) = match network {
            Source::Own(_) => (load(network, &gpu.device)?, active.network.clone()),
            // it is computed on the CPU in any case
            Source::Onnx(_) => {
                let shipped = Source::Own(&weights.classifier);
                (load(&shipped, &gpu.device)?, load(&shipped, &active.device)?)
            }
        };
        let batch = measurement::images(BATCH);
        let on_gpu = async || measurement::predict(&on_gpu, &batch).await;
        let on_cpu = async || measurement::predict(&on_cpu, &batch).await;
        Ok(BackendTimes {
            gpu: measurement::median(self.clock, &gpu.guard, LIMITS, on_gpu).await?,
            cpu: measurement::median(self.clock, &active.guard, LIMITS, on_cpu).await?,
        })
    }

    /// What [`BackendChoice::Auto`] has measured.
    pub fn measured(&self) -> Option<Measured> {
        self.measured
    }

    /// Compares a GPU with the CPU.
    async fn check(&mut self, device: &Device, classifier: &[u8]) -> Result<(), Fallback> {
        let start = self.clock.now();
        let checked = check_gpu(&self.guard(Backend::WebGpu, None), device, classifier).await;
        self.check = self.clock.now() - start;
        checked
    }

    /// A guard for a backend: see [`Guard::new`].
    pub fn guard(&self, backend: Backend, check: Option<f64>) -> Guard {
        Guard::new(backend, Rc::clone(&self.devices), Rc::clone(&self.tasks), check)
    }

    /// Starts using a device with a network. On a GPU, the network runs once, so that the first picture is not delayed; if
    /// the GPU fails, the CPU is used. If the choice is left to the engine, it uses the CPU, too, where that takes less time.
    ///
    /// # Errors
    /// When a weights file is damaged.
    pub async fn begin(
        &mut self,
        opened: Opened,
        choice: BackendChoice,
        weights: &SiteWeights,
        network: &Source<'_>,
    ) -> Result<(), Problem> {
        (self.measured, self.second) = (None, None);
        let mut begun = self.with_device(opened, weights, network)?;
        if let Err(error) = warm_up(&begun).await {
            begun = self.with_device(Opened::cpu(Some(give_up(error))), weights, network)?;
        } else if choice == BackendChoice::Auto && begun.backend == Backend::WebGpu {
            begun = self.faster(begun, weights, network).await?;
        }
        self.active = Some(begun);
        Ok(())
    }

    /// The network on the GPU, or on the CPU if that recognizes a face in less time (the GPU may still be faster for batches), or the
    /// GPU fails.
    async fn faster(&mut self, on_gpu: Active, weights: &SiteWeights, network: &Source<'_>) -> Result<Active, Problem> {
        let mut on_cpu = self.with_device(Opened::cpu(None), weights, network)?;
        let times = async {
            let cpu = self.live_time(&on_cpu).await?;
            // a software adapter that does not say so needs seconds for a search
            let mut times = BackendTimes { cpu, gpu: self.face_time(&on_gpu).await? };
            if !times.is_gpu_slow() {
                times.gpu = self.live_time(&on_gpu).await?;
            }
            Ok::<_, ComputeError>(times)
        };
        match times.await {
            Ok(live) => {
                log::info!("one face takes {} ms on the CPU, {} ms on the GPU", live.cpu, live.gpu);
                self.measured = Some(Measured { live, batches: None });
                if live.preferred() == Backend::WebGpu {
                    return Ok(on_gpu);
                }
                self.second = Some(on_gpu.processor());
                Ok(on_cpu)
            }
            Err(error) => {
                on_cpu.fallback = Some(give_up(error));
                Ok(on_cpu)
            }
        }
    }

    /// The time of the prediction for one face in milliseconds, the shorter one of two, since other work may delay one. The network
    /// has run before.
    async fn face_time(&self, active: &Active) -> Result<f64, ComputeError> {
        let face = measurement::images(1);
        let mut shortest = f64::INFINITY;
        for _ in 0..2 {
            let start = self.clock.now();
            active.guard.run(measurement::predict(&active.network, &face)).await?;
            shortest = shortest.min(self.clock.now() - start);
        }
        Ok(shortest)
    }

    /// The median time of live recognition in milliseconds: a search for faces in a picture, and the prediction for one face.
    async fn live_time(&self, active: &Active) -> Result<f64, ComputeError> {
        let picture = measurement::picture().map_err(ComputeError::Failed)?;
        let face = measurement::images(1);
        let recognize = async || {
            measurement::detect(active.recognizer.detector(), &picture).await?;
            measurement::predict(&active.network, &face).await
        };
        measurement::median(self.clock, &active.guard, LIMITS, recognize).await
    }

    fn with_device(&mut self, opened: Opened, weights: &SiteWeights, network: &Source<'_>) -> Result<Active, Problem> {
        let Opened { device, backend, adapter, fallback } = opened;
        let detector = detection::load(&weights.detector, &device).map_err(|error| damaged(DETECTOR, error.into()))?;
        let loaded = network.load(&device).map_err(|fault| damaged(CLASSIFIER, fault))?;
        let LoadedNetwork { classifier: network, summary, .. } = loaded;
        let mut recognizer = Recognizer::new(detector, network.clone(), self.clock.monotonic);
        recognizer.set_test_time_augmentation(self.augmentation);
        self.generations += 1;
        let (generation, guard) = (self.generations, self.guard(backend, Some(self.check)));
        Ok(Active { recognizer, network, device, summary, backend, adapter, fallback, generation, guard })
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

    /// Number of faces in the last frame: more than were returned if there are more than 32.
    pub fn found(&self) -> usize {
        self.active.as_ref().map_or(0, |active| active.recognizer.found())
    }

    /// Detects and classifies the faces of a frame, the 32 largest at most.
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
        active.guard.run(active.recognizer.recognize(frame, source, time)).await
    }
}

/// The pixels of the picture attached to a command.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(super) fn frame(received: Received) -> Result<Frame, Problem> {
    let refused = |detail: Failure| Problem { kind: ProblemKind::Picture, detail: detail.into() };
    let Received::Picture(picture, _) = received else {
        return Err(refused(EngineError::NoPicture.into()));
    };
    picture.read().map_err(refused)
}

/// Compares GPU and CPU for a network before the GPU is used for it.
///
/// # Errors
/// Why the CPU is to be used: what differs, or the GPU's error.
pub(super) async fn check_gpu(guard: &Guard, device: &Device, weights: &[u8]) -> Result<(), Fallback> {
    let load = |device: &Device| network::load(weights, device).map(|file| file.network.valid());
    let checked = guard.run(async {
        let (on_gpu, on_cpu) = (load(device)?, load(&Opened::cpu(None).device)?);
        Ok::<_, Failure>(check(device, &on_gpu, &on_cpu).await)
    });
    match checked.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Fallback::Mismatch { reason: Failure::from(error).into() }),
        Err(error) => Err(fallback(error)),
    }
}

/// Why the CPU is used instead of a GPU that failed before its first use: it was lost, or it does not compute what it should.
fn fallback(error: ComputeError) -> Fallback {
    let failure = error.reason();
    let is_loss = failure.is_gpu_loss();
    let reason = failure.into();
    if is_loss { Fallback::Lost { reason } } else { Fallback::Mismatch { reason } }
}

/// The same, when the GPU was about to be used.
fn give_up(error: ComputeError) -> Fallback {
    let fallback = fallback(error);
    log::warn!("the GPU fails, so the CPU is used: {fallback:?}");
    fallback
}

/// Runs the network once on a GPU.
async fn warm_up(active: &Active) -> Result<(), ComputeError> {
    if active.backend == Backend::Cpu {
        return Ok(());
    }
    let crop = Crop(Box::new([128; CROP_PIXELS]));
    active.guard.run(active.recognizer.classify(&[crop])).await.map(|_| ())
}

/// A [`Problem`] of kind `Compute`.
pub(super) fn failed(detail: Failure) -> Problem {
    Problem { kind: ProblemKind::Compute, detail: detail.into() }
}

fn missing(path: &'static str, fault: Failure) -> Problem {
    let detail = Failure::from(EngineError::File { path, fault });
    Problem { kind: ProblemKind::WeightsMissing, detail: detail.into() }
}

fn damaged(path: &'static str, fault: Failure) -> Problem {
    let detail = Failure::from(EngineError::File { path, fault });
    Problem { kind: ProblemKind::WeightsDamaged, detail: detail.into() }
}

fn not_started() -> Failure {
    EngineError::NotStarted.into()
}
