//! Words of the model card.

use crate::evaluation::{Card, LabelReport, Report, Views};
use crate::number::{fixed, percent};

pub const TITLE: &str = "Model card of mien's own network";
pub const OPEN: &str = "What it is for, what it was made from, and how good it is";
pub const WAITING: &str = "The figures appear here once the network is loaded.";
pub const USE: &str = "Intended use";
pub const USE_TEXT: &str = "To see, to teach and to study how such a network reads posed and everyday looks. Not to decide anything about anybody, not for diagnosis, and not to watch people at work or in school.";
pub const DATA: &str = "Data";
pub const DATA_TEXT: &str = "Learned from FER2013's Training images, without near-constant ones and those that are also in another split, with the votes of FER+'s taggers mixed into the labels. The figures are from images that it did not learn from; the epoch was chosen on them, which flatters it a little.";
pub const FIGURES: &str = "Figures";
pub const COLUMNS: [&str; 7] =
    ["Asked", "Labels", "Images", "Accuracy", "Macro F1", "Balanced accuracy", "Calibration error"];
pub const CLASSES: &str = "Each class, asked once, FER2013's labels";
pub const CLASS_COLUMNS: [&str; 5] = ["Class", "Precision", "Recall", "F1", "Images"];
pub const FAILURES: &str = "Known failures";
pub const FAILURES_TEXT: &str = "Fear is taken for sadness and surprise, disgust for anger, sadness for neutral. Faces turned aside, covered, in poor light or smaller than about 30 pixels are misread more often. FER2013 is web photographs of 2013 with skewed ages and origins.";

/// What was measured: a row for each way of asking and each set of labels.
pub fn figures(card: &Card) -> Vec<[String; 7]> {
    let mut rows = Vec::new();
    let mut add = |asked: &str, report: &Report| {
        let own = (report.samples, report.accuracy, report.macro_f1);
        let rest = (report.balanced_accuracy, report.expected_calibration_error);
        rows.push(row(asked, "FER2013", own, rest));
        if let Some(LabelReport { samples, accuracy, macro_f1, .. }) = report.ferplus {
            let rest = report.ferplus.as_ref().map(|of| (of.balanced_accuracy, of.expected_calibration_error));
            rows.push(row(asked, "FER+", (samples, accuracy, macro_f1), rest.unwrap_or_default()));
        }
    };
    for report in &card.reports {
        add(
            match report.test_time_augmentation {
                Views::One => "once",
                Views::Flip => "twice, mirrored too",
                Views::TenCrop => "ten times, shifted and mirrored",
            },
            report,
        );
    }
    if let Some(report) = &card.ensemble {
        add("all networks together, mirrored too", report);
    }
    rows
}

fn row(
    asked: &str,
    labels: &str,
    (samples, accuracy, f1): (u64, f64, f64),
    (balanced, error): (f64, f64),
) -> [String; 7] {
    let three = |value: f64| fixed(value, 3);
    [
        asked.to_owned(),
        labels.to_owned(),
        samples.to_string(),
        percent(accuracy),
        three(f1),
        three(balanced),
        three(error),
    ]
}

/// A row for each class.
pub fn classes(card: &Card) -> Vec<[String; 5]> {
    let of = |class: &crate::evaluation::ClassReport| {
        let three = |value: f64| fixed(value, 3);
        [class.name.clone(), three(class.precision), three(class.recall), three(class.f1), class.support.to_string()]
    };
    card.reports.first().map(|report| report.classes.iter().map(of).collect()).unwrap_or_default()
}

/// How its confidence was calibrated.
pub fn calibration(card: &Card) -> String {
    let (found, error) = (&card.calibration, card.calibration.expected_calibration_error);
    format!(
        "Its confidence is calibrated: a temperature of {}. On halves of {} images, each with the temperature of the other, the calibration error goes from {} to {}.",
        fixed(f64::from(card.temperature), 2),
        found.images,
        fixed(error.before, 3),
        fixed(error.after, 3),
    )
}
