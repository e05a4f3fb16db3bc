//! Texts about an ONNX model that is being opened.

use super::library::{exact, parameters};
use crate::format::fixed;
use crate::language::Text;
use crate::state::ScalingFault;
use crate::text::dataset::class_or_none;
use mien_core::expression::Expression;
use mien_core::network::{OnnxFacts, OnnxStatement};

pub use crate::language::messages::training::onnx::*;
pub use crate::text::dataset::order_title;

/// The number of characters of a description that are shown.
const MOST_CHARACTERS: usize = 500;

/// What a file says.
pub fn facts(facts: &OnnxFacts) -> String {
    let channels = facts.channels.map(|channels| String::from(if channels == 1 { GREY } else { COLOUR }));
    let parts =
        [facts.side.map(size), channels, facts.outputs.map(class_count), Some(parameters(&exact(facts.parameters)))];
    let text = Some(shortened(&facts.text)).filter(|text| !text.is_empty());
    parts.into_iter().chain([text]).flatten().collect::<Vec<_>>().join(" · ")
}

/// A description, of which only the beginning is shown if it is long.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// Which sizes images may have.
pub fn sides() -> String {
    side_range(*OnnxStatement::SIDES.start(), *OnnxStatement::SIDES.end())
}

/// What is wrong with a mean or a deviation.
pub const fn scaling_fault(fault: ScalingFault) -> Text {
    match fault {
        ScalingFault::NoNumbers => NO_NUMBERS,
        ScalingFault::NotPositive => NOT_POSITIVE,
    }
}

/// The lowest and the highest value.
pub fn values((low, high): (f32, f32)) -> String {
    let shown = |value| fixed(f64::from(value), 2);
    range(&shown(low), &shown(high))
}

/// The classes of the outputs in their order.
pub fn order(classes: &[Option<Expression>]) -> String {
    let names: Vec<_> = classes.iter().map(|class| String::from(class_or_none(*class))).collect();
    in_order(&names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_are_said() {
        assert!(sides().contains("16") && sides().contains("512"), "{}", sides());
        assert_ne!(scaling_fault(ScalingFault::NoNumbers), scaling_fault(ScalingFault::NotPositive));
    }

    #[test]
    fn values_below_zero_have_a_minus_sign() {
        assert_eq!(values((-2.118, 2.64)), "Values from −2.12 to 2.64.");
    }

    #[test]
    fn a_long_description_is_cut() {
        let of = |text: String| facts(&OnnxFacts { text, ..OnnxFacts::default() });
        assert!(of("é".repeat(500)).ends_with(&"é".repeat(500)));
        let cut = of("é".repeat(501));
        assert!(cut.ends_with("é…") && cut.matches('é').count() == 500, "{cut}");
    }
}
