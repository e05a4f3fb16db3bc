//! The page's connection to the engine: starts the workers, sends commands, receives events.
//!
//! On a first visit, the quick-start engine recognizes while the engine loads: a small program with a small network, on the
//! CPU. The engine is loaded after the first recognition, after a moment without any, or after a minute in any case. It takes
//! over when it is ready, or at once if the quick-start engine fails.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo::file::ObjectUrl;
use gloo::timers::callback::Timeout;
use js_sys::Reflect;
use serde::Serialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, ErrorEvent, File, ImageBitmap, MessageEvent, Worker};

use mien_browser::site;
use mien_browser::thrown::describe;
use mien_browser::wire::{from_message, to_message};
use mien_protocol as protocol;
use mien_protocol::quick_start::{QuickStartCommand, QuickStartEvent};
use mien_protocol::{BackendChoice, Command, Event, Fallback, Fault, Problem, ProblemKind, StartupStep, ToMessage};

/// Name of the `<meta>` element that holds the path of the worker's script, as in `<meta name="engine" content="…">`.
/// The file name contains a content hash, so page and engine are always of the same version.
const SCRIPT: &str = "engine";

/// Milliseconds without a recognition after which the engine is loaded. A visitor who has a picture at hand gets the result first.
const IDLE: u32 = 300;

/// Milliseconds after which the engine is loaded in any case: the quick-start engine may wait for a file that never arrives, or never
/// answer.
const LATEST: u32 = 60_000;

/// A handle to the engine; clones refer to the same engine.
#[derive(Clone)]
pub struct Engine(Rc<Inner>);

struct Inner {
    on_event: Rc<dyn Fn(Event, JsValue)>,
    /// The quick-start engine, until the engine is ready.
    quick_start: RefCell<Option<Running>>,
    /// Whether the quick-start engine has a picture.
    is_recognizing: Cell<bool>,
    /// The engine, once it is being loaded.
    running: RefCell<Option<Running>>,
    /// What the engine will receive first.
    waiting: RefCell<Vec<Message>>,
    /// Whether the worker crashed or lost its GPU, so that its device cannot be used again.
    broken: Cell<bool>,
}

struct Running {
    worker: Worker,
    /// Messages queued while the worker is loading; it would not receive them yet.
    queued: Rc<RefCell<Option<Vec<Message>>>>,
    _script: Option<ObjectUrl>,
    on_message: Closure<dyn Fn(MessageEvent)>,
    on_error: Closure<dyn Fn(ErrorEvent)>,
}

/// The message, and its transferred objects.
type Message = (js_sys::Array, js_sys::Array);

/// What a worker posts: its message and the attachment, or why it failed.
type Posted = Result<(JsValue, JsValue), Problem>;

impl Engine {
    /// Starts the workers. Every event, a crash included, is passed to `on_event`, with its attachment.
    ///
    /// # Errors
    /// When the browser does not start workers.
    pub fn spawn(on_event: Rc<dyn Fn(Event, JsValue)>) -> Result<Self, Problem> {
        let engine = Self(Rc::new(Inner {
            on_event,
            quick_start: RefCell::default(),
            is_recognizing: Cell::default(),
            running: RefCell::default(),
            waiting: RefCell::default(),
            broken: Cell::default(),
        }));
        match site::take_quick_start() {
            Some((worker, events)) => {
                let handler = engine.handler(|engine, posted| engine.on_quick_start(posted));
                let running = Running::new(worker, None, handler);
                let on_early = running.replay(&events);
                engine.0.quick_start.replace(Some(running));
                // once the page can receive events
                Timeout::new(0, on_early).forget();
                let late = engine.clone();
                Timeout::new(LATEST, move || late.load_once()).forget();
            }
            None => engine.load()?,
        }
        Ok(engine)
    }

    /// Starts the engine, or changes it over to a backend. After a failure it begins in a fresh worker, which frees the
    /// device whatever state it was in; then all that the old one held is gone, which `true` indicates.
    pub fn start(&self, choice: BackendChoice) -> bool {
        let fresh = self.0.broken.take();
        if fresh && let Err(problem) = self.load() {
            self.fail(problem);
            return fresh;
        }
        self.send(&Command::Start { choice });
        fresh
    }

    /// Loads the engine.
    fn load(&self) -> Result<(), Problem> {
        let running = Running::spawn(self.handler(|engine, posted| engine.on_posted(posted)))?;
        running.queued.replace(Some(self.0.waiting.take()));
        self.0.running.replace(Some(running));
        Ok(())
    }

