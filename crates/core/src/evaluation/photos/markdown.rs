//! The tables of the model card, as Markdown.

use super::{PhotoGap, PhotoGroup, PhotoReport};
use crate::evaluation::text::{interval, p_value};
use crate::expression::Expression;
use crate::number::{fixed, percent};

/// All photographs, by network: a row for each.
pub fn networks(reports: &[PhotoReport]) -> String {
    let mut text = String::from(
        "| network | photographs | not found | accuracy | 95 % interval | neutral found | smiles found | 95 % interval | AUC of happy | mean probability of the label | calibration error |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for report in reports {
        let [neutral, happy] = [Expression::Neutral, Expression::Happy].map(|class| report.class(class));
        text += &format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            report.run.model,
            report.samples,
            report.not_found,
            percent(report.accuracy),
            interval(report.accuracy_interval),
            neutral.map_or_else(String::new, |class| percent(class.recall)),
            happy.map_or_else(String::new, |class| percent(class.recall)),
            interval(happy.and_then(|class| class.recall_interval)),
            happy.and_then(|class| class.roc_auc).map_or_else(String::new, |area| fixed(area, 3)),
            fixed(report.mean_probability, 3),
            fixed(report.expected_calibration_error, 3),
        );
    }
    text
}

/// The groups of each column with the largest gaps; smiles are the photographs of happy faces.
pub fn groups<'a>(reports: impl IntoIterator<Item = &'a PhotoReport>) -> String {
    let mut rows = String::from(
        "| network | group | persons | photographs | not found | accuracy | 95 % interval | smiles found | 95 % interval | mean probability of the label | of the smiles |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let mut gaps = String::from(GAPS);
    for report in reports {
        let network = &report.run.model;
        for column in &report.groups {
            column.groups.iter().for_each(|group| rows += &group_row(network, &column.name, group));
            let shown = |gap: &&PhotoGap| ["accuracy", Expression::Happy.name()].contains(&gap.what.as_str());
            column.gaps.iter().filter(shown).for_each(|gap| gaps += &gap_row(network, &column.name, gap));
        }
    }
    format!("{rows}\n{gaps}")
}

/// The head of a table of gaps.
const GAPS: &str = "| of | groups | what | largest gap | lowest | highest | p |\n|---|---|---|---|---|---|---|\n";

/// The same photographs under several conditions, by group: a row for each condition and group.
pub fn conditions(reports: &[PhotoReport]) -> String {
    let mut text = String::from(
        "| condition | group | not found | accuracy | 95 % interval | smiles found | 95 % interval |\n|---|---|---|---|---|---|---|\n",
    );
    for report in reports {
        let condition = &report.run.condition;
        let happy = report.class(Expression::Happy);
        text += &format!(
            "| {condition} | all | {} | {} | {} | {} | {} |\n",
            report.not_found,
            percent(report.accuracy),
            interval(report.accuracy_interval),
            happy.map_or_else(String::new, |class| percent(class.recall)),
            interval(happy.and_then(|class| class.recall_interval)),
        );
        for column in &report.groups {
            for group in column.groups.iter().filter(|group| group.compared) {
                let happy = group.recall(Expression::Happy);
                text += &format!(
                    "| {condition} | {}: {} | {} | {} | {} | {} | {} |\n",
                    column.name,
                    group.value,
                    group.not_found,
                    percent(group.accuracy),
                    interval(group.accuracy_interval),
                    happy.map_or_else(String::new, |recall| percent(recall.recall)),
                    interval(happy.and_then(|recall| recall.recall_interval)),
                );
            }
        }
    }
    text += &format!("\n{GAPS}");
    for report in reports {
        for column in &report.groups {
            let accuracy = column.gaps.iter().filter(|gap| gap.what == "accuracy");
            accuracy.for_each(|gap| text += &gap_row(&report.run.condition, &column.name, gap));
        }
    }
    text
}

fn gap_row(of: &str, column: &str, gap: &PhotoGap) -> String {
    let what = if gap.what == Expression::Happy.name() { "smiles found" } else { &gap.what };
    format!(
        "| {of} | {column} | {what} | {} points | {} | {} | {} |\n",
        fixed(100.0 * gap.difference, 1),
        gap.lowest,
        gap.highest,
        p_value(gap.p_value),
    )
}

fn group_row(network: &str, column: &str, group: &PhotoGroup) -> String {
    let value = if group.value.is_empty() { "not given" } else { &group.value };
    let happy = group.recall(Expression::Happy);
    format!(
        "| {network} | {column}: {value} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
        group.persons,
        group.samples,
        group.not_found,
        percent(group.accuracy),
        interval(group.accuracy_interval),
        happy.map_or_else(String::new, |recall| percent(recall.recall)),
        interval(happy.and_then(|recall| recall.recall_interval)),
        fixed(group.mean_probability, 3),
        happy.map_or_else(String::new, |recall| fixed(recall.mean_probability, 3)),
    )
}
