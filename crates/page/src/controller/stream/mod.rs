//! Plays a camera or video and recognizes its frames: the next frame is submitted only after the response to the
//! previous one, and only if it is new.

mod statistics;
mod video;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::file::ObjectUrl;
use gloo::utils::document;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlVideoElement, MediaStream};

use super::link::Link;
use super::recognizer::Recognizer;
use crate::notice::Notice;
use crate::sources::camera;
use crate::sources::video::{self as element, FrameCallback, VideoFile, VideoPosition};
use crate::state::{Action, RecognitionResult, StreamAction};
use mien_protocol::Problem;
use statistics::StatisticsMeter;

/// The current camera or video, and the video element that plays it.
pub struct Stream {
    link: Link,
    recognizer: Rc<Recognizer>,
    video: OnceCell<HtmlVideoElement>,
    video_listeners: RefCell<Vec<EventListener>>,
    playing: Cell<Playing>,
    /// Incremented when the source changes, so that stale responses can be recognized.
    generation: Cell<u32>,
    /// The number of the last request for a camera, so that one that comes too late can be recognized.
    request: Cell<u32>,
    /// Whether playback was suspended because the tab is hidden, and resumes when it becomes visible.
    suspended: Cell<bool>,
    camera: RefCell<Option<MediaStream>>,
    camera_id: RefCell<Option<String>>,
    camera_ended: RefCell<Option<EventListener>>,
    file: RefCell<Option<Rc<VideoFile>>>,
    file_url: RefCell<Option<ObjectUrl>>,
    /// How often video files were sought.
    seeks: Cell<u32>,
    /// The presentation time of the displayed frame in seconds, if the browser provides it.
    media_time: Cell<Option<f64>>,
    /// Where the submitted frame is in its video file; `None` for a frame of a camera.
    position: RefCell<Option<VideoPosition>>,
    /// Whether the displayed frame has not been submitted yet.
    has_new_frame: Cell<bool>,
    /// Whether a frame is being captured.
    taking_frame: Cell<bool>,
    /// Whether the browser will call [`Self::on_new_frame`] at the next frame.
    watching: Cell<bool>,
    frame_callback: RefCell<Option<FrameCallback>>,
    statistics: RefCell<StatisticsMeter>,
    /// Whether a notice that frames cannot be processed was shown.
    refusal_told: Cell<bool>,
}

/// The current source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Playing {
    Nothing,
    Camera,
    File,
}

impl Stream {
    /// Creates the controller; nothing plays.
    pub fn new(link: Link, recognizer: Rc<Recognizer>) -> Self {
        Self {
            link,
            recognizer,
            video: OnceCell::new(),
            video_listeners: RefCell::default(),
            playing: Cell::new(Playing::Nothing),
            generation: Cell::default(),
            request: Cell::default(),
            suspended: Cell::default(),
            camera: RefCell::default(),
            camera_id: RefCell::default(),
            camera_ended: RefCell::default(),
            file: RefCell::default(),
            file_url: RefCell::default(),
            seeks: Cell::default(),
            media_time: Cell::default(),
            position: RefCell::default(),
            has_new_frame: Cell::default(),
            taking_frame: Cell::default(),
            watching: Cell::default(),
            frame_callback: RefCell::default(),
            statistics: RefCell::default(),
            refusal_told: Cell::default(),
        }
    }

    /// The video element for cameras and videos, which is shown in the picture area.
    pub fn video(self: &Rc<Self>) -> HtmlVideoElement {
        self.video.get_or_init(|| self.new_video()).clone()
    }

    /// Starts a camera: the given one, else the last one used, else the browser's default. What is open stays until it is there, and
    /// is closed then by `close`; nothing is without.
    pub fn start_camera(self: &Rc<Self>, id: Option<String>, close: Option<impl FnOnce() + 'static>) {
        self.link.dispatch(Action::DismissAll);
        if close.is_none() {
            self.begin_camera();
        }
        let request = self.next_request();
        let id = id.or_else(|| self.camera_id.borrow().clone());
        let stream = Rc::clone(self);
        self.link.spawn(async move {
            let answer = camera::open(id.as_deref()).await;
            let current = stream.request.get() == request;
            match answer {
                Ok(camera) if current => {
                    if let Some(close) = close {
                        close();
                        stream.begin_camera();
                    }
                    stream.on_camera(camera).await;
                }
                // Stopped, or something else chosen, while the browser asked for permission.
                Ok(camera) => camera::close(&camera),
                Err(notice) if current => {
                    if close.is_none() {
                        stream.stop();
                    }
                    stream.link.notify(notice);
                }
                Err(_) => {}
            }
        });
    }

    fn begin_camera(&self) {
        self.begin(Playing::Camera);
        self.dispatch(StreamAction::CameraAsked);
    }

