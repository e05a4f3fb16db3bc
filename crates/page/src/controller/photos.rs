//! Photos: decoded and read one after the other.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, ImageBitmap, Response};

use super::{Controller, Purpose, now};
use crate::notice::Notice;
use crate::sources::picture;
use crate::state::{Action, PhotoAction, PhotoName, Picture, Reading};
use mien_browser::site;
use mien_protocol::Problem;

/// The built-in sample, beside the page.
pub const SAMPLE: &str = "sample.jpg";

/// Photos that wait, and the one at hand.
#[derive(Default)]
pub(super) struct Queue {
    ids: Cell<u32>,
    waiting: RefCell<VecDeque<Job>>,
    current: RefCell<Option<Current>>,
    /// Those that were read.
    read: RefCell<Vec<Job>>,
    sample: RefCell<Option<Blob>>,
}

#[derive(Clone)]
struct Job {
    id: u32,
    name: PhotoName,
    blob: Blob,
    /// Whether the engine went away with it before: a photo that brings it down is not shown to it for ever.
    lost: bool,
}

/// The photo at hand: being decoded, then waiting for the engine, then being read.
struct Current {
    job: Job,
    /// Pixels of the file a pixel of the decoded picture.
    scale: f32,
    stage: Stage,
}

enum Stage {
    Decoding,
    Decoded(ImageBitmap),
    Sent,
}

impl Controller {
    /// Adds photos, by name and file, behind those that are there.
    pub fn add_photos(&self, photos: Vec<(PhotoName, Blob)>) {
        self.stop_feed();
        let queue = &self.0.photos;
        let jobs: Vec<Job> = photos
            .into_iter()
            .map(|(name, blob)| {
                queue.ids.set(queue.ids.get() + 1);
                Job { id: queue.ids.get(), name, blob, lost: false }
            })
            .collect();
        let added = jobs.iter().map(|job| (job.id, job.name.clone(), job.blob.clone())).collect();
        self.dispatch(Action::Photos(PhotoAction::Added(added)));
        queue.waiting.borrow_mut().extend(jobs);
        self.next_photo();
    }

    /// Fetches the built-in sample, so that it is there when asked for, without a connection too.
    pub(super) fn fetch_sample(&self) {
        let controller = self.clone();
        spawn_local(async move {
            // If it does not arrive, asking for it tries again and tells.
            *controller.0.photos.sample.borrow_mut() = fetch(SAMPLE).await.ok();
        });
    }

    /// Opens the built-in sample.
    pub fn open_sample(&self) {
        self.dispatch(Action::DismissAll);
        let controller = self.clone();
        spawn_local(async move {
            match controller.sample().await {
                Some(sample) => controller.add_photos(vec![(PhotoName::SAMPLE, sample)]),
                None => controller.notify(Notice::SampleMissing),
            }
        });
    }

    /// The built-in sample; `None` if it does not arrive.
    pub(super) async fn sample(&self) -> Option<Blob> {
        let sample = self.0.photos.sample.borrow().clone();
        match sample {
            Some(sample) => Some(sample),
            None => fetch(SAMPLE).await.ok(),
        }
    }

    /// Shows a photo again whose pixels were given up for another's.
    pub fn show_photo(&self, id: u32, name: &str, blob: &Blob) {
        let (controller, name, blob) = (self.clone(), name.to_owned(), blob.clone());
        spawn_local(async move {
            match picture::decode(&blob, &name).await {
                Ok(decoded) => {
                    let canvas = picture::canvas(&decoded.bitmap);
                    decoded.bitmap.close();
                    controller.dispatch(Action::Photos(PhotoAction::Shown(Picture { id, canvas })));
                }
                Err(notice) => controller.refuse(id, notice),
            }
        });
    }

    /// Takes all photos away, read or not.
    pub fn clear_photos(&self) {
        let queue = &self.0.photos;
        queue.waiting.borrow_mut().clear();
        queue.read.borrow_mut().clear();
        if let Some(Current { stage: Stage::Decoded(bitmap), .. }) = queue.current.take() {
            bitmap.close();
        }
        if matches!(self.0.flight.get(), Some(flight) if matches!(flight.purpose, Purpose::Photo(_))) {
            // The answer will find nobody waiting. Until it comes the engine is busy, but it queues what it is sent.
            self.0.flight.set(None);
        }
        self.dispatch(Action::Photos(PhotoAction::Clear));
    }