    /// Loads the engine unless it is already.
    fn load_once(&self) {
        if self.0.running.borrow().is_none()
            && let Err(problem) = self.load()
        {
            self.fail(problem);
        }
    }

    fn handler(&self, handle: impl Fn(&Self, Posted) + 'static) -> Rc<dyn Fn(Posted)> {
        let inner = Rc::downgrade(&self.0);
        Rc::new(move |posted| {
            if let Some(inner) = Weak::upgrade(&inner) {
                handle(&Self(inner), posted);
            }
        })
    }

    fn on_posted(&self, posted: Posted) {
        let (event, beside) = match posted {
            // Its own words would weigh more in the page's program than they say.
            Ok((message, beside)) => match from_message(&message) {
                Ok(event) => (event, beside),
                Err(_) => return self.fail(problem(Fault::Unreadable.message())),
            },
            Err(problem) => return self.fail(problem),
        };
        self.receive(event, beside);
    }

    fn receive(&self, event: Event, beside: JsValue) {
        if matches!(event, Event::Failed { .. } | Event::Ready { fallback: Some(Fallback::Lost { .. }), .. }) {
            self.0.broken.set(true);
        }
        match event {
            // what it does meanwhile, pictures need not wait for
            Event::Progress { .. } if self.0.quick_start.borrow().is_some() => return,
            Event::Failed { .. } | Event::Ready { .. } => drop(self.0.quick_start.take()),
            _ => {}
        }
        (self.0.on_event)(event, beside);
    }

    fn on_quick_start(&self, posted: Posted) {
        let event = posted.ok().and_then(|(message, _)| from_message(&message).ok());
        let event = match event.unwrap_or(QuickStartEvent::Failed) {
            QuickStartEvent::Started(network) => {
                self.load_when_idle();
                Event::QuickStarted { network }
            }
            QuickStartEvent::Recognized { request, width, height, faces, found, timing } => {
                self.0.is_recognizing.set(false);
                self.load_once();
                Event::Recognized { request, width, height, faces, found, timing }
            }
            QuickStartEvent::Failed => {
                // not here, where it is being called
                let failed = self.0.quick_start.take();
                Timeout::new(0, || drop(failed)).forget();
                self.load_once();
                Event::Progress { step: StartupStep::Weights, progress: 0.0 }
            }
        };
        (self.0.on_event)(event, JsValue::UNDEFINED);
    }

    fn load_when_idle(&self) {
        let engine = self.clone();
        let load = move || {
            if !engine.0.is_recognizing.get() {
                engine.load_once();
            }
        };
        Timeout::new(IDLE, load).forget();
    }

    /// Ends the worker, whatever it does, as if it had failed for this reason.
    pub fn end(&self, reason: protocol::Message) {
        if let Some(running) = &*self.0.running.borrow() {
            running.worker.terminate();
        }
        self.fail(problem(reason));
    }

    fn fail(&self, problem: Problem) {
        self.receive(Event::Failed { problem }, JsValue::UNDEFINED);
    }

    /// Sends a command.
    pub fn send(&self, command: &Command) {
        self.send_beside(command, &JsValue::UNDEFINED);
    }

    /// Sends a command with files, which remain readable on the page.
    pub fn send_files(&self, command: &Command, files: &[File]) {
        self.send_beside(command, &files.iter().collect::<js_sys::Array>());
    }

    /// Sends a command with an attachment, which is copied to the engine.
    pub fn send_beside(&self, command: &Command, beside: &JsValue) {
        self.post(command, beside, &js_sys::Array::new());
    }

    /// Sends a command with a picture, which is transferred: it is empty on the page afterwards. Its file, if any, remains
    /// readable.
    pub fn send_picture(&self, command: &Command, picture: &ImageBitmap, file: Option<&Blob>) {
        let beside = js_sys::Array::of1(picture);
        if let Some(file) = file {
            beside.push(file);
        }
        self.post(command, &beside, &js_sys::Array::of1(picture));
    }

    fn post(&self, command: &Command, beside: &JsValue, transfer: &js_sys::Array) {
        if let Err(problem) = self.try_post(command, beside, transfer) {
            self.fail(problem);
        }
    }

