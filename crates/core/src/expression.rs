//! The seven classes of FER2013, their order, and a distribution over them.

use mien_message::ToMessage;
use serde::{Deserialize, Serialize};

/// An expression as FER2013 labels it. It describes how a face looks, not what the person feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToMessage)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
#[allow(missing_docs)] // the names say it
pub enum Expression {
    Angry = 0,
    Disgust = 1,
    Fear = 2,
    Happy = 3,
    Sad = 4,
    Surprise = 5,
    Neutral = 6,
}

impl Expression {
    /// How many classes there are.
    pub const COUNT: usize = 7;

    /// All classes, in FER2013's order: the index in this array is the label.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Angry, Self::Disgust, Self::Fear, Self::Happy, Self::Sad, Self::Surprise, Self::Neutral];

    /// The class of a label from 0 to 6; `None` for any other.
    pub fn from_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// The label, 0 to 6.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The English name in lower case, as reports and files write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Disgust => "disgust",
            Self::Fear => "fear",
            Self::Happy => "happy",
            Self::Sad => "sad",
            Self::Surprise => "surprise",
            Self::Neutral => "neutral",
        }
    }
}

impl std::fmt::Display for Expression {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Probabilities of the seven classes: each from 0 to 1, and their sum is 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution(pub [f32; Expression::COUNT]);

impl Distribution {
    /// Every class equally likely.
    pub const UNIFORM: Self = Self([1.0 / Expression::COUNT as f32; Expression::COUNT]);

    /// Softmax of logits; [`Self::UNIFORM`] if any of them is not a number.
    pub fn from_logits(logits: [f32; Expression::COUNT]) -> Self {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials = logits.map(|logit| (logit - largest).exp());
        let sum: f32 = exponentials.iter().sum();
        if sum.is_finite() && sum > 0.0 { Self(exponentials.map(|value| value / sum)) } else { Self::UNIFORM }
    }

    /// The probabilities with a bias for each class, in FER2013's order, added to its logit (logit adjustment; Menon et al. 2021).
    #[must_use]
    pub fn biased(&self, biases: &[f32; Expression::COUNT]) -> Self {
        let mut logits = self.0.map(|probability| probability.max(f32::MIN_POSITIVE).ln());
        logits.iter_mut().zip(biases).for_each(|(logit, bias)| *logit += bias);
        Self::from_logits(logits)
    }

    /// The probability of one class.
    pub fn probability(&self, expression: Expression) -> f32 {
        self.0[expression.index()]
    }

    /// The most likely class and its probability; on a tie, the first in FER2013's order.
    pub fn top(&self) -> (Expression, f32) {
        self.ranked()[0]
    }

    /// All classes, most likely first; ties in FER2013's order.
    pub fn ranked(&self) -> [(Expression, f32); Expression::COUNT] {
        let mut ranked = Expression::ALL.map(|expression| (expression, self.probability(expression)));
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }

    /// Whether the top class is clear: its probability is at least `share`, and by at least `margin` higher than the next.
    pub fn is_clear(&self, share: f32, margin: f32) -> bool {
        let [(_, first), (_, second), ..] = self.ranked();
        first >= share && first - second >= margin
    }

    /// Exponential smoothing: `weight` (0 to 1) times `newer` plus the rest of `self`.
    #[must_use]
    pub fn toward(&self, newer: &Self, weight: f32) -> Self {
        let mut mixed = self.0;
        for (value, new) in mixed.iter_mut().zip(newer.0) {
            *value += (new - *value) * weight;
        }
        Self(mixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bias_changes_the_odds() {
        let even = Distribution([0.25, 0.0, 0.0, 0.25, 0.0, 0.0, 0.5]);
        let biased = even.biased(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -(2.0_f32.ln())]);
        for (got, expected) in biased.0.into_iter().zip([1.0 / 3.0, 0.0, 0.0, 1.0 / 3.0, 0.0, 0.0, 1.0 / 3.0]) {
            assert!((got - expected).abs() < 1e-6, "{biased:?}");
        }
    }

    #[test]
    fn labels_follow_fer2013() {
        let names = Expression::ALL.map(Expression::name);
        assert_eq!(names, ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]);
        for (index, expression) in Expression::ALL.into_iter().enumerate() {
            assert_eq!(expression.index(), index);
            assert_eq!(Expression::from_index(index), Some(expression));
        }
        assert_eq!(Expression::from_index(7), None);
    }

    #[test]
    fn softmax_matches_reference() {
        // scipy.special.softmax([1, 2, 3, 4, 1, 2, 3])
        let expected = [0.023_640_54, 0.064_261_65, 0.174_681_3, 0.474_833, 0.023_640_54, 0.064_261_65, 0.174_681_3];
        let got = Distribution::from_logits([1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0]);
        for (a, b) in got.0.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
        assert_eq!(got.top().0, Expression::Happy);
    }

    #[test]
    fn softmax_survives_extremes() {
        let large = Distribution::from_logits([1e30, 0.0, -1e30, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(large.0[0], 1.0);
        assert_eq!(Distribution::from_logits([f32::NAN; 7]), Distribution::UNIFORM);
    }

    #[test]
    fn smoothing_keeps_the_sum() {
        let old = Distribution::from_logits([3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let new = Distribution::from_logits([0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
        let mixed = old.toward(&new, 0.3);
        assert!((mixed.0.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(!Distribution::UNIFORM.is_clear(0.4, 0.1));
    }
}
