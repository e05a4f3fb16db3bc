//! The camera or video on the stage.

use std::rc::Rc;

use super::{Reading, Scene};

/// What the page knows about the moving picture on the stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// How the camera is.
    pub camera: CameraState,
    /// The cameras to choose among, known after the first permission.
    pub cameras: Rc<[Camera]>,
    /// The chosen one.
    pub camera_id: Option<String>,
    /// Whether the camera looks away from the visitor, as a phone's back camera does.
    pub facing_away: bool,
    /// Whether the visitor asked for a mirrored picture or one as it is.
    pub flip: Option<bool>,
    /// The video file.
    pub clip: Clip,
    /// Size of the picture in pixels; zero until known.
    pub size: (u32, u32),
    /// The faces of the newest frame.
    pub reading: Option<Rc<Reading>>,
    /// Frames read since the stream began.
    pub frames: u32,
    /// How fast it goes.
    pub pace: Option<Pace>,
}

/// How the camera is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CameraState {
    /// Not in use.
    #[default]
    Off,
    /// The browser asks the visitor, or the camera warms up.
    Asking,
    /// In use.
    On,
    /// Switched off while the tab is hidden.
    Paused,
}

/// A camera of this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camera {
    /// The browser's name for it.
    pub id: String,
    /// The name for people; may be empty.
    pub label: String,
}

/// Where a video file is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clip {
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
pub struct Pace {
    /// Frames read a second.
    pub rate: f32,
    /// Milliseconds for finding faces.
    pub detect: f32,
    /// Milliseconds for aligning and cropping.
    pub align: f32,
    /// Milliseconds for classifying.
    pub classify: f32,
    /// Milliseconds from taking the frame to having the answer.
    pub latency: f32,
}

/// What can happen to the stream.
pub enum StreamAction {
    /// The camera is being opened.
    CameraAsked,
    /// The camera delivers.
    CameraOpened {
        /// Which one.
        id: Option<String>,
        /// Whether it looks away from the visitor.
        facing_away: bool,
    },
    /// The camera is off until the tab is visible again.
    CameraPaused,
    /// The cameras of this device.
    Cameras(Vec<Camera>),
    /// Camera or video are off.
    Stopped,
    /// A video file is on the stage.
    VideoOpened(String),
    /// Where the video is.
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
    /// A frame was read.
    Read(Reading),
    /// How fast it goes.
    Pace(Pace),
    /// The visitor wants the picture the other way round.
    Flip,
}

impl Stream {
    /// Whether the camera's picture is shown mirrored: as people know themselves, unless it looks away from them.
    pub fn mirrored(&self) -> bool {
        self.flip.unwrap_or(!self.facing_away)
    }

    /// Changes the stream; returns the scene that follows, if it changes.
    pub(super) fn apply(&mut self, action: StreamAction) -> Option<Scene> {
        match action {
            StreamAction::CameraAsked => {
                self.begin();
                self.camera = CameraState::Asking;
                return Some(Scene::Camera);
            }
            StreamAction::CameraOpened { id, facing_away } => {
                self.camera = CameraState::On;
                self.camera_id = id;
                self.facing_away = facing_away;
            }
            StreamAction::CameraPaused => {
                self.camera = CameraState::Paused;
                self.reading = None;
            }
            StreamAction::Cameras(cameras) => self.cameras = cameras.into(),
            StreamAction::Stopped => {
                self.begin();
                return Some(Scene::Empty);
            }
            StreamAction::VideoOpened(name) => {
                self.begin();
                self.clip = Clip { name, ..Clip::default() };
                return Some(Scene::Video);
            }
            StreamAction::Clock { playing, position, duration } => {
                self.clip = Clip { name: std::mem::take(&mut self.clip.name), playing, position, duration };
            }
            StreamAction::Size(width, height) => self.size = (width, height),
            StreamAction::Read(reading) => {
                self.reading = Some(Rc::new(reading));
                self.frames += 1;
            }
            StreamAction::Pace(pace) => self.pace = Some(pace),
            StreamAction::Flip => self.flip = Some(!self.mirrored()),
        }
        None
    }

    fn begin(&mut self) {
        self.camera = CameraState::Off;
        self.size = (0, 0);
        self.reading = None;
        self.frames = 0;
        self.pace = None;
    }
}
