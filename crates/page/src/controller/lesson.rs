//! The photo of the lesson: the built-in sample, or one chosen by the user.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use web_sys::{Blob, File, HtmlCanvasElement};

use super::decoder::Decoder;
use super::link::Link;
use super::recognizer::{Purpose, Recognizer};
use crate::notice::Notice;
use crate::sources::picture::{self, Decoded};
use crate::state::{Action, LessonAction, LessonFace, LessonFailure, PhotoName, RecognitionResult};
use mien_browser::value::clone_handle;
use mien_protocol::Problem;

/// The lesson's photo until its faces are recognized. A newer photo replaces it.
pub struct Lesson {
    link: Link,
    decoder: Rc<Decoder>,
    recognizer: Rc<Recognizer>,
    /// Number of photos opened so far: those before the last are no longer wanted.
    opened: Cell<u32>,
    photo: RefCell<Option<(PhotoName, Blob)>>,
    /// Whether the last photo was refused.
    is_refused: Cell<bool>,
    /// The sample, if it arrived after another photo was opened: it is used if that one is refused.
    sample: RefCell<Option<Blob>>,
    /// Decoded, and waiting for the engine.
    decoded: RefCell<Option<Decoded>>,
    canvas: RefCell<Option<HtmlCanvasElement>>,
}

impl Lesson {
    /// Creates the controller without a photo.
    pub fn new(link: Link, decoder: Rc<Decoder>, recognizer: Rc<Recognizer>) -> Self {
        Self {
            link,
            decoder,
            recognizer,
            opened: Cell::default(),
            photo: RefCell::default(),
            is_refused: Cell::default(),
            sample: RefCell::default(),
            decoded: RefCell::default(),
            canvas: RefCell::default(),
        }
    }

    /// Uses the first of the files as the lesson's photo.
    pub fn open_file(self: &Rc<Self>, files: Vec<File>) {
        self.link.dispatch(Action::DismissAll);
        if let Some(file) = files.into_iter().next() {
            self.open(file.name().into(), file.into());
        }
    }

    /// Number of photos opened so far.
    pub fn opened(&self) -> u32 {
        self.opened.get()
    }

    /// Called when the built-in sample was loaded, or could not be, which was asked for after `opened` photos. It does not replace a
    /// photo that was opened meanwhile.
    pub fn on_sample(self: &Rc<Self>, sample: Option<Blob>, opened: u32) {
        if opened == self.opened.get() || self.is_refused.get() {
            self.open_sample(sample);
        } else {
            self.sample.replace(sample);
        }
    }

    /// Uses the built-in sample, or reports that it could not be loaded.
    pub fn open_sample(self: &Rc<Self>, sample: Option<Blob>) {
        match sample {
            Some(sample) => self.open(PhotoName::SAMPLE, sample),
            None => self.dispatch(LessonAction::Failed(LessonFailure::SampleMissing)),
        }
    }

    fn open(self: &Rc<Self>, name: PhotoName, photo: Blob) {
        self.photo.replace(Some((name.clone(), clone_handle(&photo))));
        self.is_refused.set(false);
        let (lesson, opened) = (Rc::clone(self), self.opened.get() + 1);
        self.opened.set(opened);
        self.link.spawn(async move {
            let decoded = lesson.decoder.decode(&photo, &name).await;
            lesson.on_decoded(opened, decoded.map(|decoded| (picture::canvas(&decoded.bitmap), decoded)));
        });
    }

    /// Called when the photo that was opened as the `opened`th was decoded and drawn, or could not be.
    pub(super) fn on_decoded(self: &Rc<Self>, opened: u32, decoded: Result<(HtmlCanvasElement, Decoded), Notice>) {
        if opened != self.opened.get() {
            return;
        }
        match decoded {
            Ok((canvas, decoded)) => {
                self.canvas.replace(Some(canvas));
                if let Some(before) = self.decoded.replace(Some(decoded)) {
                    before.bitmap.close();
                }
                self.advance();
            }
            Err(notice) => {
                self.photo.take();
                self.refuse(notice);
            }
        }
    }

    fn refuse(self: &Rc<Self>, notice: Notice) {
        self.link.notify(notice);
        self.is_refused.set(true);
        let sample = self.sample.take();
        if sample.is_some() {
            self.open_sample(sample);
        }
    }

    /// Submits the decoded photo to an idle engine.
    pub fn advance(&self) {
        if self.recognizer.is_idle()
            && let Some(decoded) = self.decoded.take()
        {
            self.recognizer.submit_photo(Purpose::Lesson, &decoded);
        }
    }

    /// Called when the engine failed, possibly with the photo, which is then decoded again.
    pub fn requeue(self: &Rc<Self>) {
        let photo = self.photo.borrow().as_ref().map(|(name, photo)| (name.clone(), clone_handle(photo)));
        if let Some((name, photo)) = photo.filter(|_| self.decoded.borrow().is_none()) {
            self.open(name, photo);
        }
    }

    /// Called when the faces of the photo were recognized.
    pub fn on_recognized(&self, result: RecognitionResult) {
        let (canvas, photo) = (self.canvas.take(), self.photo.take());
        let (Some(canvas), Some((name, _))) = (canvas, photo) else { return };
        self.dispatch(if result.faces.is_empty() {
            LessonAction::Failed(LessonFailure::NoFace(name))
        } else {
            LessonAction::Face(LessonFace { name, canvas, result: Rc::new(result) })
        });
    }

