//! The report and the predictions as CSV (RFC 4180): one header, rows of equal width, numbers with a decimal point.

use super::{Average, Cells, Metric, Predictions, Report};
use crate::dataset::quoted;
use crate::expression::Expression;
use crate::number::fixed;

/// Columns before those of the confusion matrix.
const COLUMNS: [&str; 12] = [
    "name",
    "value",
    "precision",
    "recall",
    "f1",
    "support",
    "true_positives",
    "false_positives",
    "false_negatives",
    "true_negatives",
    "average_precision",
    "roc_auc",
];

/// The report: one row for each class with its scores and its row of the confusion matrix, one for each of the two averages,
/// then one for each metric and each property of the run, with its `value`. See `docs/report.md`.
pub fn report(report: &Report) -> String {
    let width = COLUMNS.len() + Expression::COUNT;
    let mut header = COLUMNS.map(str::to_owned).to_vec();
    header.extend(Expression::ALL.map(|class| format!("taken_for_{class}")));
    let mut rows = vec![header];
    for (class, cells) in report.classes.iter().zip(report.confusion_matrix.table(Cells::Counts)) {
        let mut row = vec![class.name.clone(), String::new()];
        row.extend([class.precision, class.recall, class.f1].map(number));
        row.push(class.support.to_string());
        let outcomes = [class.true_positives, class.false_positives, class.false_negatives, class.true_negatives];
        row.extend(outcomes.map(|count| count.to_string()));
        row.push(number(class.average_precision));
        row.push(class.roc_auc.map(number).unwrap_or_default());
        row.extend(cells.map(|cell| cell.count.to_string()));
        rows.push(row);
    }
    let matrix = &report.confusion_matrix;
    for (name, Average { precision, recall, f1 }) in
        [("macro_average", matrix.macro_average()), ("weighted_average", matrix.weighted_average())]
    {
        let mut row = vec![name.to_owned(), String::new()];
        row.extend([precision, recall, f1].map(number));
        rows.push(row);
    }
    let mut fact = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    for metric in Metric::ALL {
        fact(metric.key(), report.value(metric).map(number).unwrap_or_default());
        if let (Metric::Accuracy, Some([low, high])) = (metric, report.accuracy_interval) {
            fact("accuracy_interval_low", number(low));
            fact("accuracy_interval_high", number(high));
        }
    }
    fact("samples", report.samples.to_string());
    fact("model", report.model.clone());
    fact("description", report.description.clone());
    fact("backend", report.backend.clone());
    fact("dataset", report.dataset.clone());
    fact("split", report.split.clone());
    fact("seconds", fixed(report.seconds, 3));
    fact("test_time_augmentation", report.test_time_augmentation.name().to_owned());
    fact("temperature", report.temperature.map(|value| number(f64::from(value))).unwrap_or_default());
    if let Some(ferplus) = &report.ferplus {
        fact("ferplus_samples", ferplus.samples.to_string());
        fact("ferplus_accuracy", number(ferplus.accuracy));
        fact("ferplus_macro_f1", number(ferplus.macro_f1));
    }

    let mut text = String::new();
    for row in &mut rows {
        row.resize(width, String::new());
        push(&mut text, row);
    }
    text
}

/// The predictions: `row` (of the image in its file, which the function `row` returns for a sample), `label` and
/// `predicted` as FER2013's numbers, then the seven probabilities with full precision.
pub fn predictions(predictions: &Predictions, row: impl Fn(u32) -> usize) -> String {
    let mut text = String::from("row,label,predicted");
    Expression::ALL.into_iter().for_each(|class| text += &format!(",{class}"));
    text += "\n";
    for (sample, label, distribution) in predictions.iter() {
        text += &format!("{},{},{}", row(sample), label.index(), distribution.top().0.index());
        distribution.0.into_iter().for_each(|probability| text += &format!(",{probability}"));
        text += "\n";
    }
    text
}

/// Nine decimals, more than any comparison needs.
fn number(value: f64) -> String {
    fixed(value, 9)
}

fn push(text: &mut String, row: &[String]) {
    for (index, field) in row.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&quoted(field));
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::reference::{Kind, run};
    use crate::evaluation::{Evaluation, RunInfo};

    #[test]
    fn the_report_is_one_table() {
        let facts = RunInfo { model: "my \"best\", so far".into(), split: "PublicTest".into(), ..RunInfo::default() };
        let report = Evaluation::new(&run(200, 2, Kind::Missing), facts).report;
        let text = super::report(&report);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 7 + 2 + 16 + 2 + 9);
        assert!(lines[2].starts_with("disgust,,0.000000000,0.000000000,0.000000000,0,0,"), "{text}");
        assert!(lines[2].ends_with(",0.000000000,,0,0,0,0,0,0,0"), "{text}");
        assert!(lines.contains(&"accuracy,0.425000000,,,,,,,,,,,,,,,,,"), "{text}");
        assert!(lines.contains(&r#"model,"my ""best"", so far",,,,,,,,,,,,,,,,,"#), "{text}");
        for line in lines.iter().filter(|line| !line.contains('"')) {
            assert_eq!(line.split(',').count(), 19, "{line}");
        }
    }

    #[test]
    fn predictions_can_be_checked_by_others() {
        let run = run(3, 1, Kind::All);
        let text = predictions(&run, |sample| sample as usize + 100);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "row,label,predicted,angry,disgust,fear,happy,sad,surprise,neutral");
        for (index, line) in lines[1..].iter().enumerate() {
            let fields: Vec<&str> = line.split(',').collect();
            let probabilities: Vec<f32> = fields[3..].iter().map(|field| field.parse().unwrap()).collect();
            assert_eq!(probabilities, run.distribution(index).0);
            assert_eq!(fields[0], (100 + index).to_string());
            assert_eq!(fields[1], run.label(index).index().to_string());
            assert_eq!(fields[2], run.top(index).0.index().to_string());
        }
        assert_eq!(lines.len(), 4);
    }
}
