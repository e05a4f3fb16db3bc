//! Words of the Evaluation page.

mod findings;

use crate::app::format::fixed;
use crate::app::state::{Cell, End, Measured, SEED, Selection};
use crate::app::text::expression;
use crate::dataset::Split;
use crate::engine::protocol::SetSummary;
use crate::evaluation::figures::Cells;
use crate::evaluation::{Comparison, ComparisonError, McNemarMethod, Metric, text as tables};
use crate::expression::{Distribution, Expression};

pub use findings::{calibration, findings};

pub const TITLE: &str = "Evaluation";
pub const LEAD: &str =
    "How good is the network really? Let it label images whose labels are known, and see where it fails.";

// Before there is anything to measure on.
pub const EMPTY: &str = "First it needs images with labels.";
pub const EMPTY_LINK: &str = "Load a set on the Dataset page";
pub const EMPTY_THEN: &str = "Then you will see here:";
pub const EMPTY_LIST: [&str; 4] = [
    "how often the network is right, with every usual metric explained in plain words",
    "the confusion matrix: which look it takes for which, and a click shows the very images",
    "curves and tables for each class, and whether its confidence can be trusted",
    "several runs side by side, with a test that says whether a difference may be chance",
];

// What to measure on.
pub const SETUP: &str = "What to measure on";
pub const SET: &str = "Set";
pub const SPLIT: &str = "Images";
pub const ALL_IMAGES: &str = "All images";
pub const CLASS: &str = "Class";
pub const ALL_CLASSES: &str = "All classes";
pub const COUNT: &str = "How many";
pub const COUNT_ALL: &str = "All of them";
pub const NONE_SELECTED: &str = "No image is of this choice. Choose other images or another class.";
pub const NOT_READY: &str = "The network is still loading.";
pub const PROGRESS: &str = "Images done";
pub const CANCEL: &str = "Cancel";

// Runs.
pub const RUNS: &str = "Runs";
pub const RUN_NAME: &str = "Name of this run";
pub const UNDO: &str = "Undo";

// The result.
pub const TAKE_AWAY: &str = "Take away";
pub const JSON_HINT: &str = "Save the report for programs, as `mien evaluate` writes it";
pub const CSV_HINT: &str = "Save the report as a table for spreadsheets";
pub const HTML_HINT: &str = "Save the report as a page with figures, to read, send or keep";
pub const PREDICTIONS: &str = "Predictions";
pub const PREDICTIONS_HINT: &str = "Save what the network said of each image, as a table";
pub const PRINT: &str = "Print";
pub const METRICS: &str = "Metrics";
pub const EXPLAIN_HINT: &str = "Open a name to read what it means. ";
pub const COPY: &str = "Copy as text";
pub const COPIED: &str = "Copied";
pub const SAVE_SVG: &str = "Save the drawing as SVG, which stays sharp at any size";
pub const SAVE_PNG: &str = "Save the drawing as PNG";

// The confusion matrix.
pub const MATRIX: &str = "Confusion matrix";
pub const MATRIX_HOW: &str = "Each row holds the images of one label; the columns say what the network took them for. What it got right is framed.";
pub const MATRIX_CLICK: &str = "Choose a cell to see its images.";
pub const TAKEN_FOR: &str = "taken for";
pub const LABEL: &str = "label";
pub const ALL: &str = "all";
pub const CELLS: &str = "What the cells show";

// The images of a cell.
pub const CLOSE: &str = "Close the images";
pub const SET_GONE: &str =
    "The set that these images are from is not loaded any more, or has changed. Load it again to see them.";
pub const IMAGE_GONE: &str = "gone";
pub const PREVIOUS: &str = "Previous image";
pub const NEXT: &str = "Next image";
pub const BACK: &str = "Back to the images";
pub const NEIGHBOURS: &str = "Most alike in this set";
pub const NEIGHBOURS_HOW: &str =
    "By their pixels alone: images whose light and shade lie most alike, not what the network sees.";
pub const NEIGHBOURS_WAIT: &str = "Looking for images that are like this one";

// The classes.
pub const CLASSES: &str = "Each class";
pub const COLUMNS_MEAN: &str = "What the columns mean";
pub const PRECISION: &str = "Of the images taken for this class, the share that really has this label.";
pub const RECALL: &str = "Of the images with this label, the share that was found.";
pub const F1: &str = "Precision and recall in one number (their harmonic mean): high only if both are.";
pub const SUPPORT: &str = "How many images have this label.";
pub const TRUE_POSITIVES: &str = "True positives: of this class, and taken for it.";
pub const FALSE_POSITIVES: &str = "False positives: of another class, but taken for this one.";
pub const FALSE_NEGATIVES: &str = "False negatives: of this class, but taken for another.";
pub const TRUE_NEGATIVES: &str = "True negatives: of another class, and taken for another.";
pub const AVERAGE_PRECISION: &str =
    "The area under the precision-recall curve: how pure the findings stay as one takes more and more of them.";
