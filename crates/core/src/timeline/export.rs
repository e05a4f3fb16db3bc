//! The timeline as files: `docs/timeline.md` describes them.

use std::fmt::Write;

use super::record::{Marker, Source, Timeline};
use super::tally::Row;
use crate::dataset::quoted;
use crate::expression::Expression;
use crate::number::{fixed, json_string as string};

/// The version of the JSON file's format.
const VERSION: u32 = 1;

/// A row of a file.
enum Line<'a> {
    Row(&'a Row),
    Marker(&'a Marker),
}

impl Source {
    /// The rows and markers by time; a marker comes before the rows of its time.
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let (mut rows, mut markers) = (self.rows().iter().peekable(), self.markers().iter().peekable());
        std::iter::from_fn(move || match (rows.peek(), markers.peek()) {
            (Some(row), Some(marker)) if row.time < marker.time => rows.next().map(Line::Row),
            (_, Some(_)) => markers.next().map(Line::Marker),
            (_, None) => rows.next().map(Line::Row),
        })
    }
}

/// The four decimals of a probability.
fn decimals(share: u16) -> String {
    fixed(f64::from(share) / 10_000.0, 4)
}

impl Timeline {
    /// One row for each face in each frame as CSV. If there are markers, each is a row without a face, and a last column has
    /// their names.
    pub fn to_csv(&self) -> String {
        let marked = self.sources().iter().any(|source| !source.markers().is_empty());
        let mut csv = String::from("time_ms,face,expression");
        for expression in Expression::ALL {
            csv.push(',');
            csv.push_str(expression.name());
        }
        csv.push_str(if marked { ",clear,file,marker\n" } else { ",clear,file\n" });
        // Writing to a string cannot fail.
        for source in self.sources() {
            let file = quoted(&source.name);
            for line in source.lines() {
                match line {
                    Line::Row(row) => {
                        write!(csv, "{},{},{}", row.time, row.face, row.top).ok();
                        for share in row.shares {
                            write!(csv, ",{}", decimals(share)).ok();
                        }
                        write!(csv, ",{},{file}", row.clear).ok();
                        csv.push_str(if marked { ",\n" } else { "\n" });
                    }
                    Line::Marker(Marker { time, name }) => {
                        writeln!(csv, "{time},,,,,,,,,,,{file},{}", quoted(name)).ok();
                    }
                }
            }
        }
        csv
    }

    /// The same as JSON, by source, with the names of the classes and of the `network` that is active now.
    pub fn to_json(&self, network: &str) -> String {
        let classes: Vec<String> = Expression::ALL.iter().map(|class| string(class.name())).collect();
        let mut json = format!(
            "{{\"version\":{VERSION},\"network\":{},\"classes\":[{}],\"sources\":[",
            string(network),
            classes.join(",")
        );
        for (index, source) in self.sources().iter().enumerate() {
            json.push_str(if index == 0 { "\n" } else { ",\n" });
            let file = if source.name.is_empty() { "null".to_owned() } else { string(&source.name) };
            write!(json, "{{\"file\":{file},\"markers\":[").ok();
            for (index, Marker { time, name }) in source.markers().iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(json, "{comma}{{\"time_ms\":{time},\"name\":{}}}", string(name)).ok();
            }
            json.push_str("],\"rows\":[");
            for (index, row) in source.rows().iter().enumerate() {
                json.push_str(if index == 0 { "\n" } else { ",\n" });
                let shares = row.shares.map(decimals).join(",");
                let Row { time, face, top, clear, .. } = row;
                write!(
                    json,
                    "{{\"time_ms\":{time},\"face\":{face},\"expression\":\"{top}\",\"clear\":{clear},\"probabilities\":[{shares}]}}"
                )
                .ok();
            }
            json.push_str("]}");
        }
        json.push_str("]}\n");
        json
    }
}
