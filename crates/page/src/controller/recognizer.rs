//! Submits pictures to the engine, one at a time. The next is submitted only after the response, so that no backlog
//! builds up on slow devices and results stay current.

use web_sys::{Blob, ImageBitmap};

use super::link::{Attachment, Link, RequestId};
use super::requests::Latest;
use crate::sources::picture::Decoded;
use mien_protocol::{Command, FrameSource};

/// A picture submitted to the engine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PendingPicture {
    /// Its purpose.
    pub purpose: Purpose,
    /// When it was captured, by the page's clock.
    pub taken: f64,
}

/// The purpose of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The photo of this id.
    Photo(u32),
    /// A frame of the stream of this generation.
    Frame(u32),
    /// A photo whose faces are added to a set.
    Import,
    /// The photo of the lesson.
    Lesson,
    /// A picture of the model face.
    ModelFace,
    /// A picture of this sweep of the model face.
    Curves(u32),
    /// A frame of the recording of this number, which is analysed.
    Recording(u32),
}

impl Purpose {
    const fn source(self) -> FrameSource {
        match self {
            Self::Photo(_) | Self::Import | Self::Lesson | Self::ModelFace | Self::Curves(_) => FrameSource::Still,
            Self::Frame(_) => FrameSource::Stream,
            Self::Recording(recording) => FrameSource::Recording(recording),
        }
    }
}

/// Submits pictures to the engine, one at a time.
pub struct Recognizer {
    link: Link,
    pending: Latest<PendingPicture>,
}

impl Recognizer {
    /// Creates the recognizer without a pending picture.
    pub fn new(link: Link) -> Self {
        Self { link, pending: Latest::default() }
    }

    /// Whether no picture is pending.
    pub fn is_idle(&self) -> bool {
        self.link.is_ready() && !self.pending.is_pending()
    }

    /// Submits a frame captured at `taken`, by the page's clock.
    pub fn submit_frame(&self, generation: u32, frame: &ImageBitmap, taken: f64) {
        self.submit(Purpose::Frame(generation), frame, None, taken, taken);
    }

    /// Submits a decoded photo.
    pub fn submit_photo(&self, purpose: Purpose, photo: &Decoded) {
        self.submit(purpose, &photo.bitmap, photo.unchecked.as_ref(), self.link.now(), 0.0);
    }

    /// Submits a picture of the model face.
    pub fn submit_model_face(&self, picture: &ImageBitmap) {
        self.submit(Purpose::ModelFace, picture, None, self.link.now(), 0.0);
    }

    /// Submits a picture of a sweep of the model face.
    pub fn submit_curves(&self, sweep: u32, picture: &ImageBitmap) {
        self.submit(Purpose::Curves(sweep), picture, None, self.link.now(), 0.0);
    }

    /// Submits a frame of a recording with its own time in milliseconds.
    pub fn submit_recorded(&self, recording: u32, frame: &ImageBitmap, time: f64) {
        self.submit(Purpose::Recording(recording), frame, None, self.link.now(), time);
    }

    fn submit(&self, purpose: Purpose, picture: &ImageBitmap, file: Option<&Blob>, taken: f64, time: f64) {
        let request = self.link.next_request();
        self.pending.set(request, PendingPicture { purpose, taken });
        let command = Command::Recognize { request, source: purpose.source(), time };
        self.link.send_with(&command, Attachment::Picture(picture, file));
    }

    /// Called with a response: the picture that it belongs to; `None` if it is no longer needed.
    pub fn answered(&self, request: RequestId) -> Option<PendingPicture> {
        self.pending.take(request)
    }

    /// Called when the engine stops accepting pictures. Returns whether one was pending, and so lost.
    pub fn interrupt(&self) -> bool {
        self.link.set_ready(false);
        self.pending.cancel().is_some()
    }

    /// Drops a pending photo. The engine stays busy until its response arrives, but queues further commands.
    pub fn abandon_photo(&self) {
        if let Some((request, picture)) = self.pending.cancel()
            && !matches!(picture.purpose, Purpose::Photo(_))
        {
            self.pending.set(request, picture);
        }
    }

    /// The purpose of the pending picture.
    #[cfg(test)]
    pub fn pending_purpose(&self) -> Option<Purpose> {
        self.pending.purpose().map(|picture| picture.purpose)
    }

    /// Resets the engine's face tracking.
    pub fn reset_tracking(&self) {
        if self.link.is_ready() {
            self.link.send(&Command::Reset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Purpose, Recognizer};
    use crate::controller::fake::{FakeHost, bitmap, decoded};
    use mien_protocol::{Command, FrameSource};

    fn recognizer() -> (std::rc::Rc<FakeHost>, Recognizer) {
        let (host, link) = FakeHost::new();
        link.set_ready(true);
        (host, Recognizer::new(link))
    }

    #[test]
    fn one_picture_at_a_time() {
        let (host, recognizer) = recognizer();
        assert!(recognizer.is_idle());
        recognizer.submit_frame(3, &bitmap(), 12.0);
        assert!(!recognizer.is_idle());
        let command = Command::Recognize { request: 1, source: FrameSource::Stream, time: 12.0 };
        assert_eq!(host.take_commands(), [command]);
        assert_eq!(recognizer.answered(2), None);
        assert!(!recognizer.is_idle());
        let answered = recognizer.answered(1).unwrap();
        assert_eq!((answered.purpose, answered.taken), (Purpose::Frame(3), 12.0));
        assert!(recognizer.is_idle());
        assert_eq!(recognizer.answered(1), None);
    }

    #[test]
    fn an_interrupted_picture_is_not_answered() {
        let (_, recognizer) = recognizer();
        recognizer.submit_photo(Purpose::Import, &decoded());
        assert!(recognizer.interrupt());
        assert!(!recognizer.interrupt());
        assert_eq!(recognizer.answered(1), None);
        assert!(!recognizer.is_idle());
    }

    #[test]
    fn only_a_photo_is_abandoned() {
        let (_, recognizer) = recognizer();
        recognizer.submit_photo(Purpose::Lesson, &decoded());
        recognizer.abandon_photo();
        assert!(!recognizer.is_idle());
        recognizer.answered(1).unwrap();
        recognizer.submit_photo(Purpose::Photo(1), &decoded());
        recognizer.abandon_photo();
        assert!(recognizer.is_idle());
        assert_eq!(recognizer.answered(2), None);
    }

    #[test]
    fn tracked_faces_are_forgotten_by_a_ready_engine_only() {
        let (host, recognizer) = recognizer();
        recognizer.reset_tracking();
        recognizer.interrupt();
        recognizer.reset_tracking();
        assert_eq!(host.take_commands(), [Command::Reset]);
    }
}
