//! Photos: decoded and recognized one after the other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, ImageBitmap};

use super::link::Link;
use super::queue::{PictureQueue, Step};
use super::recognizer::{Purpose, Recognizer};
use crate::notice::Notice;
use crate::sources::picture;
use crate::state::{Action, PhotoAction, PhotoName, Picture, Reading};
use mien_protocol::Problem;

/// The photos that a visitor chose.
pub struct Photos {
    link: Link,
    recognizer: Rc<Recognizer>,
    last_id: Cell<u32>,
    queue: RefCell<PictureQueue<Photo, ImageBitmap>>,
    /// Those that were recognized.
    done: RefCell<Vec<Photo>>,
}

#[derive(Clone)]
struct Photo {
    id: u32,
    name: PhotoName,
    blob: Blob,
    /// Pixels of the file per pixel of the decoded picture; 1 until it is decoded.
    scale: f32,
    /// Whether an engine failed with it before: a photo that makes engines fail is not submitted for ever.
    lost: bool,
}

impl Photos {
    /// No photos.
    pub fn new(link: Link, recognizer: Rc<Recognizer>) -> Self {
        Self { link, recognizer, last_id: Cell::new(0), queue: RefCell::default(), done: RefCell::default() }
    }

    /// Adds photos, by name and file, behind those that are there.
    pub fn add(self: &Rc<Self>, photos: Vec<(PhotoName, Blob)>) {
        let photos: Vec<Photo> = photos
            .into_iter()
            .map(|(name, blob)| {
                self.last_id.set(self.last_id.get() + 1);
                Photo { id: self.last_id.get(), name, blob, scale: 1.0, lost: false }
            })
            .collect();
        let added = photos.iter().map(|photo| (photo.id, photo.name.clone(), photo.blob.clone())).collect();
        self.dispatch(PhotoAction::Added(added));
        self.queue.borrow_mut().extend(photos);
        self.advance();
    }

    /// Shows a photo again whose pixels were dropped for another's.
    pub fn show(self: &Rc<Self>, id: u32, name: &str, blob: &Blob) {
        let (photos, name, blob) = (Rc::clone(self), name.to_owned(), blob.clone());
        spawn_local(async move {
            match picture::decode(&blob, &name).await {
                Ok(decoded) => {
                    let canvas = picture::canvas(&decoded.bitmap);
                    decoded.bitmap.close();
                    photos.dispatch(PhotoAction::Shown(Picture { id, canvas }));
                }
                Err(notice) => photos.refuse(id, notice),
            }
        });
    }

    /// Removes all photos, recognized or not.
    pub fn clear(&self) {
        self.done.borrow_mut().clear();
        let decoded = self.queue.borrow_mut().clear();
        if let Some(bitmap) = decoded {
            bitmap.close();
        }
        self.recognizer.abandon_photo();
        self.dispatch(PhotoAction::Clear);
    }

    /// Goes on with the photos: submits a decoded one to an idle engine, decodes the next.
    pub fn advance(self: &Rc<Self>) {
        let step = self.queue.borrow_mut().advance(self.recognizer.is_idle());
        match step {
            Step::Decode(photo) => {
                let photos = Rc::clone(self);
                spawn_local(async move { photos.decode(photo).await });
            }
            Step::Submit(bitmap) => {
                let id = self.queue.borrow().current().map_or(0, |photo| photo.id);
                self.recognizer.submit(Purpose::Photo(id), &bitmap, self.link.now());
            }
            Step::Wait => {}
        }
    }

    async fn decode(self: &Rc<Self>, photo: Photo) {
        let decoded = picture::decode(&photo.blob, &photo.name).await;
        if self.queue.borrow().current().is_none_or(|current| current.id != photo.id) {
            return; // cleared meanwhile
        }
        match decoded {
            Ok(decoded) => {
                let canvas = picture::canvas(&decoded.bitmap);
                let thumbnail = picture::thumbnail(&decoded.bitmap);
                self.queue.borrow_mut().decoded(decoded.bitmap);
                self.queue.borrow_mut().update(|current| current.scale = decoded.scale);
                // First the engine, then the page: they work side by side.
                self.advance();
                let picture = Picture { id: photo.id, canvas };
                self.dispatch(PhotoAction::Decoded { picture, thumbnail });
                if let Some(remark) = decoded.remark {
                    self.link.notify(remark);
                }
            }
            Err(notice) => {
                self.queue.borrow_mut().finish();
                self.refuse(photo.id, notice);
                self.advance();
            }
        }
    }

    /// The engine failed with the current photo, so that is decoded once more.
    pub fn requeue(self: &Rc<Self>) {
        let lost = self.queue.borrow_mut().take_lost();
        let Some(photo) = lost else { return };
        if photo.lost {
            let name = photo.name.to_string();
            self.refuse(photo.id, Notice::PictureRefused { name, detail: String::new() });
        } else {
            self.queue.borrow_mut().push_front(Photo { lost: true, ..photo });
            self.advance();
        }
    }

    /// Another network recognizes now: has it recognize the photos again that another one did.
    pub fn recognize_again(self: &Rc<Self>) {
        {
            let mut queue = self.queue.borrow_mut();
            let submitted = queue.submitted().cloned();
            queue.extend(self.done.take());
            queue.extend(submitted);
        }
        self.advance();
    }

