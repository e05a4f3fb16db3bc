//! The camera or video file that plays on the stage.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::file::ObjectUrl;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlVideoElement, MediaStream};

use super::Controller;
use super::frames::Meter;
use crate::notice::Notice;
use crate::sources::{camera, video};
use crate::state::{Action, StreamAction};

/// What plays, and the video element that it plays in.
pub(super) struct Feed {
    pub(super) video: HtmlVideoElement,
    pub(super) plays: Cell<Plays>,
    /// Counted up whenever something else plays, so that late answers are told from current ones.
    pub(super) generation: Cell<u32>,
    /// Stopped because the tab is hidden, to go on when it is visible again.
    asleep: Cell<bool>,
    camera: RefCell<Option<MediaStream>>,
    camera_id: RefCell<Option<String>>,
    pub(super) file: RefCell<Option<ObjectUrl>>,
    pub(super) file_name: RefCell<String>,
    camera_ends: RefCell<Option<EventListener>>,
    pub(super) listeners: RefCell<Vec<EventListener>>,
    /// A frame is on screen that nobody looked at yet.
    pub(super) fresh: Cell<bool>,
    /// A frame is being taken.
    pub(super) taking: Cell<bool>,
    /// The browser will call [`Self::on_frame`] at the next frame.
    pub(super) watching: Cell<bool>,
    pub(super) on_frame: RefCell<Option<Closure<dyn FnMut()>>>,
    pub(super) meter: RefCell<Meter>,
    /// The visitor knows that frames cannot be read.
    pub(super) complained: Cell<bool>,
}

/// What plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plays {
    Nothing,
    Camera,
    File,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            video: video::player(),
            plays: Cell::new(Plays::Nothing),
            generation: Cell::default(),
            asleep: Cell::default(),
            camera: RefCell::default(),
            camera_id: RefCell::default(),
            file: RefCell::default(),
            file_name: RefCell::default(),
            camera_ends: RefCell::default(),
            listeners: RefCell::default(),
            fresh: Cell::default(),
            taking: Cell::default(),
            watching: Cell::default(),
            on_frame: RefCell::default(),
            meter: RefCell::default(),
            complained: Cell::default(),
        }
    }
}

impl Controller {
    /// The element that shows camera and videos; the stage puts it where it belongs.
    pub fn video(&self) -> HtmlVideoElement {
        self.0.feed.video.clone()
    }

    /// Starts a camera: the named one, else the one that was used last, else the browser's choice.
    pub fn start_camera(&self, id: Option<String>) {
        let feed = &self.0.feed;
        self.clear_photos();
        self.dispatch(Action::DismissAll);
        let generation = self.begin(Plays::Camera);
        self.dispatch(Action::Stream(StreamAction::CameraAsked));
        let id = id.or_else(|| feed.camera_id.borrow().clone());
        let controller = self.clone();
        spawn_local(async move {
            let answer = camera::open(id.as_deref()).await;
            let feed = &controller.0.feed;
            let current = feed.generation.get() == generation;
            match answer {
                Ok(stream) if current => controller.on_camera(stream).await,
                // Stopped, or something else chosen, while the browser asked.
                Ok(stream) => camera::close(&stream),
                Err(notice) if current => {
                    controller.stop_feed();
                    controller.notify(notice);
                }
                Err(_) => {}
            }
        });
    }

    async fn on_camera(&self, stream: MediaStream) {
        let feed = &self.0.feed;
        if let Some(track) = camera::track(&stream) {
            let (id, facing_away) = camera::describe(&track);
            feed.camera_id.borrow_mut().clone_from(&id);
            let inner = Rc::downgrade(&self.0);
            // Stopping a track ourselves does not say so: it ends by itself when unplugged or taken away.
            *feed.camera_ends.borrow_mut() = Some(EventListener::once(&track, "ended", move |_| {
                if let Some(inner) = inner.upgrade() {
                    let controller = Self(inner);
                    controller.stop_feed();
                    controller.notify(Notice::CameraEnded);
                }
            }));
            self.dispatch(Action::Stream(StreamAction::CameraOpened { id, facing_away }));
        }
        // Not `stream.clone()`: that is JavaScript's, which opens the camera once more.
        *feed.camera.borrow_mut() = Some(Clone::clone(&stream));
        self.watch_frames();
        video::play_stream(&feed.video, &stream).await;
        self.list_cameras();
    }

    /// Asks for the list of cameras again, as it changes when one is plugged in.
    pub fn list_cameras(&self) {
        let controller = self.clone();
        spawn_local(async move {
            let cameras = camera::list().await;
            controller.dispatch(Action::Stream(StreamAction::Cameras(cameras)));
        });
    }

    /// Switches camera or video off, if one is on.
    pub fn stop_feed(&self) {
        if self.0.feed.plays.get() != Plays::Nothing {
            self.begin(Plays::Nothing);
            self.dispatch(Action::Stream(StreamAction::Stopped));
        }
    }

    /// Ends what plays and makes room for what comes; returns the new generation.
    pub(super) fn begin(&self, plays: Plays) -> u32 {
        let feed = &self.0.feed;
        feed.plays.set(plays);
        feed.generation.set(feed.generation.get().wrapping_add(1));
        feed.asleep.set(false);
        feed.complained.set(false);
        feed.meter.take();
        self.release();
        self.forget_faces();
        feed.generation.get()
    }

    fn release(&self) {
        let feed = &self.0.feed;
        feed.fresh.set(false);
        feed.camera_ends.take();
        if let Some(stream) = feed.camera.take() {
            camera::close(&stream);
        }
        video::clear(&feed.video);
        feed.file.take();
    }

    /// The tab was hidden, or is visible again: nobody is filmed who does not look.
    pub fn on_visibility(&self, hidden: bool) {
        let feed = &self.0.feed;
        if !hidden && self.0.ready.get() {
            // another tab may have kept or given up something meanwhile
            self.ask_kept();
            self.list_networks();
        }
        match (feed.plays.get(), hidden) {
            (Plays::Camera, true) if feed.camera.borrow().is_some() => {
                feed.generation.set(feed.generation.get().wrapping_add(1));
                self.release();
                feed.asleep.set(true);
                self.dispatch(Action::Stream(StreamAction::CameraPaused));
            }
            (Plays::Camera, false) if feed.asleep.get() => self.start_camera(None),
            (Plays::File, true) if !feed.video.paused() => {
                feed.asleep.set(true);
                feed.video.pause().ok();
            }
            (Plays::File, false) if feed.asleep.take() => self.toggle_video(),
            _ => {}
        }
    }
}