pub const ROC_AUC: &str = "The area under the ROC curve: how likely an image of the class is given more of it than an image of another. 0.5 is guessing.";

// Curves.
pub const CURVES: &str = "Curves";
pub const CURVES_OF: &str = "Curves of";
pub const CURVE_VALUES: &str = "The curves as numbers";
pub const PRECISION_RECALL_HOW: &str = "Precision against recall as the network is asked to be less and less sure. The further up and right, the better; beside each class its average precision.";
pub const ROC_HOW: &str = "How many of a class are found against how many others are wrongly taken for it. The dashed line is guessing; beside each class the area under its curve.";
pub const PRECISION_RECALL_AXES: [&str; 3] = ["Precision-recall curve", "recall", "precision"];
pub const ROC_AXES: [&str; 3] = ["ROC curve", "false positive rate", "true positive rate"];

// Calibration.
pub const CALIBRATION: &str = "Can its confidence be trusted?";
pub const CALIBRATION_HOW: &str = "Images sorted by how sure the network was: each bar is the share of them it got right. Bars below the dashed line mean that it was surer than it should have been.";
pub const CALIBRATION_VALUES: &str = "The diagram as numbers";
pub const CALIBRATION_COLUMNS: [&str; 4] = ["Confidence", "Images", "Mean confidence", "Accuracy"];

// Two runs.
pub const COMPARE: &str = "Compare two runs";
pub const FIRST: &str = "First";
pub const SECOND: &str = "Second";
pub const DIFFERENCE: &str = "Difference";
pub const AGREEMENT: &str = "Who is right";
pub const FIRST_RIGHT: &str = "First right";
pub const FIRST_WRONG: &str = "First wrong";
pub const SECOND_RIGHT: &str = "Second right";
pub const SECOND_WRONG: &str = "Second wrong";
pub const MATRIX_DIFFERENCE: &str = "Confusion matrix: second minus first";
pub const SAME_RUN: &str = "Choose two different runs.";
pub const OTHER_SET: &str = "These runs were measured on different sets, so they cannot be compared image by image. Choose two runs on the same set.";

/// A count with its thousands apart, such as `3,589`.
pub fn count(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn images(number: usize) -> String {
    if number == 1 { "1 image".to_owned() } else { format!("{} images", count(number)) }
}

/// A share of 1 as percent with one decimal, such as `67.8%`.
pub fn share(share: f64) -> String {
    format!("{}%", fixed(share * 100.0, 1))
}

/// A metric for tables; a dash where it is undefined.
pub fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| fixed(value, 3))
}

/// A part of a set and how many images it has.
pub fn part(name: &str, number: usize) -> String {
    format!("{name} ({})", count(number))
}

/// A random choice of so many.
pub fn at_random(number: u32) -> String {
    format!("{} at random", count(number as usize))
}

/// What the start button says.
pub fn start(number: usize) -> String {
    if number == 0 { "Evaluate".to_owned() } else { format!("Evaluate {}", images(number)) }
}

/// What to keep in mind about a choice of images.
pub fn caveats(split: Option<Split>, twins: usize) -> Vec<String> {
    let mut caveats = Vec::new();
    if split == Some(Split::Training) || split.is_none() {
        let what = if split.is_none() { "Training is among these images" } else { "These are the Training images" };
        caveats.push(format!("{what}. A network that learned from them may know them by heart, so the result says little about faces it has never seen. Choose PrivateTest or PublicTest for that."));
    }
    if split == Some(Split::PublicTest) {
        caveats.push("PublicTest helped to choose the network that this page ships, so the result is a little flattering. PrivateTest did not.".to_owned());
    }
    if twins > 0 {
        let verb = if twins == 1 { "is" } else { "are" };
        caveats.push(format!(
            "{} of these {verb} in Training as well, pixel for pixel: the network may have learned them.",
            images(twins)
        ));
    }
    caveats
}

/// What chosen images are called in the report. A whole split has its own name, as the command line writes it.
pub fn selection(selection: &Selection, set: &SetSummary, samples: usize) -> String {
    let mut name = selection.split(set).map_or("all images", Split::name).to_owned();
    if let Some(class) = selection.class {
        name = format!("{name}, {class} only");
    }
    match selection.count {
        Some(count) if count as usize == samples => format!("{samples} of {name}, drawn by class with seed {SEED}"),
        _ => name,
    }
}

