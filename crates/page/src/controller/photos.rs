//! Photos: decoded and recognized one after the other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use web_sys::{Blob, HtmlCanvasElement, ImageBitmap};

use super::decoder::Decoder;
use super::link::Link;
use super::queue::{PictureQueue, Step};
use super::recognizer::{Purpose, Recognizer};
use crate::notice::Notice;
use crate::sources::picture::{self, Decoded};
use crate::state::{Action, PhotoAction, PhotoName, Picture, RecognitionResult};
use mien_browser::value::clone_handle;
use mien_protocol::{Message, Problem};

/// The selected photos.
pub struct Photos {
    link: Link,
    decoder: Rc<Decoder>,
    recognizer: Rc<Recognizer>,
    last_id: Cell<u32>,
    queue: RefCell<PictureQueue<Photo, Decoded>>,
    /// The recognized photos.
    done: RefCell<Vec<Photo>>,
}

struct Photo {
    id: u32,
    name: PhotoName,
    blob: Blob,
    /// Pixels of the file per pixel of the decoded picture; 1 until it is decoded.
    scale: f32,
    /// Whether the engine failed with it before: such a photo is not submitted again and again.
    lost: bool,
}

impl Clone for Photo {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), blob: clone_handle(&self.blob), ..*self }
    }
}

/// The page's copies of a photo, whose bitmap is transferred to the engine.
pub(super) struct Shown {
    /// The photo.
    pub canvas: HtmlCanvasElement,
    /// A thumbnail.
    pub thumbnail: HtmlCanvasElement,
}

impl Shown {
    fn of(bitmap: &ImageBitmap) -> Self {
        Self { canvas: picture::canvas(bitmap), thumbnail: picture::thumbnail(bitmap) }
    }
}

impl Photos {
    /// Creates the controller without photos.
    pub fn new(link: Link, decoder: Rc<Decoder>, recognizer: Rc<Recognizer>) -> Self {
        Self { link, decoder, recognizer, last_id: Cell::new(0), queue: RefCell::default(), done: RefCell::default() }
    }

    /// Appends photos by name and file.
    pub fn add(self: &Rc<Self>, photos: Vec<(PhotoName, Blob)>) {
        let photos: Vec<Photo> = photos
            .into_iter()
            .map(|(name, blob)| {
                self.last_id.set(self.last_id.get() + 1);
                Photo { id: self.last_id.get(), name, blob, scale: 1.0, lost: false }
            })
            .collect();
        let added = photos.iter().map(|photo| (photo.id, photo.name.clone(), clone_handle(&photo.blob))).collect();
        self.dispatch(PhotoAction::Added(added));
        self.queue.borrow_mut().extend(photos);
        self.advance();
    }

    /// Decodes a photo again for display, after its pixels were dropped.
    pub fn show(self: &Rc<Self>, id: u32, name: &PhotoName, blob: &Blob) {
        let (photos, name, blob) = (Rc::clone(self), name.clone(), clone_handle(blob));
        self.link.spawn(async move {
            match photos.decoder.decode(&blob, &name).await {
                Ok(decoded) => {
                    let canvas = picture::canvas(&decoded.bitmap);
                    decoded.bitmap.close();
                    photos.dispatch(PhotoAction::Shown(Picture { id, canvas }));
                }
                Err(notice) => photos.refuse(id, notice),
            }
        });
    }

    /// Whether there are any, recognized or not.
    pub fn is_any(&self) -> bool {
        !self.done.borrow().is_empty() || self.queue.borrow().len() > 0
    }

    /// Removes all photos, recognized or not.
    pub fn clear(&self) {
        self.done.borrow_mut().clear();
        let decoded = self.queue.borrow_mut().clear();
        if let Some(decoded) = decoded {
            decoded.bitmap.close();
        }
        self.recognizer.abandon_photo();
        self.dispatch(PhotoAction::Clear);
    }

    /// Continues with the queue: submits a decoded photo if the engine is idle, or decodes the next one.
    pub fn advance(self: &Rc<Self>) {
        let step = self.queue.borrow_mut().advance(self.recognizer.is_idle());
        match step {
            Step::Decode(photo) => {
                let photos = Rc::clone(self);
                self.link.spawn(async move { photos.decode(photo).await });
            }
            Step::Submit(decoded) => {
                let id = self.queue.borrow().current().map_or(0, |photo| photo.id);
                self.recognizer.submit_photo(Purpose::Photo(id), &decoded);
            }
            Step::Wait => {}
        }
    }

    async fn decode(self: &Rc<Self>, photo: Photo) {
        let decoded = self.decoder.decode(&photo.blob, &photo.name).await;
        self.on_decoded(photo.id, decoded.map(|decoded| (Shown::of(&decoded.bitmap), decoded)));
    }

