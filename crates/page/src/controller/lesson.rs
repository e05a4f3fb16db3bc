//! The photo of the lesson: the built-in sample, or one that a teacher chose.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File, HtmlCanvasElement, ImageBitmap};

use super::{Controller, Purpose, now};
use crate::notice::Notice;
use crate::sources::picture;
use crate::state::{Action, LessonAction, LessonFace, LessonFailure, PhotoName, Reading};
use mien_protocol::Problem;

/// The photo at hand.
#[derive(Default)]
pub(super) struct Desk {
    photo: RefCell<Option<(PhotoName, Blob)>>,
    /// Decoded, and waiting for the engine.
    waiting: RefCell<Option<ImageBitmap>>,
    canvas: RefCell<Option<HtmlCanvasElement>>,
}

impl Controller {
    /// Takes the built-in sample for the lesson.
    pub fn open_lesson_sample(&self) {
        let controller = self.clone();
        spawn_local(async move {
            match controller.sample().await {
                Some(sample) => controller.open_lesson_photo(PhotoName::SAMPLE, sample),
                None => controller.dispatch(Action::Lesson(LessonAction::Failed(LessonFailure::SampleMissing))),
            }
        });
    }

    /// Takes the first of some files for the lesson.
    pub fn open_lesson_file(&self, files: Vec<File>) {
        self.dispatch(Action::DismissAll);
        if let Some(file) = files.into_iter().next() {
            self.open_lesson_photo(file.name().into(), file.into());
        }
    }

    fn open_lesson_photo(&self, name: PhotoName, photo: Blob) {
        *self.0.lesson.photo.borrow_mut() = Some((name.clone(), photo.clone()));
        let controller = self.clone();
        spawn_local(async move {
            match picture::decode(&photo, &name).await {
                Ok(decoded) => {
                    let desk = &controller.0.lesson;
                    *desk.canvas.borrow_mut() = Some(picture::canvas(&decoded.bitmap));
                    if let Some(before) = desk.waiting.replace(Some(decoded.bitmap)) {
                        before.close();
                    }
                    controller.next_lesson();
                }
                Err(notice) => controller.notify(notice),
            }
        });
    }

    pub(super) fn next_lesson(&self) {
        if self.is_idle()
            && let Some(bitmap) = self.0.lesson.waiting.take()
        {
            self.recognize(Purpose::Lesson, &bitmap, now());
        }
    }

    /// The engine went away, maybe with the photo.
    pub(super) fn requeue_lesson(&self) {
        let photo = self.0.lesson.photo.borrow().clone();
        if let Some((name, photo)) = photo.filter(|_| self.0.lesson.waiting.borrow().is_none()) {
            self.open_lesson_photo(name, photo);
        }
    }

    pub(super) fn on_lesson_photo(&self, reading: Reading) {
        let desk = &self.0.lesson;
        let (Some(canvas), Some((name, _))) = (desk.canvas.take(), desk.photo.take()) else { return };
        self.dispatch(Action::Lesson(if reading.faces.is_empty() {
            LessonAction::Failed(LessonFailure::NoFace(name))
        } else {
            LessonAction::Face(LessonFace { name, canvas, reading: Rc::new(reading) })
        }));
    }

    pub(super) fn on_lesson_refused(&self, problem: Problem) {
        let name = self.0.lesson.photo.take().map(|(name, _)| name.to_string()).unwrap_or_default();
        self.notify(Notice::PictureRefused { name, detail: problem.detail });
    }
}
