//! A [`Host`] for unit tests, which records all calls.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File, HtmlCanvasElement, ImageBitmap};

use super::link::{Attachment, EventHandler, FileName, Host, Link};
use crate::notice::Notice;
use crate::sources::picture::Decoded;
use crate::state::{Action, RecognitionResult};
use mien_core::dataset::Rejections;
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::{CROP_PIXELS, Point, Rectangle};
use mien_protocol::{BackendChoice, Command, DatasetId, DatasetSummary, Message, RecognizedFace, Timing};

/// Milliseconds and callback.
type Timer = (u32, Box<dyn FnOnce()>);

/// Records what is dispatched, sent and downloaded. Its clock only moves when set.
#[derive(Default)]
pub struct FakeHost {
    actions: RefCell<Vec<Action>>,
    commands: RefCell<Vec<Command>>,
    /// Number of files attached to each picture.
    files: RefCell<Vec<usize>>,
    downloads: RefCell<Vec<(String, String)>>,
    timers: RefCell<Vec<Timer>>,
    tones: RefCell<Vec<&'static [(f64, f32)]>>,
    /// Rule, class and origin of each message to the embedding page.
    posts: RefCell<Vec<(u32, String, String)>>,
    /// Why the engine was ended, each time.
    ends: RefCell<Vec<Message>>,
    /// Number of spawned tasks, which never run: there is no browser.
    tasks: Cell<u32>,
    /// The clock, in milliseconds.
    pub clock: Cell<f64>,
    /// Whether the next engine start reports that it replaced a failed engine.
    pub replaced: Cell<bool>,
    /// Whether downloads fail.
    pub refuses_downloads: Cell<bool>,
}

impl FakeHost {
    /// A host, and the link to it.
    pub fn new() -> (Rc<Self>, Link) {
        let host = Rc::new(Self::default());
        let link = Link::new(Rc::<Self>::clone(&host));
        (host, link)
    }

    /// The actions dispatched since the last call.
    pub fn take_actions(&self) -> Vec<Action> {
        self.actions.take()
    }

    /// The notices dispatched since the last call.
    pub fn take_notices(&self) -> Vec<Notice> {
        let notice = |action| if let Action::Notify(notice) = action { Some(notice) } else { None };
        self.take_actions().into_iter().filter_map(notice).collect()
    }

    /// The commands sent since the last call.
    pub fn take_commands(&self) -> Vec<Command> {
        self.commands.take()
    }

    /// The number of files attached to each picture since the last call.
    pub fn take_files(&self) -> Vec<usize> {
        self.files.take()
    }

    /// Content and name of the files downloaded since the last call.
    pub fn take_downloads(&self) -> Vec<(String, String)> {
        self.downloads.take()
    }

    /// The tones played since the last call.
    pub fn take_tones(&self) -> Vec<&'static [(f64, f32)]> {
        self.tones.take()
    }

    /// The messages to the embedding page since the last call.
    pub fn take_posts(&self) -> Vec<(u32, String, String)> {
        self.posts.take()
    }

    /// Why the engine was ended since the last call, each time.
    pub fn take_ends(&self) -> Vec<Message> {
        self.ends.take()
    }

    /// The number of tasks spawned since the last call.
    pub fn take_tasks(&self) -> u32 {
        self.tasks.take()
    }

    /// Runs all pending timers; returns their delays in milliseconds.
    pub fn run_timers(&self) -> Vec<u32> {
        let timers = self.timers.take();
        timers
            .into_iter()
            .map(|(milliseconds, callback)| {
                callback();
                milliseconds
            })
            .collect()
    }
}

impl Host for FakeHost {
    fn dispatch(&self, action: Action) {
        self.actions.borrow_mut().push(action);
    }

    fn send(&self, command: &Command, attachment: Attachment<'_>) {
        if let Attachment::Picture(_, file) = attachment {
            self.files.borrow_mut().push(usize::from(file.is_some()));
        }
        self.commands.borrow_mut().push(command.clone());
    }