/// How far a run is.
pub fn progress(done: usize, total: usize, seconds: f64) -> String {
    let mut text = format!("{} of {}", count(done), images(total));
    if done > 0 && seconds > 0.0 {
        let rate = done as f64 / seconds;
        let left = (total.saturating_sub(done)) as f64 / rate;
        text += &format!(" · {} images/s · {} left", fixed(rate, u32::from(rate < 10.0)), duration(left));
    }
    text
}

/// Seconds in words short enough to change every moment.
fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil().max(0.0) as u32;
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {:02} s", seconds / 60, seconds % 60) }
}

/// How far a run is, for screen readers: once a quarter.
pub fn progress_announcement(done: usize, total: usize) -> String {
    format!("Evaluation: {}%", done * 4 / total.max(1) * 25)
}

/// That a run is over, for screen readers.
pub fn done_announcement(run: &Measured) -> String {
    format!("{} done: accuracy {}.", run.name, share(run.evaluation.report.accuracy))
}

/// Why a run came to nothing, and what to do.
pub const fn end(end: &End) -> (&'static str, &'static str) {
    match end {
        End::Cancelled => ("The evaluation was cancelled.", ""),
        End::Lost => (
            "The part of the page that computes stopped, and the evaluation with it.",
            "Start it again once the network runs.",
        ),
        End::Failed(_) => {
            ("The evaluation failed.", "Start it again; if that does not help, choose the other backend above.")
        }
    }
}

/// A run's figures for the list.
pub fn run_facts(run: &Measured) -> String {
    let report = &run.evaluation.report;
    format!("{} · {} · {} · {}", images(report.samples as usize), run.set.name, report.backend, run.time)
}

/// What the button that renames says.
pub fn rename(name: &str) -> String {
    format!("Rename “{name}”")
}

/// What the button that removes says.
pub fn remove(name: &str) -> String {
    format!("Remove “{name}”")
}

/// That a run was removed.
pub fn removed(name: &str) -> String {
    format!("“{name}” was removed.")
}

/// What was run: term and value.
pub fn facts(run: &Measured) -> Vec<(&'static str, String)> {
    let report = &run.evaluation.report;
    let rate = report.samples as f64 / report.seconds.max(1e-3);
    let time = format!("{} s, {} images/s", fixed(report.seconds, 1), fixed(rate, u32::from(rate < 10.0)));
    let mut facts = vec![
        ("Images", format!("{} ({})", count(report.samples as usize), report.split)),
        ("Set", report.dataset.clone()),
        ("Network", report.model.clone()),
        ("Computed on", report.backend.clone()),
        ("Took", time),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// The accuracy's interval in words.
pub fn interval([low, high]: [f64; 2]) -> String {
    format!("95% interval {} to {}", share(low), share(high))
}

/// A metric's name.
pub const fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "Accuracy",
        Metric::BalancedAccuracy => "Balanced accuracy",
        Metric::Top2Accuracy => "Top-2 accuracy",
        Metric::MacroPrecision => "Macro precision",
        Metric::MacroRecall => "Macro recall",
        Metric::MacroF1 => "Macro F1",
        Metric::WeightedPrecision => "Weighted precision",
        Metric::WeightedRecall => "Weighted recall",
        Metric::WeightedF1 => "Weighted F1",
        Metric::CohenKappa => "Cohen’s kappa",
        Metric::MatthewsCorrelation => "Matthews correlation",
        Metric::MacroAveragePrecision => "Mean average precision",
        Metric::MacroRocAuc => "Macro ROC AUC",
        Metric::LogLoss => "Log loss",
        Metric::BrierScore => "Brier score",
        Metric::ExpectedCalibrationError => "Calibration error",
    }
}

