//! The points that a player gets for a look.

use mien_core::expression::{Distribution, Expression};

/// Milliseconds for which the asked class must be named without a break.
pub const HOLD: f64 = 500.0;

/// The points of a look that is made at once and with a probability of 1.
pub const MOST: f64 = 100.0;

/// What the network made of an asked look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The class that it took the look for.
    pub seen: Expression,
    /// Milliseconds until the asked class was named, and then held; `None` if it was not in time.
    pub after: Option<f64>,
    /// The points, 0 to [`MOST`].
    pub points: u32,
}

/// The points of a look that was named `after` milliseconds and held with a mean probability of `sureness` (0 to 1), of `limit`
/// milliseconds: `100 · sureness · (1 − after / (2 · limit))`, rounded. Speed counts for half, and sureness for all.
pub fn points(after: f64, limit: f64, sureness: f64) -> u32 {
    (MOST * sureness.clamp(0.0, 1.0) * (1.0 - (after / limit).clamp(0.0, 1.0) / 2.0)).round() as u32
}

/// A player's attempt at a look, while its time runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attempt {
    /// When the asked class was named, and the sum of its probability times milliseconds since.
    held: Option<(f64, f64)>,
    made: Option<Answer>,
    /// The probabilities times milliseconds; of the second half of the time only, once it has begun.
    sums: [f64; Expression::COUNT],
    late: bool,
}

impl Attempt {
    /// Adds what was seen in the last `step` milliseconds, `passed` milliseconds after the look was asked for. `named` is the
    /// class that the page names, if any.
    pub fn see(
        &mut self,
        asked: Expression,
        probabilities: &Distribution,
        named: Option<Expression>,
        passed: f64,
        step: f64,
        limit: f64,
    ) {
        if self.made.is_some() {
            return;
        }
        if !self.late && passed > limit / 2.0 {
            self.late = true;
            self.sums = Default::default();
        }
        for (sum, probability) in self.sums.iter_mut().zip(probabilities.0) {
            *sum += f64::from(probability) * step;
        }
        if named != Some(asked) {
            self.held = None;
            return;
        }
        let Some((since, sum)) = &mut self.held else {
            self.held = Some((passed, 0.0));
            return;
        };
        *sum += f64::from(probabilities.probability(asked)) * step;
        let held = passed - *since;
        if held >= HOLD {
            let points = points(*since, limit, *sum / held);
            self.made = Some(Answer { seen: asked, after: Some(*since), points });
        }
    }

    /// The face is not in view: a hold begins anew.
    pub fn lose(&mut self) {
        self.held = None;
    }

    /// The answer, if the look was made.
    pub const fn made(&self) -> Option<Answer> {
        self.made
    }

    /// The answer once the time is over. A look that was not made was taken for the class with the highest mean probability in
    /// the second half of the time; on a tie, the first in FER2013's order.
    pub fn answer(&self) -> Answer {
        self.made.unwrap_or_else(|| {
            let mut seen = Expression::Angry;
            for class in Expression::ALL {
                if self.sums[class.index()] > self.sums[seen.index()] {
                    seen = class;
                }
            }
            Answer { seen, after: None, points: 0 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::distribution;

    const LIMIT: f64 = 6000.0;
    const STEP: f64 = 100.0;

    /// An attempt at `happy`, by what is seen in each step: class, probability, whether it is named.
    fn attempt(seen: impl IntoIterator<Item = (Expression, f32, bool)>) -> Attempt {
        let mut attempt = Attempt::default();
        for (index, (class, probability, clear)) in seen.into_iter().enumerate() {
            let passed = STEP * (index + 1) as f64;
            let seen = distribution(class, probability);
            attempt.see(Expression::Happy, &seen, clear.then_some(class), passed, STEP, LIMIT);
        }
        attempt
    }

    fn times(count: usize, seen: (Expression, f32, bool)) -> impl Iterator<Item = (Expression, f32, bool)> {
        std::iter::repeat_n(seen, count)
    }

    const HAPPY: (Expression, f32, bool) = (Expression::Happy, 0.9, true);
    const SAD: (Expression, f32, bool) = (Expression::Sad, 0.8, true);

    #[test]
    fn points_are_those_of_the_formula() {
        for (after, sureness, expected) in
            [(0.0, 1.0, 100), (6000.0, 1.0, 50), (3000.0, 0.8, 60), (0.0, 0.5, 50), (1500.0, 0.0, 0), (9999.0, 1.0, 50)]
        {
            assert_eq!(points(after, LIMIT, sureness), expected, "{after} {sureness}");
        }
        assert_eq!(points(0.0, 0.0, f64::NAN), 0, "no number is no points");
    }

    #[test]
    fn a_look_is_made_once_it_was_held() {
        // named at 0.1 s, and held until 0.6 s
        assert_eq!(attempt(times(5, HAPPY)).made(), None);
        let made = attempt(times(6, HAPPY)).made();
        let after = 100.0;
        assert_eq!(
            made,
            Some(Answer { seen: Expression::Happy, after: Some(after), points: points(after, LIMIT, 0.9) })
        );
        assert_eq!(made.map(|answer| answer.points), Some(89));
        // what comes later changes nothing
        assert_eq!(attempt(times(6, HAPPY).chain(times(50, SAD))).answer(), made.unwrap());
    }

    #[test]
    fn a_hold_that_breaks_begins_anew() {
        let broken = times(5, HAPPY).chain(times(1, SAD)).chain(times(5, HAPPY));
        assert_eq!(attempt(broken).made(), None);
        let again = times(5, HAPPY).chain(times(1, SAD)).chain(times(6, HAPPY));
        assert_eq!(attempt(again).made().and_then(|answer| answer.after), Some(700.0));
        // the most probable class is not named if it is not clear
        assert_eq!(attempt(times(60, (Expression::Happy, 0.4, false))).made(), None);
        let mut lost = attempt(times(5, HAPPY));
        lost.lose();
        lost.see(Expression::Happy, &distribution(Expression::Happy, 0.9), Some(Expression::Happy), 600.0, STEP, LIMIT);
        assert_eq!(lost.made(), None);
    }

    #[test]
    fn a_look_that_is_not_made_is_what_it_was_taken_for_in_the_end() {
        // The reaction does not count: 29 steps of the first look, then another.
        let seen = times(30, SAD).chain(times(30, (Expression::Fear, 0.6, true)));
        assert_eq!(attempt(seen).answer(), Answer { seen: Expression::Fear, after: None, points: 0 });
        // not sure enough, but nothing else
        let seen = times(60, (Expression::Happy, 0.4, false));
        assert_eq!(attempt(seen).answer(), Answer { seen: Expression::Happy, after: None, points: 0 });
        assert_eq!(attempt([]).answer().seen, Expression::Angry);
    }
}
