//! Criteria for the best epoch.

use serde::{Deserialize, Serialize};

use super::history::{EpochRecord, Validation};

/// A criterion by which epochs are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// The validation accuracy: higher is better.
    Accuracy,
    /// The validation macro F1: higher is better.
    MacroF1,
    /// The validation loss: lower is better.
    Loss,
}

impl Criterion {
    /// A score of a validation; higher is better.
    pub fn score(self, validation: &Validation) -> f64 {
        match self {
            Self::Accuracy => validation.confusion.accuracy(),
            Self::MacroF1 => validation.confusion.macro_average().f1,
            Self::Loss => -f64::from(validation.loss),
        }
    }

    /// Whether the last epoch is at least as good as all before it. Without validation it always is.
    pub fn last_is_best(self, epochs: &[EpochRecord]) -> bool {
        let score = |record: &EpochRecord| record.validation.as_ref().map(|validation| self.score(validation));
        epochs.last().is_some_and(|last| epochs.iter().all(|record| score(record) <= score(last)))
    }

    /// The number of epochs since the best one.
    pub fn epochs_since_best(self, epochs: &[EpochRecord]) -> usize {
        let mut best = None;
        let mut stale = 0;
        for validation in epochs.iter().filter_map(|record| record.validation.as_ref()) {
            let score = self.score(validation);
            if best.is_none_or(|best| score > best) {
                (best, stale) = (Some(score), 0);
            } else {
                stale += 1;
            }
        }
        stale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::ConfusionMatrix;

    fn epochs(losses: &[f32]) -> Vec<EpochRecord> {
        let validation = |loss: f32| Some(Validation { confusion: ConfusionMatrix::default(), loss });
        losses
            .iter()
            .map(|&loss| EpochRecord {
                epoch: 1,
                loss: 0.0,
                accuracy: 0.0,
                validation: validation(loss),
                learning_rate: 0.1,
                seconds: 0.0,
            })
            .collect()
    }

    #[test]
    fn better_is_lower_loss() {
        let falling = epochs(&[2.0, 1.5, 1.0]);
        assert_eq!((Criterion::Loss.epochs_since_best(&falling), Criterion::Loss.last_is_best(&falling)), (0, true));
        let stuck = epochs(&[2.0, 1.0, 1.0, 1.5]);
        assert_eq!((Criterion::Loss.epochs_since_best(&stuck), Criterion::Loss.last_is_best(&stuck)), (2, false));
        assert_eq!(Criterion::Accuracy.epochs_since_best(&stuck), 3);
        assert!(Criterion::Accuracy.last_is_best(&stuck), "as good as the others");
        assert_eq!((Criterion::Loss.epochs_since_best(&[]), Criterion::Loss.last_is_best(&[])), (0, false));
    }
}
