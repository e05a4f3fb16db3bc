//! The tables of a run as plain text, in English, aligned for a monospaced font.

use super::{Cells, Comparison, GroupTable, MIN_IMAGES, McNemarMethod, Metric, Report, TestTimeAugmentation};
use crate::expression::Expression;
use crate::number::{counted, fixed, percent};

/// All tables, as the command line prints them.
pub fn report(report: &Report) -> String {
    [heading(report), metrics(report), classes(report), matrix(report), ferplus(report)].join("\n")
}

/// A description of the run.
pub fn heading(report: &Report) -> String {
    let description = if report.description.is_empty() { String::new() } else { format!("{}\n", report.description) };
    let rate = if report.seconds > 0.0 { fixed(report.samples as f64 / report.seconds, 0) } else { "0".to_owned() };
    format!(
        "{} on {}: {} of {}, {}\n{description}{} s, {rate} images per second\n",
        report.model,
        report.backend,
        counted(report.samples, "image"),
        report.dataset,
        report.split,
        fixed(report.seconds, 1),
    ) + &augmentation(report)
}

fn augmentation(report: &Report) -> String {
    let temperature = report.temperature.filter(|&value| value != 1.0);
    let temperature = temperature.map(|value| format!("temperature {}\n", fixed(f64::from(value), 3)));
    let augmentation = match report.test_time_augmentation {
        TestTimeAugmentation::None => String::new(),
        augmentation => {
            format!("test-time augmentation {}: {} views per image\n", augmentation.name(), augmentation.count())
        }
    };
    augmentation + &temperature.unwrap_or_default()
}

/// The overall metrics.
pub fn metrics(report: &Report) -> String {
    let mut text = String::new();
    for metric in Metric::ALL {
        text += &format!("{:<27} {:>8}", metric.name(), number(report.value(metric)));
        if let (Metric::Accuracy, Some([low, high])) = (metric, report.accuracy_interval) {
            text += &format!("  (95 %: {} to {})", fixed(low, 4), fixed(high, 4));
        }
        text += "\n";
    }
    text
}

/// The metrics of each class.
pub fn classes(report: &Report) -> String {
    let mut text =
        "class     precision  recall      F1 support    TP    FP    FN    TN avg. prec. ROC AUC\n".to_owned();
    for class in &report.classes {
        let scores = [class.precision, class.recall, class.f1].map(|value| fixed(value, 4));
        let [precision, recall, f1] = scores;
        let (average_precision, area) = (fixed(class.average_precision, 4), number(class.roc_auc));
        text += &format!(
            "{:<9} {precision:>9} {recall:>7} {f1:>7} {:>7} {:>5} {:>5} {:>5} {:>5} {average_precision:>10} {area:>7}\n",
            class.name,
            class.support,
            class.true_positives,
            class.false_positives,
            class.false_negatives,
            class.true_negatives,
        );
    }
    text
}

/// The confusion matrix.
pub fn matrix(report: &Report) -> String {
    let mut text = "actual \\ predicted".to_owned();
    Expression::ALL.into_iter().for_each(|class| text += &format!(" {:>8}", class.name()));
    text += "\n";
    for row in report.confusion_matrix.table(Cells::Counts) {
        text += &format!("{:<18}", row[0].actual.name());
        row.into_iter().for_each(|cell| text += &format!(" {:>8}", cell.count));
        text += "\n";
    }
    text
}

/// The metrics on FER+'s labels; empty without them.
fn ferplus(report: &Report) -> String {
    let Some(ferplus) = &report.ferplus else { return String::new() };
    let mut text = format!("on FER+ labels, {}\n", counted(ferplus.samples, "image"));
    for (name, value) in [
        ("accuracy", ferplus.accuracy),
        ("balanced accuracy", ferplus.balanced_accuracy),
        ("macro F1", ferplus.macro_f1),
        ("expected calibration error", ferplus.expected_calibration_error),
    ] {
        text += &format!("{name:<27} {:>8}\n", fixed(value, 4));
    }
    text += "class     precision  recall      F1 support\n";
    for class in &ferplus.classes {
        let [precision, recall, f1] = [class.precision, class.recall, class.f1].map(|value| fixed(value, 4));
        text += &format!("{:<9} {precision:>9} {recall:>7} {f1:>7} {:>7}\n", class.name, class.support);
    }
    text
}

/// The groups of every column, and the gaps between them.
pub fn groups(tables: &[GroupTable]) -> String {
    let mut text = String::new();
    for table in tables {
        text += &format!("\n{:<24} images accuracy          95 %", table.name);
        Expression::ALL.into_iter().for_each(|class| text += &format!(" {:>8}", class.name()));
        text += "   (recall of each class)\n";
        for group in &table.groups {
            let name = if group.value.is_empty() { "(blank)" } else { &group.value };
            let interval = group.accuracy_interval.unwrap_or_default().map(|end| fixed(end, 2)).join(" to ");
            text += &format!("{name:<24} {:>6} {:>8} {interval:>13}", group.samples, fixed(group.accuracy, 4));
            group.recalls.iter().for_each(|recall| text += &format!(" {:>8}", number(*recall)));
            let small = group.samples < MIN_IMAGES;
            text += if small { "   too few images\n" } else { "\n" };
        }
        text += &gaps(table);
    }
    text
}

