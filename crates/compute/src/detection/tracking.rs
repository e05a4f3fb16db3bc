//! Keeps a face's identity from frame to frame, and decides when to look over the whole picture again.
//!
//! Between whole looks only the surroundings of each known face are searched ([`super::Region::around`]), at a tenth of
//! the cost; where nothing moved there, not even that. A face that is no longer found is dropped in the same frame, so
//! no box is ever stale.

use super::detector::Region;
use super::face::Face;
use mien_core::expression::Distribution;
use mien_core::vision::{Point, Rectangle};

/// Milliseconds between looks over the whole picture while faces are followed: how long a new face waits at most.
const WHOLE_EVERY: f64 = 1000.0;

/// A face that comes back to its place within this many milliseconds is the same.
const REMEMBERED: f64 = 1500.0;

/// Boxes that overlap less than this are different faces.
const SAME_FACE: f32 = 0.3;

/// Mean change of the view (of a range of 2) below which nothing moved: above the noise of a webcam, below a blink.
const STILL: f32 = 0.012;

/// Milliseconds in which a reading loses all but 1/e of its weight.
const SMOOTHING: f64 = 350.0;

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Look over the whole picture.
    Whole,
    /// Look around the known faces.
    Follow,
}

/// A face followed through a stream.
#[derive(Clone, Debug)]
pub struct Track {
    /// Counted up from 1, never used twice for different faces.
    pub id: u32,
    /// Where the face is, freed of the detector's jitter.
    pub face: Face,
    latest: Face,
    region: Region,
    view: Vec<f32>,
    smoothed: Option<(Distribution, f64)>,
    seen: f64,
}

impl Track {
    /// The surroundings to look for the face in: the same while it stays well inside, so that views can be compared.
    pub fn region(&self) -> Region {
        self.region
    }

    /// Whether a view of [`Self::region`] is as it was when the face was last looked for.
    pub fn is_still(&self, view: &[f32]) -> bool {
        if self.view.len() != view.len() || view.is_empty() {
            return false;
        }
        let change: f32 = self.view.iter().zip(view).map(|(a, b)| (a - b).abs()).sum();
        change / (view.len() as f32) < STILL
    }

    /// Notes that nothing moved.
    pub fn stay(&mut self, time: f64) {
        self.seen = time;
    }

    /// Takes over where the detector sees the face now. Small moves are smoothed, large ones followed at once.
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

    /// The reading smoothed over time, after taking in a new one.
    pub fn smooth(&mut self, reading: Distribution, time: f64) -> Distribution {
        let smoothed = match self.smoothed {
            Some((before, at)) => {
                let weight = 1.0 - (-(time - at).max(0.0) / SMOOTHING).exp();
                before.toward(&reading, weight as f32)
            }
            None => reading,
        };
        self.smoothed = Some((smoothed, time));
        smoothed
    }
}

/// The faces followed through a stream.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
    lost: Vec<Track>,
    last_whole: Option<f64>,
    count: u32,
}

impl Tracker {
    /// What to do with a frame taken at `time` (milliseconds).
    pub fn plan(&self, time: f64) -> Plan {
        match self.last_whole {
            // a clock that went back starts anew
            Some(last) if !self.tracks.is_empty() && (0.0..WHOLE_EVERY).contains(&(time - last)) => Plan::Follow,
            _ => Plan::Whole,
        }
    }

    /// The faces being followed.
    pub fn tracks(&mut self) -> &mut Vec<Track> {
        &mut self.tracks
    }

    /// Takes in the faces of a look over the whole picture: known ones move, new ones get an identity. Returns the
    /// indices of the known ones that were not found, to be looked for close by.
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

    /// Drops the faces that were not seen at `time`, and the younger of two that became one.
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
        let (id, smoothed) = match back {
            Some(index) => {
                let track = self.lost.remove(index);
                (track.id, track.smoothed)
            }
            None => {
                self.count += 1;
                (self.count, None)
            }
        };
        let region = Region::around(&face);
        self.tracks.push(Track { id, face, latest: face, region, view: Vec::new(), smoothed, seen: time });
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
        assert_eq!(tracker.plan(0.0), Plan::Whole);
        assert!(tracker.update(&[face(0.0), face(300.0)], 0.0).is_empty());
        assert_eq!(ids(&mut tracker), [1, 2]);
        assert_eq!(tracker.plan(100.0), Plan::Follow);
        assert_eq!(tracker.plan(1000.0), Plan::Whole);
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
        assert_eq!(tracker.plan(1001.0), Plan::Whole);
        tracker.update(&[face(5.0)], 1100.0);
        assert_eq!(ids(&mut tracker), [1], "came back in time");
        tracker.update(&[], 2000.0);
        tracker.drop_unseen(2000.0);
        tracker.update(&[face(5.0)], 9000.0);
        assert_eq!(ids(&mut tracker), [2], "came back too late");
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
    fn readings_are_smoothed_by_time() {
        let mut tracker = Tracker::default();
        tracker.update(&[face(0.0)], 0.0);
        let track = &mut tracker.tracks()[0];
        let (happy, sad) = ([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(track.smooth(Distribution(happy), 0.0).0, happy);
        let mixed = track.smooth(Distribution(sad), SMOOTHING);
        assert!((mixed.0[3] - (-1.0_f32).exp()).abs() < 1e-5);
        // a clock that goes back changes nothing
        assert_eq!(track.smooth(Distribution(happy), 0.0), mixed);
    }
}
