//! What reaches out of the page: the engine, the camera, files, downloads. Each part reports back as an [`Action`].
//!
//! The engine looks at one picture at a time: the next is taken only after the answer, so nothing piles up on a slow
//! device and what is shown is as new as it can be. Photos go before frames of a camera or video.

mod capture;
mod dataset;
mod document;
mod engine;
mod evaluation;
mod explain;
mod export;
mod feed;
mod frames;
mod gather;
mod language;
mod lesson;
mod origins;
mod photos;
mod player;
mod robustness;
mod shelf;
mod timeline;
mod training;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::utils::window;
use web_sys::File;
use yew::UseReducerDispatcher;

use super::notice::Notice;
use super::state::{Action, State};
use crate::bridge::Engine;
use mien_core::evaluation::Views;
use mien_protocol::BackendChoice;

pub use evaluation::Paper;
pub use explain::Wanted;
pub use photos::SAMPLE;
pub use robustness::{Tried, Wish};
pub use shelf::Place;
pub use training::WeightsForm;

/// A handle on all of it; clones are the same.
#[derive(Clone)]
pub struct Controller(Rc<Inner>);

struct Inner {
    dispatch: UseReducerDispatcher<State>,
    engine: RefCell<Option<Engine>>,
    ready: Cell<bool>,
    choice: Cell<BackendChoice>,
    views: Cell<Views>,
    requests: Cell<u32>,
    flight: Cell<Option<Flight>>,
    photos: photos::Queue,
    feed: feed::Feed,
    timeline: timeline::Timeline,
    desk: dataset::Desk,
    evaluation: evaluation::Asked,
    explainer: explain::Explainer,
    lesson: lesson::Desk,
    training: training::Desk,
    robustness: robustness::Bench,
    writing: document::Writing,
}

/// A picture that the engine is looking at.
#[derive(Clone, Copy)]
struct Flight {
    request: u32,
    purpose: Purpose,
    /// When the picture was taken, by the page's clock.
    taken: f64,
}

/// What a picture is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The photo of this id.
    Photo(u32),
    /// A frame of the stream of this generation.
    Frame(u32),
    /// A photo whose faces are added to a set.
    Gather,
    /// The photo of the lesson.
    Lesson,
}

impl PartialEq for Controller {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Controller {
    /// Everything switched off, the engine too.
    pub fn new(dispatch: UseReducerDispatcher<State>) -> Self {
        let controller = Self(Rc::new(Inner {
            dispatch,
            engine: RefCell::default(),
            ready: Cell::default(),
            choice: Cell::default(),
            views: Cell::default(),
            requests: Cell::default(),
            flight: Cell::default(),
            photos: photos::Queue::default(),
            feed: feed::Feed::default(),
            timeline: timeline::Timeline::default(),
            desk: dataset::Desk::default(),
            evaluation: evaluation::Asked::default(),
            explainer: explain::Explainer::default(),
            lesson: lesson::Desk::default(),
            training: training::Desk::default(),
            robustness: robustness::Bench::default(),
            writing: document::Writing::default(),
        }));
        controller.listen_to_video();
        controller
    }

    /// Gets the engine on its way, and the sample.
    pub fn start(&self) {
        self.start_engine();
        self.fetch_sample();
    }

    /// Takes files however they come: picked, dropped or pasted. Photos are read in turn; of videos the last one plays.
    pub fn open_files(&self, files: Vec<File>) {
        self.dispatch(Action::DismissAll);
        let (videos, photos): (Vec<File>, Vec<File>) = files.into_iter().partition(is_video);
        if !photos.is_empty() {
            self.add_photos(photos.into_iter().map(|file| (file.name().into(), file.into())).collect());
        } else if let Some(video) = videos.into_iter().next_back() {
            self.open_video(&video);
        }
    }

    fn dispatch(&self, action: Action) {
        self.0.dispatch.dispatch(action);
    }

    fn notify(&self, notice: Notice) {
        self.dispatch(Action::Notify(notice));
    }
}

fn is_video(file: &File) -> bool {
    file.type_().starts_with("video/")
}

/// The page's clock, in milliseconds.
fn now() -> f64 {
    window().performance().map_or_else(js_sys::Date::now, |clock| clock.now())
}
