//! When a rule fires: holds are timed by the frames, for each rule and face.

use mien_protocol::RecognizedFace;

use super::rule::Rule;

/// After it fired, a rule is armed again for a face once the probability is lower than the rule's by this much, 0 to 1.
pub const REARM: f32 = 0.1;

/// Milliseconds for which a face may be missing before it counts as gone, and between two frames before a hold begins anew.
const GAP: f64 = 1500.0;

/// How far a face is with a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hold {
    /// The probability is not high enough.
    Armed,
    /// It is, since a time in milliseconds.
    Since(f64),
    /// The rule fired, and the look has not been left since.
    Fired,
}

/// A rule and a face.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Watch {
    rule: u32,
    face: u32,
    hold: Hold,
    /// The time of the last frame with the face.
    last: f64,
}

/// That a rule fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The id of the rule.
    pub rule: u32,
    /// The number of the face.
    pub face: u32,
}

/// What is known of the holds of all faces.
#[derive(Debug, Default, PartialEq)]
pub struct Triggers {
    watches: Vec<Watch>,
    newest: f64,
}

impl Triggers {
    /// Adds the faces of a frame with its time in milliseconds; returns which rules fire, in their order, those of each for one
    /// face after the other.
    pub fn frame(&mut self, rules: &[Rule], time: f64, faces: &[RecognizedFace]) -> Vec<Firing> {
        let backwards = time < self.newest;
        self.newest = time;
        self.watches
            .retain(|watch| !backwards && time - watch.last <= GAP && rules.iter().any(|rule| rule.id == watch.rule));
        let mut fired = Vec::new();
        for rule in rules {
            for face in faces {
                if self.watch(rule, time, face) {
                    fired.push(Firing { rule: rule.id, face: face.id });
                }
            }
        }
        for watch in self.watches.iter_mut().filter(|watch| watch.last < time && watch.hold != Hold::Fired) {
            watch.hold = Hold::Armed;
        }
        fired
    }

    /// Adds a face of a frame; returns whether the rule fires.
    fn watch(&mut self, rule: &Rule, time: f64, face: &RecognizedFace) -> bool {
        let known = self.watches.iter().position(|watch| watch.rule == rule.id && watch.face == face.id);
        let place = known.unwrap_or_else(|| {
            self.watches.push(Watch { rule: rule.id, face: face.id, hold: Hold::Armed, last: time });
            self.watches.len() - 1
        });
        let watch = &mut self.watches[place];
        watch.last = time;
        let (probability, wanted) = (face.smoothed.probability(rule.class), rule.share());
        watch.hold = match watch.hold {
            Hold::Fired if probability >= wanted - REARM => Hold::Fired,
            _ if probability < wanted => Hold::Armed,
            Hold::Since(since) => Hold::Since(since),
            Hold::Armed | Hold::Fired => Hold::Since(time),
        };
        let fires = matches!(watch.hold, Hold::Since(since) if time - since >= f64::from(rule.seconds) * 1000.0);
        if fires {
            watch.hold = Hold::Fired;
        }
        fires
    }
}
