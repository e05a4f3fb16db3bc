//! Texts of the timeline's plot.

use super::{NOT_SURE, expression, face, labelled};
use crate::format::{clock, percent};
use crate::language::Text;
use mien_core::expression::Expression;
use mien_core::timeline::{Column, Row};

pub use super::training::run::{RANGE, RANGE_ALL, RANGE_CLOSER, RANGE_EARLIER, RANGE_LATER, RANGE_WIDER};
pub use crate::language::messages::timeline::*;

/// A class that is named, or "not sure".
pub fn named(class: Option<Expression>) -> Text {
    class.map_or(NOT_SURE, expression)
}

/// A time, and the faces of its frame with the probability of the class that is named.
pub fn reading(seconds: f64, rows: &[Row]) -> String {
    let mut text = clock(seconds);
    for row in rows {
        let mut named = named(row.named()).text().to_owned();
        if row.clear {
            named += &format!(" {}", percent(row.probability(row.top)));
        }
        text += &format!(" · {}", labelled(&face(row.face), &named));
    }
    if rows.is_empty() {
        text += &format!(" · {NOTHING}");
    }
    text
}

/// The cells of the table for a face in a part of the timeline: time, face, class, mean probability of the class.
pub fn cells(milliseconds: f64, id: u32, column: &Column) -> [String; 4] {
    let share = column.named.map(|class| percent(column.mean[class.index()]));
    [clock(milliseconds / 1000.0), face(id), named(column.named).into(), share.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::distribution;

    #[test]
    fn a_reading_names_each_face_or_says_that_there_is_none() {
        let row = |id, share, clear| Row::new(65_000, id, &distribution(Expression::Happy, share), clear);
        let rows = [row(1, 0.9, true), row(2, 0.4, false)];
        assert_eq!(reading(65.0, &rows), "1:05 · Face 1: Happy 90% · Face 2: Not sure");
        assert_eq!(reading(65.0, &[]), "1:05 · no face recorded here");
        assert_eq!(cells(65_000.0, 2, &rows[0].column()), ["1:05", "Face 2", "Happy", "90%"]);
        assert_eq!(cells(65_000.0, 2, &rows[1].column()), ["1:05", "Face 2", "Not sure", ""]);
    }
}
