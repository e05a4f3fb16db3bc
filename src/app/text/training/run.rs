//! Words of a run.

use super::number;
use crate::app::format::grouped;
use crate::app::state::{Phase, Run};
use crate::engine::protocol::{Outcome, Plan};
use crate::evaluation::Metric;
use crate::expression::Expression;
use crate::number::{fixed, percent};
use crate::training::{Criterion, Divergence, EpochRecord, Validation};

pub const CROSS_TITLE: &str = "Cross-validation";
pub const PROGRESS: &str = "Share of the run that is done";
pub const EPOCH: &str = "epoch";
pub const STEP: &str = "step";
pub const FOLD: &str = "fold";
pub const LOSS: &str = "loss";
pub const RATE: &str = "images a second";
pub const LEFT: &str = "time left";
pub const LEARNING_RATE: &str = "learning rate";
pub const BEST: &str = "best so far";
pub const PAUSE: &str = "Pause";
pub const PAUSING: &str = "Pausing";
pub const RESUME: &str = "Go on";
pub const CANCEL: &str = "End";
pub const CANCEL_SURE: &str = "End the run now? What it has learned can still be taken over.";
pub const CANCEL_YES: &str = "End it";
pub const CANCEL_NO: &str = "Let it run";
pub const CHECKPOINT: &str = "Download the run";
pub const PREPARING: &str = "The first steps take longest: the images are being prepared.";
pub const SETTINGS: &str = "Its settings";

pub const SHOW: &str = "Show the network in training on the Live page";
pub const SHOWING: &str = "The network in training reads the faces now.";
pub const NOT_SHOWING: &str = "The network at work reads the faces now.";
pub const SHOW_LINK: &str = "To the Live page";
pub const RUN_LINK: &str = "To the run";

pub const CURVES: &str = "Curves";
pub const LOSS_CURVE: &str = "Loss";
pub const ACCURACY_CURVE: &str = "Accuracy";
pub const LOSS_TEXT: &str = "How wrong the network is: a guess has 1.95, lower is better. If the validation's rises while the training's falls, it learns by heart.";
pub const ACCURACY_TEXT: &str = "The share of images that are classified as labelled. Training images are measured while they are varied, so validation may be higher.";
pub const STEPS: &str = "each step";
pub const SMOOTHED: &str = "training";
pub const TRAINING: &str = "training";
pub const VALIDATION: &str = "validation";
pub const MACRO_F1: &str = "macro F1";
pub const NO_CURVES: &str = "The curves begin with the first steps.";
pub const RANGE: &str = "Part that is shown";
pub const RANGE_ALL: &str = "All";
pub const RANGE_CLOSER: &str = "Closer";
pub const RANGE_WIDER: &str = "Wider";
pub const RANGE_EARLIER: &str = "Earlier";
pub const RANGE_LATER: &str = "Later";
pub const SHOW_STEPS: &str = "Each step";
pub const TABLE: &str = "As a table";
pub const TABLE_HEAD: [&str; 8] = [
    "Epoch",
    "Training loss",
    "Validation loss",
    "Training accuracy",
    "Validation accuracy",
    "Macro F1",
    "Learning rate",
    "Seconds",
];
pub const CONFUSION: &str = "What it takes for what";
pub const CONFUSION_LAST: &str = "Latest epoch";
pub const CONFUSION_BEST: &str = "Best epoch";
pub const CONFUSION_ROWS: &str = "labelled";
pub const CONFUSION_COLUMNS: &str = "taken for";
pub const NONE: &str = "–";

pub const ADOPT: &str = "Take it over";
pub const ADOPT_TEXT: &str = "Into the library below, and to work on the Live and the Evaluation page.";
pub const ADOPT_NAME: &str = "Name";
pub const ADOPT_LAST: &str = "Take the last epoch";
pub const ADOPT_EVALUATE: &str = "Evaluate it";

pub const FOLDS: &str = "Folds";
pub const FOLDS_HINT: &str = "2 to 100. The images are cut into so many parts; each is once what a network trained on the others is measured on.";
pub const FOLDS_WRONG: &str = "A whole number from 2 to 100 belongs here.";
pub const CROSS_TEXT: &str = "One split may be lucky. Cross-validation trains as many networks as there are folds, with the settings above, on Training and PublicTest together, and tells how much the figures vary. It takes as long as so many runs; nothing of it is taken over or stored.";
pub const CROSS_START: &str = "Cross-validate";
pub const CROSS_SAVE: &str = "Save as JSON";
pub const CROSS_METRIC: &str = "Metric";
pub const CROSS_MEAN: &str = "Mean";
pub const CROSS_SPREAD: &str = "Spread";

