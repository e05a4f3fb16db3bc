//! Texts of the model card.

use super::{expression, inference, titled};
use crate::format::{fixed, grouped, scaled, share};
use crate::language::Text;
use mien_core::evaluation::{Card, ClassReport, LabelReport, Report};
use mien_core::expression::Expression;

pub use crate::language::messages::card::*;

pub const COLUMNS: [Text; 7] = [
    COLUMN_VIEWS,
    COLUMN_LABELS,
    COLUMN_IMAGES,
    COLUMN_ACCURACY,
    COLUMN_MACRO_F1,
    COLUMN_BALANCED_ACCURACY,
    COLUMN_CALIBRATION_ERROR,
];
pub const CLASS_COLUMNS: [Text; 5] = [COLUMN_CLASS, COLUMN_PRECISION, COLUMN_RECALL, COLUMN_F1, COLUMN_IMAGES];

/// The network's properties.
pub fn network(card: &Card) -> String {
    let network = &card.network;
    let (parameters, multiply_adds) = (scaled(network.parameters), scaled(network.multiply_adds));
    network_facts(&titled(&network.architecture), &network.file, &parameters, &multiply_adds, &network.split)
}

/// The metrics: a row for each test-time augmentation and each set of labels.
pub fn figures(card: &Card) -> Vec<[String; 7]> {
    let mut rows = Vec::new();
    let mut add = |asked: Text, report: &Report| {
        let own = (report.samples, report.accuracy, report.macro_f1);
        let rest = (report.balanced_accuracy, report.expected_calibration_error);
        rows.push(row(asked, "FER2013", own, rest));
        if let Some(LabelReport { samples, accuracy, macro_f1, .. }) = report.ferplus {
            let rest = report.ferplus.as_ref().map(|of| (of.balanced_accuracy, of.expected_calibration_error));
            rows.push(row(asked, "FER+", (samples, accuracy, macro_f1), rest.unwrap_or_default()));
        }
    };
    for report in &card.reports {
        add(inference::test_time_augmentation(report.test_time_augmentation), report);
    }
    if let Some(report) = &card.ensemble {
        add(ROW_ENSEMBLE, report);
    }
    rows
}

fn row(
    asked: Text,
    labels: &str,
    (samples, accuracy, f1): (u64, f64, f64),
    (balanced, error): (f64, f64),
) -> [String; 7] {
    let three = |value: f64| fixed(value, 3);
    [
        asked.into(),
        labels.to_owned(),
        grouped(samples as usize),
        share(accuracy),
        three(f1),
        three(balanced),
        three(error),
    ]
}

/// A row for each class.
pub fn classes(card: &Card) -> Vec<[String; 5]> {
    let of = |class: &ClassReport| {
        let known = Expression::ALL.into_iter().find(|known| known.name() == class.name);
        let name = known.map_or_else(|| class.name.clone(), |class| expression(class).into());
        let three = |value: f64| fixed(value, 3);
        [name, three(class.precision), three(class.recall), three(class.f1), grouped(class.support as usize)]
    };
    card.reports.first().map(|report| report.classes.iter().map(of).collect()).unwrap_or_default()
}

/// How its confidence was calibrated.
pub fn calibration(card: &Card) -> String {
    let (found, error) = (&card.calibration, card.calibration.expected_calibration_error);
    calibrated(
        &fixed(f64::from(card.temperature), 2),
        found.images as usize,
        &fixed(error.before, 3),
        &fixed(error.after, 3),
    )
}
