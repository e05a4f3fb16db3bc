//! Texts of a run.

use super::number;
use crate::format::{fixed, grouped, share};
use crate::language::{Text, say};
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

/// The message that a run cannot be stored, and what to do.
pub const NOT_STORED: (Text, Text) = (NOT_STORED_WHAT, NOT_STORED_DO);

/// The placeholder for a missing value.
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

/// The images trained on and validated on.
pub fn plan(plan: &Plan) -> String {
    let training = plan.training_images as usize;
    match plan.validation_images as usize {
        _ if plan.folds > 0 => PLAN_FOLDS.into(),
        0 => plan_training(training),
        validation => plan_validation(training, validation, &say(&plan.validation_name)),
    }
}

/// A number of a total, if the total is known.
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

/// A rough duration.
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

/// The best epoch and its accuracy.
pub fn best(epoch: u32, validation: Option<&Validation>) -> String {
    match validation {
        Some(validation) => best_epoch_reached(epoch, &share(validation.confusion.accuracy())),
        None => best_epoch(epoch),
    }
}

/// Why a run has ended, and what to do; `None` if it has not.
pub fn over(run: &TrainingRun) -> Option<(&'static str, String, Text)> {
    Some(match &run.phase {
        Phase::Running | Phase::Pausing | Phase::Paused | Phase::Over(Outcome::Cancelled) => return None,
        Phase::Over(Outcome::Finished) => return None,
        Phase::Over(Outcome::Early) => ("early-stop", OVER_EARLY.into(), OVER_EARLY_DO),
        Phase::Over(Outcome::Diverged(divergence)) => {
            let (what, remedy) = diverged(*divergence);
            ("diverged", what, remedy)
        }
        Phase::Failed(reason) => ("training-broken", over_failed(&say(reason)), OVER_FAILED_DO),
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

/// The message that the run continued on the CPU.
pub fn moved(epoch: u32) -> (String, Text) {
    (moved_to_cpu(epoch), MOVED_DO)
}

/// The result of an epoch for screen readers.
pub fn announcement(run: &TrainingRun) -> String {
    let Some(last) = run.epochs.last() else { return headline(run) };
    let (headline, epochs) = (headline(run), run.plan.settings.epochs);
    match &last.validation {
        Some(validation) => announce_validation(&headline, last.epoch, epochs, &share(validation.confusion.accuracy())),
        None => announce_training(&headline, last.epoch, epochs, &share(f64::from(last.accuracy))),
    }
}

/// A description of a curve: its first and last value.
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

/// The legend of the best epoch's marker.
pub fn best_mark(epoch: u32, criterion: Criterion) -> String {
    let by = match criterion {
        Criterion::Accuracy => BY_ACCURACY,
        Criterion::MacroF1 => MACRO_F1,
        Criterion::Loss => LOSS,
    };
    best_marked(epoch, by)
}

/// A sentence about a confusion matrix.
pub fn confusion(epoch: usize, shares: impl Iterator<Item = (Expression, f64)>) -> String {
    let found: Vec<String> = shares.map(|(class, part)| format!("{} {}", inline(class), share(part))).collect();
    confusion_found(epoch, &found.join(", "))
}

/// The default name of a trained network.
pub fn default_name(run: &TrainingRun) -> String {
    let set = run.plan.set.as_str();
    let set = set.rsplit_once('.').map_or(set, |(name, _)| name);
    let best = run.best.and_then(|best| run.epoch(best)).and_then(|record| record.validation.as_ref());
    match best {
        Some(validation) => name_measured(set, &share(validation.confusion.accuracy())),
        None => name_plain(set),
    }
}

/// The label of the button that adopts the best epoch.
pub fn adopt_best(epoch: Option<u32>) -> String {
    epoch.map_or_else(|| ADOPT_AS_IS.into(), adopt_best_epoch)
}

/// The name of a metric; per-class metrics include the class.
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

/// The column header of a fold.
pub fn fold(index: usize) -> String {
    fold_number(index + 1)
}

/// A value of a metric.
pub fn metric_value(value: Option<f64>) -> String {
    value.map_or(NONE.to_owned(), |value| fixed(value, 3))
}

/// The standard deviation over the folds.
pub fn spread(deviation: Option<f64>) -> String {
    deviation.map_or(NONE.to_owned(), |deviation| format!("± {}", fixed(deviation, 3)))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::fixtures::{epoch, message, plan as a_plan};
    use crate::text::tests::assert_distinct;

    fn run(phase: Phase, folds: u32) -> TrainingRun {
        TrainingRun { phase, ..TrainingRun::new(a_plan(folds)) }
    }

    fn phases() -> [Phase; 9] {
        [
            Phase::Running,
            Phase::Pausing,
            Phase::Paused,
            Phase::Over(Outcome::Finished),
            Phase::Over(Outcome::Early),
            Phase::Over(Outcome::Cancelled),
            Phase::Over(Outcome::Diverged(Divergence::NotFinite { epoch: 1, step: 2 })),
            Phase::Failed(message("no memory")),
            Phase::Crashed,
        ]
    }

    #[test]
    fn headlines_name_the_phase() {
        let ends = [
            "is running",
            "is running",
            "is paused",
            "is finished",
            "stopped early",
            "was stopped",
            "diverged",
            "failed",
            "failed",
        ];
        for (phase, end) in phases().into_iter().zip(ends) {
            assert_eq!(headline(&run(phase.clone(), 0)), format!("Training on “faces.csv” {end}"));
            assert_eq!(headline(&run(phase, 3)), format!("Cross-validation with 3 folds on “faces.csv” {end}"));
        }
    }

    #[test]
    fn a_run_that_went_wrong_says_why_and_what_to_do() {
        let kinds: Vec<&str> =
            phases().into_iter().filter_map(|phase| over(&run(phase, 0)).map(|(kind, ..)| kind)).collect();
        assert_eq!(kinds, ["early-stop", "diverged", "training-broken", "training-broken"]);
        let (_, what, _) = over(&run(Phase::Failed(message("no memory")), 0)).unwrap();
        assert_eq!(what, "The run failed: no memory.");
        let class = Expression::Happy;
        let divergences = [
            Divergence::NotFinite { epoch: 1, step: 2 },
            Divergence::Exploded { epoch: 1, step: 2, loss: f32::INFINITY },
            Divergence::Collapsed { epoch: 3, class },
        ];
        let said = divergences.map(|divergence| diverged(divergence).0);
        assert!(said[2].contains("happy") && said.iter().all(|said| said.contains("epoch")));
        assert!(!moved(2).0.is_empty());
    }

    #[test]
    fn plans_name_the_training_and_validation_images() {
        assert_eq!(plan(&a_plan(0)), "80 images to train on, 20 to validate on (PublicTest).");
        assert_eq!(plan(&Plan { validation_images: 0, training_images: 1, ..a_plan(0) }), "1 image to train on.");
        assert_eq!(plan(&a_plan(3)), PLAN_FOLDS.text());
        assert_eq!((of(3, 0), of(3, 10)), ("3".into(), "3 of 10".into()));
    }

    #[test]
    fn losses_and_times_of_any_size_are_written() {
        assert_eq!(
            [1.9459, 0.0, f32::NAN, f32::INFINITY].map(loss),
            ["1.946", "0.000", "not a number", "not a number"]
        );
        let times = [-1.0, 89.0, 90.0, 5_399.0, 5_400.0, 172_800.0, f32::NAN, f32::INFINITY].map(duration);
        assert_eq!(times, ["0 s", "89 s", "2 min", "90 min", "1.5 h", "2.0 days", "0 s", "–"]);
        assert_eq!([0.0, 9.94, 250.4].map(rate), ["0.0", "9.9", "250"]);
        assert_eq!([0.1, 0.012_345, 0.000_123_4, 0.0].map(learning_rate), ["0.1", "0.0123", "0.0001234", "0"]);
    }

    #[test]
    fn epochs_without_validation_have_dashes() {
        let record = epoch(2, 0.5, 7);
        assert_eq!(row(&record)[..5], ["2", "0.500", "0.500", "50.0%", "70.0%"]);
        let plain = EpochRecord { validation: None, ..record };
        assert_eq!([&row(&plain)[2], &row(&plain)[4], &row(&plain)[5]], [NONE; 3]);
        assert_distinct(TABLE_HEAD);
    }

    #[test]
    fn announcements_follow_the_last_epoch() {
        let mut training = run(Phase::Running, 0);
        assert_eq!(announcement(&training), headline(&training));
        training.epochs = Rc::new(vec![epoch(1, 1.0, 4), epoch(2, 0.5, 7)]);
        assert!(announcement(&training).ends_with("Epoch 2 of 5 finished: validation accuracy 70.0%."));
        training.epochs = Rc::new(vec![EpochRecord { validation: None, ..epoch(1, 1.0, 4) }]);
        assert!(announcement(&training).ends_with("Epoch 1 of 5 finished: training accuracy 50.0%."));
    }

    #[test]
    fn a_trained_network_is_named_after_its_set() {
        let mut training = run(Phase::Running, 0);
        assert_eq!(default_name(&training), "Trained on faces");
        training.epochs = Rc::new(vec![epoch(1, 1.0, 7)]);
        training.best = Some(1);
        assert_eq!(default_name(&training), "Trained on faces, 70.0%");
        assert_eq!((adopt_best(Some(3)), adopt_best(None)), ("Use the best epoch (3)".into(), ADOPT_AS_IS.into()));
        assert_eq!(best(3, None), "epoch 3");
        for criterion in [Criterion::Accuracy, Criterion::MacroF1, Criterion::Loss] {
            assert!(best_mark(4, criterion).ends_with(": 4"));
        }
    }

    #[test]
    fn metrics_of_classes_are_named_by_both() {
        assert_eq!(metric("accuracy"), "Accuracy");
        assert_eq!((metric("f1_happy"), metric("recall_fear")), ("F1, happy".into(), "recall, fear".into()));
        assert_eq!((metric("precision_joy"), metric("other_sad")), ("precision, joy".into(), "other, sad".into()));
        assert_eq!(metric("unknown"), "unknown", "of a later version");
        assert_eq!(
            (fold(0), metric_value(None), spread(Some(0.0123))),
            ("Fold 1".into(), "–".into(), "± 0.012".into())
        );
        assert_eq!(spread(None), "–");
    }

    #[test]
    fn curves_are_described_from_end_to_end() {
        assert_eq!(course("loss", &[], 3), "");
        assert_eq!(course("loss", &[[0.0, 2.0], [1.0, 9.0], [2.0, 0.5]], 1), "loss from 2.0 to 0.5. ");
        let said = confusion(2, [(Expression::Happy, 0.9), (Expression::Sad, 0.25)].into_iter());
        assert_eq!(said, "Recall per class after epoch 2: happy 90.0%, sad 25.0%.");
    }
}
