//! The state of the camera or video on the Live page.

use std::rc::Rc;

use super::{LiveSource, RecognitionResult};

/// The state of the current stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// The camera's state.
    pub camera: CameraState,
    /// The available cameras, known after permission was first granted.
    pub cameras: Rc<[Camera]>,
    /// The selected camera.
    pub camera_id: Option<String>,
    /// Whether the camera faces away from the user, like a phone's back camera.
    pub facing_away: bool,
    /// Whether to mirror the picture; `None` for the default.
    pub flip: Option<bool>,
    /// The playback state of the video file.
    pub video: VideoPlayback,
    /// Size of the picture in pixels; zero until known.
    pub size: (u32, u32),
    /// The faces of the newest frame.
    pub result: Option<Rc<RecognitionResult>>,
    /// Number of frames processed since the stream began.
    pub frames: u32,
    /// Frame rate and processing times.
    pub statistics: Option<StreamStatistics>,
}

/// The camera's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CameraState {
    /// Not in use.
    #[default]
    Off,
    /// Waiting for permission or for the camera to start.
    Asking,
    /// In use.
    On,
    /// Switched off while the tab is hidden.
    Paused,
}

/// A camera of this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camera {
    /// The browser's device id.
    pub id: String,
    /// The label for display; may be empty.
    pub label: String,
}

/// The playback state of a video file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VideoPlayback {
    /// The file's name.
    pub name: String,
    /// Whether it plays.
    pub playing: bool,
    /// Seconds from the start.
    pub position: f64,
    /// Its length in seconds; zero until known.
    pub duration: f64,
}

/// Averages over the last second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StreamStatistics {
    /// Frames per second.
    pub rate: f32,
    /// Milliseconds for face detection.
    pub detect: f32,
    /// Milliseconds for aligning and cropping.
    pub align: f32,
    /// Milliseconds for classifying.
    pub classify: f32,
    /// Milliseconds from capturing the frame to the response.
    pub latency: f32,
}

/// What can happen to the stream.
pub enum StreamAction {
    /// The camera is being opened.
    CameraAsked,
    /// The camera was opened.
    CameraOpened {
        /// Its device id.
        id: Option<String>,
        /// Whether it faces away from the user.
        facing_away: bool,
    },
    /// The camera is off until the tab is visible again.
    CameraPaused,
    /// The cameras of this device.
    Cameras(Vec<Camera>),
    /// The camera or video was stopped.
    Stopped,
    /// A video file was opened.
    VideoOpened(String),
    /// The playback state of the video.
    Clock {
        /// Whether it plays.
        playing: bool,
        /// Seconds from the start.
        position: f64,
        /// Its length in seconds.
        duration: f64,
    },
    /// The size of the picture in pixels.
    Size(u32, u32),
    /// A frame was recognized.
    Recognized(RecognitionResult),
    /// New averages.
    Statistics(StreamStatistics),
    /// The user flips the picture.
    Flip,
}

impl Stream {
    /// Whether the picture is mirrored: by default yes, unless the camera faces away from the user.
    pub fn mirrored(&self) -> bool {
        self.flip.unwrap_or(!self.facing_away)
    }

    /// Applies an action; returns the new source, if it changes.
    pub(super) fn apply(&mut self, action: StreamAction) -> Option<LiveSource> {
        match action {
            StreamAction::CameraAsked => {
                self.begin();
                self.camera = CameraState::Asking;
                return Some(LiveSource::Camera);
            }
            StreamAction::CameraOpened { id, facing_away } => {
                self.camera = CameraState::On;
                self.camera_id = id;
                self.facing_away = facing_away;
            }
            StreamAction::CameraPaused => {
                self.camera = CameraState::Paused;
                self.result = None;
            }
            StreamAction::Cameras(cameras) => self.cameras = cameras.into(),
            StreamAction::Stopped => {
                self.begin();
                return Some(LiveSource::Empty);
            }
            StreamAction::VideoOpened(name) => {
                self.begin();
                self.video = VideoPlayback { name, ..VideoPlayback::default() };
                return Some(LiveSource::Video);
            }
            StreamAction::Clock { playing, position, duration } => {
                self.video = VideoPlayback { name: std::mem::take(&mut self.video.name), playing, position, duration };
            }
            StreamAction::Size(width, height) => self.size = (width, height),
            StreamAction::Recognized(result) => {
                self.result = Some(Rc::new(result));
                self.frames += 1;
            }
            StreamAction::Statistics(statistics) => self.statistics = Some(statistics),
            StreamAction::Flip => self.flip = Some(!self.mirrored()),
        }
        None
    }