    /// Called when a photo was decoded and drawn, or could not be.
    pub(super) fn on_decoded(self: &Rc<Self>, id: u32, decoded: Result<(Shown, Decoded), Notice>) {
        if self.queue.borrow().current().is_none_or(|current| current.id != id) {
            return; // cleared meanwhile
        }
        match decoded {
            Ok((shown, mut decoded)) => {
                let (scale, notice) = (decoded.scale, decoded.notice.take());
                self.queue.borrow_mut().decoded(decoded);
                self.queue.borrow_mut().update(|current| current.scale = scale);
                // First the engine, then the page: they work side by side.
                self.advance();
                let Shown { canvas, thumbnail } = shown;
                self.dispatch(PhotoAction::Decoded { picture: Picture { id, canvas }, thumbnail });
                if let Some(notice) = notice {
                    self.link.notify(notice);
                }
            }
            Err(notice) => {
                self.queue.borrow_mut().finish();
                self.refuse(id, notice);
                self.advance();
            }
        }
    }

    /// Called when the engine failed with the current photo, which is decoded again.
    pub fn requeue(self: &Rc<Self>) {
        let lost = self.queue.borrow_mut().take_lost();
        let Some(photo) = lost else { return };
        if photo.lost {
            let name = photo.name.to_string();
            self.refuse(photo.id, Notice::PictureRefused { name, detail: Message::default() });
        } else {
            self.queue.borrow_mut().push_front(Photo { lost: true, ..photo });
            self.advance();
        }
    }

    /// Called when the network has changed: recognizes all photos again.
    pub fn recognize_again(self: &Rc<Self>) {
        {
            let mut queue = self.queue.borrow_mut();
            let submitted = queue.submitted().cloned();
            queue.extend(self.done.take());
            queue.extend(submitted);
        }
        self.advance();
    }

    /// Called when the faces of a photo were recognized.
    pub fn on_recognized(&self, id: u32, mut result: RecognitionResult) {
        let current = self.queue.borrow_mut().finish();
        if let Some(photo) = current {
            result.scale = photo.scale;
            let mut done = self.done.borrow_mut();
            done.retain(|photo| photo.id != id);
            done.push(Photo { lost: false, ..photo });
        }
        self.dispatch(PhotoAction::Done(id, result));
    }