/// The headline of a run.
pub fn headline(run: &Run) -> String {
    let plan = &run.plan;
    let what = match run.plan.folds {
        0 => "Training".to_owned(),
        folds => format!("Cross-validation with {folds} folds"),
    };
    let state = match &run.phase {
        Phase::Running | Phase::Pausing => "runs",
        Phase::Paused => "pauses",
        Phase::Over(Outcome::Finished) => "is finished",
        Phase::Over(Outcome::Early) => "stopped early",
        Phase::Over(Outcome::Cancelled) => "was ended",
        Phase::Over(Outcome::Diverged(_)) => "went astray",
        Phase::Failed(_) | Phase::Crashed => "broke off",
    };
    format!("{what} on “{}” {state}", plan.set)
}

/// What is learned from and validated on.
pub fn plan(plan: &Plan) -> String {
    if plan.folds > 0 {
        return "Each fold trains a network of its own, which is measured on the images of that fold.".to_owned();
    }
    let training = grouped(plan.training_images as usize);
    if plan.validation_images == 0 {
        return format!("{training} images to learn from.");
    }
    format!(
        "{training} images to learn from, {} to validate on ({}).",
        grouped(plan.validation_images as usize),
        plan.validation_name
    )
}

/// A part of a whole, where that is known.
pub fn of(part: u32, whole: usize) -> String {
    if whole == 0 {
        return part.to_string();
    }
    format!("{part} of {whole}")
}

/// A loss.
pub fn loss(loss: f32) -> String {
    if loss.is_finite() { fixed(f64::from(loss), 3) } else { "no number".to_owned() }
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
        ..90.0 => format!("{} s", fixed(seconds, 0)),
        ..5400.0 => format!("{} min", fixed(seconds / 60.0, 0)),
        ..172_800.0 => format!("{} h", fixed(seconds / 3600.0, 1)),
        _ => format!("{} days", fixed(seconds / 86_400.0, 1)),
    }
}

/// The best epoch and what it reached.
pub fn best(epoch: u32, validation: Option<&Validation>) -> String {
    match validation {
        Some(validation) => format!("epoch {epoch}, {}", percent(validation.confusion.accuracy())),
        None => format!("epoch {epoch}"),
    }
}

/// Why a run is over, and what to do; `None` for one that goes on.
pub fn over(run: &Run) -> Option<(&'static str, String, &'static str)> {
    Some(match &run.phase {
        Phase::Running | Phase::Pausing | Phase::Paused | Phase::Over(Outcome::Cancelled) => return None,
        Phase::Over(Outcome::Finished) => return None,
        Phase::Over(Outcome::Early) => (
            "early-stop",
            "It stopped early, since the validation did not get better any more.".to_owned(),
            "That is as it should be: more epochs would only teach it the images by heart.",
        ),
        Phase::Over(Outcome::Diverged(divergence)) => {
            let (what, remedy) = diverged(*divergence);
            ("diverged", what, remedy)
        }
        Phase::Failed(reason) => (
            "training-broken",
            format!("The run broke off: {reason}"),
            "It can go on from its last checkpoint. If that fails again, choose the other backend above or a smaller batch.",
        ),
        Phase::Crashed => (
            "training-broken",
            "The part of the page that computes was started anew, so the run broke off.".to_owned(),
            "Once its set is loaded again, it can go on from its last checkpoint.",
        ),
    })
}

fn diverged(divergence: Divergence) -> (String, &'static str) {
    let lower = "Try a learning rate ten times lower, or a longer warm-up, under “More settings”. The last good weights are kept.";
    match divergence {
        Divergence::NotFinite { epoch, step } => {
            (format!("Training went astray in epoch {epoch}, step {step}: the loss is no number any more."), lower)
        }
        Divergence::Exploded { epoch, step, loss } => (
            format!(
                "Training went astray in epoch {epoch}, step {step}: the loss of the last steps is {}, where a mere guess has 1.95.",
                fixed(f64::from(loss), 1)
            ),
            lower,
        ),
        Divergence::Collapsed { epoch, class } => (
            format!(
                "After epoch {epoch} the network takes every image for {class}, as in the epochs before, so it was stopped."
            ),
            "Try a lower learning rate, balanced classes, or less weight decay. The last good weights are kept.",
        ),
    }
}

/// That the GPU failed on the way.
pub fn moved(epoch: u32) -> (String, &'static str) {
    (
        format!("The GPU failed, so the run goes on from epoch {epoch} on the CPU."),
        "It is slower there, with the same result. You can pause, choose the GPU again and go on.",
    )
}

