//! From a frame to predictions: detects or tracks faces, aligns, classifies and smooths. The same natively and in the
//! browser.

use std::cmp::Ordering;

use mien_core::evaluation::{TestTimeAugmentation, mean_of_views};
use mien_core::expression::{Distribution, Expression};
use mien_core::recognition::{FrameSource, RecognizedFace, Timing};
use mien_core::vision::{Crop, Frame, Framing};

use crate::classifier::CropClassifier;
use crate::detector::{DetectError, Detector};
use crate::detector_network::DetectorNetwork;
use crate::face::Face;
use crate::smoothing::{Smoothed, Smoothing};
use crate::tracking::{Search, Tracker};

/// Maximum number of faces per picture; the smallest ones are ignored.
const MAX_FACES: usize = 32;

/// With more tracked faces, each frame is searched whole: that takes about as long as this many searches around a face.
const MAX_FOLLOWED: usize = 8;

/// Milliseconds per frame of a stream in which faces are classified. If that is too little for all, they take turns.
const CLASSIFY_WITHIN: f64 = 30.0;

/// Weight of a new measurement in the moving average of the time per face.
const PACE_WEIGHT: f64 = 0.1;

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
    /// Of the stream and of the recording.
    trackers: [Tracker; 2],
    /// The number of the recording.
    recording: u32,
    smoothing: Smoothing,
    /// Number of faces found in the last picture.
    found: usize,
    /// Milliseconds that the classification of a face of a stream takes on average, once measured.
    pace: Option<f64>,
    clock: fn() -> f64,
}

/// The places of the trackers.
const STREAM: usize = 0;
const RECORDING: usize = 1;

struct Found {
    id: u32,
    face: Face,
}

impl<D: DetectorNetwork, C: CropClassifier> Recognizer<D, C> {
    /// A recognizer from a detector and a classifier. `clock` returns milliseconds, for the timing.
    pub fn new(detector: Detector<D>, network: C, clock: fn() -> f64) -> Self {
        Self {
            detector,
            network,
            augmentation: TestTimeAugmentation::default(),
            framings: vec![Framing::FOUND_FACES],
            changes: 0,
            trackers: Default::default(),
            recording: 0,
            smoothing: Smoothing::default(),
            found: 0,
            pace: None,
            clock,
        }
    }

    /// Sets how crops frame the faces, in place of [`Framing::FOUND_FACES`]: the probabilities for several framings are
    /// averaged, and the crop of the first is returned. None is no change.
    pub fn set_framings(&mut self, framings: Vec<Framing>) {
        if !framings.is_empty() {
            self.framings = framings;
            self.pace = None;
        }
    }

    /// Sets the test-time augmentation.
    pub fn set_test_time_augmentation(&mut self, augmentation: TestTimeAugmentation) {
        self.augmentation = augmentation;
        self.pace = None;
    }

    /// Replaces the network; tracked faces are kept.
    pub fn set_network(&mut self, network: C) {
        self.network = network;
        self.pace = None;
        self.changes = self.changes.wrapping_add(1);
    }

    /// The network, and how often it was replaced.
    pub const fn network(&self) -> (&C, u32) {
        (&self.network, self.changes)
    }

    /// The detector.
    pub const fn detector(&self) -> &Detector<D> {
        &self.detector
    }

    /// Drops the tracked faces of the stream.
    pub fn reset(&mut self) {
        self.trackers[STREAM] = Tracker::default();
    }

    /// Number of faces that were found in the last picture: more than were returned if there are more than 32.
    pub const fn found(&self) -> usize {
        self.found
    }

