//! Connects the features to the state, the engine and the browser.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{Blob, File, ImageBitmap};

use crate::notice::Notice;
use crate::state::Action;
use mien_protocol::{BackendChoice, Command, Event, Message};

/// Identifies a request; the response has the same number. Unique within a page load.
pub type RequestId = u32;

/// Receives the engine's events, each with its attachment.
pub type EventHandler = Rc<dyn Fn(Event, JsValue)>;

/// An attachment of a command.
#[derive(Clone, Copy)]
pub enum Attachment<'a> {
    /// Nothing.
    None,
    /// Files, which remain readable on the page.
    Files(&'a [File]),
    /// A value, which is copied to the engine.
    Value(&'a JsValue),
    /// A picture, which is transferred: it is empty on the page afterwards; and its file if it is to be checked.
    Picture(&'a ImageBitmap, Option<&'a Blob>),
}

/// The name of a downloaded file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileName<'a> {
    /// A timestamp, with this extension, which a name may precede.
    Timestamp(&'a str),
    /// Exactly this.
    Exact(&'a str),
}

/// Everything the features need from the browser and the state. Implemented by the page and by a fake for unit tests.
pub trait Host {
    /// Changes the state.
    fn dispatch(&self, action: Action);

    /// Sends a command to the engine, if there is one.
    fn send(&self, command: &Command, attachment: Attachment<'_>);

    /// Starts the engine or switches its backend. Returns whether a new engine replaced one that failed, so that its
    /// state is lost.
    fn start_engine(&self, choice: BackendChoice, on_event: EventHandler) -> bool;

    /// Ends the engine, which fails for this reason.
    fn end_engine(&self, reason: Message);

    /// A monotonic clock, in milliseconds.
    fn now(&self) -> f64;

    /// The local time of day, such as `9:05`.
    fn time_of_day(&self) -> String;

    /// Spawns an asynchronous task.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>);

    /// Runs the callback after this many milliseconds.
    fn after(&self, milliseconds: u32, callback: Box<dyn FnOnce()>);

    /// Plays tones: when each begins in seconds, and its frequency in hertz.
    fn play_tones(&self, tones: &'static [(f64, f32)]);

    /// Tells the page that embeds this one that a rule fired: its number and its class. The message arrives only if that page is
    /// of this origin.
    fn post_to_embedder(&self, rule: u32, class: &str, origin: &str);

    /// Downloads a text as a file whose name is a timestamp with this extension, which a name of what it is may precede, as in
    /// `curve-happy-yaw.csv`.
    ///
    /// # Errors
    /// A notice that says why there is no file.
    fn download_text(&self, text: &str, media_type: &str, extension: &str) -> Result<(), Notice>;

    /// Downloads a file made by the engine. Returns `false` if `file` is not a file.
    fn download_file(&self, file: &JsValue, name: FileName<'_>) -> bool;
}

/// A handle to the state, the engine and the request numbers; clones share them.
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

    /// Shows a notice.
    pub fn notify(&self, notice: Notice) {
        self.dispatch(Action::Notify(notice));
    }

    /// Removes a notice, if it is shown, since it is not true any more.
    pub fn withdraw(&self, notice: Notice) {
        self.dispatch(Action::Withdraw(notice));
    }

    /// A new number for a request or a run, unique across features. The first is 1.
    pub fn next_request(&self) -> RequestId {
        let request = self.0.requests.get().wrapping_add(1);
        self.0.requests.set(request);
        request
    }

    /// Whether the engine is ready to recognize and explain. It accepts other commands at any time.
    pub fn is_ready(&self) -> bool {
        self.0.ready.get()
    }

    /// Sets whether the engine is ready.
    pub fn set_ready(&self, ready: bool) {
        self.0.ready.set(ready);
    }

    /// Sends a command.
    pub fn send(&self, command: &Command) {
        self.send_with(command, Attachment::None);
    }

    /// Sends a command with an attachment.
    pub fn send_with(&self, command: &Command, attachment: Attachment<'_>) {
        self.0.host.send(command, attachment);
    }

    /// The host, for functions that have no counterpart here.
    pub fn host(&self) -> &dyn Host {
        &*self.0.host
    }

    /// Spawns an asynchronous task.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.host.spawn(Box::pin(task));
    }

    /// A monotonic clock, in milliseconds.
    pub fn now(&self) -> f64 {
        self.0.host.now()
    }

    /// Downloads a text, or shows a notice if that fails.
    pub fn download_text(&self, text: &str, media_type: &str, extension: &str) {
        if let Err(notice) = self.0.host.download_text(text, media_type, extension) {
            self.notify(notice);
        }
    }
}
