//! The report as a page of Markdown, which `docs/` keeps of the shipped network.

use super::{HOPED, RobustnessReport, SeverityReport};
use crate::number::{fixed, percent};

/// Corruptions whose severity 2 is held to [`HOPED`], as the project's goals name them.
const HELD: [&str; 6] = ["brightness", "contrast", "gamma", "side_shadow", "roll", "resolution"];

/// The page. `command` is what made it.
pub fn page(report: &RobustnessReport, command: &str) -> String {
    let clean = &report.clean;
    let interval = clean
        .accuracy_interval
        .map_or_else(String::new, |[low, high]| format!(" (95 % interval {} to {})", percent(low), percent(high)));
    let mut text = format!(
        "# Robustness, measured\n\nMade by `{command}`; what each corruption does is in [robustness.md](robustness.md).\n\n\
         Network: {}. {} images of {}, {}, computed on {} in {} s.\n\n\
         Clean: accuracy **{}**{interval}, macro F1 {}.\n\n\
         ## Accuracy\n\n| corruption | severity 1 | 2 | 3 | 4 | 5 | mean | drop | mean macro F1 |\n|---|---|---|---|---|---|---|---|---|\n",
        report.model,
        report.samples,
        report.dataset,
        report.split,
        report.backend,
        fixed(report.seconds, 0),
        percent(clean.accuracy),
        fixed(clean.macro_f1, 3),
    );
    for corruption in &report.corruptions {
        let cells: String = corruption.severities.iter().map(|each| format!(" {} |", percent(each.accuracy))).collect();
        let mean = &corruption.mean;
        let tail = format!("{} | {} | {}", percent(mean.accuracy), points(mean.drop), fixed(mean.macro_f1, 3));
        text += &format!("| {} |{cells} {tail} |\n", corruption.name);
    }
    let cells: String = report.severities.iter().map(|mean| format!(" {} |", percent(mean.accuracy))).collect();
    let mean = &report.mean;
    let tail = format!("{} | {} | {}", percent(mean.accuracy), points(mean.drop), fixed(mean.macro_f1, 3));
    text += &format!("| **mean** |{cells} {tail} |\n");

    text += &format!(
        "\n## At severity 2, of the clean accuracy\n\nAt least {} is hoped for.\n\n| corruption | parameter | accuracy | of clean | |\n|---|---|---|---|---|\n",
        percent(HOPED)
    );
    for (name, unit, each) in at(report, 2).filter(|(name, ..)| HELD.contains(name)) {
        let verdict = match each.retained {
            Some(share) if share >= HOPED => "held",
            Some(_) => "**missed**",
            None => "–",
        };
        let retained = each.retained.map_or_else(|| "–".to_owned(), percent);
        let parameter = parameter(each, unit);
        text += &format!("| {name} | {parameter} | {} | {retained} | {verdict} |\n", percent(each.accuracy));
    }

    text += "\n## Framing, in points below clean\n\n| what | parameter | accuracy | drop |\n|---|---|---|---|\n";
    let framing = [("tighter", 3), ("wider", 3), ("shift", 2)];
    for (name, severity) in framing {
        for (_, unit, each) in at(report, severity).filter(|(each, ..)| *each == name) {
            let parameter = parameter(each, unit);
            text += &format!("| {name} | {parameter} | {} | {} |\n", percent(each.accuracy), points(each.drop));
        }
    }
    text
}

/// Corruption, unit and figures of one severity.
fn at(report: &RobustnessReport, severity: u64) -> impl Iterator<Item = (&str, &str, &SeverityReport)> {
    report.corruptions.iter().filter_map(move |corruption| {
        let each = corruption.severities.iter().find(|each| each.severity == severity)?;
        Some((corruption.name.as_str(), corruption.unit.as_str(), each))
    })
}

fn parameter(each: &SeverityReport, unit: &str) -> String {
    format!("{} {unit}", fixed(each.parameter, u32::from(each.parameter.fract() != 0.0)))
}

fn points(share: f64) -> String {
    fixed(share * 100.0, 1)
}

#[cfg(test)]
mod tests {
    use crate::evaluation::robustness::tests_support;

    #[test]
    fn the_page_has_its_tables() {
        let text = super::page(&tests_support::report(), "mien robustness x.csv");
        assert!(text.contains("| roll | 15 degrees |") && text.contains("Made by `mien robustness x.csv`"), "{text}");
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| shift |")).collect();
        assert_eq!(rows.len(), 2, "the table of accuracies and that of the framing: {text}");
        assert!(rows[1].contains("5 % of the side"), "{text}");
    }
}
