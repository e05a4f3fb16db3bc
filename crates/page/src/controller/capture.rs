//! Images for a set that is filled by hand: from the camera while a button is held.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::origins::Made;
use super::{Controller, now};
use crate::state::{Action, Burst, DatasetAction, Reading};
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{DatasetCommand, FaceReading, SetId};

/// Milliseconds from one capture to the next: frames closer in time look the same.
const PAUSE: f64 = 125.0;

/// What is being captured, if something is.
#[derive(Default)]
pub(super) struct Grip {
    holding: RefCell<Option<Holding>>,
    last: Cell<f64>,
}

struct Holding {
    split: Split,
    hold: Burst,
}

impl Controller {
    /// Captures the largest face in view, at once and then eight times a second, until it is released.
    pub fn hold_capture(&self, set: SetId, label: Expression, split: Split, view: &Reading) {
        self.release_capture();
        let hold = Burst { set, label, count: 0 };
        *self.0.desk.grip.holding.borrow_mut() = Some(Holding { split, hold });
        self.0.desk.grip.last.set(f64::NEG_INFINITY);
        self.dispatch(Action::Dataset(DatasetAction::Capturing(true)));
        self.capture(view);
    }

    /// Captures no more.
    pub fn release_capture(&self) {
        let Some(Holding { hold, .. }) = self.0.desk.grip.holding.take() else { return };
        self.dispatch(Action::Dataset(DatasetAction::Capturing(false)));
        if hold.count > 0 {
            self.dispatch(Action::Dataset(DatasetAction::BurstAdded(hold)));
        }
    }

    /// A frame was read.
    pub(super) fn capture(&self, reading: &Reading) {
        let grip = &self.0.desk.grip;
        let added = {
            let mut holding = grip.holding.borrow_mut();
            let Some(holding) = holding.as_mut() else { return };
            let Some(face) = largest(&reading.faces).filter(|_| now() - grip.last.get() >= PAUSE) else { return };
            holding.hold.count += 1;
            (holding.hold, holding.split, face.crop.clone())
        };
        grip.last.set(now());
        let (hold, split, pixels) = added;
        self.add_images(hold.set, hold.label, split, &pixels);
    }

    /// Adds images to a set that is filled by hand: 48×48 grey bytes each.
    pub(super) fn add_images(&self, set: SetId, label: Expression, split: Split, pixels: &[u8]) {
        let made = pixels.as_chunks::<CROP_PIXELS>().0.iter();
        let made = made.map(|image| Made { label, split, pixels: Some(Rc::from(image.as_slice())) });
        self.0.desk.origins.made(set, |images| images.extend(made));
        self.tell(DatasetCommand::Add { set, label, split, pixels: pixels.to_vec() });
    }

    /// Takes the images out again that were added last.
    pub fn undo_capture(&self, hold: Burst) {
        let set = hold.set;
        let range = self.0.desk.origins.made(set, |images| {
            let all = images.len();
            images.truncate(all.saturating_sub(hold.count));
            images.len()..all
        });
        if let Some(range) = range {
            self.dispatch(Action::Dataset(DatasetAction::BurstRemoved(set)));
            self.tell(DatasetCommand::Remove { set, samples: range.map(|sample| sample as u32).collect() });
        }
    }

    /// Takes one image out of a set that is filled by hand.
    pub fn remove_image(&self, set: SetId, sample: u32) {
        let place = sample as usize;
        self.0.desk.origins.made(set, |images| {
            if place < images.len() {
                images.remove(place);
            }
        });
        self.dispatch(Action::Dataset(DatasetAction::ImageRemoved(set)));
        self.tell(DatasetCommand::Remove { set, samples: vec![sample] });
    }

    /// Fills a set again that had to be begun anew.
    pub(super) fn give_back(&self, set: SetId) {
        let runs = self.0.desk.origins.made(set, |images| {
            let alike = |a: &Made, b: &Made| (a.label, a.split) == (b.label, b.split);
            images.chunk_by(alike).map(<[Made]>::to_vec).collect::<Vec<_>>()
        });
        for run in runs.unwrap_or_default() {
            let pixels = run.iter().filter_map(|image| image.pixels.as_deref()).collect::<Vec<_>>().concat();
            if let Some(Made { label, split, .. }) = run.first().cloned() {
                self.tell(DatasetCommand::Add { set, label, split, pixels });
            }
        }
    }
}

/// The face that is nearest to the camera, by its size.
fn largest(faces: &[FaceReading]) -> Option<&FaceReading> {
    let area = |face: &FaceReading| face.bounds.width * face.bounds.height;
    faces.iter().filter(|face| face.crop.len() == CROP_PIXELS).max_by(|a, b| area(a).total_cmp(&area(b)))
}
