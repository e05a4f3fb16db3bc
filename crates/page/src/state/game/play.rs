//! A game that is being played, or has ended. It knows no clock: time passes by [`Play::tick`].

use mien_core::evaluation::ConfusionMatrix;
use mien_core::expression::Expression;
use mien_core::random::derive_seed;
use mien_protocol::RecognizedFace;

use super::score::{Answer, Attempt};
use crate::state::sight::{Sight, Wait, Watch, faces};

/// Maximum number of players.
pub const PLAYERS: usize = 2;

/// Milliseconds before the first look, and between two looks.
pub const FIRST: f64 = 3000.0;
const BETWEEN: f64 = 1800.0;

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Phase {
    /// Before a look: this many milliseconds are left.
    Ready(f64),
    /// A look was asked for this many milliseconds ago.
    Look(f64),
    /// The game has ended.
    Done,
}

/// A look that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// The look.
    pub asked: Expression,
    /// The answer of each player; none if the look was skipped.
    pub answers: [Option<Answer>; PLAYERS],
}

/// A game.
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    /// The looks in the order in which they are asked for.
    order: Vec<Expression>,
    /// Milliseconds per look.
    pub limit: f64,
    /// Number of players, 1 or 2.
    pub players: usize,
    /// Whether the number of players is that of the faces at the start.
    counts_faces: bool,
    /// Whether the model face plays by itself.
    pub demo: bool,
    /// What is going on.
    pub phase: Phase,
    /// Whether the game is paused.
    pub paused: bool,
    /// Why the clock is stopped.
    pub wait: Option<Wait>,
    /// The looks so far.
    pub turns: Vec<Turn>,
    attempts: [Attempt; PLAYERS],
    watch: Watch,
}

impl Play {
    /// A game of `rounds` times all looks, in an order that depends on the seed, with `limit` milliseconds per look. Without a
    /// number of players, that of the faces at the start is taken.
    pub fn new(seed: u64, rounds: usize, limit: f64, players: Option<usize>, demo: bool) -> Self {
        Self {
            order: order(seed, rounds),
            limit,
            players: players.unwrap_or(1).clamp(1, PLAYERS),
            counts_faces: players.is_none(),
            demo,
            phase: Phase::Ready(FIRST),
            paused: false,
            wait: None,
            turns: Vec::new(),
            attempts: Default::default(),
            watch: Watch::default(),
        }
    }

    /// Number of looks in all.
    pub fn looks(&self) -> usize {
        self.order.len()
    }

    /// The look that is asked for now.
    pub fn asked(&self) -> Option<Expression> {
        matches!(self.phase, Phase::Look(_)).then(|| self.order.get(self.turns.len()).copied())?
    }

    /// Whether it goes on.
    pub fn is_running(&self) -> bool {
        self.phase != Phase::Done
    }

    /// The answer of a player who has made the look that is asked for.
    pub fn made(&self, player: usize) -> Option<Answer> {
        self.attempts.get(player).and_then(Attempt::made)
    }

    /// A player's points so far.
    pub fn points(&self, player: usize) -> u32 {
        let ended = self.turns.iter().filter_map(|turn| turn.answers[player]);
        ended.chain(self.made(player)).map(|answer| answer.points).sum()
    }

    /// How many looks a player has made, and how many were asked for and not skipped.
    pub fn found(&self, player: usize) -> (usize, usize) {
        let answers: Vec<Answer> = self.turns.iter().filter_map(|turn| turn.answers[player]).collect();
        (answers.iter().filter(|answer| answer.after.is_some()).count(), answers.len())
    }

    /// What the looks of all players were taken for.
    pub fn confusion(&self) -> ConfusionMatrix {
        let mut matrix = ConfusionMatrix::default();
        for turn in &self.turns {
            for answer in turn.answers.iter().flatten() {
                matrix.add(turn.asked, answer.seen);
            }
        }
        matrix
    }