    /// Called when the engine could not process the photo.
    pub fn on_refused(self: &Rc<Self>, problem: Problem) {
        let name = self.photo.take().map(|(name, _)| name.to_string()).unwrap_or_default();
        self.refuse(Notice::refused(name, problem));
    }

    fn dispatch(&self, action: LessonAction) {
        self.link.dispatch(Action::Lesson(action));
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::Lesson;
    use crate::controller::decoder::Decoder;
    use crate::controller::fake::{FakeHost, blob, canvas, decoded, face, recognized};
    use crate::controller::recognizer::Recognizer;
    use crate::fixtures::message;
    use crate::notice::Notice;
    use crate::state::{Action, LessonAction, LessonFailure};
    use mien_protocol::{Command, Problem, ProblemKind};

    /// A lesson whose photo is decoded and waits for the engine.
    fn lesson() -> (Rc<FakeHost>, Rc<Lesson>) {
        let (host, link) = FakeHost::new();
        let decoder = Rc::new(Decoder::new(link.clone()));
        let lesson = Rc::new(Lesson::new(link.clone(), decoder, Rc::new(Recognizer::new(link))));
        lesson.open(String::from("class.jpg").into(), blob());
        lesson.on_decoded(1, Ok((canvas(), decoded())));
        (host, lesson)
    }

    #[test]
    fn a_decoded_photo_waits_for_the_engine() {
        let (host, lesson) = lesson();
        lesson.advance();
        // An engine that fails before does not have it decoded again.
        host.take_tasks();
        lesson.requeue();
        assert_eq!(host.take_tasks(), 0);
        assert!(host.take_commands().is_empty());
        lesson.link.set_ready(true);
        lesson.advance();
        lesson.advance();
        assert!(matches!(host.take_commands()[..], [Command::Recognize { request: 1, .. }]));
        // One that fails with it does.
        lesson.recognizer.interrupt();
        lesson.requeue();
        assert_eq!(host.take_tasks(), 1);
        // Once it is answered there is nothing to decode.
        lesson.on_recognized(recognized(&[]));
        lesson.requeue();
        assert_eq!(host.take_tasks(), 0);
    }

    #[test]
    fn a_photo_that_another_replaced_is_not_the_lessons() {
        let (host, lesson) = lesson();
        lesson.link.set_ready(true);
        lesson.advance();
        lesson.recognizer.answered(1).unwrap();
        host.take_commands();
        lesson.open(String::from("slow.tiff").into(), blob());
        lesson.open(String::from("next.jpg").into(), blob());
        lesson.on_decoded(3, Ok((canvas(), decoded())));
        assert_eq!(host.take_commands().len(), 1);
        lesson.on_decoded(2, Ok((canvas(), decoded())));
        lesson.on_decoded(2, Err(Notice::NotAPicture { name: String::from("slow.tiff") }));
        assert!(lesson.decoded.borrow().is_none() && host.take_notices().is_empty());
    }

    #[test]
    fn a_photo_with_a_face_is_the_lessons() {
        let (host, lesson) = lesson();
        lesson.on_recognized(recognized(&[face(1, 4.0)]));
        assert!(matches!(host.take_actions()[..], [Action::Lesson(LessonAction::Face(_))]));
        // A second answer is about nothing.
        lesson.on_recognized(recognized(&[face(1, 4.0)]));
        assert!(host.take_actions().is_empty());
    }

    #[test]
    fn the_sample_does_not_replace_a_photo_opened_before_it_loaded() {
        let (host, lesson) = lesson();
        host.take_tasks();
        lesson.on_sample(Some(blob()), 0);
        assert_eq!((lesson.opened(), host.take_tasks()), (1, 0));
        lesson.on_refused(Problem { kind: ProblemKind::Picture, detail: message("why") });
        assert_eq!((lesson.opened(), host.take_tasks()), (2, 1), "it is there in place of what was refused");
        // refused before the sample came
        lesson.on_decoded(2, Err(Notice::NotAPicture { name: String::from("a.txt") }));
        lesson.on_sample(Some(blob()), 0);
        assert_eq!(lesson.opened(), 3);
    }

    #[test]
    fn errors_of_the_photo_are_reported() {
        let (host, lesson) = lesson();
        lesson.on_recognized(recognized(&[]));
        let trouble = host.take_actions().into_iter().next();
        assert!(
            matches!(trouble, Some(Action::Lesson(LessonAction::Failed(LessonFailure::NoFace(name)))) if &*name == "class.jpg")
        );
        lesson.open_sample(None);
        let trouble = host.take_actions().into_iter().next();
        assert!(matches!(trouble, Some(Action::Lesson(LessonAction::Failed(LessonFailure::SampleMissing)))));
        lesson.on_decoded(1, Err(Notice::NotAPicture { name: String::from("a.txt") }));
        assert_eq!(host.take_notices(), [Notice::NotAPicture { name: String::from("a.txt") }]);
        lesson.open(String::from("odd.jpg").into(), blob());
        lesson.on_refused(Problem { kind: ProblemKind::Picture, detail: message("why") });
        let notice = Notice::PictureRefused { name: String::from("odd.jpg"), detail: message("why") };
        assert_eq!(host.take_notices(), [notice]);
    }
}
