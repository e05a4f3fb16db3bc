//! The page's connection to the engine: starts the worker, sends commands, receives events.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::file::ObjectUrl;
use js_sys::Reflect;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, ErrorEvent, File, ImageBitmap, MessageEvent, Worker};

use mien_browser::site;
use mien_browser::thrown::describe;
use mien_browser::wire::{from_message, to_message};
use mien_protocol as protocol;
use mien_protocol::{BackendChoice, Command, Event, Fallback, Fault, Problem, ProblemKind, ToMessage};

/// Name of the `<meta>` element that holds the path of the worker's script, as in `<meta name="engine" content="…">`.
/// The file name contains a content hash, so page and engine are always of the same version.
const SCRIPT: &str = "engine";

/// A handle to the engine; clones refer to the same engine.
#[derive(Clone)]
pub struct Engine(Rc<Inner>);

struct Inner {
    listener: Rc<Listener>,
    running: RefCell<Running>,
}

struct Listener {
    on_event: Rc<dyn Fn(Event, JsValue)>,
    /// Whether the worker crashed or lost its GPU, so that its device cannot be used again.
    broken: Cell<bool>,
}

impl Listener {
    fn receive(&self, event: Event, beside: JsValue) {
        if matches!(event, Event::Failed { .. } | Event::Ready { fallback: Some(Fallback::Lost { .. }), .. }) {
            self.broken.set(true);
        }
        (self.on_event)(event, beside);
    }

    fn fail(&self, problem: Problem) {
        self.receive(Event::Failed { problem }, JsValue::UNDEFINED);
    }
}

struct Running {
    worker: Worker,
    /// Messages queued while the worker is loading; it would not receive them yet.
    queued: Rc<RefCell<Option<Vec<Message>>>>,
    _script: ObjectUrl,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

/// The message, and its transferred objects.
type Message = (js_sys::Array, js_sys::Array);

impl Engine {
    /// Starts the worker. Every event it sends, a crash included, is passed to `on_event`, with its attachment.
    ///
    /// # Errors
    /// When the browser does not start workers.
    pub fn spawn(on_event: Rc<dyn Fn(Event, JsValue)>) -> Result<Self, Problem> {
        let listener = Rc::new(Listener { on_event, broken: Cell::new(false) });
        let running = RefCell::new(Running::spawn(&listener)?);
        Ok(Self(Rc::new(Inner { listener, running })))
    }

    /// Starts the engine, or changes it over to a backend. After a failure it begins in a fresh worker, which frees the
    /// device whatever state it was in; then all that the old one held is gone, which `true` indicates.
    pub fn start(&self, choice: BackendChoice) -> bool {
        let fresh = self.0.listener.broken.take();
        if fresh {
            match Running::spawn(&self.0.listener) {
                Ok(running) => *self.0.running.borrow_mut() = running,
                Err(problem) => {
                    self.0.listener.fail(problem);
                    return fresh;
                }
            }
        }
        self.send(&Command::Start { choice });
        fresh
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
            self.0.listener.fail(problem);
        }
    }

    fn try_post(&self, command: &Command, beside: &JsValue, transfer: &js_sys::Array) -> Result<(), Problem> {
        let command = to_message(command).map_err(|_| problem(Fault::Unwritable.message()))?;
        let message = js_sys::Array::of2(&command, beside);
        let running = self.0.running.borrow();
        if let Some(queued) = running.queued.borrow_mut().as_mut() {
            queued.push((message, transfer.clone()));
            return Ok(());
        }
        running.worker.post_message_with_transfer(&message, transfer).map_err(|error| thrown(describe(&error)))
    }
}

impl Running {
    fn spawn(listener: &Rc<Listener>) -> Result<Self, Problem> {
        let script = site::meta(SCRIPT).ok_or_else(|| problem(Fault::Unnamed.message()))?;
        let (worker, script) = site::worker(&script).map_err(|error| thrown(describe(&error)))?;
        let queued = Rc::new(RefCell::new(Some(Vec::<Message>::new())));
        let (listening, until_loaded, receiver) = (Rc::clone(listener), Rc::clone(&queued), worker.clone());
        let on_message = Closure::new(move |message: MessageEvent| {
            for (message, transfer) in until_loaded.take().unwrap_or_default() {
                if let Err(error) = receiver.post_message_with_transfer(&message, &transfer) {
                    listening.fail(thrown(describe(&error)));
                }
            }
            let parts: js_sys::Array = message.data().unchecked_into();
            // Its own words would weigh more in the page's program than they say.
            let event = from_message(&parts.get(0))
                .unwrap_or_else(|_| Event::Failed { problem: problem(Fault::Unreadable.message()) });
            listening.receive(event, parts.get(1));
        });
        let listening = Rc::clone(listener);
        let on_error = Closure::new(move |error: ErrorEvent| {
            listening.fail(message(&error).map_or_else(|| problem(Fault::Missing.message()), thrown));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, queued, _script: script, _on_message: on_message, _on_error: on_error })
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
fn message(error: &ErrorEvent) -> Option<String> {
    Reflect::get(error, &"message".into()).ok()?.as_string()
}

fn problem(detail: protocol::Message) -> Problem {
    Problem { kind: ProblemKind::Worker, detail }
}

/// What the browser said.
fn thrown(text: String) -> Problem {
    problem(protocol::Message::quoted(text))
}
