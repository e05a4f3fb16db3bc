//! Texts of the comparison of two runs: differences, and McNemar's test.

use crate::format::fixed;
use crate::language::messages::evaluation::{
    MCNEMAR_CHI_SQUARE, MCNEMAR_EXACT, NOTHING_IN_COMMON, OTHER_SET, VERDICT_CHANCE, VERDICT_FIRST, VERDICT_SAME,
    VERDICT_SECOND, common_images, common_left_out, verdict_counts,
};
use crate::language::number::localized;
use mien_core::evaluation::{Comparison, ComparisonError, McNemarMethod};

/// A difference with its sign.
pub fn difference(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| sign(value >= 0.0005, fixed(value, 3)))
}

/// A count's difference with its sign.
pub fn signed(value: i64) -> String {
    sign(value > 0, localized(&value.to_string()))
}

fn sign(positive: bool, text: String) -> String {
    if positive { format!("+{text}") } else { text }
}

/// McNemar's test in words.
pub fn verdict(comparison: &Comparison) -> String {
    let (first, second) = (comparison.first_right, comparison.second_right);
    if first + second == 0 {
        return VERDICT_SAME.into();
    }
    let p = comparison.mcnemar.p_value;
    let p_words = if p < 1e-4 { format!("p < {}", fixed(1e-4, 4)) } else { format!("p = {}", fixed(p, 4)) };
    let method = match comparison.mcnemar.method {
        McNemarMethod::Exact => MCNEMAR_EXACT,
        McNemarMethod::ChiSquare => MCNEMAR_CHI_SQUARE,
    };
    let conclusion = match () {
        () if p >= 0.05 => VERDICT_CHANCE,
        () if second > first => VERDICT_SECOND,
        () => VERDICT_FIRST,
    };
    verdict_counts(first as usize, second as usize, conclusion, method, &p_words)
}

/// Which images the comparison is based on.
pub fn common(comparison: &Comparison) -> String {
    let mut text = common_images(comparison.common as usize);
    if comparison.only_first + comparison.only_second > 0 {
        text += " ";
        text += &common_left_out(comparison.only_first as usize, comparison.only_second as usize);
    }
    text
}

/// Why two runs cannot be compared.
pub fn incomparable(error: &ComparisonError) -> String {
    match error {
        ComparisonError::NothingInCommon => NOTHING_IN_COMMON.into(),
        ComparisonError::OtherDataset(_) => OTHER_SET.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::predictions;
    use mien_core::expression::Expression;

    #[test]
    fn differences_have_a_sign_unless_they_round_to_nothing() {
        let signs = [0.25, -0.25, 0.0, 0.0004, -0.0004, 0.0005].map(|value| difference(Some(value)));
        assert_eq!(signs, ["+0.250", "−0.250", "0.000", "0.000", "0.000", "+0.001"]);
        assert_eq!([3, -3, 0, i64::MIN].map(signed), ["+3", "−3", "0", "−9223372036854775808"]);
    }

    #[test]
    fn mcnemars_test_names_the_better_run_if_it_is_not_chance() {
        let all = |right: usize| -> Vec<(u32, Expression, Expression, f32)> {
            let predicted = |index| if index < right { Expression::Happy } else { Expression::Sad };
            (0..40).map(|index| (index as u32, Expression::Happy, predicted(index), 0.9)).collect()
        };
        let compare = |first: usize, second: usize| {
            let [first, second] = [first, second].map(|right| predictions(&all(right)));
            Comparison::new((&first, Default::default()), (&second, Default::default())).unwrap()
        };
        assert_eq!(verdict(&compare(20, 20)), VERDICT_SAME.text());
        assert!(verdict(&compare(20, 21)).contains(VERDICT_CHANCE.text()));
        assert!(
            verdict(&compare(0, 40)).contains(VERDICT_SECOND.text()) && verdict(&compare(0, 40)).contains("p < 0.0001")
        );
        assert!(verdict(&compare(40, 0)).contains(VERDICT_FIRST.text()));
        assert_eq!(common(&compare(20, 20)), common_images(40_usize));
    }

    #[test]
    fn it_is_said_why_two_runs_cannot_be_compared() {
        assert_ne!(incomparable(&ComparisonError::NothingInCommon), incomparable(&ComparisonError::OtherDataset(1)));
    }
}