    /// The faces of a picture with their predictions, the 32 largest at most, and the timing. `time` is that of the frame of a stream
    /// or recording, in milliseconds. If there are more faces in a stream than there is time to classify (30 ms), they take turns: the others keep
    /// their last prediction.
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
        let found = match source {
            FrameSource::Still => numbered(self.detector.detect(frame).await?),
            FrameSource::Stream => self.follow(STREAM, frame, time).await?,
            FrameSource::Recording(recording) => {
                if recording != self.recording {
                    self.recording = recording;
                    self.trackers[RECORDING] = Tracker::default();
                }
                self.follow(RECORDING, frame, time).await?
            }
        };
        self.complete(frame, source, time, found, start).await
    }

    /// As [`Self::recognize`] for a single picture, whose faces [`Detector::detect`] has found before.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn recognize_found(
        &mut self,
        frame: &Frame,
        faces: Vec<Face>,
    ) -> Result<(Vec<RecognizedFace>, Timing), DetectError> {
        let start = (self.clock)();
        self.complete(frame, FrameSource::Still, 0.0, numbered(faces), start).await
    }

    /// Classifies the faces that were found in a picture since `start`.
    async fn complete(
        &mut self,
        frame: &Frame,
        source: FrameSource,
        time: f64,
        mut found: Vec<Found>,
        start: f64,
    ) -> Result<(Vec<RecognizedFace>, Timing), DetectError> {
        found.sort_by(|a, b| b.face.bounds.area().total_cmp(&a.face.bounds.area()));
        self.found = found.len();
        found.truncate(MAX_FACES);
        if source != FrameSource::Still {
            found.sort_by_key(|found| found.id);
        }
        let detected = (self.clock)();
        let turns = match source {
            FrameSource::Still | FrameSource::Recording(_) => (0..found.len()).collect(),
            FrameSource::Stream => self.turns(&found),
        };
        let framed = |face: Face| self.framings.iter().map(move |&framing| frame.sample_grey(&face.framed(framing)));
        let crops: Vec<Crop> = turns.iter().flat_map(|&index| framed(found[index].face)).collect();
        let aligned = (self.clock)();
        let predictions = self.classify(&crops).await?;
        let classified = (self.clock)();
        let views = self.framings.len();
        let mut classified_crops = vec![None; found.len()];
        let predictions = predictions.chunks_exact(views).map(mean);
        for ((&index, crop), prediction) in turns.iter().zip(crops.into_iter().step_by(views)).zip(predictions) {
            classified_crops[index] = Some((crop, prediction));
        }
        if source == FrameSource::Stream {
            self.measure(classified - aligned, turns.len());
        }
        let faces = found.iter().zip(classified_crops);
        let faces = faces.filter_map(|(found, new)| self.face(source, time, found, new)).collect();
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
        let found = numbered(self.detector.detect(frame).await?);
        self.found = found.len();
        let Some(largest) = found.into_iter().max_by(|a, b| a.face.bounds.area().total_cmp(&b.face.bounds.area()))
        else {
            return Ok(Vec::new());
        };
        let crops: Vec<Crop> =
            framings.iter().map(|&framing| frame.sample_grey(&largest.face.framed(framing))).collect();
        let predictions = self.classify(&crops).await?;
        let framed = framings.iter().zip(&crops).zip(predictions);
        let alone = |own| self.smoothing.first(own, 0.0);
        Ok(framed.map(|((&framing, crop), own)| recognized(&largest, framing, crop, own, alone(own))).collect())
    }

    /// The predicted probabilities for each crop.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn classify(&self, crops: &[Crop]) -> Result<Vec<Distribution>, DetectError> {
        if crops.is_empty() {
            return Ok(Vec::new());
        }
        let seen: Vec<Crop> = crops.iter().flat_map(|crop| self.augmentation.of(crop)).collect();
        let logits = self.network.logits_of_crops(&seen).await.map_err(DetectError::Device)?;
        Ok(logits.chunks_exact(self.augmentation.count()).map(mean_of_views).collect())
    }

    /// The faces of a frame of the stream or of the recording.
    async fn follow(&mut self, place: usize, frame: &Frame, time: f64) -> Result<Vec<Found>, DetectError> {
        let mut search = self.trackers[place].search(time);
        if self.trackers[place].tracks().len() > MAX_FOLLOWED {
            search = Search::Whole;
        }
        if search == Search::Follow {
            let known: Vec<usize> = (0..self.trackers[place].tracks().len()).collect();
            if !self.follow_tracks(place, frame, &known, time).await? {
                search = Search::Whole;
            }
        }
        if search == Search::Whole {
            let faces = self.detector.detect_stream(frame).await?;
            let missing = self.trackers[place].update(&faces, time);
            self.follow_tracks(place, frame, &missing, time).await?;
        }
        self.trackers[place].drop_unseen(time);
        Ok(self.trackers[place].tracks().iter().map(|track| Found { id: track.id, face: track.face }).collect())
    }

    /// Searches the surroundings of known faces. Returns whether all were found.
    async fn follow_tracks(
        &mut self,
        place: usize,
        frame: &Frame,
        indices: &[usize],
        time: f64,
    ) -> Result<bool, DetectError> {
        let mut all = true;
        for &index in indices {
            let track = &mut self.trackers[place].tracks()[index];
            let region = track.region();
            let view = region.view(frame);
            if track.is_still(&view) {
                track.stay(time);
                continue;
            }
            match self.detector.follow(&region, view.clone()).await? {
                Some(face) => self.trackers[place].tracks()[index].follow(face, view, time),
                None => all = false,
            }
        }
        Ok(all)
    }

    /// The indices of the faces to classify in this frame of a stream: all, or as many as there is time for, new ones first, then
    /// those that have waited longest.
    fn turns(&mut self, found: &[Found]) -> Vec<usize> {
        let mut turns: Vec<usize> = (0..found.len()).collect();
        let affordable = self.pace.map_or(usize::MAX, |pace| (CLASSIFY_WITHIN / pace) as usize).max(1);
        if affordable < turns.len() {
            let since = |found: &Found| {
                self.trackers[STREAM].track(found.id).and_then(|track| track.smoothed()).map(|smoothed| smoothed.time)
            };
            let since: Vec<Option<f64>> = found.iter().map(since).collect();
            turns.sort_by(|&a, &b| since[a].partial_cmp(&since[b]).unwrap_or(Ordering::Equal));
            let new = since.iter().filter(|time| time.is_none()).count();
            turns.truncate(affordable.max(new));
        }
        turns
    }

    /// Updates the average time that the classification of a face takes.
    fn measure(&mut self, milliseconds: f64, faces: usize) {
        if faces > 0 {
            let now = milliseconds.max(0.0) / faces as f64;
            self.pace = Some(self.pace.map_or(now, |pace| pace + (now - pace) * PACE_WEIGHT));
        }
    }

    /// The face with its classification in this frame, or else with its last one; `None` if it was never classified.
    fn face(
        &mut self,
        source: FrameSource,
        time: f64,
        found: &Found,
        new: Option<(Crop, Distribution)>,
    ) -> Option<RecognizedFace> {
        let track = match source {
            FrameSource::Still => None,
            FrameSource::Stream => self.trackers[STREAM].track(found.id),
            FrameSource::Recording(_) => self.trackers[RECORDING].track(found.id),
        };
        let (crop, prediction, smoothed) = match (track, new) {
            (Some(track), Some((crop, prediction))) => {
                track.classified = Some((crop.clone(), prediction));
                (crop, prediction, track.smooth(&self.smoothing, prediction, time))
            }
            (Some(track), None) => {
                let (crop, prediction) = track.classified.clone()?;
                (crop, prediction, track.smoothed()?)
            }
            (None, new) => {
                let (crop, prediction) = new?;
                (crop, prediction, self.smoothing.first(prediction, time))
            }
        };
        Some(recognized(found, self.framings[0], &crop, prediction, smoothed))
    }
}

