//! Texts of a run.

use super::number;
use crate::format::{fixed, grouped, share};
use crate::language::Text;
use crate::state::{Phase, TrainingRun};
use crate::text::{evaluation, inline};
use mien_core::evaluation::Metric;
use mien_core::expression::Expression;
use mien_core::training::{Criterion, Divergence, EpochRecord, Validation};
use mien_protocol::{Outcome, Plan};

pub use crate::language::messages::training::run::*;

pub const TABLE_HEAD: [Text; 8] = [
    HEAD_EPOCH,
    HEAD_TRAINING_LOSS,
    HEAD_VALIDATION_LOSS,
    HEAD_TRAINING_ACCURACY,
    HEAD_VALIDATION_ACCURACY,
    HEAD_MACRO_F1,
    HEAD_LEARNING_RATE,
    HEAD_SECONDS,
];

/// That a run is not stored, and what to do.
pub const NOT_STORED: (Text, Text) = (NOT_STORED_WHAT, NOT_STORED_DO);

/// What stands where there is no value.
pub const NONE: &str = "–";

/// The headline of a run.
pub fn headline(run: &TrainingRun) -> String {
    let state = match &run.phase {
        Phase::Running | Phase::Pausing => "runs",
        Phase::Paused => "paused",
        Phase::Over(Outcome::Finished) => "finished",
        Phase::Over(Outcome::Early) => "early",
        Phase::Over(Outcome::Cancelled) => "ended",
        Phase::Over(Outcome::Diverged(_)) => "diverged",
        Phase::Failed(_) | Phase::Crashed => "broken",
    };
    match run.plan.folds {
        0 => headline_training(&run.plan.set, state),
        folds => headline_cross(folds, &run.plan.set, state),
    }
}

/// What is learned from and validated on.
pub fn plan(plan: &Plan) -> String {
    let training = plan.training_images as usize;
    match plan.validation_images as usize {
        _ if plan.folds > 0 => PLAN_FOLDS.into(),
        0 => plan_training(training),
        validation => plan_validation(training, validation, &plan.validation_name),
    }
}

/// A part of a whole, where that is known.
pub fn of(part: u32, whole: usize) -> String {
    if whole == 0 { grouped(part as usize) } else { part_of(part, whole) }
}

/// A loss.
pub fn loss(loss: f32) -> String {
    if loss.is_finite() { fixed(f64::from(loss), 3) } else { LOSS_NOT_FINITE.into() }
}

/// A rate of images.
pub fn rate(rate: f32) -> String {
    fixed(f64::from(rate), u32::from(rate < 10.0))
}

/// A learning rate.
pub fn learning_rate(rate: f64) -> String {
    let decimals = if rate >= 0.01 { 1e4 } else { 1e7 };
    number((rate * decimals).round() / decimals)
}

/// A time, roughly.
pub fn duration(seconds: f32) -> String {
    let seconds = f64::from(seconds.max(0.0));
    match seconds {
        _ if !seconds.is_finite() => NONE.to_owned(),
        ..90.0 => in_seconds(&fixed(seconds, 0)),
        ..5400.0 => in_minutes(&fixed(seconds / 60.0, 0)),
        ..172_800.0 => in_hours(&fixed(seconds / 3600.0, 1)),
        _ => in_days(&fixed(seconds / 86_400.0, 1)),
    }
}

/// The best epoch and what it reached.
pub fn best(epoch: u32, validation: Option<&Validation>) -> String {
    match validation {
        Some(validation) => best_epoch_reached(epoch, &share(validation.confusion.accuracy())),
        None => best_epoch(epoch),
    }
}

/// Why a run is over, and what to do; `None` for one that goes on.
pub fn over(run: &TrainingRun) -> Option<(&'static str, String, Text)> {
    Some(match &run.phase {
        Phase::Running | Phase::Pausing | Phase::Paused | Phase::Over(Outcome::Cancelled) => return None,
        Phase::Over(Outcome::Finished) => return None,
        Phase::Over(Outcome::Early) => ("early-stop", OVER_EARLY.into(), OVER_EARLY_DO),
        Phase::Over(Outcome::Diverged(divergence)) => {
            let (what, remedy) = diverged(*divergence);
            ("diverged", what, remedy)
        }
        Phase::Failed(reason) => ("training-broken", over_failed(reason), OVER_FAILED_DO),
        Phase::Crashed => ("training-broken", OVER_CRASHED.into(), OVER_CRASHED_DO),
    })
}

