//! From a frame to predictions: detects or tracks faces, aligns, classifies and smooths. The same natively and in the
//! browser.

use mien_core::evaluation::{TestTimeAugmentation, mean_of_views};
use mien_core::expression::{Distribution, Expression};
use mien_core::recognition::{FrameSource, RecognizedFace, Timing};
use mien_core::vision::{CROP_PIXELS, Crop, Frame, Framing};

use crate::classifier::Classifier;
use crate::detector::{DetectError, Detector};
use crate::detector_network::DetectorNetwork;
use crate::face::Face;
use crate::tracking::{Search, Tracker};

/// Minimum probability of the top class for it to be shown …
const CLEAR_SHARE: f32 = 0.45;

/// … and minimum margin over the second class.
const CLEAR_MARGIN: f32 = 0.15;

/// Maximum number of faces per picture; the smallest ones are ignored.
const MAX_FACES: usize = 32;

/// Detects and classifies the faces of pictures and streams.
#[derive(Debug)]
pub struct Recognizer<D, C> {
    detector: Detector<D>,
    network: C,
    augmentation: TestTimeAugmentation,
    /// At least one.
    framings: Vec<Framing>,
    /// How often the network was replaced.
    changes: u32,
    tracker: Tracker,
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
        let (augmentation, tracker) = (TestTimeAugmentation::default(), Tracker::default());
        let framings = vec![Framing::FOUND_FACES];
        Self { detector, network, augmentation, framings, changes: 0, tracker, found: 0, clock }
    }

    /// Sets how crops frame the faces, in place of [`Framing::FOUND_FACES`]: the probabilities for several framings are
    /// averaged, and the crop of the first is returned. None is no change.
    pub fn set_framings(&mut self, framings: Vec<Framing>) {
        if !framings.is_empty() {
            self.framings = framings;
        }
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
        let framed = |face: Face| self.framings.iter().map(move |&framing| frame.sample_grey(&face.framed(framing)));
        let crops: Vec<Crop> = found.iter().flat_map(|found| framed(found.face)).collect();
        let aligned = (self.clock)();
        let distributions = self.classify(&crops).await?;
        let classified = (self.clock)();
        let first = self.framings[0];
        let faces = found
            .into_iter()
            .zip(crops.into_iter().step_by(self.framings.len()))
            .zip(distributions.chunks_exact(self.framings.len()).map(mean))
            .map(|((found, crop), distribution)| self.face((source, time), &found, (first, &crop), distribution))
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

    /// The largest face of a single picture, if there is one, with each of several framings and the prediction for it alone: to
    /// compare framings. [`Self::found`] is the number of faces.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn compare_framings(
        &mut self,
        frame: &Frame,
        framings: &[Framing],
    ) -> Result<Vec<RecognizedFace>, DetectError> {
        let found = self.find(frame).await?;
        self.found = found.len();
        let Some(largest) = found.into_iter().max_by(|a, b| a.face.bounds.area().total_cmp(&b.face.bounds.area()))
        else {
            return Ok(Vec::new());
        };
        let crops: Vec<Crop> =
            framings.iter().map(|&framing| frame.sample_grey(&largest.face.framed(framing))).collect();
        let distributions = self.classify(&crops).await?;
        let framed = framings.iter().copied().zip(&crops).zip(distributions);
        let still = (FrameSource::Still, 0.0);
        Ok(framed.map(|(framed, distribution)| self.face(still, &largest, framed, distribution)).collect())
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
        (source, time): (FrameSource, f64),
        found: &Found,
        (framing, crop): (Framing, &Crop),
        prediction: Distribution,
    ) -> RecognizedFace {
        let track = match source {
            FrameSource::Still => None,
            FrameSource::Stream => self.tracker.tracks().iter_mut().find(|track| track.id == found.id),
        };
        let smoothed = track.map_or(prediction, |track| track.smooth(prediction, time));
        RecognizedFace {
            id: found.id,
            bounds: found.face.bounds,
            landmarks: found.face.landmarks,
            outline: found.face.outline(framing),
            score: found.face.score,
            prediction,
            smoothed,
            clear: smoothed.is_clear(CLEAR_SHARE, CLEAR_MARGIN),
            crop: crop.bytes().to_vec(),
        }
    }
}

/// The mean of the probabilities of at least one framing.
fn mean(distributions: &[Distribution]) -> Distribution {
    let mut sum = [0.0; Expression::COUNT];
    for distribution in distributions {
        sum.iter_mut().zip(distribution.0).for_each(|(sum, value)| *sum += value);
    }
    Distribution(sum.map(|value| value / distributions.len() as f32))
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
    fn framings_are_averaged_and_the_first_is_shown() {
        let (network, classifier) = (Middle { face: FACE, ..Middle::default() }, Alternating::default());
        let mut recognizer = Recognizer::new(Detector::new(&network), &classifier, || 0.0);
        let side = |face: &RecognizedFace| face.outline[0].distance(face.outline[1]);
        let (plain, _) = block_on(recognizer.recognize(&grey(640, 480, 90), FrameSource::Still, 0.0)).unwrap();
        recognizer.set_framings(vec![Framing::FER2013, Framing::new(1.5, 0.0).unwrap()]);
        recognizer.set_framings(Vec::new());
        let (framed, _) = block_on(recognizer.recognize(&grey(640, 480, 90), FrameSource::Still, 0.0)).unwrap();
        assert_eq!(framed[0].prediction.0, [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!((side(&plain[0]) - Framing::FOUND_FACES.scale() * side(&framed[0])).abs() < 1e-3);
        assert_eq!(*classifier.calls.borrow(), [1, 2], "one pass for all framings");
    }

    #[test]
    fn framings_are_compared_on_the_same_face() {
        let (network, classifier) = (Middle { face: FACE, ..Middle::default() }, Alternating::default());
        let mut recognizer = Recognizer::new(Detector::new(&network), &classifier, || 0.0);
        let frame = grey(640, 480, 90);
        let (recognized, _) = block_on(recognizer.recognize(&frame, FrameSource::Still, 0.0)).unwrap();
        let framings = [Framing::FOUND_FACES, Framing::FER2013];
        let compared = block_on(recognizer.compare_framings(&frame, &framings)).unwrap();
        assert_eq!((compared.len(), recognizer.found(), &compared[0]), (2, 1, &recognized[0]));
        let sides: Vec<f32> = compared.iter().map(|face| face.outline[0].distance(face.outline[1])).collect();
        assert!((sides[0] - Framing::FOUND_FACES.scale() * sides[1]).abs() < 1e-3, "{sides:?}");
        assert_ne!(compared[0].prediction, compared[1].prediction, "each by itself");
        let nobody = Middle::default();
        let mut recognizer = Recognizer::new(Detector::new(&nobody), &classifier, || 0.0);
        assert!(block_on(recognizer.compare_framings(&frame, &framings)).unwrap().is_empty());
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