    /// Goes on with the photos: sends a decoded one to an idle engine, decodes the next.
    pub(super) fn next_photo(&self) {
        let queue = &self.0.photos;
        if queue.current.borrow().is_none() {
            let Some(job) = queue.waiting.borrow_mut().pop_front() else { return };
            *queue.current.borrow_mut() = Some(Current { job: job.clone(), scale: 1.0, stage: Stage::Decoding });
            let controller = self.clone();
            spawn_local(async move { controller.decode(job).await });
        } else if self.is_idle() {
            self.send_photo();
        }
    }

    fn send_photo(&self) {
        let sent = {
            let mut current = self.0.photos.current.borrow_mut();
            let Some(current) = current.as_mut().filter(|current| matches!(current.stage, Stage::Decoded(_))) else {
                return;
            };
            match std::mem::replace(&mut current.stage, Stage::Sent) {
                Stage::Decoded(bitmap) => Some((current.job.id, bitmap)),
                Stage::Decoding | Stage::Sent => None,
            }
        };
        if let Some((id, bitmap)) = sent {
            self.recognize(Purpose::Photo(id), &bitmap, now());
        }
    }

    async fn decode(&self, job: Job) {
        let decoded = picture::decode(&job.blob, &job.name).await;
        let queue = &self.0.photos;
        if queue.current.borrow().as_ref().is_none_or(|current| current.job.id != job.id) {
            return; // cleared meanwhile
        }
        match decoded {
            Ok(decoded) => {
                let canvas = picture::canvas(&decoded.bitmap);
                let thumbnail = picture::thumbnail(&decoded.bitmap);
                let (scale, stage) = (decoded.scale, Stage::Decoded(decoded.bitmap));
                *queue.current.borrow_mut() = Some(Current { job: job.clone(), scale, stage });
                // First the engine, then the page: they work side by side.
                self.next_photo();
                let picture = Picture { id: job.id, canvas };
                self.dispatch(Action::Photos(PhotoAction::Decoded { picture, thumbnail }));
                if let Some(remark) = decoded.remark {
                    self.notify(remark);
                }
            }
            Err(notice) => {
                queue.current.take();
                self.refuse(job.id, notice);
                self.next_photo();
            }
        }
    }

    /// The engine went away with the photo at hand, so that is decoded once more.
    pub(super) fn requeue_photo(&self) {
        let queue = &self.0.photos;
        let lost = queue.current.borrow_mut().take_if(|current| matches!(current.stage, Stage::Sent));
        let Some(Current { job, .. }) = lost else { return };
        if job.lost {
            self.refuse(job.id, Notice::PictureRefused { name: job.name.to_string(), detail: String::new() });
        } else {
            queue.waiting.borrow_mut().push_front(Job { lost: true, ..job });
            self.next_photo();
        }
    }

    /// Another network reads now: has it read the photos as well that were read before.
    pub(super) fn reread_photos(&self) {
        let queue = &self.0.photos;
        let mut again = queue.read.take();
        again.extend(
            queue
                .current
                .borrow()
                .as_ref()
                .filter(|current| matches!(current.stage, Stage::Sent))
                .map(|current| current.job.clone()),
        );
        queue.waiting.borrow_mut().extend(again);
        self.next_photo();
    }

    pub(super) fn on_photo(&self, id: u32, mut reading: Reading) {
        if let Some(current) = self.0.photos.current.take() {
            reading.scale = current.scale;
            let mut read = self.0.photos.read.borrow_mut();
            read.retain(|job| job.id != id);
            read.push(Job { lost: false, ..current.job });
        }
        self.dispatch(Action::Photos(PhotoAction::Done(id, reading)));
    }

    pub(super) fn on_photo_refused(&self, id: u32, problem: Problem) {
        let name = self.0.photos.current.take().map(|current| current.job.name.to_string()).unwrap_or_default();
        self.refuse(id, Notice::PictureRefused { name, detail: problem.detail });
    }

    fn refuse(&self, id: u32, notice: Notice) {
        self.dispatch(Action::Photos(PhotoAction::Refused(id)));
        self.notify(notice);
    }
}

async fn fetch(path: &str) -> Result<Blob, JsValue> {
    let response: Response = JsFuture::from(site::fetch(path)).await?.unchecked_into();
    if !response.ok() {
        return Err(JsValue::UNDEFINED);
    }
    Ok(JsFuture::from(response.blob()?).await?.unchecked_into())
}
