//! Metrics of the predicted probabilities.

use super::Predictions;
use super::statistics::mean;
use crate::expression::Expression;

/// How often the label is among the two most likely classes; 0 without samples. On a tie, the first class in FER2013's order
/// comes first, like in the prediction; scikit-learn's `top_k_accuracy_score` prefers the last.
pub fn top_2_accuracy(predictions: &Predictions) -> f64 {
    mean(predictions.iter().map(|(_, label, distribution)| {
        let found = distribution.ranked().iter().take(2).any(|&(class, _)| class == label);
        f64::from(u8::from(found))
    }))
}

/// The mean negative natural logarithm of the probability of the label, clipped `f64::EPSILON` away from 0 and 1 like in
/// scikit-learn's `log_loss`; 0 without samples.
pub fn log_loss(predictions: &Predictions) -> f64 {
    mean(predictions.iter().map(|(_, label, distribution)| {
        let probability = f64::from(distribution.probability(label));
        -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
    }))
}

/// The mean squared distance between the probabilities and the one-hot label, 0 to 2 (Brier 1950), like scikit-learn's
/// `brier_score_loss` for several classes; 0 without samples.
pub fn brier_score(predictions: &Predictions) -> f64 {
    mean(predictions.iter().map(|(_, label, distribution)| {
        let distance =
            |class: Expression| f64::from(distribution.probability(class)) - f64::from(u8::from(class == label));
        Expression::ALL.into_iter().map(|class| distance(class).powi(2)).sum::<f64>()
    }))
}