/// What a metric means, in plain words.
pub const fn explain(metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "The share of images whose label the network named.",
        Metric::BalancedAccuracy => {
            "The mean of the classes’ recalls: every class counts the same, however rare it is."
        }
        Metric::Top2Accuracy => "How often the label is among the network’s two likeliest classes.",
        Metric::MacroPrecision => {
            "The mean over the classes of: of the images taken for a class, how many have its label."
        }
        Metric::MacroRecall => "The mean over the classes of: of the images with a label, how many were found.",
        Metric::MacroF1 => "The mean of the classes’ F1 scores. A class that fails pulls it down, however rare it is.",
        Metric::WeightedPrecision => "As macro precision, but each class counts by its number of images.",
        Metric::WeightedRecall => {
            "As macro recall, but each class counts by its number of images: that is the accuracy again."
        }
        Metric::WeightedF1 => "As macro F1, but each class counts by its number of images.",
        Metric::CohenKappa => "How far it agrees with the labels beyond chance: 0 is guessing, 1 is always right.",
        Metric::MatthewsCorrelation => {
            "How far predictions and labels go together: 0 is not at all, 1 is always. Robust where classes are rare."
        }
        Metric::MacroAveragePrecision => {
            "The mean area under the precision-recall curves: how well each class’s images are ranked before the others."
        }
        Metric::MacroRocAuc => "The mean area under the ROC curves: 0.5 is guessing, 1 tells every class apart.",
        Metric::LogLoss => {
            "How surprised the network is by the labels. Less is better: 0 is certain and right, 1.95 is guessing evenly, and being sure and wrong costs most."
        }
        Metric::BrierScore => {
            "How far the seven probabilities lie from the label, squared. Less is better: 0 is best, 2 is worst."
        }
        Metric::ExpectedCalibrationError => {
            "How far confidence and accuracy lie apart on average. Less is better: at 0 it is right as often as it says."
        }
    }
}

/// What the cells of the matrix show.
pub const fn cells(cells: Cells) -> &'static str {
    match cells {
        Cells::Counts => "How many images",
        Cells::Rows => "Share of the row: of the images with this label, how many were taken for each class",
        Cells::Columns => "Share of the column: of the images taken for this class, how many have each label",
        Cells::Total => "Share of all images",
    }
}

/// The same for a button.
pub const fn cells_short(cells: Cells) -> &'static str {
    match cells {
        Cells::Counts => "Counts",
        Cells::Rows => "% of row",
        Cells::Columns => "% of column",
        Cells::Total => "% of all",
    }
}

fn lower(class: Expression) -> String {
    expression(class).to_lowercase()
}

/// A cell of the matrix in words.
pub fn cell_title(actual: Expression, predicted: Expression, number: usize) -> String {
    if actual == predicted {
        format!("{} of {} found", images(number), lower(actual))
    } else {
        format!("{} of {} taken for {}", images(number), lower(actual), lower(predicted))
    }
}

/// The heading of a cell's images.
pub fn gallery(Cell { actual, predicted }: Cell, number: usize) -> String {
    if number == 0 {
        return format!("No {} was taken for {}", lower(actual), lower(predicted));
    }
    let order = if number > 1 { ", the surest first" } else { "" };
    if actual == predicted {
        format!("{} rightly found: {}{order}", expression(actual), images(number))
    } else {
        format!("{} taken for {}: {}{order}", expression(actual), lower(predicted), images(number))
    }
}

/// What the button says that shows more images.
pub fn more(left: usize) -> String {
    format!("Show more ({} left)", count(left))
}

/// What stands below a small image: the prediction, and the label where it is another.
pub fn sample_reading(reading: &Distribution, actual: Expression) -> String {
    let (predicted, confidence) = reading.top();
    let probability = |value: f32| format!("{}%", fixed(f64::from(value) * 100.0, 0));
    let mut text = format!("{} {}", lower(predicted), probability(confidence));
    if predicted != actual {
        text += &format!(", {} {}", lower(actual), probability(reading.probability(actual)));
    }
    text
}

/// A small image for who does not see it.
pub fn sample_title(set: &SetSummary, sample: u32, reading: &Distribution, actual: Expression) -> String {
    format!("Row {}: {}", row(set, sample), sample_reading(reading, actual))
}

/// The place of a sample in its file, the first being 1.
fn row(set: &SetSummary, sample: u32) -> String {
    count(set.rows.get(sample as usize).map_or(sample as usize, |&row| row as usize) + 1)
}

/// The heading of an image seen from near.
pub fn closeup(set: &SetSummary, sample: u32) -> String {
    format!("Row {} of {}", row(set, sample), set.name)
}

/// An image for who does not see it.
pub fn image(sample: u32) -> String {
    format!("Image {}, 48 by 48 grey pixels", sample + 1)
}

