//! The worker's side: takes commands one after the other and answers with events.
//!
//! What takes long is a [`Job`]: it goes forward in small slices, and between two slices commands are heard, so that faces
//! are recognised while a set is read or the network is measured.

mod dataset;
mod document;
mod evaluation;
mod explanation;
mod get;
mod keep;
mod library;
mod place;
mod pool;
mod robustness;
mod training;
mod unfinished;
mod voice;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use burn::module::Module;
use burn::tensor::Device;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, ImageBitmap, MessageEvent, Response};

use self::dataset::{DatasetJob, Sets};
use self::evaluation::EvaluationJob;
use self::explanation::{ExplanationJob, Index};
use self::library::Library;
use self::pool::{PoolMember, pool_message};
use self::robustness::RobustnessJob;
use self::training::Trainer;
use self::unfinished::Places;
use self::voice::Voice;
use crate::channel::Channel;
use crate::device::{self, Opened};
use crate::pixels::PixelReader;
use mien_browser::site;
use mien_browser::thrown::describe;
use mien_browser::wire::from_message;
use mien_compute::Recognizer;
use mien_compute::check;
use mien_compute::detection::Detector;
use mien_compute::evaluation::Views;
use mien_compute::network::{self, Network};
use mien_core::vision::{CROP_PIXELS, Crop, Frame};
use mien_protocol::{
    Backend, BackendChoice, Command, Event, FaceReading, Fallback, FrameSource, NetworkCommand, NetworkSummary,
    Problem, ProblemKind, Stage, Timing,
};

/// Weights files, by their path from the page.
const DETECTOR: &str = "weights/blazeface.safetensors";
const CLASSIFIER: &str = network::DEFAULT_PATH;

/// Milliseconds of a job's slice: what a command waits at most, roughly.
const SLICE: f64 = 40.0;

/// Milliseconds between two events that tell how far a job is.
const REPORT_EVERY: f64 = 100.0;

/// Commands, each with what travels beside it.
type Queue = Rc<RefCell<VecDeque<(Command, JsValue)>>>;

/// Work that goes forward in slices.
enum Job {
    Dataset(DatasetJob),
    Evaluation(EvaluationJob),
    Robustness(Box<RobustnessJob>),
    Explanation(ExplanationJob),
    /// What it works on stays with the engine when it pauses: see [`Trainer`].
    Training,
}

/// Runs the engine in the worker that this is called in.
pub fn run() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let inbox = Inbox { queue: Queue::default(), engine: Rc::default() };
    let voice = Voice::new(scope.clone());
    inbox.engine.replace(Some(Engine::new(scope.clone(), voice.clone(), inbox.clone())));
    let member = Rc::new(PoolMember::new(scope.clone()));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let parts: js_sys::Array = message.data().unchecked_into();
        if let Some(command) = pool_message(&parts) {
            let member = Rc::clone(&member);
            spawn_local(async move {
                if let Ok(command) = command {
                    member.handle(command).await;
                }
            });
            return;
        }
        // the page of another version: its next start will load this one
        if let Ok(command) = from_message(&parts.get(0)) {
            inbox.take(command, parts.get(1));
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    // tells the page that messages are heard from now on
    voice.post(&Event::Progress { stage: Stage::Weights, share: 0.0 });
}

struct Engine {
    scope: DedicatedWorkerGlobalScope,
    voice: Voice,
    pixels: Option<PixelReader>,
    files: Option<Rc<Files>>,
    running: Option<Running>,
    sets: Sets,
    library: Library,
    trainer: Option<Trainer>,
    places: Places,
    /// Features that were taken, to look for like images in.
    index: Option<Index>,
    jobs: VecDeque<Job>,
    /// How faces are looked at.
    views: Views,
    /// Takes a command as if it came from the page.
    inbox: Inbox,
    /// To the engines of the other tabs, once the page has asked what is kept.
    others: Option<Channel>,
}

/// Where commands wait until the engine takes them.
#[derive(Clone)]
struct Inbox {
    queue: Queue,
    engine: Rc<RefCell<Option<Engine>>>,
}

