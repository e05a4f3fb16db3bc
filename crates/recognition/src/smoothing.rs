//! Smooths the predictions for a face over time, and decides which class is named.
//!
//! A label must follow a face, and must not flicker on a face that keeps still; a single average over time trades one for the
//! other. Here the average that is shown moves slowly, and is restarted when the face has changed: when the predictions of
//! some time, taken together, differ from it by more than noise. Then nothing of the previous look remains in it. A class
//! stays named while it is the most probable one, down to a lower probability than it needed at first (hysteresis).
//! `docs/timeline.md` has the measured delays.

use mien_core::expression::{Distribution, Expression};

/// How predictions are smoothed, and when a class is named. Distances are those of total variation, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothing {
    /// Time constant of the average while the face keeps still, in milliseconds.
    pub calm: f64,
    /// A prediction at most this far from the average is of the same look. Of those that are not, in an unbroken row, the mean is
    /// taken.
    pub same: f32,
    /// The face has changed if that mean is this far from the average …
    pub changed: f32,
    /// … and by this, divided by the number of predictions …
    pub alone: f32,
    /// … and they cover this time in milliseconds, and are several …
    pub covered: f64,
    /// … or cover this one.
    pub covered_by_one: f64,
    /// A class is named if its probability is at least this …
    pub share: f32,
    /// … and higher by this than that of the next class.
    pub margin: f32,
    /// It remains named as long as its probability is the highest, at least this …
    pub kept_share: f32,
    /// … and higher by this than that of the next class.
    pub kept_margin: f32,
}

/// Milliseconds that a first prediction covers.
const FIRST: f64 = 100.0;

/// The mean of predictions that differ is that of so many, and forgets those before.
const NEWEST: f32 = 6.0;

impl Default for Smoothing {
    fn default() -> Self {
        Self {
            calm: 1000.0,
            same: 0.12,
            changed: 0.15,
            alone: 0.4,
            covered: 100.0,
            covered_by_one: 150.0,
            share: 0.45,
            margin: 0.15,
            kept_share: 0.35,
            kept_margin: 0.0,
        }
    }
}

/// What is known of a face from its predictions so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothed {
    /// The smoothed probabilities.
    pub probabilities: Distribution,
    /// The class that is named: always the most probable one.
    pub named: Option<Expression>,
    /// Milliseconds that the average covers.
    age: f64,
    /// What differs from it.
    other: Option<Other>,
    /// The time of the last prediction, in milliseconds.
    pub time: f64,
}

/// Predictions that differ from the average, in an unbroken row.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Other {
    mean: Distribution,
    count: f32,
    /// Milliseconds that they cover.
    covered: f64,
}

impl Smoothing {
    /// The first prediction for a face, at a time in milliseconds; that for a photo.
    pub fn first(&self, prediction: Distribution, time: f64) -> Smoothed {
        let named = self.name(&prediction, None);
        Smoothed { probabilities: prediction, named, age: FIRST, other: None, time }
    }

    /// Adds a prediction. One from before the last counts for nothing.
    pub fn next(&self, before: &Smoothed, prediction: Distribution, time: f64) -> Smoothed {
        let passed = time - before.time;
        if passed <= 0.0 {
            return Smoothed { time, ..*before };
        }
        let other = (distance(&prediction, &before.probabilities) > self.same).then(|| {
            let Some(other) = before.other else { return Other { mean: prediction, count: 1.0, covered: passed } };
            let count = (other.count + 1.0).min(NEWEST);
            Other { mean: other.mean.toward(&prediction, 1.0 / count), count, covered: other.covered + passed }
        });
        let (probabilities, age, other) = match other {
            Some(new) if self.has_changed(&before.probabilities, &new) => (new.mean, new.covered, None),
            other => {
                let age = before.age + passed;
                // while it is young, the mean of all
                let weight = (1.0 - (-passed / self.calm).exp()).max(passed / age);
                (before.probabilities.toward(&prediction, weight as f32), age, other)
            }
        };
        Smoothed { probabilities, named: self.name(&probabilities, before.named), age, other, time }
    }

    fn has_changed(&self, average: &Distribution, other: &Other) -> bool {
        let enough = other.covered >= if other.count > 1.0 { self.covered } else { self.covered_by_one };
        enough && distance(&other.mean, average) >= self.changed + self.alone / other.count
    }

    fn name(&self, probabilities: &Distribution, before: Option<Expression>) -> Option<Expression> {
        let (top, _) = probabilities.top();
        let kept = before == Some(top) && probabilities.is_clear(self.kept_share, self.kept_margin);
        (kept || probabilities.is_clear(self.share, self.margin)).then_some(top)
    }
}

