//! Playback of video files, and the events of the video element.

use std::rc::Rc;

use gloo::events::EventListener;
use web_sys::{File, HtmlVideoElement};

use super::{Playing, Stream};
use crate::notice::Notice;
use crate::sources::video::{self as element, VideoFile};
use crate::state::StreamAction;

/// Events of the video element that update the state.
const EVENTS: [&str; 10] = [
    "loadedmetadata",
    "resize",
    "play",
    "pause",
    "timeupdate",
    "durationchange",
    "seeking",
    "seeked",
    "ended",
    "error",
];

impl Stream {
    /// Plays a video file.
    pub fn open_file(self: &Rc<Self>, file: &File) {
        self.begin(Playing::File);
        self.dispatch(StreamAction::VideoOpened(file.name()));
        let url = element::object_url(file);
        self.file_url.replace(Some(url.clone()));
        self.file.replace(Some(Rc::new(file.into())));
        self.watch_frames();
        let video = self.video();
        self.link.spawn(async move { element::play_file(&video, &url).await });
    }

    /// The video file that is open.
    pub fn open_video(&self) -> Option<Rc<VideoFile>> {
        self.file.borrow().clone()
    }

    /// Toggles between playing and paused.
    pub fn toggle_video(self: &Rc<Self>) {
        let video = self.video();
        if video.paused() {
            self.link.spawn(async move { element::play(&video).await });
        } else {
            // Only a video without a source cannot pause.
            video.pause().ok();
        }
    }

    /// Seeks to a position.
    pub fn seek(self: &Rc<Self>, seconds: f64) {
        self.video().set_current_time(seconds);
    }

    /// Whether something is playing.
    pub fn is_moving(self: &Rc<Self>) -> bool {
        self.playing.get() != Playing::Nothing && !self.video().paused()
    }

    /// Resumes playback after the page was rebuilt: browsers pause a video element that is moved.
    pub fn resume_soon(self: &Rc<Self>) {
        let stream = Rc::clone(self);
        let play = move || {
            let video = stream.video();
            stream.link.spawn(async move { element::play(&video).await });
        };
        self.link.host().after(0, Box::new(play));
    }

    /// Creates a video element whose events update the state.
    pub(super) fn new_video(self: &Rc<Self>) -> HtmlVideoElement {
        let video = element::player();
        let listen = |event: &'static str| {
            let (stream, source) = (Rc::downgrade(self), video.clone());
            EventListener::new(&video, event, move |_| {
                if let Some(stream) = stream.upgrade() {
                    stream.on_video_event(event, &source);
                }
            })
        };
        self.video_listeners.replace(EVENTS.map(listen).into());
        video
    }

    fn on_video_event(&self, event: &str, video: &HtmlVideoElement) {
        let (width, height) = (video.video_width(), video.video_height());
        if event == "seeking" {
            self.seeks.set(self.seeks.get().wrapping_add(1));
            self.recognizer.reset_tracking();
        }
        match change(event, self.playing.get(), width, video.duration()) {
            Change::None => {}
            Change::Size => self.dispatch(StreamAction::Size(width, height)),
            Change::Damaged => {
                let name = self.file.borrow().as_ref().map(|file| file.name.clone()).unwrap_or_default();
                self.stop();
                self.link.notify(Notice::VideoDamaged { name });
            }
            Change::Clock => {
                let duration = Some(video.duration()).filter(|duration| duration.is_finite()).unwrap_or(0.0);
                let (playing, position) = (!video.paused() && !video.ended(), video.current_time());
                self.dispatch(StreamAction::Clock { playing, position, duration });
            }
        }
    }
}

/// What changed according to an event of the video element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// Nothing visible.
    None,
    /// The size of the picture is known.
    Size,
    /// The file has no video track or no frames, or cannot be played.
    Damaged,
    /// The position or the playback state changed.
    Clock,
}

/// Interprets an event for the current source; `width` is the video's width in pixels, `duration` its length in seconds, 0 if it has no
/// frames.
fn change(event: &str, playing: Playing, width: u32, duration: f64) -> Change {
    match (event, playing) {
        (_, Playing::Nothing) => Change::None,
        ("loadedmetadata", Playing::File) if duration == 0.0 => Change::Damaged,
        ("loadedmetadata" | "resize", _) if width > 0 => Change::Size,
        ("loadedmetadata" | "error", Playing::File) => Change::Damaged,
        (_, Playing::File) => Change::Clock,
        (_, Playing::Camera) => Change::None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, EVENTS, Playing, change};

    #[test]
    fn a_file_without_a_picture_is_damaged() {
        assert_eq!(change("loadedmetadata", Playing::File, 0, 2.0), Change::Damaged);
        assert_eq!(change("loadedmetadata", Playing::File, 640, 0.0), Change::Damaged, "no frames");
        assert_eq!(change("loadedmetadata", Playing::File, 640, f64::INFINITY), Change::Size, "a recording");
        assert_eq!(change("error", Playing::File, 640, 2.0), Change::Damaged);
        // A camera that fails says so elsewhere.
        assert_eq!(change("error", Playing::Camera, 0, 2.0), Change::None);
    }

    #[test]
    fn the_state_follows_what_plays() {
        assert_eq!(change("resize", Playing::Camera, 640, 2.0), Change::Size);
        assert_eq!(change("loadedmetadata", Playing::File, 640, 2.0), Change::Size);
        assert_eq!(change("resize", Playing::File, 0, 2.0), Change::Clock);
        assert_eq!(change("timeupdate", Playing::File, 640, 2.0), Change::Clock);
        assert_eq!(change("timeupdate", Playing::Camera, 640, 2.0), Change::None);
        for event in EVENTS {
            assert_eq!(change(event, Playing::Nothing, 640, 2.0), Change::None);
        }
    }
}
