//! The curves as plain text, in English, aligned for a monospaced font.

use super::{GroupSummary, Summary, Threshold};
use crate::expression::Expression;
use crate::number::fixed;

/// The means of all curves, and the thresholds.
pub fn tables(summary: &Summary, axis: &str) -> String {
    let decimals = summary.decimals();
    let mut text = format!("{axis:>14}  found");
    Expression::ALL.iter().for_each(|class| text += &format!(" {:>9}", class.name()));
    text += &format!("   named {}\n", summary.class);
    for (step, value) in summary.all.steps.iter().zip(&summary.values) {
        text += &format!("{:>14} {:>6}", fixed(f64::from(*value), decimals), step.found);
        for mean in step.means {
            // without a face there is no mean
            let mean = if step.found > 0 { fixed(f64::from(mean), 3) } else { "–".to_owned() };
            text += &format!(" {mean:>9}");
        }
        text += &format!(" {:>8}\n", step.named);
    }
    let title = format!("named {} {}", summary.class, if summary.until { "up to" } else { "from" });
    text += &format!(
        "\n{title:<22}    median                95 %  curves  from the start  never  back  left out  later than the first group (95 %)\n"
    );
    let names = summary.parts().map(|part| threshold(part, summary.until, decimals));
    text += &names.collect::<String>();
    if summary.parts().any(|part| part.threshold.unknown > 0) {
        text += "\nCurves are left out if no face was found where the change would have to be: before their first face, or after the last.\n";
    }
    if summary.is_small() {
        text += "\nThese are few identities: with others, the thresholds could be far from these intervals.\n";
    }
    text
}

fn threshold(part: &GroupSummary, until: bool, decimals: u32) -> String {
    let not_reached = if until { "to the end" } else { "never" };
    let number =
        |value: Option<f32>| value.map_or_else(|| not_reached.to_owned(), |value| fixed(f64::from(value), decimals));
    let Threshold { value, interval: [low, high], curves, from_start, never, back, unknown } = &part.threshold;
    let is_known = part.threshold.known() > 0;
    // both ends are the same, or only the upper one is not reached
    let interval = match (low, high) {
        _ if !is_known => String::new(),
        (None, None) => not_reached.to_owned(),
        (Some(_), None) if until => format!("{} {not_reached}", number(*low)),
        _ => format!("{} to {}", number(*low), number(*high)),
    };
    let later = part.later.map_or_else(String::new, |later| {
        let [value, low, high] = [later.value, later.interval[0], later.interval[1]].map(|value| number(Some(value)));
        format!("  {value} ({low} to {high})")
    });
    format!(
        "{:<22} {:>9} {:>19} {curves:>7} {from_start:>15} {never:>6} {back:>5} {unknown:>9}{later}\n",
        if part.name.is_empty() { "all" } else { &part.name },
        if is_known { number(*value) } else { "not known".to_owned() },
        interval,
    )
}
