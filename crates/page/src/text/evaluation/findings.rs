//! Findings of an evaluation, in sentences.

use super::share;
use crate::language::messages::evaluation as words;
use crate::sort::sort_short;
use crate::text::dataset::order_title;
use crate::text::inline;
use mien_core::dataset::{LabelOrder, LoadNote};
use mien_core::evaluation::{Reordering, Report};
use mien_core::expression::Expression;

/// Number of class pairs that are named.
const PAIRS: usize = 3;

/// Classes with fewer images are not named.
const FEW: u64 = 5;

/// A smaller gap between mean confidence and accuracy counts as none.
const CLOSE: f64 = 0.02;

/// The findings of a report.
pub fn findings(report: &Report) -> Vec<String> {
    [against_guessing(report), best_and_worst(report), confusions(report)].into_iter().flatten().collect()
}

fn against_guessing(report: &Report) -> Option<String> {
    let commonest = report.classes.iter().max_by_key(|class| class.support)?;
    let class = Expression::ALL.into_iter().find(|class| class.name() == commonest.name)?;
    (report.samples > 0 && commonest.support < report.samples).then(|| {
        words::finding_right(
            report.confusion_matrix.right() as usize,
            report.samples as usize,
            inline(class),
            &share(commonest.support as f64 / report.samples as f64),
        )
    })
}

fn best_and_worst(report: &Report) -> Option<String> {
    let mut recalls: Vec<(Expression, f64)> = Expression::ALL
        .into_iter()
        .map(|class| (class, report.confusion_matrix.class(class)))
        .filter(|(_, scores)| scores.support >= FEW)
        .map(|(class, scores)| (class, scores.recall))
        .collect();
    sort_short(&mut recalls, |a, b| b.1.total_cmp(&a.1));
    let [(best, most), .., (worst, least)] = recalls.as_slice() else { return None };
    (most > least).then(|| words::finding_best(inline(*best), &share(*most), inline(*worst), &share(*least)))
}

/// The most frequent confusions: the largest off-diagonal cells as shares of their rows.
fn confusions(report: &Report) -> Option<String> {
    let matrix = &report.confusion_matrix;
    let mut pairs: Vec<(Expression, Expression, f64)> = Vec::new();
    for actual in Expression::ALL.into_iter().filter(|&class| matrix.class(class).support >= FEW) {
        let others = Expression::ALL.into_iter().filter(|&predicted| predicted != actual);
        pairs.extend(others.map(|predicted| (actual, predicted, matrix.share_of_row(actual, predicted))));
    }
    pairs.retain(|(.., share)| *share > 0.0);
    sort_short(&mut pairs, |a, b| b.2.total_cmp(&a.2));
    let told: Vec<String> = pairs
        .into_iter()
        .take(PAIRS)
        .map(|(actual, predicted, part)| format!("{} → {} {}", inline(actual), inline(predicted), share(part)))
        .collect();
    (!told.is_empty()).then(|| words::finding_confused(&told.join(", ")))
}

/// If the labels look reordered: which classes fit; what to do, which may be empty; and the order that fits. The notes are those
/// about the dataset's file.
pub fn reordered(report: &Report, notes: &[LoadNote]) -> Option<(String, String, Option<LabelOrder>)> {
    let found = Reordering::find(&report.confusion_matrix)?;
    let moved = found.moved().map(|(label, fitting)| format!("{} → {}", inline(label), inline(fitting)));
    let moved = moved.collect::<Vec<_>>().join(", ");
    let what = words::reordered(&share(found.accuracy), &share(found.fitting_accuracy), &moved);
    let order = found.order(notes);
    let remedy = order.as_ref().map(|order| words::reordered_order(order_title(order)));
    Some((what, remedy.unwrap_or_default(), order))
}

/// The label of the button that reads the dataset again in an order.
pub fn order_read_again(order: &LabelOrder) -> String {
    words::reordered_read_again(order_title(order))
}

