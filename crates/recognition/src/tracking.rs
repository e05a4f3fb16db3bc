//! Tracks faces from frame to frame, and decides when to search the whole picture.
//!
//! In between, only the surroundings of each known face are searched ([`Region::around`]), at a tenth of the cost, and
//! only if something moved there; with many faces the recognizer searches the whole picture in every frame. A face that is no longer
//! found is dropped in the same frame, so no box is outdated.

use mien_core::expression::Distribution;
use mien_core::vision::{Crop, Point, Rectangle};

use crate::detector::Region;
use crate::face::Face;
use crate::smoothing::{Smoothed, Smoothing};

/// Milliseconds between searches of the whole picture while faces are tracked, and so the longest delay of a new face.
const WHOLE_EVERY: f64 = 1000.0;

/// A face that reappears at its position within this many milliseconds is the same.
const REMEMBERED: f64 = 1500.0;

/// Boxes with a lower overlap (IoU) are different faces.
const SAME_FACE: f32 = 0.3;

/// Mean change of the input (with a range of 2) below which nothing moved: above the noise of a webcam, below a blink.
const STILL: f32 = 0.012;

/// How to search a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// The whole picture.
    Whole,
    /// The surroundings of the known faces.
    Follow,
}

/// A face that is tracked through a stream.
#[derive(Clone, Debug)]
pub struct Track {
    /// Counted up from 1, and unique.
    pub id: u32,
    /// The face, smoothed against jitter of the detector.
    pub face: Face,
    latest: Face,
    region: Region,
    view: Vec<f32>,
    smoothed: Option<Smoothed>,
    /// The crop that was classified last, and the prediction for it.
    pub classified: Option<(Crop, Distribution)>,
    seen: f64,
}

impl Track {
    /// The region to search: constant while the face stays well inside, so that inputs can be compared.
    pub fn region(&self) -> Region {
        self.region
    }

    /// Whether an input of [`Self::region`] equals that of the last search.
    pub fn is_still(&self, view: &[f32]) -> bool {
        if self.view.len() != view.len() || view.is_empty() {
            return false;
        }
        let change: f32 = self.view.iter().zip(view).map(|(a, b)| (a - b).abs()).sum();
        change / (view.len() as f32) < STILL
    }

    /// Keeps the face, since nothing moved.
    pub fn stay(&mut self, time: f64) {
        self.seen = time;
    }

    /// Updates the face with a new detection. Small movements are smoothed, large ones are applied at once.
    pub fn follow(&mut self, face: Face, view: Vec<f32>, time: f64) {
        self.latest = face;
        self.view = view;
        self.seen = time;
        if !self.region.suits(&face) {
            self.region = Region::around(&face);
            self.view.clear();
        }
        let size = self.face.bounds.width.max(1.0);
        let moved = self.face.bounds.centre().distance(face.bounds.centre()) / size;
        let grown = (face.bounds.width / size - 1.0).abs();
        let weight = (0.4 + 6.0 * moved.max(grown)).min(1.0);
        self.face = between(&self.face, &face, weight);
    }

    /// What is known from the predictions so far.
    pub const fn smoothed(&self) -> Option<Smoothed> {
        self.smoothed
    }

    /// Adds a prediction and returns what is known with it.
    pub fn smooth(&mut self, smoothing: &Smoothing, prediction: Distribution, time: f64) -> Smoothed {
        let smoothed = match &self.smoothed {
            Some(before) => smoothing.next(before, prediction, time),
            None => smoothing.first(prediction, time),
        };
        self.smoothed = Some(smoothed);
        smoothed
    }
}

/// The faces that are tracked through a stream.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
    lost: Vec<Track>,
    last_whole: Option<f64>,
    count: u32,
}

impl Tracker {
    /// How to search a frame from `time` (milliseconds).
    pub fn search(&self, time: f64) -> Search {
        match self.last_whole {
            // restarts when the clock goes back
            Some(last) if !self.tracks.is_empty() && (0.0..WHOLE_EVERY).contains(&(time - last)) => Search::Follow,
            _ => Search::Whole,
        }
    }

    /// The tracked face with this id.
    pub fn track(&mut self, id: u32) -> Option<&mut Track> {
        self.tracks.iter_mut().find(|track| track.id == id)
    }

    /// The tracked faces.
    pub fn tracks(&mut self) -> &mut Vec<Track> {
        &mut self.tracks
    }

    /// Updates the tracks with the faces of the whole picture; new ones get an id. Returns the indices of known faces that
    /// were not found, to search their surroundings.
    pub fn update(&mut self, faces: &[Face], time: f64) -> Vec<usize> {
        self.last_whole = Some(time);
        self.lost.retain(|track| (0.0..REMEMBERED).contains(&(time - track.seen)));
        let mut open: Vec<usize> = (0..self.tracks.len()).collect();
        for &face in faces {
            let overlap = |track: &Track| track.latest.bounds.overlap(&face.bounds);
            let best = open
                .iter()
                .copied()
                .map(|index| (index, overlap(&self.tracks[index])))
                .filter(|&(_, shared)| shared > SAME_FACE)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((index, _)) = best {
                open.retain(|&other| other != index);
                self.tracks[index].follow(face, Vec::new(), time);
            } else {
                self.begin(face, time);
            }
        }
        open
    }

