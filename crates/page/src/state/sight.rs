//! The faces in view on Live, for the mirror game and “Is it right for me?”.

use mien_protocol::RecognizedFace;

use crate::sort::sort_short;
use crate::state::RecognitionResult;

/// The most milliseconds that pass in one tick: what a busy or hidden page misses does not count.
pub const MOST_STEP: f64 = 400.0;

/// Milliseconds without a new frame after which a camera or video stands still.
pub const STALE: f64 = 2000.0;

/// What is in view at a tick.
pub struct Sight<'a> {
    /// Whether its looks can change: it is neither nothing nor a photo.
    pub moving: bool,
    /// Counts the frames of a camera or video; `None` for the model face, which is drawn only if it changes.
    pub frames: Option<u32>,
    /// What was recognized in the newest picture.
    pub result: Option<&'a RecognitionResult>,
    /// Whether the picture is shown mirrored.
    pub mirrored: bool,
}

/// Why the clock is stopped, if not because of a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Nothing is open whose looks change.
    Source,
    /// The camera or video has no new frame.
    Still,
    /// There are fewer faces than are needed.
    Face {
        /// Whether there is any face.
        any: bool,
    },
}

/// The clock of what asks for looks. It knows no time but that of the ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Watch {
    /// The time of the last tick.
    clock: Option<f64>,
    /// The newest frame, and the time of its tick.
    newest: (u32, f64),
}

impl Watch {
    /// A tick at a time in milliseconds; how many milliseconds count as passed since the last.
    pub fn tick(&mut self, now: f64, sight: &Sight<'_>) -> f64 {
        let step = (now - self.clock.replace(now).unwrap_or(now)).clamp(0.0, MOST_STEP);
        if sight.frames.is_none_or(|frames| frames != self.newest.0) {
            self.newest = (sight.frames.unwrap_or_default(), now);
        }
        step
    }

    /// Why the clock is stopped at the time of the last tick, where there are so many faces, and so many are needed.
    pub fn wait(&self, sight: &Sight<'_>, faces: usize, needed: usize) -> Option<Wait> {
        match () {
            () if !sight.moving => Some(Wait::Source),
            () if self.clock.is_some_and(|now| now - self.newest.1 > STALE) => Some(Wait::Still),
            () if faces < needed => Some(Wait::Face { any: faces > 0 }),
            () => None,
        }
    }
}

/// The largest faces, at most so many, from left to right as they are shown.
pub fn faces<'a>(sight: &Sight<'a>, most: usize) -> Vec<&'a RecognizedFace> {
    let mut faces: Vec<&RecognizedFace> = sight.result.map_or_else(Vec::new, |result| result.faces.iter().collect());
    let area = |face: &RecognizedFace| face.bounds.width * face.bounds.height;
    sort_short(&mut faces, |a, b| area(b).total_cmp(&area(a)));
    faces.truncate(most);
    let place = |face: &RecognizedFace| {
        let centre = face.bounds.x + face.bounds.width / 2.0;
        if sight.mirrored { -centre } else { centre }
    };
    sort_short(&mut faces, |a, b| place(a).total_cmp(&place(b)));
    faces
}