impl Inbox {
    /// Adds a command; whoever finds the engine at home empties the queue, the others only add to it.
    fn take(&self, command: Command, beside: JsValue) {
        self.queue.borrow_mut().push_back((command, beside));
        let Some(mut at_home) = self.engine.borrow_mut().take() else { return };
        let Self { queue, engine } = self.clone();
        spawn_local(async move {
            loop {
                let next = queue.borrow_mut().pop_front();
                match next {
                    Some((command, beside)) => at_home.handle(command, beside).await,
                    None if at_home.jobs.is_empty() => break,
                    None => {
                        at_home.go_on().await;
                        next_task(&at_home.scope).await;
                    }
                }
            }
            engine.replace(Some(at_home));
        });
    }
}

struct Running {
    recognizer: Recognizer,
    /// The classifier, folded.
    network: Network,
    device: Device,
    summary: NetworkSummary,
    backend: Backend,
    adapter: String,
    fallback: Option<Fallback>,
}

impl Running {
    fn ready(&self) -> Event {
        Event::Ready {
            backend: self.backend,
            adapter: self.adapter.clone(),
            fallback: self.fallback.clone(),
            network: self.summary.clone(),
        }
    }
}

/// What comes with the page.
struct Files {
    detector: Vec<u8>,
    classifier: Vec<u8>,
}

impl Engine {
    fn new(scope: DedicatedWorkerGlobalScope, voice: Voice, inbox: Inbox) -> Self {
        Self {
            scope,
            voice,
            pixels: None,
            files: None,
            running: None,
            sets: Sets::default(),
            library: Library::default(),
            trainer: None,
            places: Places::default(),
            index: None,
            jobs: VecDeque::new(),
            views: Views::default(),
            inbox,
            others: None,
        }
    }

    async fn handle(&mut self, command: Command, beside: JsValue) {
        match command {
            Command::Start { choice } => match self.start(choice).await {
                Ok(ready) => self.post(&ready),
                Err(problem) => self.post(&Event::Failed { problem }),
            },
            Command::Recognize { request, source, time } => {
                let answer = match self.recognize(request, source, time, beside.dyn_into().ok()).await {
                    Ok(answer) => answer,
                    Err(problem) => Event::Refused { request, problem },
                };
                self.post(&answer);
            }
            Command::Reset => {
                if let Some(running) = &mut self.running {
                    running.recognizer.reset();
                }
            }
            Command::Look { views } => {
                self.views = views;
                if let Some(running) = &mut self.running {
                    running.recognizer.set_views(views);
                }
            }
            Command::Dataset(command) => self.on_dataset(command, &beside).await,
            Command::Evaluation(command) => self.on_evaluation(command, &beside),
            Command::Robustness(command) => self.on_robustness(command).await,
            Command::Explanation(command) => self.on_explanation(command).await,
            Command::Training(command) => self.on_training(command, &beside).await,
            Command::Network(command) => self.on_network(command, &beside).await,
            Command::Document(command) => self.on_document(command),
            Command::Speak { tag } => self.speak(tag),
        }
    }

    /// One slice of the job at the head of the line, which then goes to its end.
    async fn go_on(&mut self) {
        let rest = match self.jobs.pop_front() {
            None => None,
            Some(Job::Dataset(job)) => job.advance(self).map(Job::Dataset),
            Some(Job::Evaluation(job)) => job.advance(self).await.map(Job::Evaluation),
            Some(Job::Robustness(job)) => job.advance(self).await.map(Job::Robustness),
            Some(Job::Explanation(job)) => job.advance(self).await.map(Job::Explanation),
            Some(Job::Training) => self.train().await.then_some(Job::Training),
        };
        self.jobs.extend(rest);
    }

