//! The history of a training run: its curves.

use serde::{Deserialize, Serialize};

use crate::evaluation::ConfusionMatrix;

/// At this number of points, the loss curve is thinned to half.
const MAX_POINTS: usize = 2048;

/// A training step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The first epoch is 1.
    pub epoch: usize,
    /// The epoch's first step is 1.
    pub step: usize,
    /// The mean cross entropy of the batch, before the weights were updated.
    pub loss: f32,
    /// The learning rate.
    pub learning_rate: f64,
}

/// The metrics on the validation images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// The confusion matrix.
    pub confusion: ConfusionMatrix,
    /// The mean cross entropy with the labels.
    pub loss: f32,
}

/// A finished epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The first epoch is 1.
    pub epoch: usize,
    /// The mean loss of its steps.
    pub loss: f32,
    /// The training accuracy, 0 to 1: how often the prediction was the class with the largest target, with augmentation and
    /// dropout.
    pub accuracy: f32,
    /// The metrics on the validation images, if there are any.
    pub validation: Option<Validation>,
    /// The learning rate of its last step.
    pub learning_rate: f32,
    /// Duration in seconds, without pauses.
    pub seconds: f32,
}

/// The history of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The loss of the steps.
    pub losses: LossCurve,
    /// The finished epochs.
    pub epochs: Vec<EpochRecord>,
}

/// The loss over the steps; the points of a long run are means of several steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossCurve {
    /// The number of steps per point, a power of two.
    pub stride: usize,
    /// Mean losses, at most 2,048.
    pub points: Vec<f32>,
    /// Steps that are not yet part of a point.
    pending: Vec<f32>,
}

impl Default for LossCurve {
    fn default() -> Self {
        Self { stride: 1, points: Vec::new(), pending: Vec::new() }
    }
}

impl LossCurve {
    /// Adds a step.
    pub fn push(&mut self, loss: f32) {
        self.pending.push(loss);
        if self.pending.len() < self.stride {
            return;
        }
        self.points.push(self.pending.iter().sum::<f32>() / self.stride as f32);
        self.pending.clear();
        if self.points.len() == MAX_POINTS {
            self.points = self.points.as_chunks().0.iter().map(|[a, b]| (a + b) / 2.0).collect();
            self.stride *= 2;
        }
    }

    /// The number of steps.
    pub fn steps(&self) -> usize {
        self.points.len() * self.stride + self.pending.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_is_thinned_to_means() {
        let mut curve = LossCurve::default();
        for step in 0..10_001 {
            curve.push(step as f32);
        }
        assert_eq!((curve.stride, curve.steps()), (8, 10_001));
        assert!(curve.points.len() < MAX_POINTS);
        for (index, point) in curve.points.iter().enumerate() {
            assert_eq!(*point, index as f32 * 8.0 + 3.5);
        }
    }
}