/// That a run is not stored.
pub const NOT_STORED: (&str, &str) = (
    "This device does not store the run.",
    "Training goes on, but closing the tab would lose it. Download it now and then, or free some space; private windows store nothing.",
);

/// An epoch in one sentence, for screen readers.
pub fn announcement(run: &Run) -> String {
    let Some(last) = run.epochs.last() else { return headline(run) };
    let figures = match &last.validation {
        Some(validation) => format!("validation accuracy {}", percent(validation.confusion.accuracy())),
        None => format!("training accuracy {}", percent(f64::from(last.accuracy))),
    };
    let epochs = run.plan.settings.epochs;
    format!("{}. Epoch {} of {epochs} is over: {figures}.", headline(run), last.epoch)
}

/// A curve in words: from where to where.
pub fn course(name: &str, points: &[[f32; 2]], decimals: u32) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let write = |value: f32| fixed(f64::from(value), decimals);
    format!("{name} from {} to {}. ", write(first[1]), write(last[1]))
}

/// A row of the table of epochs.
pub fn row(record: &EpochRecord) -> [String; 8] {
    let of = |value: &dyn Fn(&Validation) -> String| record.validation.as_ref().map_or(NONE.to_owned(), value);
    [
        record.epoch.to_string(),
        loss(record.loss),
        of(&|validation| loss(validation.loss)),
        percent(f64::from(record.accuracy)),
        of(&|validation| percent(validation.confusion.accuracy())),
        of(&|validation| percent(validation.confusion.macro_average().f1)),
        learning_rate(f64::from(record.learning_rate)),
        fixed(f64::from(record.seconds), 1),
    ]
}

/// What marks the best epoch.
pub fn best_mark(epoch: u32, criterion: Criterion) -> String {
    let by = match criterion {
        Criterion::Accuracy => "accuracy",
        Criterion::MacroF1 => "macro F1",
        Criterion::Loss => "loss",
    };
    format!("● best epoch by validation {by}: {epoch}")
}

/// What a confusion matrix shows, in a sentence.
pub fn confusion(epoch: usize, shares: impl Iterator<Item = (Expression, f64)>) -> String {
    let found: Vec<String> = shares.map(|(class, share)| format!("{class} {}", percent(share))).collect();
    format!("After epoch {epoch}, so many of each class were found: {}.", found.join(", "))
}

/// What a trained network is called unless the visitor says otherwise.
pub fn default_name(run: &Run) -> String {
    let set = run.plan.set.as_str();
    let set = set.rsplit_once('.').map_or(set, |(name, _)| name);
    let best = run.best.and_then(|best| run.epoch(best)).and_then(|record| record.validation.as_ref());
    match best {
        Some(validation) => format!("Trained on {set}, {}", percent(validation.confusion.accuracy())),
        None => format!("Trained on {set}"),
    }
}

/// The button that takes the best epoch over.
pub fn adopt_best(epoch: Option<u32>) -> String {
    match epoch {
        Some(epoch) => format!("Take the best epoch ({epoch})"),
        None => "Take it as it is".to_owned(),
    }
}

/// That a network was taken over.
pub fn adopted(name: &str) -> String {
    format!("“{name}” is in the library and at work now.")
}

/// A metric's name; those of a class are named by it.
pub fn metric(key: &str) -> String {
    if let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.key() == key) {
        return metric.name().to_owned();
    }
    match key.split_once('_') {
        Some(("f1", class)) => format!("F1, {class}"),
        Some((name, class)) => format!("{name}, {class}"),
        None => key.to_owned(),
    }
}

/// How many folds are over.
pub fn folds_over(over: usize, all: usize) -> String {
    format!("{over} of {all} folds are over. Each is measured as the network stands at its end.")
}

/// A fold's column.
pub fn fold(index: usize) -> String {
    format!("Fold {}", index + 1)
}

/// A value of a metric.
pub fn metric_value(value: Option<f64>) -> String {
    value.map_or(NONE.to_owned(), |value| fixed(value, 3))
}

/// How much the folds differ.
pub fn spread(deviation: Option<f64>) -> String {
    deviation.map_or(NONE.to_owned(), |deviation| format!("± {}", fixed(deviation, 3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!([40.0, 600.0, 9000.0].map(duration), ["40 s", "10 min", "2.5 h"]);
        assert_eq!(duration(f32::INFINITY), NONE);
        assert_eq!([0.1, 0.000_512_345_6].map(learning_rate), ["0.1", "0.0005123"]);
        assert_eq!(["f1_sad", "recall_sad"].map(metric), ["F1, sad", "recall, sad"]);
        assert_eq!(loss(f32::NAN), "no number");
    }
}
