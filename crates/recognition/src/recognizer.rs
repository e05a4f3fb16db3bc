//! From a frame to predictions: detects or tracks faces, aligns, classifies and smooths. The same natively and in the
//! browser.

use mien_core::evaluation::{TestTimeAugmentation, mean_of_views};
use mien_core::expression::Distribution;
use mien_core::recognition::{FrameSource, RecognizedFace, Timing};
use mien_core::vision::{CROP_PIXELS, Crop, Frame};

use crate::classifier::Classifier;
use crate::detector::{DetectError, Detector};
use crate::detector_network::DetectorNetwork;
use crate::face::Face;
use crate::smoothing::Smoothing;
use crate::tracking::{Search, Tracker};

/// Maximum number of faces per picture; the smallest ones are ignored.
const MAX_FACES: usize = 32;

/// Detects and classifies the faces of pictures and streams.
#[derive(Debug)]
pub struct Recognizer<D, C> {
    detector: Detector<D>,
    network: C,
    augmentation: TestTimeAugmentation,
    /// How often the network was replaced.
    changes: u32,
    tracker: Tracker,
    smoothing: Smoothing,
    /// Number of faces found in the last picture.
    found: usize,
    clock: fn() -> f64,
}

struct Found {
    id: u32,
    face: Face,
}

impl<D: DetectorNetwork, C: Classifier> Recognizer<D, C> {
    /// A recognizer from a detector and a classifier. `clock` returns milliseconds, for the timing.
    pub fn new(detector: Detector<D>, network: C, clock: fn() -> f64) -> Self {
        let (augmentation, tracker, smoothing) =
            (TestTimeAugmentation::default(), Tracker::default(), Smoothing::default());
        Self { detector, network, augmentation, changes: 0, tracker, smoothing, found: 0, clock }
    }

    /// Sets the test-time augmentation.
    pub fn set_test_time_augmentation(&mut self, augmentation: TestTimeAugmentation) {
        self.augmentation = augmentation;
    }

    /// Replaces the network; tracked faces are kept.
    pub fn set_network(&mut self, network: C) {
        self.network = network;
        self.changes = self.changes.wrapping_add(1);
    }

    /// The network, and how often it was replaced.
    pub const fn network(&self) -> (&C, u32) {
        (&self.network, self.changes)
    }

    /// Drops the tracked faces.
    pub fn reset(&mut self) {
        self.tracker = Tracker::default();
    }

    /// Number of faces that were found in the last picture: more than were returned if there are more than 32.
    pub const fn found(&self) -> usize {
        self.found
    }

