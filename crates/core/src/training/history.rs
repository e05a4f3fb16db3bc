//! What a run went through: its curves.

use serde::{Deserialize, Serialize};

use crate::evaluation::ConfusionMatrix;

/// Points of the loss curve at which it is thinned to half.
const MOST_POINTS: usize = 2048;

/// A batch that was learned from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The first epoch is 1.
    pub epoch: usize,
    /// The epoch's first step is 1.
    pub step: usize,
    /// The mean cross entropy of the batch with its targets, before the weights were changed.
    pub loss: f32,
    /// The learning rate.
    pub learning_rate: f64,
}

/// How a network does on the validation images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Counts, and what follows from them.
    pub confusion: ConfusionMatrix,
    /// The mean cross entropy with the labels.
    pub loss: f32,
}

/// An epoch that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The first epoch is 1.
    pub epoch: usize,
    /// The mean loss of its steps.
    pub loss: f32,
    /// The share of the images learned from that were classified as their target says most, as they were when they were
    /// learned from: augmented, with dropout.
    pub accuracy: f32,
    /// How the network does on the validation images, where there are any.
    pub validation: Option<Validation>,
    /// The learning rate of its last step.
    pub learning_rate: f32,
    /// Time spent on it, pauses left out.
    pub seconds: f32,
}

/// All of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The loss of the steps.
    pub losses: LossCurve,
    /// The epochs that are over.
    pub epochs: Vec<EpochRecord>,
}

/// The loss over the steps; a long run's points are means of several steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossCurve {
    /// Steps that a point stands for: a power of two. The first point stands for the first so many steps, and so on.
    pub stride: usize,
    /// Mean losses, at most 2,048.
    pub points: Vec<f32>,
    /// The steps that make no point yet.
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
        if self.points.len() == MOST_POINTS {
            self.points = self.points.as_chunks().0.iter().map(|[a, b]| (a + b) / 2.0).collect();
            self.stride *= 2;
        }
    }

    /// How many steps were added.
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
        assert!(curve.points.len() < MOST_POINTS);
        for (index, point) in curve.points.iter().enumerate() {
            assert_eq!(*point, index as f32 * 8.0 + 3.5);
        }
    }
}