    async fn start(&mut self, choice: BackendChoice) -> Result<Event, Problem> {
        self.progress(Stage::Weights, 0.05);
        let files = self.files().await?;
        let checkpoint = self.checkpoint().await;
        self.progress(Stage::Device, 0.3);
        let mut opened = device::open(choice).await;
        if opened.backend == Backend::WebGpu {
            self.progress(Stage::Check, 0.5);
            if let Err(reason) = check_gpu(&opened.device, &files.classifier).await {
                opened = Opened::cpu(Some(Fallback::Mismatch { reason }));
            }
        }
        self.progress(Stage::Warmup, 0.9);
        let ready = self.begin(opened, &files).await?;
        self.move_training(checkpoint);
        Ok(ready)
    }

    /// What comes with the page, fetched once.
    async fn files(&mut self) -> Result<Rc<Files>, Problem> {
        if let Some(files) = &self.files {
            return Ok(Rc::clone(files));
        }
        let (detector, classifier) = (fetch(DETECTOR), fetch(CLASSIFIER));
        let (detector, classifier) = (detector.await?, classifier.await?);
        let files = Rc::new(Files { detector, classifier });
        Ok(Rc::clone(self.files.insert(files)))
    }

    /// Builds the recogniser on a device and lets it run once, so that the first picture does not wait.
    async fn begin(&mut self, opened: Opened, files: &Files) -> Result<Event, Problem> {
        let Opened { device, backend, adapter, fallback } = opened;
        let detector = Detector::load(&files.detector, &device).map_err(|error| damaged(DETECTOR, &error))?;
        let file = network::load(self.library.bytes(files), &device).map_err(|error| damaged(CLASSIFIER, &error))?;
        let summary = library::summary(&file);
        let network = file.for_inference();
        let mut recognizer = Recognizer::new(detector, &network, device.clone(), now);
        recognizer.set_views(self.views);
        if backend == Backend::WebGpu {
            warm_up(&recognizer).await?;
        }
        self.index = None;
        let running = Running { recognizer, network, device, summary, backend, adapter, fallback };
        Ok(self.running.insert(running).ready())
    }

    async fn recognize(
        &mut self,
        request: u32,
        source: FrameSource,
        time: f64,
        picture: Option<ImageBitmap>,
    ) -> Result<Event, Problem> {
        let start = now();
        let picture = picture.ok_or_else(|| refused("no picture came with the request"))?;
        let frame = self.read(&picture).map_err(|error| refused(&error))?;
        let pixels = (now() - start) as f32;
        let (faces, timing) = self.look(&frame, source, time).await?;
        let timing = Timing { pixels, total: timing.total + pixels, ..timing };
        let (width, height) = (frame.width() as u32, frame.height() as u32);
        Ok(Event::Recognized { request, width, height, faces, timing })
    }

    /// Looks at a frame; when the GPU fails or complained, changes over to the CPU, says so, and looks again.
    async fn look(
        &mut self,
        frame: &Frame,
        source: FrameSource,
        time: f64,
    ) -> Result<(Vec<FaceReading>, Timing), Problem> {
        let running = self.running.as_mut().ok_or_else(|| compute("the engine has not started"))?;
        let result = running.recognizer.recognize(frame, source, time).await;
        let reason = match (result, running.backend) {
            (Err(error), Backend::Cpu) => return Err(compute(&error.to_string())),
            (Err(error), Backend::WebGpu) => device::take_trouble().unwrap_or_else(|| error.to_string()),
            (Ok(faces), Backend::Cpu) => return Ok(faces),
            (Ok(faces), Backend::WebGpu) => match device::take_trouble() {
                None => return Ok(faces),
                Some(trouble) => trouble,
            },
        };
        self.change_to_cpu(reason).await?;
        let running = self.running.as_mut().ok_or_else(|| compute("the engine has not started"))?;
        running.recognizer.recognize(frame, source, time).await.map_err(|error| compute(&error.to_string()))
    }

    /// The GPU failed: goes on with the CPU and says so.
    async fn change_to_cpu(&mut self, reason: String) -> Result<(), Problem> {
        self.leave_gpu(Fallback::Lost { reason }).await
    }

    /// Goes on with the CPU and says why.
    async fn leave_gpu(&mut self, fallback: Fallback) -> Result<(), Problem> {
        let files = self.files().await?;
        let ready = self.begin(Opened::cpu(Some(fallback)), &files).await?;
        self.training_lost_its_device();
        self.post(&ready);
        Ok(())
    }

