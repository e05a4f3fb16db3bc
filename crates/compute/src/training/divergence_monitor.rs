//! Detects that a training run diverged or collapsed.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Divergence;
use super::EpochRecord;
use super::Validation;
use mien_core::expression::Expression;

/// Number of steps whose mean loss is monitored.
const WINDOW: usize = 20;

/// The largest mean loss, as a multiple of that of a uniform prediction (ln 7).
const EXPLODED: f32 = 4.0;

/// Number of consecutive epochs that count as a collapse.
const COLLAPSED_EPOCHS: usize = 3;

/// Number of initial steps in which constant predictions are normal.
const EARLY_STEPS: usize = 60;

/// Minimum margin of the training accuracy over that of always predicting the most common class.
const LEARNS: f64 = 0.05;

/// Monitors the losses of the last steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct DivergenceMonitor(VecDeque<f32>);

impl DivergenceMonitor {
    /// Adds the loss of a step.
    pub(super) fn step(&mut self, loss: f32, epoch: usize, step: usize) -> Result<(), Divergence> {
        if !loss.is_finite() {
            return Err(Divergence::NotFinite { epoch, step });
        }
        self.0.push_back(loss);
        if self.0.len() > WINDOW {
            self.0.pop_front();
        }
        let mean = self.0.iter().sum::<f32>() / WINDOW as f32;
        if self.0.len() == WINDOW && mean > EXPLODED * (Expression::COUNT as f32).ln() {
            return Err(Divergence::Exploded { epoch, step, loss: mean });
        }
        Ok(())
    }
}

/// Checks whether the last epochs collapsed. `warm_up` is the number of epochs with a rising learning rate, `commonest` the
/// share of the largest class among the training images.
pub(super) fn collapse(
    history: &[EpochRecord],
    steps_per_epoch: usize,
    warm_up: f64,
    commonest: f64,
) -> Result<(), Divergence> {
    let early = (warm_up.ceil() as usize).max(EARLY_STEPS.div_ceil(steps_per_epoch));
    let Some(last) = history.get(early..).and_then(<[_]>::last_chunk::<COLLAPSED_EPOCHS>) else { return Ok(()) };
    let guesses = |record: &EpochRecord| f64::from(record.accuracy) < commonest + LEARNS;
    let classes =
        last.each_ref().map(|record| record.validation.as_ref().and_then(one_class).filter(|_| guesses(record)));
    match classes {
        [Some(_), Some(_), Some(class)] => Err(Divergence::Collapsed { epoch: history.len(), class }),
        _ => Ok(()),
    }
}

/// The class that was predicted for all validation images, if they belong to several classes.
fn one_class(validation: &Validation) -> Option<Expression> {
    let matrix = &validation.confusion.0;
    let actual = matrix.iter().filter(|row| row.iter().any(|&count| count > 0)).count();
    let predicted = |class: &Expression| matrix.iter().any(|row| row[class.index()] > 0);
    let mut predicted = Expression::ALL.into_iter().filter(predicted);
    let class = predicted.next()?;
    (predicted.next().is_none() && actual > 1).then_some(class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::ConfusionMatrix;

    #[test]
    fn an_explosion_takes_more_than_a_bad_batch() {
        let mut monitor = DivergenceMonitor::default();
        for step in 0..200 {
            // a batch of 40 every twenty steps
            monitor.step(if step % 20 == 7 { 40.0 } else { 1.8 }, 1, step + 1).unwrap();
        }
        let outcome = (0..20).find_map(|step| monitor.step(12.0, 2, step + 1).err());
        assert!(matches!(outcome, Some(Divergence::Exploded { epoch: 2, .. })), "{outcome:?}");
        assert_eq!(
            DivergenceMonitor::default().step(f32::NAN, 1, 1),
            Err(Divergence::NotFinite { epoch: 1, step: 1 }),
            "at once"
        );
    }

    fn record(accuracy: f32, columns: &[usize]) -> EpochRecord {
        let mut confusion = ConfusionMatrix::default();
        for (row, counts) in confusion.0.iter_mut().enumerate() {
            counts[columns[row % columns.len()]] = 10;
        }
        let validation = Some(Validation { confusion, loss: 2.0 });
        EpochRecord { epoch: 1, loss: 1.0, accuracy, validation, learning_rate: 0.1, seconds: 1.0 }
    }

    #[test]
    fn a_collapse_is_one_class_for_three_epochs_without_learning() {
        let bad = record(0.15, &[3]);
        let check = |history: &[EpochRecord]| collapse(history, 30, 1.5, 0.14);
        assert!(check(&[bad.clone(), bad.clone(), bad.clone(), bad.clone()]).is_ok(), "two epochs of warm-up");
        let five = [(); 5].map(|()| bad.clone());
        assert_eq!(check(&five), Err(Divergence::Collapsed { epoch: 5, class: Expression::Happy }));
        assert!(collapse(&five, 10, 0.0, 0.14).is_ok(), "too few steps");
        let mut recovered = five.to_vec();
        recovered.push(record(0.16, &[3, 4]));
        assert!(check(&recovered).is_ok());
        let learning = [(); 5].map(|()| record(0.5, &[3]));
        assert!(check(&learning).is_ok(), "the running statistics lag");
        assert!(check(&[(); 5].map(|()| EpochRecord { validation: None, ..bad.clone() })).is_ok());
    }
}
