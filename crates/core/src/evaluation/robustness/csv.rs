//! The report as CSV.

use super::RobustnessReport;
use crate::number::fixed;

/// One row for each condition, starting with the clean images.
pub fn table(report: &RobustnessReport) -> String {
    let mut text = "corruption,family,severity,parameter,unit,accuracy,accuracy_interval_low,accuracy_interval_high,macro_f1,drop,retained\n".to_owned();
    let number = |value: f64| fixed(value, 9);
    let ends = |interval: Option<[f64; 2]>| interval.map_or_else(|| ",".to_owned(), |ends| ends.map(number).join(","));
    let clean = &report.clean;
    text += &format!(
        "clean,,0,,,{},{},{},0,1\n",
        number(clean.accuracy),
        ends(clean.accuracy_interval),
        number(clean.macro_f1)
    );
    for corruption in &report.corruptions {
        for each in &corruption.severities {
            text += &format!(
                "{},{},{},{},{},{},{},{},{},{}\n",
                corruption.name,
                corruption.family,
                each.severity,
                fixed(each.parameter, 2),
                corruption.unit,
                number(each.accuracy),
                ends(each.accuracy_interval),
                number(each.macro_f1),
                number(each.drop),
                each.retained.map(number).unwrap_or_default(),
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::evaluation::robustness::tests_support;

    #[test]
    fn the_table_is_regular() {
        let text = super::table(&tests_support::report());
        assert_eq!(text.lines().count(), 1 + 1 + 2 * 5);
        assert!(text.lines().all(|line| line.split(',').count() == 11), "{text}");
        assert!(text.contains("\nroll,orientation,2,15.00,degrees,"), "{text}");
    }
}
