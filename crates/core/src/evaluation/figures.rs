//! The figures of a report, in English, and the parts that they share with the figures of the page.

pub use super::confusion::Cells;
use super::confusion::MatrixCell;
use super::{BINS, Evaluation, Report};
use crate::expression::Expression;
use crate::number::{fixed, percent};
use crate::plot::{Axis, Bar, Bars, Cell, Chart, Interval, Line, Matrix};

/// The confusion matrix with the share of each row; larger shares are darker.
pub fn confusion(report: &Report) -> String {
    let matrix = &report.confusion_matrix;
    let cell = |cell: MatrixCell| Cell { text: percent(cell.share), shade: cell.share };
    let recall = |class| format!("{class} {}", percent(matrix.share_of_row(class, class)));
    let description = format!("Recall of each class: {}.", Expression::ALL.map(recall).join(", "));
    Matrix {
        title: "Confusion matrix, share of each row",
        description: &description,
        rows: "actual",
        columns: "predicted",
        labels: &Expression::ALL.map(Expression::name),
        cells: matrix.table(Cells::Rows).map(|row| row.map(cell).to_vec()).to_vec(),
    }
    .svg()
}

/// The precision-recall curves of all classes with images.
pub fn precision_recall(evaluation: &Evaluation) -> String {
    let lines = lines(evaluation, |curves| (Some(curves.average_precision), &curves.precision_recall), true);
    let description = areas("Average precision", &lines);
    let (x, y) = (share("recall"), share("precision"));
    let title = "Precision-recall curves";
    Chart { title, description: &description, x, y, diagonal: false, intervals: Vec::new(), lines, number: fixed }.svg()
}

/// The ROC curves of all classes that have one.
pub fn roc(evaluation: &Evaluation) -> String {
    let lines = lines(evaluation, |curves| (curves.roc_auc, &curves.roc), false);
    let description = areas("Area under the curve", &lines);
    let (x, y) = (share("false positive rate"), share("true positive rate"));
    Chart {
        title: "ROC curves",
        description: &description,
        x,
        y,
        diagonal: true,
        intervals: Vec::new(),
        lines,
        number: fixed,
    }
    .svg()
}

/// The reliability diagram: see [`bins`]. On the diagonal, confidence equals accuracy.
pub fn reliability(report: &Report) -> String {
    let error = fixed(report.expected_calibration_error, 3);
    let description = format!("Accuracy by confidence in {BINS} bins; the expected calibration error is {error}.");
    Chart {
        title: "Reliability diagram",
        description: &description,
        x: share("confidence"),
        y: share("accuracy"),
        diagonal: true,
        intervals: bins(report),
        lines: Vec::new(),
        number: fixed,
    }
    .svg()
}

/// The bins of a reliability diagram: bars show the accuracy of the predictions in a bin, dots their mean confidence at that
/// height.
pub fn bins(report: &Report) -> Vec<Interval> {
    let width = 1.0 / BINS as f64;
    let interval = |(index, bin): (usize, &super::CalibrationBin)| {
        let from = index as f64 * width;
        let mark = Some([bin.confidence, bin.accuracy]);
        (bin.count > 0).then_some(Interval { from, to: from + width, value: bin.accuracy, mark })
    };
    report.calibration.iter().enumerate().filter_map(interval).collect()
}

/// F1 of each class.
pub fn class_f1(report: &Report) -> String {
    let bar = |class: &super::ClassReport| (class.name.clone(), class.f1);
    let classes: Vec<(String, f64)> = report.classes.iter().map(bar).collect();
    let bars = classes.iter().map(|(label, value)| Bar { label, value: *value, text: fixed(*value, 3) }).collect();
    let scores: Vec<String> = classes.iter().map(|(label, value)| format!("{label} {}", fixed(*value, 3))).collect();
    Bars { title: "F1 of each class", description: &scores.join(", "), maximum: 1.0, bars }.svg()
}

fn share(label: &str) -> Axis<'_> {
    Axis { label, from: 0.0, to: 1.0 }
}

/// The curves, named after class and area. A class without a curve keeps its place, so that every class keeps its colour.
fn lines<'a>(
    evaluation: &'a Evaluation,
    curve: impl Fn(&'a super::ClassCurves) -> (Option<f64>, &'a Vec<[f32; 2]>),
    steps: bool,
) -> Vec<Line<'a>> {
    let line = |(class, curves): (Expression, &'a super::ClassCurves)| {
        let (area, points) = curve(curves);
        let area = area.filter(|_| !points.is_empty()).map_or_else(|| "none".to_owned(), |area| fixed(area, 3));
        Line { name: format!("{class} {area}"), points, steps }
    };
    Expression::ALL.into_iter().zip(&evaluation.curves).map(line).collect()
}

fn areas(what: &str, lines: &[Line<'_>]) -> String {
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    format!("{what}: {}.", names.join(", "))
}