fn diverged(divergence: Divergence) -> (String, Text) {
    match divergence {
        Divergence::NotFinite { epoch, step } => (diverged_not_finite(epoch, step), DIVERGED_DO),
        Divergence::Exploded { epoch, step, loss } => {
            (diverged_exploded(epoch, step, &fixed(f64::from(loss), 1)), DIVERGED_DO)
        }
        Divergence::Collapsed { epoch, class } => (diverged_collapsed(epoch, inline(class)), COLLAPSED_DO),
    }
}

/// That the GPU failed on the way.
pub fn moved(epoch: u32) -> (String, Text) {
    (moved_to_cpu(epoch), MOVED_DO)
}

/// An epoch in one sentence, for screen readers.
pub fn announcement(run: &TrainingRun) -> String {
    let Some(last) = run.epochs.last() else { return headline(run) };
    let (headline, epochs) = (headline(run), run.plan.settings.epochs);
    match &last.validation {
        Some(validation) => announce_validation(&headline, last.epoch, epochs, &share(validation.confusion.accuracy())),
        None => announce_training(&headline, last.epoch, epochs, &share(f64::from(last.accuracy))),
    }
}

/// A curve in words: from where to where.
pub fn course(name: &str, points: &[[f32; 2]], decimals: u32) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let write = |value: f32| fixed(f64::from(value), decimals);
    curve_ends(name, &write(first[1]), &write(last[1])) + " "
}

/// A row of the table of epochs.
pub fn row(record: &EpochRecord) -> [String; 8] {
    let of = |value: &dyn Fn(&Validation) -> String| record.validation.as_ref().map_or(NONE.to_owned(), value);
    [
        record.epoch.to_string(),
        loss(record.loss),
        of(&|validation| loss(validation.loss)),
        share(f64::from(record.accuracy)),
        of(&|validation| share(validation.confusion.accuracy())),
        of(&|validation| share(validation.confusion.macro_average().f1)),
        learning_rate(f64::from(record.learning_rate)),
        fixed(f64::from(record.seconds), 1),
    ]
}

/// What marks the best epoch.
pub fn best_mark(epoch: u32, criterion: Criterion) -> String {
    let by = match criterion {
        Criterion::Accuracy => BY_ACCURACY,
        Criterion::MacroF1 => MACRO_F1,
        Criterion::Loss => LOSS,
    };
    best_marked(epoch, by)
}

/// What a confusion matrix shows, in a sentence.
pub fn confusion(epoch: usize, shares: impl Iterator<Item = (Expression, f64)>) -> String {
    let found: Vec<String> = shares.map(|(class, part)| format!("{} {}", inline(class), share(part))).collect();
    confusion_found(epoch, &found.join(", "))
}

/// What a trained network is called unless the visitor says otherwise.
pub fn default_name(run: &TrainingRun) -> String {
    let set = run.plan.set.as_str();
    let set = set.rsplit_once('.').map_or(set, |(name, _)| name);
    let best = run.best.and_then(|best| run.epoch(best)).and_then(|record| record.validation.as_ref());
    match best {
        Some(validation) => name_measured(set, &share(validation.confusion.accuracy())),
        None => name_plain(set),
    }
}

/// The button that takes the best epoch over.
pub fn adopt_best(epoch: Option<u32>) -> String {
    epoch.map_or_else(|| ADOPT_AS_IS.into(), adopt_best_epoch)
}

/// A metric's name; those of a class are named by it.
pub fn metric(key: &str) -> String {
    if let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.key() == key) {
        return evaluation::metric(metric).into();
    }
    let Some((name, class)) = key.split_once('_') else { return key.to_owned() };
    let class =
        Expression::ALL.into_iter().find(|known| known.name() == class).map_or(class, |class| inline(class).text());
    let name = match name {
        "f1" => "F1",
        "precision" => CLASS_PRECISION.text(),
        "recall" => CLASS_RECALL.text(),
        other => other,
    };
    format!("{name}, {class}")
}

/// A fold's column.
pub fn fold(index: usize) -> String {
    fold_number(index + 1)
}

/// A value of a metric.
pub fn metric_value(value: Option<f64>) -> String {
    value.map_or(NONE.to_owned(), |value| fixed(value, 3))
}

/// How much the folds differ.
pub fn spread(deviation: Option<f64>) -> String {
    deviation.map_or(NONE.to_owned(), |deviation| format!("± {}", fixed(deviation, 3)))
}
