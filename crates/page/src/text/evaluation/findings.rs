//! What one sees in a result, in sentences.

use super::share;
use crate::language::messages::evaluation as words;
use crate::sort::sort_short;
use crate::text::inline;
use mien_core::evaluation::Report;
use mien_core::expression::Expression;

/// So many pairs of classes are named.
const PAIRS: usize = 3;

/// A class with fewer images says too little of its own to be named.
const FEW: u64 = 5;

/// A difference of confidence and accuracy below this is not worth a word.
const CLOSE: f64 = 0.02;

/// What there is to see in the matrix.
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

/// The largest shares of a row beside the diagonal.
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

/// Whether the network is as right as it is sure.
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