/// Whether the mean confidence matches the accuracy. Gaps within the bins may cancel out: the calibration error tells.
pub fn calibration(report: &Report) -> String {
    let images: f64 = report.calibration.iter().map(|bin| bin.count as f64).sum();
    let confidence =
        report.calibration.iter().map(|bin| bin.count as f64 * bin.confidence).sum::<f64>() / images.max(1.0);
    let gap = confidence - report.accuracy;
    let verdict = if gap.abs() < CLOSE {
        words::CALIBRATION_CLOSE
    } else if gap > 0.0 {
        words::CALIBRATION_OVER
    } else {
        words::CALIBRATION_UNDER
    };
    words::calibration_verdict(verdict, &share(confidence), &share(report.accuracy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{evaluation, predictions};

    /// A report on images given by count, label, predicted class and confidence.
    fn report(cells: &[(usize, Expression, Expression, f32)]) -> Report {
        let images = cells.iter().flat_map(|&(count, label, predicted, probability)| {
            std::iter::repeat_n((label, predicted, probability), count)
        });
        let all: Vec<_> = images.enumerate().map(|(index, (a, b, p))| (index as u32, a, b, p)).collect();
        evaluation(&predictions(&all)).report
    }

    #[test]
    fn no_images_find_nothing() {
        assert!(findings(&report(&[])).is_empty());
        assert!(!calibration(&report(&[])).is_empty());
    }

    #[test]
    fn one_class_alone_is_not_compared_with_guessing() {
        let happy = report(&[(10, Expression::Happy, Expression::Happy, 0.9)]);
        assert!(findings(&happy).is_empty(), "{:?}", findings(&happy));
    }

    #[test]
    fn best_worst_and_most_confused_classes_are_named() {
        let found = findings(&report(&[
            (9, Expression::Happy, Expression::Happy, 0.9),
            (1, Expression::Happy, Expression::Sad, 0.9),
            (2, Expression::Sad, Expression::Sad, 0.9),
            (8, Expression::Sad, Expression::Neutral, 0.9),
            (4, Expression::Fear, Expression::Angry, 0.9),
        ]));
        let [guessing, best, confused] = found.as_slice() else { panic!("{found:?}") };
        assert!(guessing.contains("11") && guessing.contains("24"), "{guessing}");
        assert!(
            best.contains("happy") && best.contains("90.0%") && best.contains("sad") && best.contains("20.0%"),
            "{best}"
        );
        assert!(confused.contains("sad → neutral 80.0%, happy → sad 10.0%"), "{confused}");
        assert!(!confused.contains("fear"), "too few images to name it");
    }

    #[test]
    fn labels_that_look_reordered_are_reported_with_the_order_that_fits() {
        let of = |order: &[Expression]| {
            let cells: Vec<_> = Expression::ALL
                .into_iter()
                .zip(order)
                .flat_map(|(label, &fitting)| [(9, label, fitting, 0.9), (1, label, label, 0.9)])
                .collect();
            reordered(&report(&cells), &[])
        };
        use Expression::{Angry, Disgust, Fear, Happy, Neutral, Sad, Surprise};
        assert_eq!(of(&Expression::ALL), None);
        let (what, remedy, order) = of(&[Angry, Disgust, Fear, Happy, Neutral, Sad, Surprise]).unwrap();
        assert!(what.contains("95.7% rather than 61.4%"), "{what}");
        assert!(what.ends_with("sad → neutral, surprise → sad, neutral → surprise."), "{what}");
        assert!(remedy.ends_with("The order that fits: alphabetical."), "{remedy}");
        assert_eq!(order, Some(LabelOrder::Alphabetical));
        let (_, remedy, order) = of(&[Happy, Disgust, Fear, Angry, Sad, Surprise, Neutral]).unwrap();
        assert_eq!((remedy.as_str(), order), ("", None));
    }

    #[test]
    fn confidence_is_compared_with_accuracy() {
        let half_right = |confidence| {
            report(&[
                (50, Expression::Happy, Expression::Happy, confidence),
                (50, Expression::Sad, Expression::Happy, confidence),
            ])
        };
        assert!(calibration(&half_right(0.95)).contains(words::CALIBRATION_OVER.text()));
        assert!(calibration(&half_right(0.51)).contains(words::CALIBRATION_CLOSE.text()));
        assert!(calibration(&half_right(0.3)).contains(words::CALIBRATION_UNDER.text()));
    }
}
