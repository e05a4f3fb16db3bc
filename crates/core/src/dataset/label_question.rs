//! The question about the order of integer labels.

use mien_message::{Forms, Message, ToArgument, ToMessage};
use serde::{Deserialize, Serialize};

use super::label_order::LabelOrder;
use super::rejection::Location;
use crate::expression::Expression;

/// The question about a file with integer labels: which class does each number mean?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelQuestion {
    /// The numbers that occur, in ascending order.
    pub numbers: Vec<NumberedSamples>,
    /// What they mean in each order with a name.
    pub readings: Vec<Reading>,
    /// The order that was chosen and does not fit.
    pub refused: Option<LabelOrder>,
    /// Whether there are more numbers, too many to be those of classes.
    pub has_more: bool,
}

/// What the numbers mean in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The order.
    pub order: LabelOrder,
    /// The class of each number of the question; `None` for an unknown label, or one that the order does not have.
    pub classes: Vec<Option<Expression>>,
    /// Whether the numbers allow the order.
    pub fits: bool,
}

/// The samples of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedSamples {
    /// The number.
    pub number: u32,
    /// How many samples have it.
    pub count: usize,
    /// The first of them, at most four.
    pub examples: Vec<Example>,
}

/// A sample, to see which class its number means.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its line or path in the file.
    pub location: Location,
    /// 48×48 grey bytes, row by row.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
}

impl std::fmt::Debug for Example {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Example({})", self.location)
    }
}

impl LabelQuestion {
    /// The orders with a name that the numbers allow.
    pub fn orders(&self) -> impl Iterator<Item = &LabelOrder> {
        self.readings.iter().filter(|reading| reading.fits).map(|reading| &reading.order)
    }

    /// The numbers as text: `0 to 6` or `1, 3, 4`.
    fn listed(&self) -> String {
        let numbers: Vec<u32> = self.numbers.iter().map(|each| each.number).collect();
        match numbers[..] {
            [first, .., last] if numbers.len() > 2 && (last - first) as usize == numbers.len() - 1 => {
                format!("{first}–{last}")
            }
            _ => numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
        }
    }
}

impl std::fmt::Display for LabelQuestion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbers = self.listed();
        match &self.refused {
            Some(LabelOrder::Own(_)) => {
                write!(formatter, "the labels ({numbers}) do not fit the order given")
            }
            Some(order) => write!(formatter, "the labels ({numbers}) do not fit the order {order}"),
            None => write!(
                formatter,
                "the labels are integers ({numbers}), which datasets assign to the classes in different orders: name the folders, \
                 or the labels of the table, by class (`happy` rather than `3`)"
            ),
        }
    }
}

impl std::error::Error for LabelQuestion {}

impl ToMessage for LabelQuestion {
    fn message(&self) -> Message {
        let numbers = ("numbers", self.listed().argument());
        match &self.refused {
            Some(LabelOrder::Own(_)) => Message::new("label-question/refused-custom", [numbers], self.to_string()),
            Some(order) => {
                Message::new("label-question/refused", [numbers, ("order", order.title().argument())], self.to_string())
            }
            None => Message::new("label-question/unknown", [numbers], self.to_string()),
        }
    }

    fn forms(forms: &mut Forms) {
        forms.insert("label-question/refused", vec!["numbers", "order"]);
        forms.insert("label-question/refused-custom", vec!["numbers"]);
        forms.insert("label-question/unknown", vec!["numbers"]);
    }
}