/// What there is to say of a prediction: term and value.
pub fn sample_facts(run: &Measured, prediction: usize) -> Vec<(&'static str, String)> {
    let (sample, label) = (run.predictions.sample(prediction), run.predictions.label(prediction));
    let (predicted, confidence) = run.predictions.top(prediction);
    let mut facts = vec![
        ("Label", expression(label).to_owned()),
        ("Taken for", format!("{}, {}", expression(predicted), share(f64::from(confidence)))),
    ];
    if let Some(split) = run.set.split(sample as usize) {
        facts.push(("Split", split.name().to_owned()));
    }
    for group in &run.set.groups {
        let value = group.codes.get(sample as usize).and_then(|&code| group.values.get(usize::from(code)));
        if value.is_some_and(|value| !value.is_empty()) {
            facts.push(("Group", format!("{}: {}", group.name, value.cloned().unwrap_or_default())));
        }
    }
    facts
}

/// What stands below a neighbour: how alike it is, its label, what it was taken for if the run has it, its split.
pub fn neighbour(run: &Measured, sample: u32, likeness: f32) -> Vec<String> {
    let label = run.set.label(sample as usize);
    let mut lines = vec![
        format!("{}% alike", fixed(f64::from(likeness) * 100.0, 0)),
        label.map(expression).unwrap_or_default().to_owned(),
    ];
    let place = (0..run.predictions.len()).find(|&place| run.predictions.sample(place) == sample);
    if let Some((predicted, _)) =
        place.map(|place| run.predictions.top(place)).filter(|(class, _)| Some(*class) != label)
    {
        lines.push(format!("taken for {}", lower(predicted)));
    }
    lines.extend(run.set.split(sample as usize).map(|split| split.name().to_owned()));
    lines
}

/// The column of the precision at a recall.
pub fn precision_at(recall: f32) -> String {
    format!("Precision at recall {}", fixed(f64::from(recall), 2))
}

/// The column of the true positive rate at a false positive rate.
pub fn found_at(rate: f32) -> String {
    format!("Found at {}% false positives", fixed(f64::from(rate) * 100.0, 0))
}

/// A curve in the legend.
pub fn curve(class: Expression, area: Option<f64>) -> String {
    format!("{} {}", class.name(), area.map_or_else(|| "none".to_owned(), |area| fixed(area, 3)))
}

/// A bin of the reliability diagram.
pub fn range(index: usize, bins: usize) -> String {
    let bound = |index: usize| fixed(index as f64 * 100.0 / bins as f64, 0);
    format!("{}–{}%", bound(index), bound(index + 1))
}

/// A difference with its sign.
pub fn difference(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| sign(value > 0.0, &fixed(value, 3)))
}

/// A count's difference with its sign.
pub fn signed(value: i64) -> String {
    sign(value > 0, &value.to_string())
}

fn sign(positive: bool, text: &str) -> String {
    if positive { format!("+{text}") } else { text.replace('-', "−") }
}

/// A p-value.
pub fn p_value(value: f64) -> String {
    tables::p_value(value)
}

/// McNemar's test in words.
pub fn verdict(comparison: &Comparison) -> String {
    let (first, second) = (comparison.first_right, comparison.second_right);
    let p = comparison.mcnemar.p_value;
    let p_words = if p < 1e-4 { "p < 0.0001".to_owned() } else { format!("p = {}", fixed(p, 4)) };
    let method = match comparison.mcnemar.method {
        McNemarMethod::Exact => "exact",
        McNemarMethod::ChiSquare => "with continuity correction",
    };
    if first + second == 0 {
        return "Both runs are right and wrong on the very same images: there is no difference to test.".to_owned();
    }
    let better = if second > first { "second" } else { "first" };
    let conclusion = if p < 0.05 {
        format!(
            "Were both equally good, a difference this large would be rare: the {better} run is better beyond chance."
        )
    } else {
        "Were both equally good, a difference this large would be nothing unusual: it may be chance.".to_owned()
    };
    format!(
        "Where only one is right, it is {} times the first and {} times the second. {conclusion} (McNemar’s test, {method}: {p_words}.)",
        count(first as usize),
        count(second as usize),
    )
}

/// What the comparison is over.
pub fn common(comparison: &Comparison) -> String {
    let mut text = format!("Over the {} that both runs saw.", images(comparison.common as usize));
    let left_out = comparison.only_first + comparison.only_second;
    if left_out > 0 {
        text += &format!(
            " Left out: {} that only the first saw, {} that only the second saw.",
            count(comparison.only_first as usize),
            count(comparison.only_second as usize),
        );
    }
    text
}

/// Why two runs cannot be compared.
pub fn incomparable(error: &ComparisonError) -> String {
    match error {
        ComparisonError::NothingInCommon => {
            "These runs have no image in common. Choose two runs over the same split or selection.".to_owned()
        }
        ComparisonError::OtherDataset(_) => OTHER_SET.to_owned(),
    }
}
