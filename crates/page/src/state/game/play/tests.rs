use super::*;
use crate::fixtures::{face, recognized};
use crate::state::game::score::HOLD;
use crate::state::sight::{MOST_STEP, STALE};

const LIMIT: f64 = 4000.0;

/// A game with what is in view, and a clock.
struct Table {
    play: Play,
    now: f64,
    frames: Option<u32>,
    mirrored: bool,
    moving: bool,
}

impl Table {
    fn new(play: Play) -> Self {
        Self { play, now: 1000.0, frames: None, mirrored: false, moving: true }
    }

    fn one() -> Self {
        Self::new(Play::new(7, 1, LIMIT, None, false))
    }

    /// One tenth of a second with these faces, from left to right.
    fn tick(&mut self, seen: &[Expression]) {
        let faces = seen.iter().enumerate().map(|(index, class)| {
            let mut face = face(index as u32 + 1, *class, 0.9, true);
            face.bounds.x = 100.0 * index as f32;
            face
        });
        let result = recognized(faces.collect());
        let sight = Sight { moving: self.moving, frames: self.frames, result: Some(&result), mirrored: self.mirrored };
        self.now += 100.0;
        self.play.tick(self.now, &sight);
    }

    /// Waits until a look is asked for; returns it.
    fn until_asked(&mut self, players: usize) -> Expression {
        for _ in 0..100 {
            if let Some(asked) = self.play.asked() {
                return asked;
            }
            self.tick(&vec![Expression::Neutral; players]);
        }
        panic!("no look is asked for: {:?}", self.play)
    }

    /// Shows these looks until the look that is asked for has ended.
    fn show(&mut self, seen: &[Expression]) {
        for _ in 0..100 {
            if self.play.asked().is_none() {
                return;
            }
            self.tick(seen);
        }
        panic!("the look does not end: {:?}", self.play)
    }
}

fn other(class: Expression) -> Expression {
    Expression::ALL[(class.index() + 1) % Expression::COUNT]
}

#[test]
fn each_look_is_asked_for_once_a_round_in_an_order_of_the_seed() {
    for seed in 0..200 {
        let looks = order(seed, 3);
        assert_eq!(looks.len(), 21);
        assert!(looks.windows(2).all(|pair| pair[0] != pair[1]), "seed {seed}: {looks:?}");
        for round in looks.chunks(Expression::COUNT) {
            assert!(Expression::ALL.into_iter().all(|class| round.contains(&class)), "seed {seed}: {looks:?}");
        }
        assert_eq!(looks, order(seed, 3));
    }
    let first: Vec<Expression> = (0..200).map(|seed| order(seed, 1)[0]).collect();
    for class in Expression::ALL {
        let count = first.iter().filter(|first| **first == class).count();
        assert!((12..50).contains(&count), "{class:?} is the first {count} times of 200");
    }
}

#[test]
fn a_whole_round_is_played() {
    let mut table = Table::one();
    for _ in 0..table.play.looks() {
        let asked = table.until_asked(1);
        let seen = if asked == Expression::Fear { Expression::Surprise } else { asked };
        table.show(&[seen]);
    }
    let play = &table.play;
    assert_eq!((play.phase, play.is_running(), play.found(0)), (Phase::Done, false, (6, 7)));
    // named in the first tenth of a second, with a probability of 0.9: 100 · 0.9 · (1 − 100 / 8000)
    assert_eq!(play.points(0), 6 * 89);
    let matrix = play.confusion();
    assert_eq!((matrix.samples(), matrix.right(), matrix.cell(Expression::Fear, Expression::Surprise)), (7, 6, 1));
    assert_eq!(finding(&matrix), Finding::Least(vec![(Expression::Fear, Expression::Surprise)]));
}

#[test]
fn a_look_takes_at_most_its_time_and_a_hold_at_least_its_own() {
    let mut table = Table::one();
    let asked = table.until_asked(1);
    let start = table.now;
    table.show(&[other(asked)]);
    assert_eq!((table.now - start, table.play.points(0)), (LIMIT, 0));
    let asked = table.until_asked(1);
    let start = table.now;
    table.show(&[asked]);
    assert_eq!(table.now - start, 100.0 + HOLD);
}

#[test]
fn two_faces_play_left_and_right_as_they_are_shown() {
    for (mirrored, points) in [(false, [89, 0]), (true, [0, 89])] {
        let mut table = Table { mirrored, ..Table::one() };
        let asked = table.until_asked(2);
        assert_eq!(table.play.players, 2);
        // The one who is quick waits for the other, and has the points at once.
        for _ in 0..8 {
            table.tick(&[asked, other(asked)]);
        }
        assert_eq!((table.play.asked(), [0, 1].map(|player| table.play.points(player))), (Some(asked), points));
        table.show(&[asked, other(asked)]);
        assert_eq!([0, 1].map(|player| table.play.points(player)), points);
        assert_eq!(table.play.confusion().samples(), 2);
    }
}

