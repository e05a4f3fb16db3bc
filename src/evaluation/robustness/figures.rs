//! The drawings of a robustness run, in English.

use super::RobustnessReport;
use crate::number::percent;
use crate::plot::{Axis, Cell, Chart, Heat, Line};
use crate::vision::corruption::{Family, SEVERITIES};

/// Accuracy of every corruption (rows) at every severity (columns), clean first; the higher the darker.
pub fn heat(report: &RobustnessReport) -> String {
    let cell = |share: f64| Cell { text: percent(share), shade: share };
    let rows = report.corruptions.iter().map(|corruption| {
        let spoilt = corruption.severities.iter().map(|each| each.accuracy);
        std::iter::once(report.clean.accuracy).chain(spoilt).map(cell).collect()
    });
    let labels: Vec<String> = report.corruptions.iter().map(|corruption| corruption.name.replace('_', " ")).collect();
    let columns: Vec<String> =
        std::iter::once("clean".to_owned()).chain((1..=SEVERITIES).map(|severity| severity.to_string())).collect();
    let means = report
        .corruptions
        .iter()
        .map(|corruption| format!("{} {}", corruption.name.replace('_', " "), percent(corruption.mean.accuracy)));
    Heat {
        title: "Accuracy by corruption and severity",
        description: &format!("Mean accuracy over the severities: {}.", means.collect::<Vec<_>>().join(", ")),
        columns: "severity",
        column_labels: &columns.iter().map(String::as_str).collect::<Vec<_>>(),
        row_labels: &labels.iter().map(String::as_str).collect::<Vec<_>>(),
        cells: rows.collect(),
    }
    .svg()
}

/// A drawing a family: accuracy over severity, a curve a corruption. Families without one are left out.
pub fn curves(report: &RobustnessReport) -> Vec<String> {
    Family::ALL.into_iter().filter_map(|family| curve(report, family)).collect()
}

fn curve(report: &RobustnessReport, family: Family) -> Option<String> {
    let corruptions: Vec<_> = report.corruptions.iter().filter(|each| each.family == family.name()).collect();
    let points: Vec<Vec<[f32; 2]>> = corruptions
        .iter()
        .map(|corruption| {
            let spoilt = corruption.severities.iter().map(|each| [each.severity as f32, each.accuracy as f32]);
            std::iter::once([0.0, report.clean.accuracy as f32]).chain(spoilt).collect()
        })
        .collect();
    let name = |index: usize| corruptions[index].name.replace('_', " ");
    let lines: Vec<Line<'_>> =
        points.iter().enumerate().map(|(index, points)| Line { name: name(index), points, steps: false }).collect();
    let ends = corruptions.iter().filter_map(|corruption| {
        let last = corruption.severities.last()?;
        Some(format!("{} {}", corruption.name.replace('_', " "), percent(last.accuracy)))
    });
    let ends = ends.collect::<Vec<_>>().join(", ");
    (!lines.is_empty()).then(|| {
        Chart {
            title: &format!("Accuracy by severity: {}", family.name()),
            description: &format!("Clean {}; at severity {SEVERITIES}: {ends}.", percent(report.clean.accuracy)),
            x: Axis { label: "severity", from: 0.0, to: SEVERITIES as f64 },
            y: Axis { label: "accuracy", from: 0.0, to: 1.0 },
            diagonal: false,
            intervals: Vec::new(),
            lines,
        }
        .svg()
    })
}

#[cfg(test)]
mod tests {
    use crate::evaluation::robustness::tests_support;

    #[test]
    fn drawings_say_what_they_show() {
        let report = tests_support::report();
        let heat = super::heat(&report);
        assert!(
            heat.contains("<desc>Mean accuracy over the severities: shift ") && heat.contains(">clean</text>"),
            "{heat}"
        );
        let curves = super::curves(&report);
        assert_eq!(curves.len(), 1, "only orientation was measured");
        assert!(curves[0].contains(">roll</text>") && curves[0].contains("M64.0 "), "{}", curves[0]);
    }
}
