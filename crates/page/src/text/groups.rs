//! Texts about groups of people.

use super::dataset::note;
use super::expression;
use crate::format::{fixed, share};
use crate::language::messages::groups as texts;
use mien_core::dataset::{Binning, LoadNote};
use mien_core::evaluation::{ClassGap, Gaps, GroupScores, MIN_IMAGES};
use mien_core::expression::Expression;

pub use crate::language::messages::groups::*;

/// The name of a group: that of a bin with a dash, which all languages know, and a placeholder for the blank value.
pub fn value(value: &str) -> String {
    let is_digit = |character: char| character.is_ascii_digit();
    match value.split_once(" to ") {
        Some((low, high)) if low.ends_with(is_digit) && high.starts_with(is_digit) => [low, "–", high].concat(),
        _ if value.is_empty() => BLANK.into(),
        _ => value.to_owned(),
    }
}

/// The column header of a class's recall.
pub fn recall(class: Expression) -> String {
    class_recall(expression(class))
}

/// The number of images that a recall is based on.
pub fn support(images: u64) -> String {
    of_images(images as usize)
}

/// The confidence interval of a group's accuracy, or a note that the group is too small.
pub fn interval(group: &GroupScores) -> String {
    let [low, high] = group.accuracy_interval.unwrap_or_default().map(share);
    if group.samples < MIN_IMAGES { small_range(&low, &high) } else { range(&low, &high) }
}

/// The gap in accuracy as a sentence.
pub fn difference(gaps: &Gaps) -> String {
    let verdict = if gaps.p_value < 0.05 { SIGNIFICANT } else { NOT_SIGNIFICANT };
    let ratio = gaps.accuracy_ratio.map_or_else(|| "–".to_owned(), |ratio| fixed(ratio, 3));
    gap(
        &value(&gaps.lowest),
        &value(&gaps.highest),
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

/// The columns of the file that were ignored as groups, and why.
pub fn dropped(notes: &[LoadNote]) -> Vec<String> {
    notes.iter().filter(|each| matches!(each, LoadNote::ColumnIgnored { .. })).map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(p_value: f64, ratio: Option<f64>) -> Gaps {
        Gaps {
            lowest: "old".into(),
            highest: "young".into(),
            accuracy_difference: 0.123,
            accuracy_ratio: ratio,
            equalised_odds_difference: None,
            classes: Vec::new(),
            p_value,
            permutations: 1_000,
        }
    }

    #[test]
    fn a_gap_is_significant_below_five_percent() {
        let said = difference(&gaps(0.049, Some(0.8)));
        assert!(
            said.contains(SIGNIFICANT.text()) && said.contains("12.3 points") && said.contains("ratio 0.800"),
            "{said}"
        );
        assert!(said.contains("1,000 permutations") && said.contains("p = 0.0490"), "{said}");
        assert!(difference(&gaps(0.05, None)).contains(NOT_SIGNIFICANT.text()));
        assert!(difference(&gaps(0.05, None)).contains("ratio –"));
        assert!(odds(&gaps(1.0, None)).contains('–'));
    }

    #[test]
    fn small_groups_say_so() {
        let group = |samples| GroupScores {
            value: String::new(),
            samples,
            compared: false,
            accuracy: 0.5,
            accuracy_interval: Some([0.25, 0.75]),
            macro_f1: 0.5,
            recalls: Vec::new(),
            supports: Vec::new(),
        };
        assert_eq!(interval(&group(MIN_IMAGES)), "25.0% to 75.0%");
        assert_eq!(interval(&group(MIN_IMAGES - 1)), "25.0% to 75.0%, too few images");
        assert_eq!((value(""), value("old")), ("(blank)".into(), "old".into()));
        assert_eq!(["26 to 35", "0.5 to 3.25"].map(value), ["26–35", "0.5–3.25"]);
        assert_eq!(["-3 to -1", "close to home"].map(value), ["-3 to -1", "close to home"]);
    }

    #[test]
    fn undefined_gaps_of_a_class_are_reported() {
        let gap = ClassGap {
            name: "fear".into(),
            recall_difference: Some(0.25),
            false_positive_rate_difference: None,
            equalised_odds_difference: None,
        };
        let said = class_gap(Expression::Fear, &gap);
        assert!(said.starts_with("Fear: recall 0.250") && said.matches(TOO_FEW.text()).count() == 2, "{said}");
    }

    #[test]
    fn bins_and_columns_are_described() {
        assert_eq!(binning(Binning::Quantiles(4)), "4 groups of equal size");
        assert_eq!(binning(Binning::Width(3)), "3 groups of equal width");
        assert_eq!((recall(Expression::Fear), support(1)), ("Recall: Fear".into(), "of 1 image".into()));
        let fault = mien_core::dataset::GroupFault::Values;
        let notes = [LoadNote::NoSplit(3), LoadNote::ColumnIgnored { name: "id".into(), fault }];
        assert_eq!(dropped(&notes).len(), 1, "of the notes only those about columns");
    }
}