#[test]
fn the_players_are_the_largest_faces_and_stay_as_many_as_at_the_start() {
    let mut table = Table::one();
    let asked = table.until_asked(1);
    // whoever comes later does not play
    table.show(&[asked, other(asked)]);
    assert_eq!((table.play.players, table.play.found(0)), (1, (1, 1)));
    // and a chosen number is waited for
    let mut table = Table::new(Play::new(1, 1, LIMIT, Some(2), false));
    table.tick(&[Expression::Happy]);
    assert_eq!((table.play.players, table.play.wait), (2, Some(Wait::Face { any: true })));

    let mut faces = [1, 2, 3].map(|id| face(id, Expression::Happy, 0.9, true));
    for (face, (x, width)) in faces.iter_mut().zip([(200.0, 30.0), (0.0, 10.0), (100.0, 40.0)]) {
        (face.bounds.x, face.bounds.width) = (x, width);
    }
    let result = recognized(faces.to_vec());
    let sight = Sight { moving: true, frames: None, result: Some(&result), mirrored: false };
    let ids = |players| super::faces(&sight, players).iter().map(|face| face.id).collect::<Vec<_>>();
    assert_eq!((ids(1), ids(2)), (vec![3], vec![3, 1]));
}

#[test]
fn the_clock_waits_for_a_face_a_source_and_new_frames() {
    let mut table = Table::one();
    table.tick(&[]);
    assert_eq!((table.play.wait, table.play.phase), (Some(Wait::Face { any: false }), Phase::Ready(FIRST)));
    let asked = table.until_asked(1);
    for _ in 0..4 {
        table.tick(&[asked]);
    }
    let before = table.play.phase;
    for _ in 0..100 {
        table.tick(&[]);
    }
    assert_eq!(table.play.phase, before);
    table.moving = false;
    table.tick(&[asked]);
    assert_eq!((table.play.wait, table.play.phase), (Some(Wait::Source), before));
    // The hold begins anew: it had three tenths of a second.
    table.moving = true;
    for _ in 0..3 {
        table.tick(&[asked]);
    }
    assert_eq!((table.play.wait, table.play.points(0)), (None, 0));
    table.show(&[asked]);
    assert_eq!(table.play.found(0), (1, 1));

    // A video that stands still for longer than a slow device needs for a frame.
    table.until_asked(1);
    table.frames = Some(1);
    let ticks = (STALE / 100.0) as usize;
    for tick in 0..=ticks + 1 {
        assert_eq!(table.play.wait, None, "after {tick} ticks");
        table.tick(&[Expression::Neutral]);
    }
    assert_eq!(table.play.wait, Some(Wait::Still));
    table.frames = Some(2);
    table.tick(&[Expression::Neutral]);
    assert_eq!(table.play.wait, None);
}

#[test]
fn a_page_that_was_busy_takes_no_time_from_the_players() {
    let mut table = Table::one();
    table.until_asked(1);
    table.now += 60_000.0;
    table.tick(&[Expression::Neutral]);
    assert_eq!(table.play.phase, Phase::Look(MOST_STEP));
    // and a clock that goes back takes none
    table.now -= 30_000.0;
    table.tick(&[Expression::Neutral]);
    assert_eq!(table.play.phase, Phase::Look(MOST_STEP));
}

#[test]
fn a_pause_stops_the_clock_and_breaks_a_hold() {
    let mut table = Table::one();
    let asked = table.until_asked(1);
    for _ in 0..5 {
        table.tick(&[asked]);
    }
    table.play.pause(true);
    for _ in 0..50 {
        table.tick(&[asked]);
    }
    assert_eq!((table.play.phase, table.play.points(0)), (Phase::Look(500.0), 0));
    table.play.pause(false);
    table.tick(&[asked]);
    assert_eq!((table.play.phase, table.play.points(0)), (Phase::Look(600.0), 0));
    table.show(&[asked]);
    assert_eq!(table.play.found(0), (1, 1));
}

#[test]
fn a_skipped_look_counts_for_nobody_and_the_next_can_be_asked_for_at_once() {
    let mut table = Table::one();
    table.play.skip();
    assert!(table.play.turns.is_empty(), "there is no look yet");
    table.play.next();
    table.tick(&[Expression::Neutral]);
    let skipped = table.play.asked().unwrap();
    table.play.skip();
    assert_eq!(table.play.turns, [Turn { asked: skipped, answers: [None; PLAYERS] }]);
    assert_eq!((table.play.found(0), finding(&table.play.confusion())), ((0, 0), Finding::Nothing));
    table.play.next();
    table.tick(&[Expression::Neutral]);
    assert!(table.play.asked().is_some_and(|asked| asked != skipped));
}

#[test]
fn what_was_played_stays_after_a_stop() {
    let mut table = Table::one();
    let asked = table.until_asked(1);
    table.show(&[asked]);
    let next = table.until_asked(1);
    for _ in 0..8 {
        table.tick(&[other(next)]);
    }
    table.play.stop();
    assert_eq!((table.play.phase, table.play.points(0), table.play.found(0)), (Phase::Done, 89, (1, 1)));
    assert_eq!(finding(&table.play.confusion()), Finding::All);
    table.tick(&[next]);
    table.play.pause(true);
    assert_eq!((table.play.phase, table.play.paused), (Phase::Done, false));
}

#[test]
fn the_looks_that_were_found_least_are_named_with_what_they_were_taken_for() {
    let mut matrix = ConfusionMatrix::default();
    for (asked, seen, count) in [
        (Expression::Happy, Expression::Happy, 3),
        (Expression::Disgust, Expression::Angry, 1),
        (Expression::Disgust, Expression::Sad, 2),
        (Expression::Fear, Expression::Fear, 1),
        (Expression::Fear, Expression::Surprise, 2),
        (Expression::Sad, Expression::Neutral, 1),
    ] {
        (0..count).for_each(|_| matrix.add(asked, seen));
    }
    let least = vec![(Expression::Disgust, Expression::Sad), (Expression::Sad, Expression::Neutral)];
    assert_eq!(finding(&matrix), Finding::Least(least));
}
