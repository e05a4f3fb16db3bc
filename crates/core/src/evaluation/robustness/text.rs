//! The report as plain text, in English, aligned for a monospaced font.

use super::{CorruptionReport, Mean, RobustnessReport};
use crate::evaluation::text::interval_note;
use crate::number::{counted, fixed, percent};
use crate::vision::corruption::SEVERITIES;

/// The table as the command line prints it.
pub fn report(report: &RobustnessReport) -> String {
    let clean = &report.clean;
    let interval = interval_note(clean.accuracy_interval);
    let mut text = format!(
        "{} on {}: {} of {}, {}\n{} in {} s\n\nclean: accuracy {}{interval}, macro F1 {}\n\naccuracy        ",
        report.model,
        report.backend,
        counted(report.samples, "image"),
        report.dataset,
        report.split,
        counted(report.predictions, "prediction"),
        fixed(report.seconds, 1),
        percent(clean.accuracy),
        fixed(clean.macro_f1, 4),
    );
    (1..=SEVERITIES).for_each(|severity| text += &format!("  severity {severity}"));
    text += "        mean        drop  macro F1\n";
    for corruption in &report.corruptions {
        row(&mut text, &corruption.name, accuracies(corruption), &corruption.mean);
    }
    row(&mut text, "mean", report.severities.iter().map(|mean| mean.accuracy).collect(), &report.mean);
    text
}

fn accuracies(corruption: &CorruptionReport) -> Vec<f64> {
    corruption.severities.iter().map(|severity| severity.accuracy).collect()
}

fn row(text: &mut String, name: &str, accuracies: Vec<f64>, mean: &Mean) {
    *text += &format!("{name:<16}");
    accuracies
        .into_iter()
        .chain([mean.accuracy, mean.drop])
        .for_each(|share| *text += &format!("{:>12}", percent(share)));
    *text += &format!("{:>10}\n", fixed(mean.macro_f1, 4));
}

#[cfg(test)]
mod tests {
    use crate::evaluation::robustness::tests_support;

    #[test]
    fn the_table_is_aligned() {
        let text = super::report(&tests_support::report());
        let table: Vec<&str> = text.lines().skip(5).collect();
        assert_eq!(table.len(), 4, "{text}");
        assert!(table.iter().all(|line| line.chars().count() == table[0].chars().count()), "{text}");
        assert!(table[2].starts_with("roll ") && table[3].starts_with("mean "), "{text}");
    }
}