/// The total variation distance: the probability that would have to move from some classes to others, 0 to 1.
fn distance(a: &Distribution, b: &Distribution) -> f32 {
    a.0.iter().zip(b.0).map(|(a, b)| (a - b).abs()).sum::<f32>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: f64 = 1e6;

    fn only(class: Expression, share: f32) -> Distribution {
        let mut probabilities = [(1.0 - share) / 6.0; Expression::COUNT];
        probabilities[class.index()] = share;
        Distribution(probabilities)
    }

    /// The smoothed prediction after so many frames of `new`, which follow three seconds of `old`.
    fn after(old: Distribution, new: Distribution, step: f64, count: usize) -> Smoothed {
        let smoothing = Smoothing::default();
        let still = (3000.0 / step.abs()) as usize;
        let frames = std::iter::repeat_n(old, still).chain(std::iter::repeat_n(new, count));
        let first = smoothing.first(old, 0.0);
        frames.enumerate().fold(first, |before, (frame, seen)| smoothing.next(&before, seen, step * (frame + 1) as f64))
    }

    #[test]
    fn small_changes_are_smoothed_by_time_and_not_by_frames() {
        let (old, new) = (only(Expression::Happy, 0.60), only(Expression::Happy, 0.68));
        let [slow, fast] = [(100.0, 10), (20.0, 50)].map(|(step, count)| after(old, new, step, count));
        let [slow, fast] = [slow, fast].map(|smoothed| smoothed.probabilities.probability(Expression::Happy));
        assert!((slow - fast).abs() < 0.005, "{slow} and {fast}");
        // e⁻¹ of the way is left after the time constant.
        assert!((0.645..0.655).contains(&fast), "{fast}");
        assert_eq!(after(old, new, -5.0, 3).probabilities, old, "a clock that goes back changes nothing");
    }

    #[test]
    fn large_changes_are_followed_at_once() {
        let (happy, sad) = (only(Expression::Happy, 0.9), only(Expression::Sad, 0.9));
        for (step, count) in [(200.0, 1), (83.3, 2), (40.0, 3)] {
            let smoothed = after(happy, sad, step, count);
            assert_eq!(
                (smoothed.named, smoothed.probabilities),
                (Some(Expression::Sad), sad),
                "nothing of the look before is left"
            );
            let before = after(happy, sad, step, count - 1);
            assert_eq!(before.named, Some(Expression::Happy), "{count} frames {step} ms apart");
        }
        // One odd frame among others changes no label.
        let smoothing = Smoothing::default();
        let odd = after(happy, sad, 83.3, 1);
        assert_eq!(odd.named, Some(Expression::Happy));
        let back = smoothing.next(&odd, happy, odd.time + 83.3);
        assert_eq!(smoothing.next(&back, sad, odd.time + 166.6).named, Some(Expression::Happy), "they are no row");
    }

    #[test]
    fn a_face_that_changes_slowly_is_followed() {
        let smoothing = Smoothing::default();
        let at = |frame: u32| {
            let share = (f64::from(frame) / 75.0).min(1.0) as f32;
            only(Expression::Happy, 0.9).toward(&only(Expression::Sad, 0.9), share)
        };
        let first = smoothing.first(at(0), 0.0);
        let frames = (1..=80).map(|frame| (at(frame), 40.0 * f64::from(frame)));
        let last = frames.fold(first, |before, (seen, time)| smoothing.next(&before, seen, time));
        assert_eq!(last.named, Some(Expression::Sad));
        assert!(distance(&last.probabilities, &at(80)) < 0.25, "{last:?}");
    }

    #[test]
    fn a_class_stays_named_where_a_new_one_would_not_be() {
        let smoothing = Smoothing::default();
        let named = smoothing.first(only(Expression::Happy, 0.5), 0.0);
        assert_eq!(named.named, Some(Expression::Happy));
        let weaker = only(Expression::Happy, 0.38);
        assert_eq!(smoothing.next(&named, weaker, LONG).named, Some(Expression::Happy));
        assert_eq!(smoothing.first(weaker, 0.0).named, None, "not enough to begin with");
        let unnamed = smoothing.next(&named, only(Expression::Happy, 0.3), LONG);
        assert_eq!(unnamed.named, None);
        assert_eq!(smoothing.next(&unnamed, weaker, 2.0 * LONG).named, None, "it must be clear again");
        assert_eq!(smoothing.next(&named, only(Expression::Sad, 0.38), LONG).named, None, "another must be clear");
        assert_eq!(smoothing.next(&named, only(Expression::Sad, 0.6), LONG).named, Some(Expression::Sad));
    }
}
