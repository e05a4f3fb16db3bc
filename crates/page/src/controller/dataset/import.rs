//! Photos whose faces are added to a custom dataset: decoded and recognized one after the other.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::File;

use super::custom::CustomDatasets;
use crate::controller::decoder::Decoder;
use crate::controller::link::Link;
use crate::controller::queue::{PictureQueue, Step};
use crate::controller::recognizer::{Purpose, Recognizer};
use crate::notice::Notice;
use crate::sources::picture::Decoded;
use crate::state::{Action, Burst, DatasetAction, RecognitionResult};
use mien_browser::value::clone_handle;
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{DatasetId, Problem};

/// The queued photos and the current one.
pub struct Import {
    link: Link,
    decoder: Rc<Decoder>,
    recognizer: Rc<Recognizer>,
    custom: Rc<CustomDatasets>,
    queue: RefCell<PictureQueue<Job, Decoded>>,
}

/// A photo to import.
pub(in crate::controller) struct Job {
    pub set: DatasetId,
    pub label: Expression,
    pub split: Split,
    pub name: String,
    pub photo: File,
}

impl Clone for Job {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), photo: clone_handle(&self.photo), ..*self }
    }
}

impl Import {
    pub(super) fn new(
        link: Link,
        decoder: Rc<Decoder>,
        recognizer: Rc<Recognizer>,
        custom: Rc<CustomDatasets>,
    ) -> Self {
        Self { link, decoder, recognizer, custom, queue: RefCell::default() }
    }

    /// Adds the faces of photos, each photo with its split.
    pub fn add(self: &Rc<Self>, set: DatasetId, label: Expression, photos: Vec<(File, Split)>) {
        self.link.dispatch(Action::DismissAll);
        let jobs = photos.into_iter().map(|(photo, split)| Job { set, label, split, name: photo.name(), photo });
        self.enqueue(jobs.collect());
    }

    pub(in crate::controller) fn enqueue(self: &Rc<Self>, jobs: Vec<Job>) {
        self.queue.borrow_mut().extend(jobs);
        self.show_waiting();
        self.advance();
    }

    /// Continues with the queue: submits a decoded photo if the engine is idle, or decodes the next one.
    pub fn advance(self: &Rc<Self>) {
        let step = self.queue.borrow_mut().advance(self.recognizer.is_idle());
        match step {
            Step::Decode(job) => {
                let import = Rc::clone(self);
                self.link.spawn(async move { import.decode(&job).await });
            }
            Step::Submit(decoded) => self.recognizer.submit_photo(Purpose::Import, &decoded),
            Step::Wait => {}
        }
    }

    async fn decode(self: &Rc<Self>, job: &Job) {
        let decoded = self.decoder.decode(&job.photo, &job.name.clone().into()).await;
        self.on_decoded(decoded);
    }

    /// Called when the current photo was decoded or could not be.
    pub(in crate::controller) fn on_decoded(self: &Rc<Self>, decoded: Result<Decoded, Notice>) {
        match decoded {
            Ok(decoded) => self.queue.borrow_mut().decoded(decoded),
            Err(notice) => {
                self.link.notify(notice);
                self.finish();
            }
        }
        self.advance();
    }

    /// Called when the engine failed with the current photo, which is decoded again.
    pub fn requeue(self: &Rc<Self>) {
        let lost = self.queue.borrow_mut().take_lost();
        if let Some(job) = lost {
            self.queue.borrow_mut().push_front(job);
            self.advance();
        }
    }

    /// Called when the faces of the current photo were recognized.
    pub fn on_recognized(&self, result: &RecognitionResult) {
        let Some(job) = self.finish() else { return };
        let crops = result.faces.iter().map(|face| face.crop.as_slice()).filter(|crop| crop.len() == CROP_PIXELS);
        let crops: Vec<&[u8]> = crops.collect();
        if crops.is_empty() {
            return self.link.notify(Notice::FaceMissing { name: job.name });
        }
        let (added, found) = (crops.len(), result.found as usize);
        self.custom.add(job.set, job.label, job.split, crops.concat());
        let hold = Burst { set: job.set, label: job.label, count: added };
        self.link.dispatch(Action::Dataset(DatasetAction::BurstAdded(hold)));
        if found > added {
            self.link.notify(Notice::FacesLeft { name: job.name, added, found });
        }
    }

    /// Called when the engine could not process the current photo.
    pub fn on_refused(&self, problem: Problem) {
        if let Some(job) = self.finish() {
            self.link.notify(Notice::refused(job.name, problem));
        }
    }

    fn finish(&self) -> Option<Job> {
        let finished = self.queue.borrow_mut().finish();
        self.show_waiting();
        finished
    }

    fn show_waiting(&self) {
        let waiting = self.queue.borrow().len();
        self.link.dispatch(Action::Dataset(DatasetAction::PhotosWaiting(waiting)));
    }
}