/// Faces with ids from 1 on.
fn numbered(faces: Vec<Face>) -> Vec<Found> {
    (1..).zip(faces).map(|(id, face)| Found { id, face }).collect()
}

fn recognized(
    found: &Found,
    framing: Framing,
    crop: &Crop,
    prediction: Distribution,
    smoothed: Smoothed,
) -> RecognizedFace {
    RecognizedFace {
        id: found.id,
        bounds: found.face.bounds,
        landmarks: found.face.landmarks,
        outline: found.face.outline(framing),
        score: found.face.score,
        prediction,
        smoothed: smoothed.probabilities,
        clear: smoothed.named.is_some(),
        crop: crop.bytes().to_vec(),
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

    use std::cell::Cell;

    use super::*;
    use mien_core::vision::CROP_PIXELS;

    use crate::fakes::{Alternating, Crowd, Middle, grey};

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
    fn faces_that_were_found_before_are_classified_as_others() {
        let (network, classifier) = (Middle { face: FACE, ..Middle::default() }, Alternating::default());
        let (detector, photo) = (Detector::new(&network), grey(640, 480, 90));
        let mut recognizer = Recognizer::new(detector.clone(), &classifier, || 0.0);
        let (faces, _) = block_on(recognizer.recognize(&photo, FrameSource::Still, 0.0)).unwrap();
        let found = block_on(detector.detect(&photo)).unwrap();
        let another = Alternating::default();
        let mut second = Recognizer::new(detector, &another, || 0.0);
        assert_eq!(block_on(second.recognize_found(&photo, found)).unwrap().0, faces);
        assert_eq!(second.found(), 1);
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

    thread_local! {
        static CLOCK: Cell<f64> = const { Cell::new(0.0) };
    }

    /// A clock that advances by 60 ms each time it is read.
    fn slow() -> f64 {
        CLOCK.replace(CLOCK.get() + 60.0)
    }

    #[test]
    fn more_faces_than_there_is_time_for_take_turns() {
        let (network, classifier) = (Crowd::new(4), Alternating::default());
        let mut recognizer = Recognizer::new(Detector::new(&network), &classifier, slow);
        let mut changed: Vec<Vec<u32>> = Vec::new();
        let mut before: Vec<RecognizedFace> = Vec::new();
        for frame in 0..5_u8 {
            // every crop differs from that of the frame before
            let picture = grey(640, 480, 90 + 20 * frame);
            let recognized = recognizer.recognize(&picture, FrameSource::Stream, 40.0 * f64::from(frame));
            let (faces, _) = block_on(recognized).unwrap();
            assert_eq!(faces.iter().map(|face| face.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
            let is_old = |face: &RecognizedFace| before.iter().any(|old| old.id == face.id && old.crop == face.crop);
            changed.push(faces.iter().filter(|face| !is_old(face)).map(|face| face.id).collect());
            before = faces;
        }
        // Four faces took 60 ms, so there is time for two; these take as long, so there is time for one from then on.
        assert_eq!(changed, [vec![1, 2, 3, 4], vec![1, 2], vec![3], vec![4], vec![1]]);
        assert_eq!(*classifier.calls.borrow(), [4, 2, 1, 1, 1]);
    }

    #[test]
    fn a_recording_is_classified_whole_and_tracked_apart() {
        let (network, classifier) = (Crowd::new(4), Alternating::default());
        let mut recognizer = Recognizer::new(Detector::new(&network), &classifier, slow);
        let mut ids = |source, value, time| {
            let recognized = block_on(recognizer.recognize(&grey(640, 480, value), source, time));
            recognized.unwrap().0.iter().map(|face| face.id).collect::<Vec<_>>()
        };
        let first = FrameSource::Recording(7);
        assert_eq!(ids(first, 90, 0.0), [1, 2, 3, 4]);
        // A stream in between counts for nothing, whatever its clock says.
        assert_eq!(ids(FrameSource::Stream, 30, 9000.0), [1, 2, 3, 4]);
        assert_eq!(ids(first, 110, 40.0), [1, 2, 3, 4], "the same faces");
        assert_eq!(ids(first, 130, 9000.0), [1, 2, 3, 4], "its next frame, however late");
        assert_eq!(ids(FrameSource::Recording(8), 90, 40.0), [1, 2, 3, 4], "another video begins anew");
        assert_eq!(*classifier.calls.borrow(), [4; 5], "there is always time for all");
    }

    #[test]
    fn a_still_picture_and_new_faces_are_always_classified() {
        let (network, classifier) = (Crowd::new(4), Alternating::default());
        let mut recognizer = Recognizer::new(Detector::new(&network), &classifier, slow);
        for time in [0.0, 2000.0] {
            // all are new: those of the frame before are forgotten
            block_on(recognizer.recognize(&grey(640, 480, 90), FrameSource::Stream, time)).unwrap();
            recognizer.reset();
        }
        block_on(recognizer.recognize(&grey(640, 480, 90), FrameSource::Still, 0.0)).unwrap();
        assert_eq!(*classifier.calls.borrow(), [4, 4, 4]);
    }

    #[test]
    fn a_crowd_is_searched_whole() {
        let (network, classifier) = (Crowd::new(MAX_FOLLOWED + 1), Alternating::default());
        let mut recognizer = Recognizer::new(Detector::new(&network), &classifier, || 0.0);
        for time in [0.0, 40.0] {
            let frame = grey(1600, 300, 90 + time as u8);
            let (faces, _) = block_on(recognizer.recognize(&frame, FrameSource::Stream, time)).unwrap();
            assert_eq!(faces.len(), MAX_FOLLOWED + 1);
        }
        let calls = network.calls.borrow();
        assert!(calls.len() == 2 && calls[0] == calls[1], "{calls:?}");
    }
}
