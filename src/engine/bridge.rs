//! The page's side: starts the worker, sends commands, hands events on.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, ImageBitmap, MessageEvent, Worker};

use super::protocol::{Command, Event, Problem, ProblemKind};
use super::thrown::describe;

/// Where the page tells the worker's script, in `<meta name="engine" content="…">`: a file, since a strict content policy
/// and a sub-path both break blob URLs, and named by its content, so that page and engine are of one version.
const SCRIPT: &str = "meta[name=engine]";

/// A handle on the engine; clones are the same engine.
#[derive(Clone)]
pub struct Engine(Rc<Inner>);

struct Inner {
    on_event: Rc<dyn Fn(Event)>,
    running: RefCell<Running>,
}

struct Running {
    worker: Worker,
    /// Messages for a worker that is still loading: it would not hear them.
    waiting: Rc<RefCell<Option<Vec<Message>>>>,
    started: bool,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

/// What is posted, and what of it is transferred.
type Message = (js_sys::Array, js_sys::Array);

impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Engine {
    /// Starts the worker. Every event it sends, a crash included, is handed to `on_event`.
    ///
    /// # Errors
    /// When the browser does not start workers.
    pub fn spawn(on_event: impl Fn(Event) + 'static) -> Result<Self, Problem> {
        let on_event: Rc<dyn Fn(Event)> = Rc::new(on_event);
        let running = RefCell::new(Running::spawn(&on_event)?);
        Ok(Self(Rc::new(Inner { on_event, running })))
    }

    /// Sends a command. A second [`Command::Start`] begins in a fresh worker, which frees the old device whatever state
    /// it was in.
    pub fn send(&self, command: &Command) {
        if matches!(command, Command::Start { .. })
            && let Err(problem) = self.restart()
        {
            (self.0.on_event)(Event::Failed { problem });
            return;
        }
        self.post(command, None);
    }

    /// Sends a command with a picture, which is transferred: it is empty on this side afterwards.
    pub fn send_picture(&self, command: &Command, picture: &ImageBitmap) {
        self.post(command, Some(picture));
    }

    fn restart(&self) -> Result<(), Problem> {
        let mut running = self.0.running.borrow_mut();
        if running.started {
            *running = Running::spawn(&self.0.on_event)?;
        }
        running.started = true;
        Ok(())
    }

    fn post(&self, command: &Command, picture: Option<&ImageBitmap>) {
        if let Err(problem) = self.try_post(command, picture) {
            (self.0.on_event)(Event::Failed { problem });
        }
    }

    fn try_post(&self, command: &Command, picture: Option<&ImageBitmap>) -> Result<(), Problem> {
        let command = serde_wasm_bindgen::to_value(command).map_err(|error| problem(error.to_string()))?;
        let picture = picture.map_or(JsValue::UNDEFINED, JsValue::from);
        let transfer = js_sys::Array::new();
        if !picture.is_undefined() {
            transfer.push(&picture);
        }
        let message = js_sys::Array::of2(&command, &picture);
        let running = self.0.running.borrow();
        if let Some(waiting) = running.waiting.borrow_mut().as_mut() {
            waiting.push((message, transfer));
            return Ok(());
        }
        running.worker.post_message_with_transfer(&message, &transfer).map_err(|error| problem(describe(&error)))
    }
}

impl Running {
    fn spawn(on_event: &Rc<dyn Fn(Event)>) -> Result<Self, Problem> {
        let options = web_sys::WorkerOptions::new();
        options.set_type(web_sys::WorkerType::Module);
        let script = script().ok_or_else(|| problem("the page does not name its engine".to_owned()))?;
        let worker = Worker::new_with_options(&script, &options).map_err(|error| problem(describe(&error)))?;
        let waiting = Rc::new(RefCell::new(Some(Vec::<Message>::new())));
        let (forward, queued, heard_by) = (Rc::clone(on_event), Rc::clone(&waiting), worker.clone());
        let on_message = Closure::new(move |message: MessageEvent| {
            for (message, transfer) in queued.take().unwrap_or_default() {
                if let Err(error) = heard_by.post_message_with_transfer(&message, &transfer) {
                    forward(Event::Failed { problem: problem(describe(&error)) });
                }
            }
            forward(
                serde_wasm_bindgen::from_value(message.data())
                    .unwrap_or_else(|error| Event::Failed { problem: problem(error.to_string()) }),
            );
        });
        let forward = Rc::clone(on_event);
        let on_error = Closure::new(move |error: ErrorEvent| {
            forward(Event::Failed { problem: problem(error.message()) });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, waiting, started: false, _on_message: on_message, _on_error: on_error })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn script() -> Option<String> {
    let document = web_sys::window()?.document()?;
    document.query_selector(SCRIPT).ok()??.get_attribute("content")
}

fn problem(detail: String) -> Problem {
    Problem { kind: ProblemKind::Worker, detail }
}