    /// A camera that was requested before is not wanted any more; the number of the next request.
    fn next_request(&self) -> u32 {
        self.request.set(self.request.get().wrapping_add(1));
        self.request.get()
    }

    async fn on_camera(self: &Rc<Self>, camera: MediaStream) {
        if let Some(track) = camera::track(&camera) {
            let (id, facing_away) = camera::describe(&track);
            self.camera_id.borrow_mut().clone_from(&id);
            let stream = Rc::downgrade(self);
            // Stopping a track ourselves does not say so: it ends by itself when unplugged or taken away.
            let ended = EventListener::once(&track, "ended", move |_| {
                if let Some(stream) = stream.upgrade() {
                    stream.stop();
                    stream.link.notify(Notice::CameraEnded);
                }
            });
            self.camera_ended.replace(Some(ended));
            self.dispatch(StreamAction::CameraOpened { id, facing_away });
        }
        // Not `camera.clone()`: that is JavaScript's, which opens the camera once more.
        self.camera.replace(Some(Clone::clone(&camera)));
        self.watch_frames();
        element::play_stream(&self.video(), &camera).await;
        self.list_cameras();
    }

    /// Updates the list of cameras, for instance when one is plugged in.
    pub fn list_cameras(self: &Rc<Self>) {
        let stream = Rc::clone(self);
        self.link.spawn(async move {
            let cameras = camera::list().await;
            stream.dispatch(StreamAction::Cameras(cameras));
        });
    }

    /// Stops the camera or video, also a camera that is requested.
    pub fn stop(&self) {
        self.next_request();
        if self.playing.get() != Playing::Nothing {
            self.begin(Playing::Nothing);
            self.dispatch(StreamAction::Stopped);
        }
    }

    /// Stops the current source and prepares for the next; returns the new generation.
    fn begin(&self, playing: Playing) -> u32 {
        self.next_request();
        self.playing.set(playing);
        self.generation.set(self.generation.get().wrapping_add(1));
        self.suspended.set(false);
        self.refusal_told.set(false);
        self.statistics.take();
        self.release();
        self.recognizer.reset_tracking();
        self.generation.get()
    }

    fn release(&self) {
        self.has_new_frame.set(false);
        self.camera_ended.take();
        if let Some(camera) = self.camera.take() {
            camera::close(&camera);
        }
        if let Some(video) = self.video.get() {
            element::clear(video);
        }
        self.file.take();
        self.file_url.take();
    }

    /// Called when the tab was hidden or became visible. The camera is off while the tab is hidden. Returns whether to
    /// start the camera again.
    pub fn on_visibility(self: &Rc<Self>, hidden: bool) -> bool {
        match (self.playing.get(), hidden) {
            (Playing::Camera, true) if self.camera.borrow().is_some() => {
                self.generation.set(self.generation.get().wrapping_add(1));
                self.release();
                self.suspended.set(true);
                self.dispatch(StreamAction::CameraPaused);
            }
            (Playing::Camera, false) => return self.suspended.get(),
            (Playing::File, true) if self.is_moving() => {
                self.suspended.set(true);
                self.video().pause().ok();
            }
            (Playing::File, false) if self.suspended.take() => self.toggle_video(),
            _ => {}
        }
        false
    }

    /// Registers a callback for every new frame.
    fn watch_frames(self: &Rc<Self>) {
        if self.frame_callback.borrow().is_none() {
            let stream = Rc::downgrade(self);
            let callback = Closure::new(move |_: JsValue, metadata: JsValue| {
                if let Some(stream) = stream.upgrade() {
                    stream.media_time.set(element::media_time(&metadata));
                    stream.on_new_frame();
                }
            });
            self.frame_callback.replace(Some(callback));
        }
        if !self.watching.replace(true)
            && let Some(callback) = self.frame_callback.borrow().as_ref()
        {
            element::on_next_frame(&self.video(), callback);
        }
    }

    fn on_new_frame(self: &Rc<Self>) {
        self.watching.set(false);
        if self.playing.get() == Playing::Nothing {
            return;
        }
        self.watch_frames();
        self.has_new_frame.set(true);
        self.advance();
    }

    /// Whether a frame is being captured, which will be submitted.
    pub fn is_taking_frame(&self) -> bool {
        self.taking_frame.get()
    }

    /// Submits the displayed frame if it is new and the engine is idle.
    pub fn advance(self: &Rc<Self>) {
        let wanted = self.playing.get() != Playing::Nothing
            && self.has_new_frame.get()
            && !self.taking_frame.get()
            && self.recognizer.is_idle();
        if !wanted || document().hidden() {
            return;
        }
        self.has_new_frame.set(false);
        self.taking_frame.set(true);
        let (stream, generation, taken) = (Rc::clone(self), self.generation.get(), self.link.now());
        let position = self.displayed_position();
        self.link.spawn(async move {
            let frame = element::frame(&stream.video()).await;
            stream.taking_frame.set(false);
            // No frame yet, or no longer: the next one that the browser announces is taken.
            let Ok(frame) = frame else { return };
            if stream.is_current(generation) && stream.recognizer.is_idle() {
                stream.position.replace(position);
                stream.recognizer.submit_frame(generation, &frame, taken);
            } else {
                frame.close();
            }
        });
    }

