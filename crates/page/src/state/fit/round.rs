//! A round: looks are asked for one after the other, and frames of them are taken. It knows no clock: time passes by [`Round::tick`].

use std::rc::Rc;

use mien_core::expression::Expression;
use mien_protocol::NetworkId;

use crate::state::sight::{Sight, Wait, Watch, faces};

/// Milliseconds between the question and the first frame: before the first look, and before the others.
pub const FIRST: f64 = 4000.0;
const BEFORE: f64 = 2500.0;

/// Milliseconds for which frames of a look are taken.
pub const HOLD: f64 = 2000.0;

/// Milliseconds between two frames: sooner ones show the same.
const APART: f64 = 150.0;

/// The most frames of a look.
pub const FRAMES: usize = 10;

/// The looks in the order in which they are asked for: the neutral one first, from which the others begin.
pub const ORDER: [Expression; Expression::COUNT] = [
    Expression::Neutral,
    Expression::Happy,
    Expression::Surprise,
    Expression::Angry,
    Expression::Disgust,
    Expression::Fear,
    Expression::Sad,
];

/// A crop, 48×48 grey bytes.
pub type Pixels = Rc<[u8]>;

/// Frames of looks that were asked for: in memory alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frames {
    /// The look that was asked for, of each frame.
    pub looks: Vec<Expression>,
    /// The crops of the frames.
    pub crops: Vec<Pixels>,
}

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Phase {
    /// The look is asked for, and frames are taken in so many milliseconds.
    Ready(f64),
    /// Frames are being taken, for so many more milliseconds.
    Hold(f64),
    /// The round has ended.
    Done,
}

/// A round.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Whether it is the second one, which measures an adaptation.
    pub second: bool,
    /// The networks that classify its frames: the one that is measured, and the adapted one in the second round.
    pub networks: Vec<NetworkId>,
    /// What is going on.
    pub phase: Phase,
    /// Whether it is paused.
    pub paused: bool,
    /// Why the clock is stopped.
    pub wait: Option<Wait>,
    /// The looks that are asked for, in this order.
    looks: Vec<Expression>,
    /// Place of the look that is asked for.
    at: usize,
    /// The frames of each look so far.
    taken: Vec<Vec<Pixels>>,
    /// Milliseconds since the last frame.
    since: f64,
    watch: Watch,
}

impl Round {
    /// A round of these looks, whose frames these networks will classify.
    pub fn new(looks: Vec<Expression>, networks: Vec<NetworkId>, second: bool) -> Self {
        Self {
            second,
            networks,
            phase: if looks.is_empty() { Phase::Done } else { Phase::Ready(FIRST) },
            paused: false,
            wait: None,
            taken: vec![Vec::new(); looks.len()],
            looks,
            at: 0,
            since: APART,
            watch: Watch::default(),
        }
    }

    /// The look that is asked for; none once the round has ended.
    pub fn asked(&self) -> Option<Expression> {
        self.looks.get(self.at).copied().filter(|_| self.phase != Phase::Done)
    }

    /// The place of the look that is asked for, from 1, and the number of looks.
    pub fn place(&self) -> (usize, usize) {
        ((self.at + 1).min(self.looks.len()), self.looks.len())
    }

    /// How many frames of this look were taken.
    pub fn count(&self) -> usize {
        self.taken.get(self.at).map_or(0, Vec::len)
    }

    /// Whether time passes.
    pub fn is_running(&self) -> bool {
        self.phase != Phase::Done && !self.paused
    }

    /// Time has passed, and this is in view.
    pub fn tick(&mut self, now: f64, sight: &Sight<'_>) {
        let step = self.watch.tick(now, sight);
        if !self.is_running() {
            return;
        }
        let face = faces(sight, 1).into_iter().next();
        self.wait = self.watch.wait(sight, usize::from(face.is_some()), 1);
        let Some(face) = face.filter(|_| self.wait.is_none()) else { return };
        match self.phase {
            Phase::Ready(left) if left > step => self.phase = Phase::Ready(left - step),
            Phase::Ready(_) => {
                self.phase = Phase::Hold(HOLD);
                self.since = APART;
            }
            Phase::Hold(left) => {
                self.since += step;
                self.take(&face.crop);
                let over = left <= step || self.count() >= FRAMES;
                self.phase = Phase::Hold(left - step);
                if over {
                    self.go_to(self.at + 1);
                }
            }
            Phase::Done => {}
        }
    }

    /// Takes a frame, unless it is the last one still, or hardly newer.
    fn take(&mut self, crop: &[u8]) {
        let Some(taken) = self.taken.get_mut(self.at) else { return };
        if self.since >= APART && taken.last().is_none_or(|last| **last != *crop) {
            taken.push(crop.into());
            self.since = 0.0;
        }
    }

    /// Asks for another look.
    fn go_to(&mut self, at: usize) {
        self.at = at;
        self.phase = if at < self.looks.len() { Phase::Ready(BEFORE) } else { Phase::Done };
    }

    /// Takes frames at once.
    pub fn now(&mut self) {
        if let Phase::Ready(left) = &mut self.phase {
            *left = 0.0;
        }
    }

    /// Leaves the look out that is asked for.
    pub fn skip(&mut self) {
        if let (Some(taken), Phase::Ready(_) | Phase::Hold(_)) = (self.taken.get_mut(self.at), self.phase) {
            taken.clear();
            self.go_to(self.at + 1);
        }
    }

    /// Asks for the look before again, or for this one if it is the first. What was taken of it is taken anew.
    pub fn back(&mut self) {
        if self.phase == Phase::Done {
            return;
        }
        let before = self.at.saturating_sub(1);
        self.taken.iter_mut().skip(before).for_each(Vec::clear);
        self.go_to(before);
    }

    /// Pauses the round, or goes on. The frames of a look that is interrupted are taken anew.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused && self.phase != Phase::Done;
        if let (true, Phase::Hold(_), Some(taken)) = (self.paused, self.phase, self.taken.get_mut(self.at)) {
            taken.clear();
            self.phase = Phase::Ready(BEFORE);
        }
    }

    /// Ends the round. The frames of the look that is asked for do not count; those before do.
    pub fn stop(&mut self) {
        if let Some(taken) = self.taken.get_mut(self.at) {
            taken.clear();
        }
        self.phase = Phase::Done;
    }

    /// The frames that were taken.
    pub fn frames(&self) -> Frames {
        let each = self.looks.iter().zip(&self.taken);
        let (looks, crops) =
            each.flat_map(|(look, crops)| crops.iter().map(move |crop| (*look, Rc::clone(crop)))).unzip();
        Frames { looks, crops }
    }
}