    /// The faces of a picture with their predictions, the 32 largest at most, and the timing. `time` is that of the frame of a stream, in
    /// milliseconds.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn recognize(
        &mut self,
        frame: &Frame,
        source: FrameSource,
        time: f64,
    ) -> Result<(Vec<RecognizedFace>, Timing), DetectError> {
        let start = (self.clock)();
        let mut found = match source {
            FrameSource::Still => self.find(frame).await?,
            FrameSource::Stream => self.follow(frame, time).await?,
        };
        found.sort_by(|a, b| b.face.bounds.area().total_cmp(&a.face.bounds.area()));
        self.found = found.len();
        found.truncate(MAX_FACES);
        if source == FrameSource::Stream {
            found.sort_by_key(|found| found.id);
        }
        let detected = (self.clock)();
        let crops: Vec<Crop> = found.iter().map(|found| frame.sample_grey(&found.face.frame_from_crop())).collect();
        let aligned = (self.clock)();
        let distributions = self.classify(&crops).await?;
        let classified = (self.clock)();
        let faces = found
            .into_iter()
            .zip(crops)
            .zip(distributions)
            .map(|((found, crop), distribution)| self.face(source, time, &found, &crop, distribution))
            .collect();
        let timing = Timing {
            pixels: 0.0,
            detect: (detected - start) as f32,
            align: (aligned - detected) as f32,
            classify: (classified - aligned) as f32,
            total: (classified - start) as f32,
        };
        Ok((faces, timing))
    }

    /// The predicted probabilities for each crop.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn classify(&self, crops: &[Crop]) -> Result<Vec<Distribution>, DetectError> {
        if crops.is_empty() {
            return Ok(Vec::new());
        }
        let seen = crops.len() * self.augmentation.count();
        let mut images = Vec::with_capacity(seen * CROP_PIXELS);
        for view in crops.iter().flat_map(|crop| self.augmentation.of(crop)) {
            images.extend(view.normalize());
        }
        let logits = self.network.logits(images).await.map_err(DetectError::Device)?;
        Ok(logits.chunks_exact(self.augmentation.count()).map(mean_of_views).collect())
    }

    async fn find(&self, frame: &Frame) -> Result<Vec<Found>, DetectError> {
        let faces = self.detector.detect(frame).await?;
        Ok((1..).zip(faces).map(|(id, face)| Found { id, face }).collect())
    }

    async fn follow(&mut self, frame: &Frame, time: f64) -> Result<Vec<Found>, DetectError> {
        let mut search = self.tracker.search(time);
        if search == Search::Follow {
            let known: Vec<usize> = (0..self.tracker.tracks().len()).collect();
            if !self.follow_tracks(frame, &known, time).await? {
                search = Search::Whole;
            }
        }
        if search == Search::Whole {
            let faces = self.detector.detect_stream(frame).await?;
            let missing = self.tracker.update(&faces, time);
            self.follow_tracks(frame, &missing, time).await?;
        }
        self.tracker.drop_unseen(time);
        Ok(self.tracker.tracks().iter().map(|track| Found { id: track.id, face: track.face }).collect())
    }

    /// Searches the surroundings of known faces. Returns whether all were found.
    async fn follow_tracks(&mut self, frame: &Frame, indices: &[usize], time: f64) -> Result<bool, DetectError> {
        let mut all = true;
        for &index in indices {
            let track = &mut self.tracker.tracks()[index];
            let region = track.region();
            let view = region.view(frame);
            if track.is_still(&view) {
                track.stay(time);
                continue;
            }
            match self.detector.follow(&region, view.clone()).await? {
                Some(face) => self.tracker.tracks()[index].follow(face, view, time),
                None => all = false,
            }
        }
        Ok(all)
    }

    fn face(
        &mut self,
        source: FrameSource,
        time: f64,
        found: &Found,
        crop: &Crop,
        prediction: Distribution,
    ) -> RecognizedFace {
        let track = match source {
            FrameSource::Still => None,
            FrameSource::Stream => self.tracker.tracks().iter_mut().find(|track| track.id == found.id),
        };
        let smoothed = match track {
            Some(track) => track.smooth(&self.smoothing, prediction, time),
            None => self.smoothing.first(prediction, time),
        };
        RecognizedFace {
            id: found.id,
            bounds: found.face.bounds,
            landmarks: found.face.landmarks,
            outline: found.face.outline(),
            score: found.face.score,
            prediction,
            smoothed: smoothed.probabilities,
            clear: smoothed.named.is_some(),
            crop: crop.bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::fakes::{Alternating, Middle, grey};

    const FACE: Option<(f32, f32)> = Some((3.0, 64.0));

    #[test]
    fn a_photo_is_searched_and_classified() {
        let (network, classifier) = (Middle { face: FACE, ..Middle::default() }, Alternating::default());
        let mut recognizer = Recognizer::new(Detector::new(&network), &classifier, || 0.0);
        let (faces, _) = block_on(recognizer.recognize(&grey(640, 480, 90), FrameSource::Still, 0.0)).unwrap();
        assert_eq!((faces.len(), recognizer.found(), faces[0].id), (1, 1, 1));
        assert_eq!(faces[0].prediction.0, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!((faces[0].smoothed, faces[0].clear), (faces[0].prediction, true));
        assert_eq!(faces[0].crop, [90; CROP_PIXELS]);
    }

    #[test]
    fn views_are_averaged() {
        let (network, classifier) = (Middle::default(), Alternating::default());
        let mut recognizer = Recognizer::new(Detector::new(&network), &classifier, || 0.0);
        recognizer.set_test_time_augmentation(TestTimeAugmentation::Flip);
        let crops = vec![Crop(Box::new([7; CROP_PIXELS])); 3];
        let mean = Distribution([0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(block_on(recognizer.classify(&crops)).unwrap(), [mean; 3]);
        assert!(block_on(recognizer.classify(&[])).unwrap().is_empty());
        assert_eq!(*classifier.calls.borrow(), [6], "nothing is computed for no crops");
    }

    #[test]
    fn a_known_face_is_searched_where_it_was_and_only_if_something_moved() {
        let (network, classifier) = (Middle { face: FACE, ..Middle::default() }, Alternating::default());
        let mut recognizer = Recognizer::new(Detector::new(&network), &classifier, || 0.0);
        for (time, value) in [(0.0, 90), (40.0, 90), (80.0, 90), (120.0, 150)] {
            let frame = grey(640, 480, value);
            let (faces, _) = block_on(recognizer.recognize(&frame, FrameSource::Stream, time)).unwrap();
            assert_eq!(faces.iter().map(|face| face.id).collect::<Vec<_>>(), [1]);
        }
        assert_eq!(*network.calls.borrow(), [(384, 288), (128, 128), (128, 128)]);
    }
}