    /// Called when the engine could not process a photo.
    pub fn on_refused(&self, id: u32, problem: Problem) {
        let current = self.queue.borrow_mut().finish();
        let name = current.map(|photo| photo.name.to_string()).unwrap_or_default();
        self.refuse(id, Notice::refused(name, problem));
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

    use super::{Photos, Shown};
    use crate::controller::decoder::Decoder;
    use crate::controller::fake::{self, FakeHost, blob, canvas, recognized};
    use crate::controller::recognizer::Recognizer;
    use crate::fixtures::message;
    use crate::notice::Notice;
    use crate::sources::picture::Decoded;
    use crate::state::{Action, PhotoAction};
    use mien_protocol::{Command, Problem, ProblemKind};

    /// Photos 1 and 2, of which the first is being decoded.
    fn photos() -> (Rc<FakeHost>, Rc<Recognizer>, Rc<Photos>) {
        let (host, link) = FakeHost::new();
        link.set_ready(true);
        let recognizer = Rc::new(Recognizer::new(link.clone()));
        let photos = Rc::new(Photos::new(link.clone(), Rc::new(Decoder::new(link)), Rc::clone(&recognizer)));
        let photo = |name: &str| (name.to_owned().into(), blob());
        photos.add(vec![photo("1.jpg"), photo("2.jpg")]);
        assert!(matches!(host.take_actions()[..], [Action::Photos(PhotoAction::Added(_))]));
        (host, recognizer, photos)
    }

    fn decoded(photos: &Rc<Photos>, id: u32, notice: Option<Notice>) {
        let shown = Shown { canvas: canvas(), thumbnail: canvas() };
        photos.on_decoded(id, Ok((shown, Decoded { scale: 2.0, notice, ..fake::decoded() })));
    }

    fn problem() -> Problem {
        Problem { kind: ProblemKind::Picture, detail: message("odd") }
    }

    fn refused(name: &str, detail: &str) -> Notice {
        Notice::PictureRefused { name: name.to_owned(), detail: message(detail) }
    }

    #[test]
    fn photos_are_decoded_and_recognized_in_turn() {
        let (host, recognizer, photos) = photos();
        assert_eq!(host.take_tasks(), 1);
        decoded(&photos, 1, None);
        assert!(matches!(host.take_commands()[..], [Command::Recognize { request: 1, .. }]));
        assert!(matches!(host.take_actions()[..], [Action::Photos(PhotoAction::Decoded { .. })]));
        recognizer.answered(1).unwrap();
        photos.on_recognized(1, recognized(&[]));
        match &host.take_actions()[..] {
            [Action::Photos(PhotoAction::Done(1, result))] => assert_eq!(result.scale, 2.0),
            _ => panic!("one action expected"),
        }
        assert_eq!(host.take_tasks(), 0);
        photos.advance();
        assert_eq!(host.take_tasks(), 1);
    }

    #[test]
    fn a_photo_that_cannot_be_decoded_is_reported_and_the_next_submitted() {
        let (host, _, photos) = photos();
        host.take_tasks();
        photos.on_decoded(1, Err(Notice::NotAPicture { name: String::from("1.jpg") }));
        assert!(matches!(
            host.take_actions()[..],
            [Action::Photos(PhotoAction::Refused(1)), Action::Notify(Notice::NotAPicture { .. })]
        ));
        assert_eq!(host.take_tasks(), 1);
        // A notice is shown too, and takes nothing away.
        decoded(&photos, 2, Some(Notice::Animation { name: String::from("2.jpg") }));
        assert_eq!(host.take_notices(), [Notice::Animation { name: String::from("2.jpg") }]);
        assert_eq!(host.take_commands().len(), 1);
    }

    #[test]
    fn a_rejected_photo_is_reported_by_name() {
        let (host, recognizer, photos) = photos();
        decoded(&photos, 1, None);
        recognizer.answered(1).unwrap();
        photos.on_refused(1, problem());
        assert_eq!(host.take_notices(), [refused("1.jpg", "odd")]);
        assert!(photos.done.borrow().is_empty());
        photos.advance();
        decoded(&photos, 2, None);
        assert!(matches!(host.take_commands()[..], [_, Command::Recognize { request: 2, .. }]));
    }

    #[test]
    fn a_photo_that_the_browser_decoded_is_checked_with_its_faces() {
        let (host, recognizer, photos) = photos();
        let whole = |id: u32, unchecked| {
            let shown = Shown { canvas: canvas(), thumbnail: canvas() };
            photos.on_decoded(id, Ok((shown, Decoded { unchecked, ..fake::decoded() })));
        };
        whole(1, Some(blob()));
        assert_eq!(host.take_files(), [1]);
        recognizer.answered(1).unwrap();
        photos.on_refused(1, Problem { kind: ProblemKind::PictureFile, detail: message("ends early") });
        let damaged = Notice::PictureDamaged { name: String::from("1.jpg"), reason: message("ends early") };
        let actions = host.take_actions();
        assert!(matches!(actions[1..], [Action::Photos(PhotoAction::Refused(1)), Action::Notify(_)]));
        assert!(matches!(&actions[2], Action::Notify(notice) if *notice == damaged));
        photos.advance();
        whole(2, None);
        assert_eq!(host.take_files(), [0]);
    }

    #[test]
    fn a_photo_that_makes_two_engines_fail_is_refused() {
        let (host, recognizer, photos) = photos();
        // An engine that fails without it costs it nothing.
        recognizer.interrupt();
        photos.requeue();
        decoded(&photos, 1, None);
        assert!(host.take_commands().is_empty());
        for _ in 0..2 {
            photos.link.set_ready(true);
            photos.advance();
            assert_eq!(photos.queue.borrow().len(), 2);
            assert!(recognizer.interrupt());
            host.take_actions();
            photos.requeue();
            decoded(&photos, 1, None);
        }
        assert_eq!(host.take_notices(), [refused("1.jpg", "")]);
        assert_eq!(photos.queue.borrow().len(), 1);
    }

    #[test]
    fn cleared_photos_are_neither_decoded_nor_answered() {
        let (host, recognizer, photos) = photos();
        decoded(&photos, 1, None);
        host.take_actions();
        photos.clear();
        assert_eq!(recognizer.answered(1), None);
        assert!(recognizer.is_idle());
        assert!(matches!(host.take_actions()[..], [Action::Photos(PhotoAction::Clear)]));
        host.take_commands();
        decoded(&photos, 1, None);
        photos.on_decoded(1, Err(Notice::NotAPicture { name: String::from("1.jpg") }));
        assert!(host.take_actions().is_empty());
        assert!(host.take_commands().is_empty());
    }

    #[test]
    fn another_network_recognizes_all_photos_again() {
        let (_, recognizer, photos) = photos();
        decoded(&photos, 1, None);
        recognizer.answered(1).unwrap();
        photos.on_recognized(1, recognized(&[]));
        photos.advance();
        decoded(&photos, 2, None);
        photos.recognize_again();
        // Photo 2 is with the engine, for the network before; then come 1 and 2 again.
        assert_eq!(photos.queue.borrow().len(), 3);
        assert!(photos.done.borrow().is_empty());
    }
}
