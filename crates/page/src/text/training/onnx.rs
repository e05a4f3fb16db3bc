//! Texts about an ONNX model that is being opened.

use super::library::{exact, parameters};
use crate::format::fixed;
use crate::language::messages::{DECIMAL, joined};
use crate::language::number::localized;
use crate::language::{Text, say};
use crate::state::onnx_list;
use crate::text::dataset::{class_or_none, sentence};
use mien_core::expression::Expression;
use mien_core::network::{OnnxFacts, OnnxScalingFault, OnnxStatement};
use mien_protocol::Message;

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
pub const fn scaling_fault(fault: OnnxScalingFault) -> Text {
    match fault {
        OnnxScalingFault::NoNumbers => NO_NUMBERS,
        OnnxScalingFault::NoNumber => NO_NUMBER,
        OnnxScalingFault::OneChannel => ONE_CHANNEL,
        OnnxScalingFault::OutOfRange => OUT_OF_RANGE,
        OnnxScalingFault::TooSmall => TOO_SMALL,
    }
}

/// One number or three as they are stated, as they are written in the current language; a text that is neither as it is.
pub fn numbers(stated: &str) -> String {
    if onnx_list(stated).is_empty() {
        return stated.to_owned();
    }
    let add = |list: String, number: String| {
        if &*DECIMAL == "," { joined(&list, &number) } else { format!("{list}, {number}") }
    };
    stated.split(',').map(|number| localized(number.trim())).reduce(add).unwrap_or_default()
}

/// Why a model is refused, in sentences.
pub fn refusal(reason: &Message) -> String {
    refused(&sentence(&say(reason)))
}

/// What is wrong with a list of classes, if that is why a model is refused.
pub fn list_fault(reason: &Message) -> Option<String> {
    match reason.id() {
        // its own words are for the command line
        "onnx/order" => Some(NO_CLASSES.into()),
        "onnx/classes" | "onnx/eighth-class" | "onnx/missing-classes" | "onnx/unknown-class" | "onnx/twice" => {
            Some(format!("{}.", sentence(&say(reason))))
        }
        _ => None,
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
    use crate::language::speak;
    use crate::state::onnx_numbers;
    use crate::text::tests::assert_distinct;

    #[test]
    fn the_sizes_are_said() {
        assert!(sides().contains("16") && sides().contains("512"), "{}", sides());
        use OnnxScalingFault::{NoNumber, NoNumbers, OneChannel, OutOfRange, TooSmall};
        assert_distinct([NoNumbers, NoNumber, OneChannel, OutOfRange, TooSmall].map(scaling_fault));
    }

    #[test]
    fn what_is_wrong_with_a_list_is_said_at_its_field() {
        let reason = |id: &'static str| Message::new(id, [], "the class is `x`: no".to_owned());
        for id in ["onnx/classes", "onnx/eighth-class", "onnx/missing-classes", "onnx/unknown-class", "onnx/twice"] {
            assert_eq!(list_fault(&reason(id)).as_deref(), Some("The class is “x”: no."), "{id}");
        }
        assert_eq!(list_fault(&reason("onnx/order")).as_deref(), Some(NO_CLASSES.text()));
        assert_eq!(list_fault(&reason("onnx/size")), None);
        assert_eq!(refusal(&reason("onnx/size")), "This does not fit. The class is “x”: no.");
    }

    #[test]
    fn numbers_are_written_as_in_the_language_and_read_again() {
        let written =
            [("de", "−0,5", "0,5; 0,4; 1"), ("fr", "−0,5", "0,5\u{a0}; 0,4\u{a0}; 1"), ("en", "−0.5", "0.5, 0.4, 1")];
        for (tag, one, three) in written {
            speak(tag);
            for (stated, written) in [("-0.5", one), ("0.5,0.4,1", three)] {
                assert_eq!((numbers(stated), onnx_numbers(written)), (written.to_owned(), stated.to_owned()), "{tag}");
            }
            // what is neither is shown as it is
            assert_eq!(["", "1;2", "1.5.5", "a.b"].map(numbers), ["", "1;2", "1.5.5", "a.b"]);
        }
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