fn gaps(table: &GroupTable) -> String {
    let Some(gaps) = &table.gaps else {
        return format!(
            "not compared: fewer than two groups (not counting blank ones) have at least {MIN_IMAGES} images\n"
        );
    };
    let worst = gaps.classes.iter().find(|class| {
        class.equalised_odds_difference.is_some() && class.equalised_odds_difference == gaps.equalised_odds_difference
    });
    let worst = worst.map_or_else(String::new, |class| format!(" ({})", class.name));
    format!(
        "largest difference in accuracy {} ({} to {}), ratio {}, p = {} ({} permutations); equalized odds difference {}{worst}\n",
        fixed(gaps.accuracy_difference, 4),
        gaps.lowest,
        gaps.highest,
        number(gaps.accuracy_ratio),
        p_value(gaps.p_value),
        gaps.permutations,
        number(gaps.equalised_odds_difference),
    )
}

/// Comparison of two runs.
pub fn comparison(comparison: &Comparison) -> String {
    let (first, second) = (&comparison.first, &comparison.second);
    let mut text =
        format!("first:  {} on {}\nsecond: {} on {}\n", first.model, first.backend, second.model, second.backend);
    text += &format!(
        "{} in common; ignored: {} only in the first, {} only in the second\n\n",
        counted(comparison.common, "image"),
        comparison.only_first,
        comparison.only_second,
    );
    text += &format!("{:<27} {:>8} {:>8} {:>10}\n", "", "first", "second", "difference");
    for metric in Metric::ALL {
        let values = [first.value(metric), second.value(metric), comparison.difference(metric)];
        let [first, second, difference] = values.map(number);
        text += &format!("{:<27} {first:>8} {second:>8} {difference:>10}\n", metric.name());
    }
    let share = |count: u64| percent(count as f64 / comparison.common as f64);
    for (what, count) in [
        ("both correct", comparison.both_right),
        ("only the first correct", comparison.first_right),
        ("only the second correct", comparison.second_right),
        ("both wrong", comparison.both_wrong),
    ] {
        text += &format!("\n{what:<27} {count:>8}  ({})", share(count));
    }
    let method = match comparison.mcnemar.method {
        McNemarMethod::Exact => "exact".to_owned(),
        McNemarMethod::ChiSquare => format!("chi-square {}", fixed(comparison.mcnemar.statistic, 4)),
    };
    text + &format!("\nMcNemar's test ({method}): p = {}\n", p_value(comparison.mcnemar.p_value))
}

/// A p-value with four decimals, or `< 0.0001`.
pub fn p_value(value: f64) -> String {
    if value < 1e-4 { "< 0.0001".to_owned() } else { fixed(value, 4) }
}

/// The ends of an interval of shares in percent, such as `68.9 % to 78.1 %`; empty without one.
pub fn interval(interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(String::new, |[low, high]| format!("{} to {}", percent(low), percent(high)))
}

/// An interval in parentheses, to follow an accuracy; empty without one.
pub fn interval_note(interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(String::new, |ends| format!(" (95 % interval {})", self::interval(Some(ends))))
}

/// A number with four decimals, or a dash if it is undefined.
pub fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| fixed(value, 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::reference::{Kind, run};
    use crate::evaluation::{Evaluation, RunInfo};

    #[test]
    fn tables_are_aligned() {
        let report = Evaluation::new(&run(200, 2, Kind::Missing), RunInfo::default()).report;
        for table in [metrics(&report), classes(&report), matrix(&report)] {
            let widths: Vec<usize> = table.lines().skip(1).map(|line| line.chars().count()).collect();
            assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
        }
        assert!(metrics(&report).starts_with("accuracy                      0.4250  (95 %: 0.3585 to 0.4943)\n"));
        assert!(
            classes(&report).contains("\ndisgust      0.0000  0.0000  0.0000       0     0 "),
            "{}",
            classes(&report)
        );
        assert!(classes(&report).contains("     0.0000       –\n"), "{}", classes(&report));
        assert!(super::report(&report).contains("actual \\ predicted"));
    }

    #[test]
    fn groups_have_their_gaps() {
        let predictions = run(200, 2, Kind::Missing);
        let labels = crate::dataset::GroupLabels {
            name: "age".into(),
            values: ["", "old", "young", "rare"].map(str::to_owned).into(),
            codes: (0..200).map(|sample| if sample < 5 { 3 } else { sample % 3 }).collect(),
        };
        let table = GroupTable::new(&predictions, &labels).unwrap();
        let text = groups(&[table.clone(), GroupTable { gaps: None, ..table }]);
        assert!(
            text.contains("\nage  ") && text.contains("\n(blank)  ") && text.contains("too few images\n"),
            "{text}"
        );
        assert!(
            text.contains("\nlargest difference in accuracy 0.")
                && text.contains("\nnot compared: fewer than two groups"),
            "{text}"
        );
        let rare = text.lines().find(|line| line.starts_with("rare ")).unwrap();
        assert!(rare.contains(" – "), "nobody of disgust: {rare}");
    }

    #[test]
    fn a_comparison_names_what_differs() {
        let (first, second) = (run(300, 1, Kind::All), run(200, 1, Kind::All));
        let named = |model: &str| RunInfo { model: model.to_owned(), ..RunInfo::default() };
        let text = comparison(&Comparison::new((&first, named("one")), (&second, named("two"))).unwrap());
        assert!(text.contains("200 images in common; ignored: 100 only in the first, 0 only in the second"), "{text}");
        assert!(text.contains("first:  one") && text.contains("(exact): p = 1.0000"), "{text}");
        assert_eq!(p_value(0.000_09), "< 0.0001");
    }
}
