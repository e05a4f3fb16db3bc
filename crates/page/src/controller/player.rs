//! Video files: opened, played, sought; and what the video element tells.

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::file::ObjectUrl;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File};

use super::Controller;
use super::feed::Plays;
use crate::notice::Notice;
use crate::sources::video;
use crate::state::{Action, StreamAction};

impl Controller {
    /// Plays a video file.
    pub fn open_video(&self, file: &File) {
        if file.size() == 0.0 {
            self.notify(Notice::FileEmpty { name: file.name() });
            return;
        }
        self.clear_photos();
        self.begin(Plays::File);
        self.dispatch(Action::Stream(StreamAction::VideoOpened(file.name())));
        let feed = &self.0.feed;
        let url = ObjectUrl::from(Blob::from(file.clone()));
        *feed.file.borrow_mut() = Some(url.clone());
        *feed.file_name.borrow_mut() = file.name();
        self.watch_frames();
        let video = feed.video.clone();
        spawn_local(async move { video::play_file(&video, &url).await });
    }

    /// Plays the video on, or holds it.
    pub fn toggle_video(&self) {
        let video = self.video();
        if video.paused() {
            spawn_local(async move { video::play(&video).await });
        } else {
            // Only a video without a source cannot pause.
            video.pause().ok();
        }
    }

    /// Goes to a place in the video.
    pub fn seek_video(&self, seconds: f64) {
        self.0.feed.video.set_current_time(seconds);
        self.forget_faces();
    }

    /// Keeps the state in step with the video element.
    pub(super) fn listen_to_video(&self) {
        let feed = &self.0.feed;
        let listen = |event: &'static str| {
            let inner = Rc::downgrade(&self.0);
            EventListener::new(&feed.video, event, move |_| {
                if let Some(inner) = inner.upgrade() {
                    Self(inner).on_video(event);
                }
            })
        };
        let events =
            ["loadedmetadata", "resize", "play", "pause", "timeupdate", "durationchange", "seeked", "ended", "error"];
        *feed.listeners.borrow_mut() = events.map(listen).into();
    }

    fn on_video(&self, event: &str) {
        let feed = &self.0.feed;
        let (plays, video) = (feed.plays.get(), &feed.video);
        let (width, height) = (video.video_width(), video.video_height());
        match event {
            _ if plays == Plays::Nothing => {}
            "loadedmetadata" | "resize" if width > 0 => {
                self.dispatch(Action::Stream(StreamAction::Size(width, height)));
            }
            // A file with sound and no picture, or none that this browser can play.
            "loadedmetadata" | "error" if plays == Plays::File => {
                let name = feed.file_name.borrow().clone();
                self.stop_feed();
                self.notify(Notice::VideoDamaged { name });
            }
            _ if plays == Plays::File => {
                let duration = Some(video.duration()).filter(|duration| duration.is_finite()).unwrap_or(0.0);
                let (playing, position) = (!video.paused() && !video.ended(), video.current_time());
                self.dispatch(Action::Stream(StreamAction::Clock { playing, position, duration }));
            }
            _ => {}
        }
    }
}
