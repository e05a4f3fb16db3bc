//! The timeline as files: `docs/timeline.md` describes them.

use std::fmt::Write;

use super::analysis::Analysis;
use super::record::{Marker, Source, Timeline};
use super::sampling::Rate;
use super::summary::FaceSummary;
use super::tally::Row;
use crate::dataset::quoted;
use crate::expression::Expression;
use crate::number::{fixed, json_string as string, plain};

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
    /// their names. If a video was analysed, two more say by which network, and which frames.
    pub fn to_csv(&self) -> String {
        let marked = self.sources().iter().any(|source| !source.markers().is_empty());
        let analysed = self.sources().iter().any(|source| source.analysis().is_some());
        let mut csv = String::from("time_ms,face,expression");
        for expression in Expression::ALL {
            csv.push(',');
            csv.push_str(expression.name());
        }
        csv.push_str(if marked { ",clear,file,marker" } else { ",clear,file" });
        csv.push_str(if analysed { ",network,frames_per_second\n" } else { "\n" });
        // Writing to a string cannot fail.
        for source in self.sources() {
            let file = quoted(&source.name);
            let end = match source.analysis() {
                Some(Analysis { network, rate, .. }) => format!(",{},{}\n", quoted(network), rate.name()),
                None if analysed => ",,\n".to_owned(),
                None => "\n".to_owned(),
            };
            for line in source.lines() {
                match line {
                    Line::Row(row) => {
                        write!(csv, "{},{},{}", row.time, row.face, row.top).ok();
                        for share in row.shares {
                            write!(csv, ",{}", decimals(share)).ok();
                        }
                        write!(csv, ",{},{file}", row.clear).ok();
                        csv.push_str(if marked { "," } else { "" });
                    }
                    Line::Marker(Marker { time, name }) => {
                        write!(csv, "{time},,,,,,,,,,,{file},{}", quoted(name)).ok();
                    }
                }
                csv.push_str(&end);
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
            json.push(']');
            if let Some(analysis) = source.analysis() {
                json += &analysis.to_json(source.joins());
            }
            let faces: Vec<String> = source.face_summaries().iter().map(FaceSummary::to_json).collect();
            write!(json, ",\"faces\":[{}],\"rows\":[", faces.join(",")).ok();
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

impl Analysis {
    /// The entries of the analysis, and the tracks that were joined.
    fn to_json(&self, joins: &[(u32, u32)]) -> String {
        let rate = match self.rate {
            Rate::Every => "\"every\"".to_owned(),
            Rate::PerSecond(_) => self.rate.name(),
        };
        let joins: Vec<String> = joins.iter().map(|(from, into)| format!("[{from},{into}]")).collect();
        format!(
            ",\"analysis\":{{\"program\":\"mien {}\",\"network\":{},\"test_time_augmentation\":\"{}\",\
             \"frames_per_second\":{rate},\"frames\":{},\"complete\":{}}},\"joins\":[{}]",
            env!("CARGO_PKG_VERSION"),
            string(&self.network),
            self.augmentation,
            self.frames,
            self.complete,
            joins.join(",")
        )
    }
}

impl FaceSummary {
    fn to_json(&self) -> String {
        let list = |values: &[f64]| values.iter().map(|value| fixed(*value, 4)).collect::<Vec<_>>().join(",");
        let tracks: Vec<String> = self.tracks.iter().map(ToString::to_string).collect();
        let changes = self.changes_per_minute().map_or_else(|| "null".to_owned(), |changes| plain(changes, 2));
        let [shares @ .., unsure] = self.shares;
        format!(
            "\n{{\"face\":{},\"tracks\":[{}],\"first_ms\":{},\"last_ms\":{},\"frames\":{},\"seconds\":{},\"shares\":[{}],\
             \"not_sure\":{},\"mean_probabilities\":[{}],\"changes\":{},\"changes_per_minute\":{changes}}}",
            self.face,
            tracks.join(","),
            self.first,
            self.last,
            self.frames,
            plain(self.seconds, 3),
            list(&shares),
            fixed(unsure, 4),
            list(&self.means),
            self.changes
        )
    }
}