    fn begin(&mut self) {
        self.camera = CameraState::Off;
        self.size = (0, 0);
        self.result = None;
        self.frames = 0;
        self.statistics = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::recognized;

    fn statistics() -> StreamStatistics {
        StreamStatistics { rate: 12.0, detect: 1.0, align: 1.0, classify: 1.0, latency: 20.0 }
    }

    fn opened(facing_away: bool) -> StreamAction {
        StreamAction::CameraOpened { id: Some("front".into()), facing_away }
    }

    /// The stream after these actions, and the source that the last one selects.
    fn after(actions: impl IntoIterator<Item = StreamAction>) -> (Stream, Option<LiveSource>) {
        let mut stream = Stream::default();
        let source = actions.into_iter().map(|action| stream.apply(action)).last().flatten();
        (stream, source)
    }

    #[test]
    fn a_camera_is_requested_then_on_then_off() {
        let (stream, source) = after([StreamAction::CameraAsked]);
        assert_eq!((stream.camera, source), (CameraState::Asking, Some(LiveSource::Camera)));
        let (stream, source) = after([StreamAction::CameraAsked, opened(false)]);
        assert_eq!((stream.camera, stream.camera_id.as_deref(), source), (CameraState::On, Some("front"), None));
        let (stream, source) = after([StreamAction::CameraAsked, opened(false), StreamAction::Stopped]);
        assert_eq!((stream.camera, source), (CameraState::Off, Some(LiveSource::Empty)));
        assert_eq!(stream.camera_id.as_deref(), Some("front"), "the choice stays");
    }

    #[test]
    fn whatever_begins_forgets_the_frames_before() {
        let filled = || {
            [
                StreamAction::CameraAsked,
                StreamAction::Size(640, 480),
                StreamAction::Recognized(recognized(Vec::new())),
                StreamAction::Recognized(recognized(Vec::new())),
                StreamAction::Statistics(statistics()),
            ]
        };
        let (stream, _) = after(filled());
        assert_eq!((stream.frames, stream.size, stream.result.is_some()), (2, (640, 480), true));
        for begin in [StreamAction::CameraAsked, StreamAction::Stopped, StreamAction::VideoOpened("b.mp4".into())] {
            let (stream, _) = after(filled().into_iter().chain([begin]));
            assert_eq!((stream.frames, stream.size, stream.result, stream.statistics), (0, (0, 0), None, None));
        }
    }

    #[test]
    fn a_hidden_tab_shows_no_old_faces() {
        let (stream, source) = after([
            StreamAction::CameraAsked,
            StreamAction::Recognized(recognized(Vec::new())),
            StreamAction::CameraPaused,
        ]);
        assert_eq!((stream.camera, stream.result, stream.frames, source), (CameraState::Paused, None, 1, None));
    }

    #[test]
    fn cameras_are_mirrored_unless_they_look_away_or_the_visitor_flips_them() {
        let mirrored = |facing_away, flips: usize| {
            let flips = std::iter::repeat_with(|| StreamAction::Flip).take(flips);
            after(std::iter::once(opened(facing_away)).chain(flips)).0.mirrored()
        };
        assert_eq!([mirrored(false, 0), mirrored(false, 1), mirrored(false, 2)], [true, false, true]);
        assert_eq!([mirrored(true, 0), mirrored(true, 1), mirrored(true, 2)], [false, true, false]);
    }

    #[test]
    fn a_video_keeps_its_name_while_its_clock_runs() {
        let clock = |position| StreamAction::Clock { playing: true, position, duration: 9.0 };
        let (stream, _) = after([StreamAction::VideoOpened("a.mp4".into()), clock(1.0), clock(2.0)]);
        assert_eq!(stream.video, VideoPlayback { name: "a.mp4".into(), playing: true, position: 2.0, duration: 9.0 });
        let (stream, source) =
            after([StreamAction::VideoOpened("a.mp4".into()), clock(1.0), StreamAction::VideoOpened("b.mp4".into())]);
        assert_eq!(stream.video, VideoPlayback { name: "b.mp4".into(), ..VideoPlayback::default() });
        assert_eq!(source, Some(LiveSource::Video));
    }

    #[test]
    fn the_cameras_of_the_device_are_listed() {
        let camera = |id: &str| Camera { id: id.into(), label: String::new() };
        let (stream, source) =
            after([StreamAction::Cameras(vec![camera("a")]), StreamAction::Cameras(vec![camera("b")])]);
        assert_eq!((&*stream.cameras, source), ([camera("b")].as_slice(), None));
    }
}
