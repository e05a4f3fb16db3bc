//! The charts of a run: one per family of corruptions, and the table as a figure for export.

use crate::format::{fixed, share};
use crate::text::{labelled, robustness as text};
use mien_core::plot::{Axis, Cell, Chart, Heatmap, Line};
use mien_core::vision::corruption::{Corruption, Family, SEVERITIES};
use mien_protocol::RobustnessOutcome;

/// Accuracy by severity, one curve per corruption of the family; `None` if the run has none of them.
pub fn curves(outcome: &RobustnessOutcome, family: Family) -> Option<String> {
    let rows = outcome.corruptions.iter().zip(&outcome.accuracies).filter(|(each, _)| each.family() == family);
    let points = |row: &[f64; SEVERITIES + 1]| -> Vec<[f32; 2]> {
        row.iter().enumerate().map(|(severity, accuracy)| [severity as f32, *accuracy as f32]).collect()
    };
    let rows: Vec<(Corruption, Vec<[f32; 2]>)> = rows.map(|(corruption, row)| (*corruption, points(row))).collect();
    let line = |(corruption, points): &(Corruption, Vec<[f32; 2]>)| {
        let last = points.last().map_or(0.0, |point| f64::from(point[1]));
        format!("{} {}", text::corruption(*corruption), share(last))
    };
    let ends: Vec<String> = rows.iter().map(line).collect();
    let last = text::strength_label(SEVERITIES);
    let description =
        format!("{} {}. {}.", text::CLEAN, share(text::clean(outcome)), labelled(&last, &ends.join(", ")));
    (!rows.is_empty()).then(|| {
        Chart {
            title: &labelled(text::METRIC_ACCURACY, text::family(family)),
            description: &description,
            x: Axis { label: &text::SEVERITY_AXIS, from: 0.0, to: SEVERITIES as f64 },
            y: Axis { label: &text::ACCURACY_AXIS, from: 0.0, to: 1.0 },
            diagonal: false,
            intervals: Vec::new(),
            lines: rows
                .iter()
                .map(|(corruption, points)| Line { name: text::corruption(*corruption).into(), points, steps: false })
                .collect(),
            number: fixed,
        }
        .svg()
    })
}

/// Accuracy by corruption (rows) and severity (columns), starting with clean; higher is darker.
pub fn heat(outcome: &RobustnessOutcome) -> String {
    let columns: Vec<String> =
        std::iter::once(text::CLEAN.into()).chain((1..=SEVERITIES).map(|severity| severity.to_string())).collect();
    let rows: Vec<&str> = outcome.corruptions.iter().map(|corruption| text::corruption(*corruption).text()).collect();
    let cell = |accuracy: &f64| Cell { text: share(*accuracy), shade: *accuracy };
    Heatmap {
        title: &labelled(text::METRIC_ACCURACY, text::TABLE),
        description: &text::findings(outcome).join(" "),
        columns: &text::SEVERITY_AXIS,
        column_labels: &columns.iter().map(String::as_str).collect::<Vec<_>>(),
        row_labels: &rows,
        cells: outcome.accuracies.iter().map(|row| row.iter().map(cell).collect()).collect(),
    }
    .svg()
}