    /// Time has passed, and this is in view.
    pub fn tick(&mut self, now: f64, sight: &Sight<'_>) {
        let step = self.watch.tick(now, sight);
        if self.paused || !self.is_running() {
            return;
        }
        if self.counts_faces && self.turns.is_empty() && matches!(self.phase, Phase::Ready(_)) {
            self.players = sight.result.map_or(1, |result| result.faces.len()).clamp(1, PLAYERS);
        }
        let faces = faces(sight, self.players);
        self.wait = self.watch.wait(sight, faces.len(), self.players);
        match self.phase {
            _ if self.wait.is_some() => self.attempts.iter_mut().for_each(Attempt::lose),
            Phase::Ready(left) if left > step => self.phase = Phase::Ready(left - step),
            Phase::Ready(_) => self.phase = Phase::Look(0.0),
            Phase::Look(passed) => self.look(passed + step, step, &faces),
            Phase::Done => {}
        }
    }

    fn look(&mut self, passed: f64, step: f64, faces: &[&RecognizedFace]) {
        let Some(asked) = self.asked() else { return };
        self.phase = Phase::Look(passed);
        for (attempt, face) in self.attempts.iter_mut().zip(faces) {
            let named = face.clear.then(|| face.smoothed.top().0);
            attempt.see(asked, &face.smoothed, named, passed, step, self.limit);
        }
        let attempts = &self.attempts[..self.players];
        if passed >= self.limit || attempts.iter().all(|attempt| attempt.made().is_some()) {
            let mut answers = [None; PLAYERS];
            for (answer, attempt) in answers.iter_mut().zip(attempts) {
                *answer = Some(attempt.answer());
            }
            self.end_look(Turn { asked, answers });
        }
    }

    fn end_look(&mut self, turn: Turn) {
        self.turns.push(turn);
        self.attempts = Default::default();
        self.phase = if self.turns.len() < self.looks() { Phase::Ready(BETWEEN) } else { Phase::Done };
    }

    /// Leaves the look out that is asked for.
    pub fn skip(&mut self) {
        if let Some(asked) = self.asked() {
            self.end_look(Turn { asked, answers: [None; PLAYERS] });
        }
    }

    /// Asks for the next look at once.
    pub fn next(&mut self) {
        if let Phase::Ready(left) = &mut self.phase {
            *left = 0.0;
        }
    }

    /// Pauses the game, or goes on.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused && self.is_running();
        self.attempts.iter_mut().for_each(Attempt::lose);
    }

    /// Ends the game. The look that is asked for does not count; what was played before stays.
    pub fn stop(&mut self) {
        self.phase = Phase::Done;
        self.paused = false;
        self.wait = None;
        self.attempts = Default::default();
    }
}

/// All looks once a round, each round in a random order (Fisher–Yates). No look follows itself.
fn order(seed: u64, rounds: usize) -> Vec<Expression> {
    let mut looks: Vec<Expression> = Vec::new();
    for round in 0..rounds {
        let mut next = Expression::ALL;
        for last in (1..next.len()).rev() {
            let draw = derive_seed(seed, (round * next.len() + last) as u64);
            next.swap(last, (draw % (last as u64 + 1)) as usize);
        }
        if looks.last() == next.first() {
            next.swap(0, 1);
        }
        looks.extend(next);
    }
    looks
}

/// What a game shows about the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing, since no look was played.
    Nothing,
    /// Every look was found.
    All,
    /// These were found least, each with what it was taken for most often.
    Least(Vec<(Expression, Expression)>),
}

/// The looks that were found least often.
pub fn finding(matrix: &ConfusionMatrix) -> Finding {
    let asked: Vec<Expression> = Expression::ALL.into_iter().filter(|class| matrix.class(*class).support > 0).collect();
    let recall = |class: Expression| matrix.share_of_row(class, class);
    let Some(lowest) = asked.iter().map(|class| recall(*class)).reduce(f64::min) else { return Finding::Nothing };
    if lowest >= 1.0 {
        return Finding::All;
    }
    let taken = |class: Expression| {
        let mut most = class;
        for other in Expression::ALL.into_iter().filter(|other| *other != class) {
            if most == class || matrix.cell(class, other) > matrix.cell(class, most) {
                most = other;
            }
        }
        (class, most)
    };
    Finding::Least(asked.into_iter().filter(|class| recall(*class) <= lowest).map(taken).collect())
}

#[cfg(test)]
mod tests;