    fn start_engine(&self, choice: BackendChoice, _: EventHandler) -> bool {
        self.commands.borrow_mut().push(Command::Start { choice });
        self.replaced.take()
    }

    fn end_engine(&self, reason: Message) {
        self.ends.borrow_mut().push(reason);
    }

    fn now(&self) -> f64 {
        self.clock.get()
    }

    fn time_of_day(&self) -> String {
        String::from("9:05")
    }

    fn spawn(&self, _: Pin<Box<dyn Future<Output = ()>>>) {
        self.tasks.set(self.tasks.get() + 1);
    }

    fn after(&self, milliseconds: u32, callback: Box<dyn FnOnce()>) {
        self.timers.borrow_mut().push((milliseconds, callback));
    }

    fn play_tones(&self, tones: &'static [(f64, f32)]) {
        self.tones.borrow_mut().push(tones);
    }

    fn post_to_embedder(&self, rule: u32, class: &str, origin: &str) {
        self.posts.borrow_mut().push((rule, class.to_owned(), origin.to_owned()));
    }

    fn download_text(&self, text: &str, media_type: &str, extension: &str) -> Result<(), Notice> {
        if self.refuses_downloads.get() {
            return Err(Notice::SaveFailed { detail: String::from("full") });
        }
        self.downloads.borrow_mut().push((text.to_owned(), format!("{media_type} {extension}")));
        Ok(())
    }

    fn download_file(&self, _: &JsValue, name: FileName<'_>) -> bool {
        if self.refuses_downloads.get() {
            return false;
        }
        let name = match name {
            FileName::Timestamp(extension) => format!("*.{extension}"),
            FileName::Exact(name) => name.to_owned(),
        };
        self.downloads.borrow_mut().push((String::new(), name));
        true
    }
}

/// A placeholder picture; without a browser it can only be passed on.
pub fn bitmap() -> ImageBitmap {
    JsValue::UNDEFINED.unchecked_into()
}

/// A placeholder picture that the engine need not check.
pub fn decoded() -> Decoded {
    Decoded { bitmap: bitmap(), scale: 1.0, unchecked: None, notice: None }
}

/// A placeholder canvas.
pub fn canvas() -> HtmlCanvasElement {
    JsValue::UNDEFINED.unchecked_into()
}

/// A placeholder file.
pub fn file() -> File {
    JsValue::UNDEFINED.unchecked_into()
}

/// Placeholder content of a file.
pub fn blob() -> Blob {
    JsValue::UNDEFINED.unchecked_into()
}

/// A recognition result with these faces.
pub fn recognized(faces: &[RecognizedFace]) -> RecognitionResult {
    RecognitionResult {
        width: 64,
        height: 48,
        scale: 1.0,
        faces: faces.to_vec(),
        found: faces.len() as u32,
        timing: Timing::default(),
        latency: 20.0,
    }
}

/// A happy face in a square box of this side, in pixels.
pub fn face(id: u32, side: f32) -> RecognizedFace {
    let mut probabilities = [0.0; Expression::COUNT];
    probabilities[Expression::Happy.index()] = 1.0;
    let distribution = Distribution(probabilities);
    RecognizedFace {
        id,
        bounds: Rectangle { x: 0.0, y: 0.0, width: side, height: side },
        landmarks: [Point { x: 0.0, y: 0.0 }; 6],
        outline: [Point { x: 0.0, y: 0.0 }; 4],
        score: 1.0,
        prediction: distribution,
        smoothed: distribution,
        clear: true,
        crop: vec![id as u8; CROP_PIXELS],
    }
}

/// A dataset of this many angry Training images.
pub fn summary(id: DatasetId, samples: usize) -> DatasetSummary {
    DatasetSummary {
        id,
        name: String::from("set"),
        labels: vec![0; samples],
        splits: vec![0; samples],
        rows: (0..samples as u32).collect(),
        groups: Vec::new(),
        rejections: Rejections::default(),
        notes: Vec::new(),
        crops: None,
        seconds: 1.0,
        custom: false,
        resplit: false,
        together: None,
    }
}
