//! The tables as plain text, in English, aligned for a monospaced font.

use super::{FER2013_PLACEMENT, PhotoGroups, PhotoReport, PlacementReport};
use crate::evaluation::text::{interval, number, p_value};
use crate::expression::Expression;
use crate::number::{counted, fixed, percent, plain};

/// All tables of a report.
pub fn report(report: &PhotoReport) -> String {
    let of_crops =
        report.placement.as_ref().map_or_else(String::new, |place| placement("in the crop, in pixels", place));
    let of_images = report.image_placement.as_ref();
    let of_images = of_images.map_or_else(String::new, |place| placement("in the pasted images", place));
    let placement = of_crops + &of_images;
    let groups = report.groups.iter().map(group_table).collect::<String>();
    [heading(report), placement, classes(report), matrix(report)].join("\n") + &groups
}

/// A table of the same photographs with several framings: a row for each.
pub fn framings(reports: &[PhotoReport]) -> String {
    let mut text = "scale  shift  not found  accuracy             95 %  balanced   macro AUC".to_owned();
    let classes: Vec<&str> = reports
        .first()
        .map_or_else(Vec::new, |report| report.classes.iter().map(|class| class.name.as_str()).collect());
    classes.iter().for_each(|class| text += &format!(" {class:>8}"));
    text += "   (recall of each class)\n";
    for report in reports {
        let list = |index: usize, decimals: u32| {
            let values = report.run.framings.iter().map(|framing| plain(f64::from(framing[index]), decimals));
            values.collect::<Vec<_>>().join("+")
        };
        let areas: Vec<f64> = report.classes.iter().filter_map(|class| class.roc_auc).collect();
        let area = (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64);
        text += &format!(
            "{:<6} {:<6} {:>9} {:>9} {:>16} {:>9} {:>11}",
            list(0, 2),
            list(1, 2),
            report.not_found,
            percent(report.accuracy),
            interval(report.accuracy_interval),
            percent(report.balanced_accuracy),
            number(area),
        );
        report.classes.iter().for_each(|class| text += &format!(" {:>8}", percent(class.recall)));
        text += "\n";
    }
    text
}

fn heading(report: &PhotoReport) -> String {
    let run = &report.run;
    let framing = |&[scale, shift]: &[f32; 2]| {
        format!("scale {}, shift {}", plain(f64::from(scale), 3), plain(f64::from(shift), 3))
    };
    let framings: Vec<String> = run.framings.iter().map(framing).collect();
    format!(
        "{} on {}: {} of {}, {}\nframing: {}\n{} s\n\n\
         face not found              {:>8}\nseveral faces               {:>8}\n\
         accuracy                    {:>8}  (95 %: {})\nbalanced accuracy           {:>8}\n\
         mean probability of label   {:>8}\nexpected calibration error  {:>8}  (of found faces)\n",
        run.model,
        run.backend,
        counted(report.samples, "photograph"),
        run.photographs,
        run.condition,
        framings.join("; "),
        fixed(run.seconds, 1),
        report.not_found,
        report.several,
        percent(report.accuracy),
        interval(report.accuracy_interval),
        percent(report.balanced_accuracy),
        fixed(report.mean_probability, 4),
        fixed(report.expected_calibration_error, 4),
    )
}

fn placement(title: &str, placement: &PlacementReport) -> String {
    let mut text = format!("{title:<26}  mean  deviation  FER2013\n");
    for (name, own, reference) in [
        ("distance of the eyes", placement.eye_distance, FER2013_PLACEMENT.eye_distance),
        ("eyes, from the left", placement.eyes_x, FER2013_PLACEMENT.eyes_x),
        ("eyes, from the top", placement.eyes_y, FER2013_PLACEMENT.eyes_y),
        ("mouth, from the top", placement.mouth_y, FER2013_PLACEMENT.mouth_y),
    ] {
        let (mean, deviation, reference) =
            (fixed(own.mean, 2), fixed(own.deviation, 2), fixed(f64::from(reference), 2));
        text += &format!("{name:<26} {mean:>5} {deviation:>10} {reference:>8}\n");
    }
    text
}

fn classes(report: &PhotoReport) -> String {
    let mut text = "class     photographs not found  right   recall             95 %  ROC AUC\n".to_owned();
    for class in &report.classes {
        text += &format!(
            "{:<9} {:>11} {:>9} {:>6} {:>8} {:>16} {:>8}\n",
            class.name,
            class.samples,
            class.not_found,
            class.right,
            percent(class.recall),
            interval(class.recall_interval),
            number(class.roc_auc),
        );
    }
    text
}

fn matrix(report: &PhotoReport) -> String {
    let mut text = "actual \\ predicted".to_owned();
    Expression::ALL.into_iter().for_each(|class| text += &format!(" {:>8}", class.name()));
    text += "  no face\n";
    for class in Expression::ALL {
        let Some(photos) = report.class(class) else { continue };
        text += &format!("{:<18}", class.name());
        let counts = Expression::ALL.map(|predicted| report.confusion_matrix.cell(class, predicted));
        counts.into_iter().for_each(|count| text += &format!(" {count:>8}"));
        text += &format!(" {:>8}\n", photos.not_found);
    }
    text
}

fn group_table(table: &PhotoGroups) -> String {
    let mut text = format!("\n{:<24} persons photographs not found accuracy             95 %  probability", table.name);
    let mut classes: Vec<&str> = Vec::new();
    for recall in table.groups.iter().flat_map(|group| &group.recalls) {
        if !classes.contains(&recall.class.as_str()) {
            classes.push(&recall.class);
        }
    }
    classes.iter().for_each(|class| text += &format!(" {class:>25}"));
    text += "   (recall of each class)\n";
    for group in &table.groups {
        let name = if group.value.is_empty() { "(blank)" } else { &group.value };
        text += &format!(
            "{name:<24} {:>7} {:>11} {:>9} {:>8} {:>16} {:>12}",
            group.persons,
            group.samples,
            group.not_found,
            percent(group.accuracy),
            interval(group.accuracy_interval),
            fixed(group.mean_probability, 3),
        );
        for class in &classes {
            let recall = group.recalls.iter().find(|recall| recall.class == *class);
            let shown =
                recall.map(|recall| format!("{} ({})", percent(recall.recall), interval(recall.recall_interval)));
            text += &format!(" {:>25}", shown.unwrap_or_else(|| "–".to_owned()));
        }
        text += if group.compared { "\n" } else { "   not compared\n" };
    }
    for gap in &table.gaps {
        text += &format!(
            "largest gap, {}: {} points ({} to {}), p = {}\n",
            if gap.what == "accuracy" { "accuracy".to_owned() } else { format!("recall of {}", gap.what) },
            fixed(100.0 * gap.difference, 1),
            gap.lowest,
            gap.highest,
            p_value(gap.p_value),
        );
    }
    text
}
