//! Finds the faces of a dataset's images.

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use burn::tensor::Device;

use crate::engine::recognition::SiteWeights;
use mien_compute::detection::{self, Detector};
use mien_core::dataset::{CropChoice, Cropping, FaceFinder, SeveralFaces};

/// How the images of a dataset become samples; without the weights of the detector, as they are.
///
/// The detector computes on the CPU, where it answers within a call: so a dataset is read by the same loop in the browser and on
/// the command line, and a lost GPU does not end it. It is loaded when the first image needs it.
pub(super) fn cropping(choice: CropChoice, weights: Option<Rc<SiteWeights>>) -> Cropping {
    let Some(weights) = weights else { return Cropping::default() };
    let mut loaded: Option<Detector> = None;
    let find: FaceFinder = Box::new(move |frame| {
        let detector = match loaded.take() {
            Some(detector) => detector,
            None => detection::load(&weights.detector, &Device::flex()).map_err(|error| error.to_string())?,
        };
        let mut found = pin!(loaded.insert(detector).find_faces(frame));
        match found.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => found.map_err(|error| error.to_string()),
            Poll::Pending => Err("it did not answer at once".to_owned()),
        }
    });
    Cropping::new(choice, SeveralFaces::Largest, find)
}
