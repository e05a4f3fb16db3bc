//! Texts about an ONNX model that is being opened.

use super::library::{exact, parameters};
use crate::format::fixed;
use crate::text::dataset::class_or_none;
use mien_core::expression::Expression;
use mien_core::network::OnnxFacts;

pub use crate::language::messages::training::onnx::*;
pub use crate::text::dataset::order_title;

/// What a file says.
pub fn facts(facts: &OnnxFacts) -> String {
    let channels = facts.channels.map(|channels| String::from(if channels == 1 { GREY } else { COLOUR }));
    let parts =
        [facts.side.map(size), channels, facts.outputs.map(class_count), Some(parameters(&exact(facts.parameters)))];
    let text = Some(facts.text.clone()).filter(|text| !text.is_empty());
    parts.into_iter().chain([text]).flatten().collect::<Vec<_>>().join(" · ")
}

/// The lowest and the highest value.
pub fn values((low, high): (f32, f32)) -> String {
    range(&fixed(f64::from(low), 2), &fixed(f64::from(high), 2))
}

/// The classes of the outputs in their order.
pub fn order(classes: &[Option<Expression>]) -> String {
    let names: Vec<_> = classes.iter().map(|class| String::from(class_or_none(*class))).collect();
    in_order(&names.join(", "))
}
