//! Captures images for a custom dataset from the camera while a button is held.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::custom::CustomDatasets;
use crate::controller::link::Link;
use crate::state::{Action, Burst, DatasetAction, RecognitionResult};
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{DatasetId, RecognizedFace};

/// Milliseconds from one capture to the next: frames closer in time look the same.
const INTERVAL: f64 = 125.0;

/// Captures the largest face of the camera's frames while a button is held.
pub struct Capture {
    link: Link,
    custom: Rc<CustomDatasets>,
    session: RefCell<Option<Session>>,
    /// When the last image was captured, by the page's clock.
    captured: Cell<f64>,
}

/// One press of the button.
struct Session {
    split: Split,
    hold: Burst,
}

impl Capture {
    pub(super) fn new(link: Link, custom: Rc<CustomDatasets>) -> Self {
        Self { link, custom, session: RefCell::default(), captured: Cell::new(0.0) }
    }

    /// Captures the largest face in view, immediately and then eight times per second, until [`Self::release`].
    pub fn hold(&self, set: DatasetId, label: Expression, split: Split, view: &RecognitionResult) {
        self.release();
        self.session.replace(Some(Session { split, hold: Burst { set, label, count: 0 } }));
        self.captured.set(f64::NEG_INFINITY);
        self.dispatch(DatasetAction::Capturing(true));
        self.on_frame(view);
    }

    /// Stops capturing.
    pub fn release(&self) {
        let Some(Session { hold, .. }) = self.session.take() else { return };
        self.dispatch(DatasetAction::Capturing(false));
        if hold.count > 0 {
            self.dispatch(DatasetAction::BurstAdded(hold));
        }
    }

    /// Called when a frame was recognized.
    pub fn on_frame(&self, result: &RecognitionResult) {
        let now = self.link.now();
        let added = {
            let mut session = self.session.borrow_mut();
            let Some(session) = session.as_mut() else { return };
            let Some(face) = largest(&result.faces).filter(|_| now - self.captured.get() >= INTERVAL) else { return };
            session.hold.count += 1;
            (session.hold, session.split, face.crop.clone())
        };
        self.captured.set(now);
        let (hold, split, pixels) = added;
        self.custom.add(hold.set, hold.label, split, pixels);
    }

    fn dispatch(&self, action: DatasetAction) {
        self.link.dispatch(Action::Dataset(action));
    }
}

/// The largest face, which is the nearest to the camera.
fn largest(faces: &[RecognizedFace]) -> Option<&RecognizedFace> {
    let area = |face: &RecognizedFace| face.bounds.width * face.bounds.height;
    faces.iter().filter(|face| face.crop.len() == CROP_PIXELS).max_by(|a, b| area(a).total_cmp(&area(b)))
}