    fn read(&mut self, picture: &ImageBitmap) -> Result<Frame, String> {
        let reader = match self.pixels.take() {
            Some(reader) => reader,
            None => PixelReader::new()?,
        };
        self.pixels.insert(reader).read(picture)
    }

    /// Hears from now on when the engine of another tab changes which networks are kept.
    fn join_others(&mut self) {
        if self.others.is_none() {
            let inbox = self.inbox.clone();
            let relist = move || inbox.take(Command::Network(NetworkCommand::Relist), JsValue::UNDEFINED);
            self.others = Channel::open(relist);
        }
    }

    fn progress(&self, stage: Stage, share: f32) {
        self.post(&Event::Progress { stage, share });
    }

    fn post(&self, event: &Event) {
        self.voice.post(event);
    }

    /// Posts an event with something beside it, such as a file.
    fn post_with(&self, event: &Event, beside: &JsValue) {
        self.voice.post_with(event, beside);
    }
}

/// Comes back in another task: messages arrive between tasks only.
async fn next_task(scope: &DedicatedWorkerGlobalScope) {
    wait(scope, 0).await;
}

/// Comes back after so many milliseconds.
async fn wait(scope: &DedicatedWorkerGlobalScope, milliseconds: i32) {
    let task = js_sys::Promise::new(&mut |resolve, _| {
        // a worker's timers are always there
        let _ = scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = JsFuture::from(task).await;
}

/// Bytes as a file that can be handed over.
fn blob_of(bytes: &[u8]) -> Option<Blob> {
    Blob::new_with_u8_array_sequence(&js_sys::Array::of1(&js_sys::Uint8Array::from(bytes))).ok()
}

/// Compares the GPU with the CPU on a network before it is trusted with it.
async fn check_gpu(device: &Device, weights: &[u8]) -> Result<(), String> {
    let load = |device| network::load(weights, device).map(|file| file.network.valid());
    let on_gpu = load(device).map_err(|error| error.to_string())?;
    let on_cpu = load(&Opened::cpu(None).device).map_err(|error| error.to_string())?;
    check(device, &on_gpu, &on_cpu).await.map_err(|error| error.to_string())?;
    device::take_trouble().map_or(Ok(()), Err)
}

async fn warm_up(recognizer: &Recognizer) -> Result<(), Problem> {
    let crop = Crop(Box::new([128; CROP_PIXELS]));
    recognizer.classify(&[crop]).await.map(|_| ()).map_err(|error| compute(&error.to_string()))
}

/// A file of the site. The request is sent at once, not when the result is awaited.
fn fetch(path: &'static str) -> impl Future<Output = Result<Vec<u8>, Problem>> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let request = site::fetch_in_worker(&scope, path);
    let missing =
        move |detail: String| Problem { kind: ProblemKind::WeightsMissing, detail: format!("`{path}`: {detail}") };
    async move {
        let response = JsFuture::from(request).await.map_err(|error| missing(describe(&error)))?;
        let response: Response = response.unchecked_into();
        if !response.ok() {
            return Err(missing(format!("the server answered {}", response.status())));
        }
        let buffer = response.array_buffer().map_err(|error| missing(describe(&error)))?;
        let buffer: JsValue = JsFuture::from(buffer).await.map_err(|error| missing(describe(&error)))?;
        Ok(js_sys::Uint8Array::new(&buffer).to_vec())
    }
}

/// Milliseconds since the worker began.
fn now() -> f64 {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    scope.performance().map_or(0.0, |performance| performance.now())
}

fn damaged(path: &str, error: &impl ToString) -> Problem {
    Problem { kind: ProblemKind::WeightsDamaged, detail: format!("`{path}`: {}", error.to_string()) }
}

fn refused(detail: &str) -> Problem {
    Problem { kind: ProblemKind::Picture, detail: detail.to_owned() }
}

fn compute(detail: &str) -> Problem {
    Problem { kind: ProblemKind::Compute, detail: detail.to_owned() }
}