    /// Drops the faces that were not found at `time`, and the newer of two that coincide.
    pub fn drop_unseen(&mut self, time: f64) {
        let (seen, unseen): (Vec<_>, Vec<_>) = self.tracks.drain(..).partition(|track| track.seen == time);
        self.lost.extend(unseen);
        for track in seen {
            let taken = self.tracks.iter().any(|other| other.latest.bounds.overlap(&track.latest.bounds) > 0.5);
            if !taken {
                self.tracks.push(track);
            }
        }
    }

    fn begin(&mut self, face: Face, time: f64) {
        let back = self.lost.iter().position(|track| track.latest.bounds.overlap(&face.bounds) > SAME_FACE);
        let (id, smoothed, classified) = match back {
            Some(index) => {
                let track = self.lost.remove(index);
                (track.id, track.smoothed, track.classified)
            }
            None => {
                self.count += 1;
                (self.count, None, None)
            }
        };
        let region = Region::around(&face);
        self.tracks.push(Track { id, face, latest: face, region, view: Vec::new(), smoothed, classified, seen: time });
    }
}

fn between(from: &Face, to: &Face, weight: f32) -> Face {
    let mix = |a: f32, b: f32| a + (b - a) * weight;
    let mut landmarks = from.landmarks;
    for (point, new) in landmarks.iter_mut().zip(to.landmarks) {
        *point = Point::new(mix(point.x, new.x), mix(point.y, new.y));
    }
    let (a, b) = (&from.bounds, &to.bounds);
    Face {
        bounds: Rectangle {
            x: mix(a.x, b.x),
            y: mix(a.y, b.y),
            width: mix(a.width, b.width),
            height: mix(a.height, b.height),
        },
        landmarks,
        score: to.score,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32) -> Face {
        let bounds = Rectangle { x, y: 0.0, width: 100.0, height: 100.0 };
        Face { bounds, landmarks: [Point::new(x, 0.0); 6], score: 0.9 }
    }

    fn ids(tracker: &mut Tracker) -> Vec<u32> {
        tracker.tracks().iter().map(|track| track.id).collect()
    }

    #[test]
    fn faces_keep_their_identity() {
        let mut tracker = Tracker::default();
        assert_eq!(tracker.search(0.0), Search::Whole);
        assert!(tracker.update(&[face(0.0), face(300.0)], 0.0).is_empty());
        assert_eq!(ids(&mut tracker), [1, 2]);
        assert_eq!(tracker.search(100.0), Search::Follow);
        assert_eq!(tracker.search(1000.0), Search::Whole);
        assert!(tracker.update(&[face(310.0), face(10.0), face(600.0)], 1000.0).is_empty());
        tracker.drop_unseen(1000.0);
        assert_eq!(ids(&mut tracker), [1, 2, 3]);
    }

    #[test]
    fn a_lost_face_is_dropped_at_once_and_remembered_for_a_while() {
        let mut tracker = Tracker::default();
        tracker.update(&[face(0.0)], 0.0);
        assert_eq!(tracker.update(&[], 1000.0), [0]);
        tracker.drop_unseen(1000.0);
        assert!(ids(&mut tracker).is_empty());
        assert_eq!(tracker.search(1001.0), Search::Whole);
        tracker.update(&[face(5.0)], 1100.0);
        assert_eq!(ids(&mut tracker), [1], "reappeared in time");
        tracker.update(&[], 2000.0);
        tracker.drop_unseen(2000.0);
        tracker.update(&[face(5.0)], 9000.0);
        assert_eq!(ids(&mut tracker), [2], "reappeared too late");
    }

    #[test]
    fn stillness_is_measured() {
        let mut tracker = Tracker::default();
        tracker.update(&[face(0.0)], 0.0);
        let track = &mut tracker.tracks()[0];
        assert!(!track.is_still(&[0.0; 8]), "nothing to compare with yet");
        track.follow(face(1.0), vec![0.0; 8], 10.0);
        assert!(track.is_still(&[0.005; 8]));
        assert!(!track.is_still(&[0.05; 8]));
    }

    #[test]
    fn small_moves_are_smoothed_and_large_ones_followed() {
        let mut tracker = Tracker::default();
        tracker.update(&[face(0.0)], 0.0);
        let track = &mut tracker.tracks()[0];
        track.follow(face(1.0), Vec::new(), 10.0);
        assert!(track.face.bounds.x > 0.3 && track.face.bounds.x < 0.7);
        track.follow(face(50.0), Vec::new(), 20.0);
        assert_eq!(track.face.bounds.x, 50.0);
    }

    #[test]
    fn a_face_that_reappears_continues_its_predictions() {
        let (mut tracker, smoothing) = (Tracker::default(), Smoothing::default());
        let [happy, sad] =
            [3, 4].map(|class| Distribution(std::array::from_fn(|index| f32::from(u8::from(index == class)))));
        tracker.update(&[face(0.0)], 0.0);
        assert_eq!(tracker.tracks()[0].smooth(&smoothing, happy, 0.0).probabilities, happy);
        tracker.update(&[], 1000.0);
        tracker.drop_unseen(1000.0);
        tracker.update(&[face(5.0)], 1050.0);
        let after = tracker.tracks()[0].smooth(&smoothing, sad, 100.0);
        assert!(after.probabilities.0[3] > 0.0 && after.probabilities.0[4] > 0.0, "{after:?}");
    }
}