    fn try_post(&self, command: &Command, beside: &JsValue, transfer: &js_sys::Array) -> Result<(), Problem> {
        if let Some(quick_start) = &*self.0.quick_start.borrow()
            && let Some(command) = for_quick_start(command)
        {
            self.0.is_recognizing.set(self.0.is_recognizing.get() || transfer.length() > 0);
            quick_start.post(message(&command, beside)?, transfer)?;
            if !matches!(command, QuickStartCommand::SetTestTimeAugmentation(_)) {
                return Ok(());
            }
        }
        let message = message(command, beside)?;
        if let Some(running) = &*self.0.running.borrow() {
            return running.post(message, transfer);
        }
        self.0.waiting.borrow_mut().push((message, transfer.clone()));
        // until then, these wait
        if matches!(command, Command::Start { .. } | Command::SetTestTimeAugmentation { .. }) {
            return Ok(());
        }
        self.load()
    }
}

/// What the quick-start engine is told of a command.
fn for_quick_start(command: &Command) -> Option<QuickStartCommand> {
    match *command {
        Command::Recognize { request, source, time } => Some(QuickStartCommand::Recognize { request, source, time }),
        Command::Reset => Some(QuickStartCommand::Reset),
        Command::SetTestTimeAugmentation { augmentation } => {
            Some(QuickStartCommand::SetTestTimeAugmentation(augmentation))
        }
        _ => None,
    }
}

fn message(command: &impl Serialize, beside: &JsValue) -> Result<js_sys::Array, Problem> {
    let command = to_message(command).map_err(|_| problem(Fault::Unwritable.message()))?;
    Ok(js_sys::Array::of2(&command, beside))
}

impl Running {
    /// Starts the engine's worker.
    fn spawn(on_posted: Rc<dyn Fn(Posted)>) -> Result<Self, Problem> {
        let script = site::meta(SCRIPT).ok_or_else(|| problem(Fault::Unnamed.message()))?;
        let (worker, script) = site::worker(&script).map_err(|error| thrown(describe(&error)))?;
        Ok(Self::new(worker, Some(script), on_posted))
    }

    /// A worker that was started, and its script.
    fn new(worker: Worker, script: Option<ObjectUrl>, on_posted: Rc<dyn Fn(Posted)>) -> Self {
        let queued = Rc::new(RefCell::new(Some(Vec::<Message>::new())));
        let (on_error, until_loaded, receiver) = (Rc::clone(&on_posted), Rc::clone(&queued), worker.clone());
        let on_message = Closure::new(move |message: MessageEvent| {
            for (message, transfer) in until_loaded.take().unwrap_or_default() {
                if let Err(error) = receiver.post_message_with_transfer(&message, &transfer) {
                    on_posted(Err(thrown(describe(&error))));
                }
            }
            let parts: js_sys::Array = message.data().unchecked_into();
            on_posted(Ok((parts.get(0), parts.get(1))));
        });
        let on_error = Closure::new(move |error: ErrorEvent| {
            on_error(Err(said(&error).map_or_else(|| problem(Fault::Missing.message()), thrown)));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Self { worker, queued, _script: script, on_message, on_error }
    }

    /// Handles events from before the handlers were set, when called.
    fn replay(&self, events: &[JsValue]) -> impl FnOnce() + 'static {
        let calls = events.iter().map(|event| {
            let handler =
                if event.has_type::<MessageEvent>() { self.on_message.as_ref() } else { self.on_error.as_ref() };
            (handler.clone(), event.clone())
        });
        let calls: Vec<(JsValue, JsValue)> = calls.collect();
        move || {
            for (handler, event) in calls {
                // they throw nothing
                let _ = handler.unchecked_into::<js_sys::Function>().call1(&JsValue::UNDEFINED, &event);
            }
        }
    }

    fn post(&self, message: js_sys::Array, transfer: &js_sys::Array) -> Result<(), Problem> {
        if let Some(queued) = self.queued.borrow_mut().as_mut() {
            queued.push((message, transfer.clone()));
            return Ok(());
        }
        self.worker.post_message_with_transfer(&message, transfer).map_err(|error| thrown(describe(&error)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The message of a worker error; `None` when the script failed to load.
fn said(error: &ErrorEvent) -> Option<String> {
    Reflect::get(error, &"message".into()).ok()?.as_string()
}

fn problem(detail: protocol::Message) -> Problem {
    Problem { kind: ProblemKind::Worker, detail }
}

/// What the browser said.
fn thrown(text: String) -> Problem {
    problem(protocol::Message::quoted(text))
}
