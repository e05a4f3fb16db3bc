//! What a feature reaches the rest of the page by.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{File, ImageBitmap};

use crate::notice::Notice;
use crate::state::Action;
use mien_protocol::{BackendChoice, Command, Event};

/// Names a request; the answer names it again. Never used twice in the page's life.
pub type RequestId = u32;

/// Takes the engine's events, each with what travels beside it.
pub type EventHandler = Rc<dyn Fn(Event, JsValue)>;

/// What travels beside a command.
#[derive(Clone, Copy)]
pub enum Attachment<'a> {
    /// Nothing.
    None,
    /// Files, which stay readable on this side.
    Files(&'a [File]),
    /// A value, of which the engine gets a copy.
    Value(&'a JsValue),
    /// A picture, which is transferred: it is empty on this side afterwards.
    Picture(&'a ImageBitmap),
}

/// What a downloaded file is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileName<'a> {
    /// By the time of the download, with this extension.
    Timestamp(&'a str),
    /// Exactly this.
    Exact(&'a str),
}

/// What the features need of the browser and of the state. There is one for the page, and a fake one for unit tests.
pub trait Host {
    /// Changes the state.
    fn dispatch(&self, action: Action);

    /// Sends a command to the engine, if there is one.
    fn send(&self, command: &Command, attachment: Attachment<'_>);

    /// Starts the engine, or changes it over to a backend. Returns whether it is a new one that stands in for one that
    /// failed, so that all that the old one held is gone.
    fn start_engine(&self, choice: BackendChoice, on_event: EventHandler) -> bool;

    /// A clock in milliseconds that only goes forward.
    fn now(&self) -> f64;

    /// The visitor's time of day, such as `9:05`.
    fn time_of_day(&self) -> String;

    /// Runs a task that waits for the browser.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>);

    /// Calls back after so many milliseconds.
    fn after(&self, milliseconds: u32, callback: Box<dyn FnOnce()>);

    /// Downloads a text.
    ///
    /// # Errors
    /// A notice that says why there is no file.
    fn download_text(&self, text: &str, media_type: &str, extension: &str) -> Result<(), Notice>;

    /// Downloads a file that the engine made. Returns `false` if `file` is none.
    fn download_file(&self, file: &JsValue, name: FileName<'_>) -> bool;
}

/// A handle on the state, the engine and the request numbers; clones are the same.
#[derive(Clone)]
pub struct Link(Rc<Inner>);

struct Inner {
    host: Rc<dyn Host>,
    requests: Cell<RequestId>,
    ready: Cell<bool>,
}

impl Link {
    /// A link to a host whose engine is not ready.
    pub fn new(host: Rc<dyn Host>) -> Self {
        Self(Rc::new(Inner { host, requests: Cell::new(0), ready: Cell::new(false) }))
    }

    /// Changes the state.
    pub fn dispatch(&self, action: Action) {
        self.0.host.dispatch(action);
    }

    /// Tells the visitor something.
    pub fn notify(&self, notice: Notice) {
        self.dispatch(Action::Notify(notice));
    }

    /// A number for a request or a run, of all features together. The first is 1.
    pub fn next_request(&self) -> RequestId {
        let request = self.0.requests.get().wrapping_add(1);
        self.0.requests.set(request);
        request
    }

    /// Whether the engine recognizes and explains. It takes other commands at any time.
    pub fn is_ready(&self) -> bool {
        self.0.ready.get()
    }

    /// The engine became ready, or is so no more.
    pub fn set_ready(&self, ready: bool) {
        self.0.ready.set(ready);
    }

    /// Sends a command.
    pub fn send(&self, command: &Command) {
        self.send_with(command, Attachment::None);
    }

    /// Sends a command with something beside it.
    pub fn send_with(&self, command: &Command, attachment: Attachment<'_>) {
        self.0.host.send(command, attachment);
    }

    /// The host, for what is asked of it as it is.
    pub fn host(&self) -> &dyn Host {
        &*self.0.host
    }

    /// Runs a task that waits for the browser.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.host.spawn(Box::pin(task));
    }

    /// A clock in milliseconds that only goes forward.
    pub fn now(&self) -> f64 {
        self.0.host.now()
    }

    /// Downloads a text, or tells the visitor why not.
    pub fn download_text(&self, text: &str, media_type: &str, extension: &str) {
        if let Err(notice) = self.0.host.download_text(text, media_type, extension) {
            self.notify(notice);
        }
    }
}
