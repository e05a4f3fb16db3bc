//! Calibration: whether the confidence of predictions matches their accuracy.

use serde::{Deserialize, Serialize};

use super::Predictions;
use crate::expression::Expression;

/// Number of bins of a reliability diagram.
pub const BINS: usize = 15;

/// The predictions whose confidence is within `(index / 15, (index + 1) / 15]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// The number of predictions.
    pub count: u64,
    /// Their mean confidence, 0 to 1; 0 in an empty bin.
    pub confidence: f64,
    /// Their accuracy, 0 to 1; 0 in an empty bin.
    pub accuracy: f64,
}

/// The reliability diagram: fifteen bins of equal width over the confidence, which is the probability of the predicted class
/// (Guo et al. 2017, *On Calibration of Modern Neural Networks*).
pub fn reliability(predictions: &Predictions) -> [CalibrationBin; BINS] {
    let mut bins = [CalibrationBin::default(); BINS];
    for (_, label, distribution) in predictions.iter() {
        let (class, confidence) = distribution.top();
        let confidence = f64::from(confidence);
        let index = (confidence * BINS as f64).ceil() as usize;
        let bin = &mut bins[index.clamp(1, BINS) - 1];
        bin.count += 1;
        bin.confidence += confidence;
        bin.accuracy += f64::from(u8::from(class == label));
    }
    for bin in bins.iter_mut().filter(|bin| bin.count > 0) {
        bin.confidence /= bin.count as f64;
        bin.accuracy /= bin.count as f64;
    }
    bins
}

/// The expected calibration error, Σ count / samples · |accuracy − confidence| over the bins (Naeini et al. 2015,
/// *Obtaining Well Calibrated Probabilities Using Bayesian Binning*); 0 without samples.
pub fn expected_calibration_error(bins: &[CalibrationBin]) -> f64 {
    let samples: u64 = bins.iter().map(|bin| bin.count).sum();
    let gaps: f64 = bins.iter().map(|bin| bin.count as f64 * (bin.accuracy - bin.confidence).abs()).sum();
    if samples == 0 { 0.0 } else { gaps / samples as f64 }
}

/// The effect of a temperature, and optionally of biases, on a network, by two-fold cross-validation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Fitted on all images.
    pub temperature: f32,
    /// Fitted on all images: what is added to the logit of each class after the division; 0 if no biases were fitted.
    #[serde(default)]
    pub biases: [f32; Expression::COUNT],
    /// Fitted on each half.
    pub temperatures: [f32; 2],
    /// The number of images.
    pub images: u64,
    /// Without calibration, and with each half calibrated by the other.
    #[serde(default)]
    pub accuracy: Change,
    /// The same.
    pub expected_calibration_error: Change,
    /// The same.
    pub log_loss: Change,
}

/// A metric before and after calibration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // they say it
pub struct Change {
    pub before: f64,
    pub after: f64,
}
