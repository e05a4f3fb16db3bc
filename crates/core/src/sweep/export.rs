//! The curves as files: `docs/face-model.md` describes them.

use std::fmt::Write;

use super::{Curve, GroupSummary, Step, Summary, Sweep, Threshold, Wanted};
use crate::expression::{Distribution, Expression};
use crate::number::{fixed, json_string, plain};

/// The version of the JSON file's format.
const VERSION: u32 = 1;

/// What was done, for the files.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// The name of what changes.
    pub axis: &'a str,
    /// The name of the network.
    pub network: &'a str,
    /// The kind of the groups; empty without groups.
    pub grouped_by: &'a str,
    /// The names of all settings, and their values where they do not change.
    pub settings: &'a [(&'a str, f32)],
}

fn value(value: f32) -> String {
    plain(f64::from(value), 4)
}

/// The means as CSV: a row for each group and value. The rows of all curves together have an empty group.
pub fn to_csv(summary: &Summary, axis: &str) -> String {
    let mut csv = format!("group,{axis},found,not_found");
    Expression::ALL.iter().for_each(|class| csv += &format!(",{class}"));
    csv += &format!(",named_{}\n", summary.class);
    for part in summary.parts() {
        for (step, at) in part.steps.iter().zip(&summary.values) {
            // writing to a string cannot fail
            write!(csv, "{},{},{},{}", part.name, value(*at), step.found, step.not_found).ok();
            for mean in step.means {
                // without a face there is no mean
                let mean = if step.found > 0 { fixed(f64::from(mean), 4) } else { String::new() };
                write!(csv, ",{mean}").ok();
            }
            writeln!(csv, ",{}", step.named).ok();
        }
    }
    csv
}

fn optional(at: Option<f32>) -> String {
    at.map_or_else(|| "null".to_owned(), value)
}

/// What was done as the entries of a JSON object: the network, what changes and its values, and all other settings.
#[inline(never)] // it is used twice
fn head(summary: &Summary, description: &Description<'_>) -> String {
    let Description { axis, network, grouped_by, settings } = description;
    let list = |values: &[f32]| values.iter().map(|at| value(*at)).collect::<Vec<_>>().join(",");
    let classes = Expression::ALL.map(|class| format!("\"{class}\"")).join(",");
    let settings = settings.iter().map(|(name, at)| format!("\"{name}\":{}", value(*at))).collect::<Vec<_>>().join(",");
    format!(
        "\"version\":{VERSION},\"network\":{},\"axis\":\"{axis}\",\"class\":\"{}\",\"until\":{},\"grouped_by\":\"{grouped_by}\",\n\
         \"identities\":{},\"not_found\":{},\"settings\":{{{settings}}},\n\"classes\":[{classes}],\n\"values\":[{}]",
        json_string(network),
        summary.class,
        summary.until,
        summary.identities,
        summary.not_found(),
        list(&summary.values),
    )
}

/// What was done as JSON: all of [`to_json`] but groups and curves.
pub fn to_metadata(summary: &Summary, description: &Description<'_>) -> String {
    format!("{{{}}}", head(summary, description))
}

/// Means, thresholds, and the threshold of each curve as JSON.
pub fn to_json(sweep: &Sweep, summary: &Summary, description: &Description<'_>) -> String {
    let mut json = format!("{{{},\n\"groups\":[", head(summary, description));
    for (index, part) in summary.parts().enumerate() {
        json.push_str(if index == 0 { "\n" } else { ",\n" });
        json.push_str(&group(part));
    }
    json.push_str("],\n\"curves\":[");
    for (index, curve) in sweep.curves.iter().enumerate() {
        json.push_str(if index == 0 { "\n" } else { ",\n" });
        json.push_str(&of_curve(curve, sweep, summary.wanted()));
    }
    json.push_str("]}\n");
    json
}

fn group(part: &GroupSummary) -> String {
    let Threshold { value: median, interval: [low, high], curves, from_start, never, back, unknown } = &part.threshold;
    let step = |step: &Step| {
        // without a face there is no mean
        let means = if step.found > 0 {
            format!("[{}]", step.means.map(|mean| fixed(f64::from(mean), 4)).join(","))
        } else {
            "null".to_owned()
        };
        format!(
            "\n{{\"found\":{},\"not_found\":{},\"named\":{},\"means\":{means}}}",
            step.found, step.not_found, step.named
        )
    };
    let later = part.later.map_or_else(
        || "null".to_owned(),
        |later| {
            let [low, high] = later.interval.map(value);
            format!("{{\"value\":{},\"interval\":[{low},{high}]}}", value(later.value))
        },
    );
    format!(
        "{{\"name\":\"{}\",\"threshold\":{{\"value\":{},\"interval\":[{},{}],\"curves\":{curves},\"from_start\":{from_start},\
         \"never\":{never},\"back\":{back},\"unknown\":{unknown}}},\"later\":{later},\"steps\":[{}]}}",
        part.name,
        optional(*median),
        optional(*low),
        optional(*high),
        part.steps.iter().map(step).collect::<Vec<_>>().join(","),
    )
}

fn of_curve(curve: &Curve, sweep: &Sweep, wanted: Wanted) -> String {
    let group = sweep.groups.get(curve.group).map_or("", String::as_str);
    let shares = |outcome: &Option<Distribution>| match outcome {
        None => "null".to_owned(),
        Some(prediction) => format!("[{}]", prediction.0.map(|share| fixed(f64::from(share), 4)).join(",")),
    };
    format!(
        "{{\"identity\":{},\"group\":\"{group}\",\"threshold\":{},\"known\":{},\"probabilities\":[{}]}}",
        curve.identity,
        optional(curve.threshold(sweep, wanted)),
        curve.is_known(wanted),
        curve.outcomes.iter().map(shares).collect::<Vec<_>>().join(","),
    )
}
