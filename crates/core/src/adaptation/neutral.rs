//! The bias of the class neutral, from frames of a person's neutral look.
//!
//! A network has the same prior for *neutral* for everybody. With one person, it is so certain of the face at rest that it
//! classifies a slight smile as neutral, too; with another, it classifies the face at rest as sad. Frames of a neutral look
//! show how far the prior of the class can be moved.

use crate::expression::{Distribution, Expression};

/// By how much the logit of neutral is to exceed that of the next class in a neutral look: its probability is e times as high.
pub const NEUTRAL_LEAD: f32 = 1.0;

/// Limit of the bias: it changes the odds of the class at most 4.5 times.
pub const BIAS_LIMIT: f32 = 1.5;

const NEUTRAL: usize = Expression::Neutral.index();

/// The biases to add to the logits of a person, whose neutral look the network gives these probabilities: that of neutral is
///
/// [`NEUTRAL_LEAD`] − (mean of ln *p* of neutral − the largest mean of ln *p* of another class), limited to ± [`BIAS_LIMIT`],
///
/// and the others are 0. The means are over the frames. `None` without frames.
pub fn neutral_biases(frames: &[Distribution]) -> Option<[f32; Expression::COUNT]> {
    if frames.is_empty() {
        return None;
    }
    let mut means = [0.0_f32; Expression::COUNT];
    for frame in frames {
        let logits = frame.0.map(|probability| probability.max(f32::MIN_POSITIVE).ln());
        means.iter_mut().zip(logits).for_each(|(mean, logit)| *mean += logit / frames.len() as f32);
    }
    let next = means[..NEUTRAL].iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut biases = [0.0; Expression::COUNT];
    biases[NEUTRAL] = (NEUTRAL_LEAD - (means[NEUTRAL] - next)).clamp(-BIAS_LIMIT, BIAS_LIMIT);
    Some(biases)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A neutral look, with what is left for sad alone.
    fn look(neutral: f32) -> Distribution {
        Distribution([0.0, 0.0, 0.0, 0.0, 1.0 - neutral, 0.0, neutral])
    }

    fn bias(frames: &[Distribution]) -> f32 {
        let biases = neutral_biases(frames).unwrap();
        assert!(biases[..NEUTRAL].iter().all(|bias| *bias == 0.0), "{biases:?}");
        biases[NEUTRAL]
    }

    #[test]
    fn neutral_leads_by_as_much_as_it_should() {
        for neutral in [0.4, 0.6, 0.9] {
            let biases = neutral_biases(&[look(neutral)]).unwrap();
            let biased = look(neutral).biased(&biases);
            let lead = (biased.probability(Expression::Neutral) / biased.probability(Expression::Sad)).ln();
            assert!((lead - NEUTRAL_LEAD).abs() < 1e-4, "{neutral}: {lead}");
        }
        assert!(bias(&[look(0.4)]) > 1.0 && bias(&[look(0.9)]) < -1.0);
    }

    #[test]
    fn the_bias_is_limited_and_finite() {
        for (neutral, expected) in [(0.0, BIAS_LIMIT), (0.01, BIAS_LIMIT), (0.999, -BIAS_LIMIT), (1.0, -BIAS_LIMIT)] {
            assert_eq!(bias(&[look(neutral)]), expected, "{neutral}");
        }
    }

    #[test]
    fn frames_count_alike_and_none_give_nothing() {
        let both = bias(&[look(0.4), look(0.8)]);
        let expected = (bias(&[look(0.4)]) + bias(&[look(0.8)])) / 2.0;
        assert!((both - expected).abs() < 1e-5, "{both} {expected}");
        assert_eq!(neutral_biases(&[]), None);
    }
}