    /// Where the displayed frame is in the video file; `None` for a camera.
    fn displayed_position(self: &Rc<Self>) -> Option<VideoPosition> {
        let (file, video) = (self.file.borrow().clone()?, self.video());
        let seconds = self.media_time.get().unwrap_or_else(|| video.current_time());
        Some(VideoPosition { file, seconds, seeks: (!video.seeking()).then_some(self.seeks.get()) })
    }

    /// Where the frame that was submitted last is in its video file; `None` for a frame of a camera.
    pub fn position(&self) -> Option<VideoPosition> {
        self.position.borrow().clone()
    }

    /// Whether a generation is the current one; otherwise a response is stale.
    pub fn is_current(&self, generation: u32) -> bool {
        self.generation.get() == generation
    }

    /// Called when the faces of a frame were recognized.
    pub fn on_recognized(&self, result: RecognitionResult) {
        let statistics = self.statistics.borrow_mut().add(self.link.now(), &result);
        self.dispatch(StreamAction::Recognized(result));
        if let Some(statistics) = statistics {
            self.dispatch(StreamAction::Statistics(statistics));
        }
    }

    /// Called when the engine could not process a frame; shows a notice once.
    pub fn on_refused(&self, generation: u32, problem: Problem) {
        if self.is_current(generation) && !self.refusal_told.replace(true) {
            self.link.notify(Notice::FrameRefused { detail: problem.detail });
        }
    }

    fn dispatch(&self, action: StreamAction) {
        self.link.dispatch(Action::Stream(action));
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Playing, Stream};
    use crate::controller::fake::{FakeHost, recognized};
    use crate::controller::recognizer::Recognizer;
    use crate::fixtures::message;
    use crate::notice::Notice;
    use crate::state::{Action, StreamAction};
    use mien_protocol::{Command, Problem, ProblemKind};

    fn stream() -> (Rc<FakeHost>, Rc<Stream>) {
        let (host, link) = FakeHost::new();
        link.set_ready(true);
        let recognizer = Rc::new(Recognizer::new(link.clone()));
        (host, Rc::new(Stream::new(link, recognizer)))
    }

    fn problem() -> Problem {
        Problem { kind: ProblemKind::Picture, detail: message("odd") }
    }

    #[test]
    fn a_restarted_video_makes_earlier_frames_stale() {
        let (host, stream) = stream();
        let camera = stream.begin(Playing::Camera);
        assert!(stream.is_current(camera));
        let file = stream.begin(Playing::File);
        assert!(!stream.is_current(camera));
        assert!(stream.is_current(file));
        // Tracked faces are another stream's.
        assert_eq!(host.take_commands(), [Command::Reset, Command::Reset]);
    }

    #[test]
    fn stopping_is_reported_once() {
        let (host, stream) = stream();
        stream.stop();
        assert!(host.take_actions().is_empty());
        stream.begin(Playing::Camera);
        stream.stop();
        stream.stop();
        assert!(matches!(host.take_actions()[..], [Action::Stream(StreamAction::Stopped)]));
    }

    #[test]
    fn rejected_frames_are_reported_once_per_stream() {
        let (host, stream) = stream();
        let before = stream.begin(Playing::Camera);
        stream.on_refused(before, problem());
        stream.on_refused(before, problem());
        assert_eq!(host.take_notices(), [Notice::FrameRefused { detail: message("odd") }]);
        let generation = stream.begin(Playing::Camera);
        stream.on_refused(before, problem());
        assert!(host.take_notices().is_empty());
        stream.on_refused(generation, problem());
        assert_eq!(host.take_notices().len(), 1);
    }

    #[test]
    fn frames_are_shown_and_sometimes_their_statistics() {
        let (host, stream) = stream();
        for time in [1000.0, 1100.0] {
            host.clock.set(time);
            stream.on_recognized(recognized(&[]));
        }
        let actions = host.take_actions();
        assert!(matches!(
            actions[..],
            [
                Action::Stream(StreamAction::Recognized(_)),
                Action::Stream(StreamAction::Recognized(_)),
                Action::Stream(StreamAction::Statistics(_))
            ]
        ));
    }

    #[test]
    fn a_camera_paused_with_the_tab_resumes_with_it() {
        let (_, stream) = stream();
        stream.begin(Playing::Camera);
        assert!(!stream.on_visibility(false));
        stream.suspended.set(true);
        assert!(stream.on_visibility(false));
        stream.begin(Playing::Nothing);
        assert!(!stream.on_visibility(false));
    }
}