    /// The faces of a photo are recognized.
    pub fn on_recognized(&self, id: u32, mut reading: Reading) {
        let current = self.queue.borrow_mut().finish();
        if let Some(photo) = current {
            reading.scale = photo.scale;
            let mut done = self.done.borrow_mut();
            done.retain(|photo| photo.id != id);
            done.push(Photo { lost: false, ..photo });
        }
        self.dispatch(PhotoAction::Done(id, reading));
    }

    /// The engine could not read a photo.
    pub fn on_refused(&self, id: u32, problem: Problem) {
        let current = self.queue.borrow_mut().finish();
        let name = current.map(|photo| photo.name.to_string()).unwrap_or_default();
        self.refuse(id, Notice::PictureRefused { name, detail: problem.detail });
    }

    fn refuse(&self, id: u32, notice: Notice) {
        self.dispatch(PhotoAction::Refused(id));
        self.link.notify(notice);
    }

    fn dispatch(&self, action: PhotoAction) {
        self.link.dispatch(Action::Photos(action));
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Photo, Photos};
    use crate::controller::fake::{FakeHost, bitmap, blob, reading};
    use crate::controller::queue::Step;
    use crate::controller::recognizer::Recognizer;
    use crate::notice::Notice;
    use crate::state::{Action, PhotoAction};
    use mien_protocol::{Command, Problem, ProblemKind};

    /// Photos 1 and 2, of which the first is with the engine.
    fn photos() -> (Rc<FakeHost>, Rc<Recognizer>, Rc<Photos>) {
        let (host, link) = FakeHost::new();
        link.set_ready(true);
        let recognizer = Rc::new(Recognizer::new(link.clone()));
        let photos = Rc::new(Photos::new(link, Rc::clone(&recognizer)));
        let photo = |id| Photo { id, name: format!("{id}.jpg").into(), blob: blob(), scale: 2.0, lost: false };
        photos.queue.borrow_mut().extend([photo(1), photo(2)]);
        submit(&photos);
        (host, recognizer, photos)
    }

    /// Plays the part of the decoder.
    fn submit(photos: &Rc<Photos>) {
        assert!(matches!(photos.queue.borrow_mut().advance(false), Step::Decode(_)));
        photos.queue.borrow_mut().decoded(bitmap());
        photos.advance();
    }

    fn problem() -> Problem {
        Problem { kind: ProblemKind::Picture, detail: String::from("odd") }
    }

    #[test]
    fn a_recognized_photo_tells_its_scale() {
        let (host, recognizer, photos) = photos();
        assert!(matches!(host.take_commands()[..], [Command::Recognize { request: 1, .. }]));
        recognizer.answered(1).unwrap();
        photos.on_recognized(1, reading(&[]));
        match &host.take_actions()[..] {
            [Action::Photos(PhotoAction::Done(1, reading))] => assert_eq!(reading.scale, 2.0),
            _ => panic!("one action expected"),
        }
        assert_eq!(photos.queue.borrow().len(), 1);
        assert_eq!(photos.done.borrow().len(), 1);
    }

    #[test]
    fn a_refused_photo_is_told_by_name_and_makes_room() {
        let (host, recognizer, photos) = photos();
        recognizer.answered(1).unwrap();
        photos.on_refused(1, problem());
        let notice = Notice::PictureRefused { name: String::from("1.jpg"), detail: String::from("odd") };
        assert_eq!(host.take_notices(), [notice]);
        assert!(photos.done.borrow().is_empty());
        submit(&photos);
        assert!(matches!(host.take_commands()[..], [_, Command::Recognize { request: 2, .. }]));
    }

    #[test]
    fn a_photo_that_makes_two_engines_fail_is_refused() {
        let (host, recognizer, photos) = photos();
        recognizer.interrupt();
        // What is decoded once more, without the decoder, which is of the browser.
        let lost = photos.queue.borrow_mut().take_lost().unwrap();
        assert_eq!(lost.id, 1);
        photos.queue.borrow_mut().push_front(Photo { lost: true, ..lost });
        photos.link.set_ready(true);
        submit(&photos);
        recognizer.interrupt();
        photos.requeue();
        let notice = Notice::PictureRefused { name: String::from("1.jpg"), detail: String::new() };
        assert_eq!(host.take_notices(), [notice]);
        assert_eq!(photos.queue.borrow().len(), 1);
    }

    #[test]
    fn the_answer_about_a_cleared_photo_is_stale() {
        let (host, recognizer, photos) = photos();
        photos.clear();
        assert_eq!(recognizer.answered(1), None);
        assert!(recognizer.is_idle());
        assert_eq!(photos.queue.borrow().len(), 0);
        assert!(matches!(host.take_actions()[..], [Action::Photos(PhotoAction::Clear)]));
    }

    #[test]
    fn another_network_recognizes_all_photos_again() {
        let (_, recognizer, photos) = photos();
        recognizer.answered(1).unwrap();
        photos.on_recognized(1, reading(&[]));
        submit(&photos);
        photos.recognize_again();
        // Photo 2 is with the engine, for the network before; then come 1 and 2 again.
        assert_eq!(photos.queue.borrow().len(), 3);
        assert!(photos.done.borrow().is_empty());
    }
}
