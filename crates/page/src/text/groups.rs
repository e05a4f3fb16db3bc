//! Texts about groups of people.

use super::dataset::remark;
use super::expression;
use crate::format::{fixed, share};
use crate::language::messages::groups as texts;
use mien_core::dataset::{Binning, Remark};
use mien_core::evaluation::{ClassGap, FEWEST_IMAGES, Gaps, GroupScores};
use mien_core::expression::Expression;

pub use crate::language::messages::groups::*;

/// What stands for a value.
pub fn value(value: &str) -> String {
    if value.is_empty() { BLANK.into() } else { value.to_owned() }
}

/// The column of a class's recall.
pub fn recall(class: Expression) -> String {
    class_recall(expression(class))
}

/// How many images a recall is of.
pub fn support(images: u64) -> String {
    of_images(images as usize)
}

/// The interval of a group's accuracy, or that it says too little.
pub fn interval(group: &GroupScores) -> String {
    let [low, high] = group.accuracy_interval.unwrap_or_default().map(share);
    if group.samples < FEWEST_IMAGES { small_range(&low, &high) } else { range(&low, &high) }
}

/// The gap in accuracy in words.
pub fn difference(gaps: &Gaps) -> String {
    let verdict = if gaps.p_value < 0.05 { SIGNIFICANT } else { NOT_SIGNIFICANT };
    let ratio = gaps.accuracy_ratio.map_or_else(|| "–".to_owned(), |ratio| fixed(ratio, 3));
    gap(
        &gaps.lowest,
        &gaps.highest,
        &fixed(gaps.accuracy_difference * 100.0, 1),
        &ratio,
        verdict,
        gaps.permutations as usize,
        &format!("p = {}", fixed(gaps.p_value, 4)),
    )
}

/// The equalised-odds difference.
pub fn odds(gaps: &Gaps) -> String {
    let value = gaps.equalised_odds_difference.map_or_else(|| "–".to_owned(), |value| fixed(value, 3));
    texts::odds(&value)
}

/// The gaps of a class.
pub fn class_gap(class: Expression, gap: &ClassGap) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| TOO_FEW.into(), |value| fixed(value, 3));
    texts::class_gap(
        expression(class),
        &number(gap.recall_difference),
        &number(gap.false_positive_rate_difference),
        &number(gap.equalised_odds_difference),
    )
}

/// A choice of bins.
pub fn binning(binning: Binning) -> String {
    match binning {
        Binning::Quantiles(bins) => bins_of_size(bins),
        Binning::Width(bins) => bins_of_width(bins),
    }
}

/// Columns of the file that are no groups, and why.
pub fn dropped(remarks: &[Remark]) -> Vec<String> {
    remarks.iter().filter(|each| matches!(each, Remark::GroupDropped { .. })).map(remark).collect()
}
