//! Smooths the predictions for a face over time, and decides which class is named.
//!
//! A label must follow a face, and must not flicker on one that keeps still; a single average over time trades one for the
//! other. Here there are two. A quick one says whether the face has changed: if it has, the calm one, which is shown, is set
//! to it, and otherwise it moves slowly. And a class that is named stays so until it is clearly no longer the answer
//! (hysteresis). All of it depends on time, not on the number of frames. `docs/timeline.md` has the measured delays.

use mien_core::expression::{Distribution, Expression};

/// How predictions are smoothed, and when a class is named.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothing {
    /// Time constant of the quick average, in milliseconds.
    pub quick: f64,
    /// Time constant of the calm average while the face keeps still, in milliseconds.
    pub calm: f64,
    /// Up to this distance between the two, 0 to 1, the face keeps still …
    pub still: f32,
    /// … and from this one on it has changed. In between the weight of the quick average grows.
    pub changed: f32,
    /// A class is named if its probability is at least this …
    pub share: f32,
    /// … and higher by this than that of the next class.
    pub margin: f32,
    /// It remains named as long as its probability is the highest, at least this …
    pub kept_share: f32,
    /// … and higher by this than that of the next class.
    pub kept_margin: f32,
}

impl Default for Smoothing {
    fn default() -> Self {
        Self {
            quick: 100.0,
            calm: 1000.0,
            still: 0.1,
            changed: 0.25,
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
    /// The quick average.
    quick: Distribution,
    /// The time of the last prediction, in milliseconds.
    pub time: f64,
}

impl Smoothing {
    /// The first prediction for a face, at a time in milliseconds; that for a photo.
    pub fn first(&self, prediction: Distribution, time: f64) -> Smoothed {
        Smoothed { probabilities: prediction, named: self.name(&prediction, None), quick: prediction, time }
    }

    /// Adds a prediction. One from before the last counts for nothing.
    pub fn next(&self, before: &Smoothed, prediction: Distribution, time: f64) -> Smoothed {
        let passed = (time - before.time).max(0.0);
        let weight = |constant: f64| (1.0 - (-passed / constant).exp()) as f32;
        let quick = before.quick.toward(&prediction, weight(self.quick));
        let change = (distance(&quick, &before.probabilities) - self.still) / (self.changed - self.still);
        let calm = weight(self.calm);
        let probabilities = before.probabilities.toward(&quick, calm + (1.0 - calm) * change.clamp(0.0, 1.0));
        Smoothed { probabilities, named: self.name(&probabilities, before.named), quick, time }
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

    /// The smoothed prediction after so many frames of `new`, which follow one of `old`.
    fn after(old: Distribution, new: Distribution, step: f64, count: usize) -> Smoothed {
        let smoothing = Smoothing::default();
        let first = smoothing.first(old, 0.0);
        (1..=count).fold(first, |before, frame| smoothing.next(&before, new, step * frame as f64))
    }

    #[test]
    fn small_changes_are_smoothed_by_time_and_not_by_frames() {
        let (old, new) = (only(Expression::Happy, 0.60), only(Expression::Happy, 0.68));
        let [slow, fast] = [(100.0, 10), (20.0, 50)].map(|(step, count)| after(old, new, step, count));
        let [slow, fast] = [slow, fast].map(|smoothed| smoothed.probabilities.probability(Expression::Happy));
        assert!((slow - fast).abs() < 0.005, "{slow} and {fast}");
        // e⁻¹ of the way is left after the time constant, and a little more as the quick average lags.
        assert!((0.643..0.652).contains(&fast), "{fast}");
        assert_eq!(after(old, new, -5.0, 3).probabilities, old, "a clock that goes back changes nothing");
    }

    #[test]
    fn large_changes_are_followed_at_once() {
        for (step, count) in [(83.3, 2), (40.0, 5)] {
            let smoothed = after(only(Expression::Happy, 0.9), only(Expression::Sad, 0.9), step, count);
            assert_eq!(smoothed.named, Some(Expression::Sad), "{smoothed:?}");
        }
        // One odd frame among others changes no label.
        let smoothing = Smoothing::default();
        let odd = after(only(Expression::Happy, 0.9), only(Expression::Sad, 0.9), 40.0, 1);
        assert_eq!(odd.named, Some(Expression::Happy));
        assert_eq!(smoothing.next(&odd, only(Expression::Happy, 0.9), 80.0).named, Some(Expression::Happy));
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
