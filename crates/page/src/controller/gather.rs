//! Photos whose faces are added to a set that is filled by hand: decoded and read one after the other.

use std::cell::RefCell;
use std::collections::VecDeque;

use wasm_bindgen_futures::spawn_local;
use web_sys::{File, ImageBitmap};

use super::{Controller, Purpose, now};
use crate::notice::Notice;
use crate::sources::picture;
use crate::state::{Action, Burst, DatasetAction, Reading};
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{Problem, SetId};

/// Photos that wait, and the one at hand.
#[derive(Default)]
pub(super) struct Gathering {
    waiting: RefCell<VecDeque<Job>>,
    current: RefCell<Option<(Job, Stage)>>,
}

#[derive(Clone)]
struct Job {
    set: SetId,
    label: Expression,
    split: Split,
    photo: File,
}

enum Stage {
    Decoding,
    Decoded(ImageBitmap),
    Sent,
}

impl Controller {
    /// Adds the faces of photos, each photo with its split.
    pub fn gather(&self, set: SetId, label: Expression, photos: Vec<(File, Split)>) {
        self.dispatch(Action::DismissAll);
        let jobs = photos.into_iter().map(|(photo, split)| Job { set, label, split, photo });
        self.0.desk.gathering.waiting.borrow_mut().extend(jobs);
        self.tell_waiting();
        self.next_gathered();
    }

    /// Goes on with the photos: sends a decoded one to an idle engine, decodes the next.
    pub(super) fn next_gathered(&self) {
        let gathering = &self.0.desk.gathering;
        if gathering.current.borrow().is_none() {
            let Some(job) = gathering.waiting.borrow_mut().pop_front() else { return };
            *gathering.current.borrow_mut() = Some((job.clone(), Stage::Decoding));
            let controller = self.clone();
            spawn_local(async move { controller.decode_gathered(&job).await });
        } else if self.is_idle() {
            let decoded = gathering.current.borrow_mut().as_mut().and_then(|(_, stage)| {
                match std::mem::replace(stage, Stage::Sent) {
                    Stage::Decoded(bitmap) => Some(bitmap),
                    other => {
                        *stage = other;
                        None
                    }
                }
            });
            if let Some(bitmap) = decoded {
                self.recognize(Purpose::Gather, &bitmap, now());
            }
        }
    }

    async fn decode_gathered(&self, job: &Job) {
        match picture::decode(&job.photo, &job.photo.name()).await {
            Ok(decoded) => {
                if let Some((_, stage)) = self.0.desk.gathering.current.borrow_mut().as_mut() {
                    *stage = Stage::Decoded(decoded.bitmap);
                }
                self.next_gathered();
            }
            Err(notice) => {
                self.notify(notice);
                self.end_gathered();
                self.next_gathered();
            }
        }
    }

    /// The engine went away with the photo at hand, so that is decoded once more.
    pub(super) fn requeue_gathered(&self) {
        let gathering = &self.0.desk.gathering;
        let lost = gathering.current.borrow_mut().take_if(|(_, stage)| matches!(stage, Stage::Sent));
        if let Some((job, _)) = lost {
            gathering.waiting.borrow_mut().push_front(job);
            self.next_gathered();
        }
    }

    pub(super) fn on_gathered(&self, reading: &Reading) {
        let Some(job) = self.end_gathered() else { return };
        let crops = reading.faces.iter().map(|face| face.crop.as_slice()).filter(|crop| crop.len() == CROP_PIXELS);
        let crops: Vec<&[u8]> = crops.collect();
        if crops.is_empty() {
            return self.notify(Notice::FaceMissing { name: job.photo.name() });
        }
        self.add_images(job.set, job.label, job.split, &crops.concat());
        let hold = Burst { set: job.set, label: job.label, count: crops.len() };
        self.dispatch(Action::Dataset(DatasetAction::BurstAdded(hold)));
    }

    pub(super) fn on_gathered_refused(&self, problem: Problem) {
        if let Some(job) = self.end_gathered() {
            self.notify(Notice::PictureRefused { name: job.photo.name(), detail: problem.detail });
        }
    }

    fn end_gathered(&self) -> Option<Job> {
        let ended = self.0.desk.gathering.current.take().map(|(job, _)| job);
        self.tell_waiting();
        ended
    }

    fn tell_waiting(&self) {
        let gathering = &self.0.desk.gathering;
        let waiting = gathering.waiting.borrow().len() + usize::from(gathering.current.borrow().is_some());
        self.dispatch(Action::Dataset(DatasetAction::PhotosWaiting(waiting)));
    }
}
