//! Texts of the curves of the model face.

use super::model_face::{self, INTENSITY as INTENSITY_OF, NAMES};
use super::run::with_estimates;
use super::{inline, joined, labelled};
use crate::format::{fixed, percent};
use crate::language::Text;
use crate::language::messages::DECIMAL;
use crate::state::{CurvesEnd, RunProgress};
use mien_core::expression::Expression;
use mien_core::sweep::{Difference, GroupSummary, Step, Summary, Threshold, Words};
use mien_face::settings::{DISTANCE, INTENSITY, SETTINGS, SKIN, STRENGTH, VIEW_HEIGHT};
use mien_face::sweep::{CurvesAnswer, Grouping, SweepError, SweepPlan};

pub use crate::language::messages::curves::*;

/// The groups that can be compared.
pub const fn grouping(grouping: Grouping) -> Text {
    match grouping {
        Grouping::None => COMPARE_NONE,
        Grouping::Skin => COMPARE_SKIN,
        Grouping::Light => COMPARE_LIGHT,
        Grouping::Shape => COMPARE_SHAPE,
        Grouping::Glasses => COMPARE_GLASSES,
    }
}

const fn groups(grouping: Grouping) -> &'static [Text] {
    match grouping {
        Grouping::None => &[],
        Grouping::Skin => &[LIGHT_SKIN, MEDIUM_SKIN, DARK_SKIN],
        Grouping::Light => &[FRONT, SIDE],
        Grouping::Shape => &[SHAPE_LOW, SHAPE_HIGH],
        Grouping::Glasses => &[model_face::WITHOUT_GLASSES, model_face::WITH_GLASSES],
    }
}

/// The name of a part of a summary: all of it comes first.
pub fn part(grouping: Grouping, index: usize) -> Text {
    index.checked_sub(1).and_then(|group| groups(grouping).get(group)).copied().unwrap_or(ALL)
}

/// What is wrong with a sweep.
pub const fn wrong(error: SweepError) -> Text {
    match error {
        SweepError::Range(_) => WRONG_RANGE,
        SweepError::Look => WRONG_LOOK,
        SweepError::Groups(_) => WRONG_GROUPS,
        SweepError::Value { .. }
        | SweepError::Steps(_)
        | SweepError::Kinds(_)
        | SweepError::Identities(_)
        | SweepError::Axis(_) => WRONG_NUMBER,
    }
}

/// Why a sweep ended early.
pub const fn ended(end: CurvesEnd) -> Text {
    match end {
        CurvesEnd::Network => ENDED_NETWORK,
        CurvesEnd::Failed => ENDED_FAILED,
        CurvesEnd::Nothing => ENDED_NOTHING,
    }
}

/// The progress.
pub fn progress(progress: &RunProgress) -> String {
    with_estimates(done(progress.done, progress.total), progress, None)
}

/// What changes, with its unit.
pub fn axis(plan: &SweepPlan) -> String {
    let name = NAMES.get(plan.axis).copied().unwrap_or(INTENSITY_OF);
    match (plan.axis, plan.look()) {
        (INTENSITY, Some(look)) => labelled(name, inline(look)),
        (DISTANCE | VIEW_HEIGHT, _) => format!("{name} (cm)"),
        (SKIN | STRENGTH, _) => name.into(),
        _ if SETTINGS[plan.axis].max == 1.0 => name.into(),
        _ => format!("{name} (°)"),
    }
}

/// A value of what changes.
pub fn value(plan: &SweepPlan, summary: &Summary, value: f32) -> String {
    if plan.axis == SKIN { model_face::value(SKIN, value) } else { fixed(f64::from(value), summary.decimals()) }
}

/// What the thresholds are of.
pub fn title(summary: &Summary) -> String {
    let class = inline(summary.class);
    if summary.until { until(class) } else { thresholds(class) }
}

fn reached(summary: &Summary, value: Option<f32>) -> String {
    value.map_or_else(
        || if summary.until { TO_END } else { NEVER }.into(),
        |value| fixed(f64::from(value), summary.decimals()),
    )
}

/// The words for a number of curves, of all of them.
type Counted = fn(usize, usize) -> String;

/// A part's threshold in words: value and interval, how much later than in the first group, curves without a value of their own.
pub fn finding(answer: &CurvesAnswer, index: usize, of: &GroupSummary) -> String {
    let summary = &answer.summary;
    let Threshold { value, interval: [low, high], curves, .. } = &of.threshold;
    let name = part(answer.plan.grouping, index);
    let mut text = if of.threshold.known() > 0 {
        let text = |value: &Option<f32>| reached(summary, *value);
        match (low, high) {
            (None, None) => threshold_certain(name, &text(value)),
            (_, None) if summary.until => threshold_to_end(name, &text(value), &text(low)),
            (_, None) => threshold_or_never(name, &text(value), &text(low)),
            _ => threshold(name, &text(value), &text(low), &text(high)),
        }
    } else {
        labelled(name, UNKNOWN)
    };
    if let Some(Difference { value, interval: [low, high] }) = of.later {
        let [value, low, high] = [value, low, high].map(|value| reached(summary, Some(value)));
        text = joined(&text, &later(&value, &low, &high));
    }
    let Threshold { from_start, never, back, unknown, .. } = of.threshold;
    let counts: [(u32, Counted); 4] = if summary.until {
        [
            (from_start, |count, of| not_at_start(count, of)),
            (never, |count, of| to_end_count(count, of)),
            (back, |count, of| again(count, of)),
            (unknown, |count, of| unknown_count(count, of)),
        ]
    } else {
        [
            (from_start, |count, of| at_start(count, of)),
            (never, |count, of| never_count(count, of)),
            (back, |count, of| lost(count, of)),
            (unknown, |count, of| unknown_count(count, of)),
        ]
    };
    for (count, words) in counts {
        if count > 0 {
            text = joined(&text, &words(count as usize, *curves as usize));
        }
    }
    text
}

/// The mean probability of a class for the table. Without a face there is none.
pub fn mean(of: &Step, class: Expression) -> String {
    if of.found > 0 { percent(of.means[class.index()]) } else { "–".to_owned() }
}

/// Mean probabilities for the table, and the number of found faces.
pub fn cells(of: &Step) -> Vec<String> {
    let mut cells = Expression::ALL.map(|class| mean(of, class)).to_vec();
    cells.push(of.found.to_string());
    cells
}

/// The words of the drawing.
pub fn words(plan: &SweepPlan) -> Words {
    Words {
        title: labelled(TITLE, &axis(plan)),
        description: MODEL_ONLY.into(),
        x: axis(plan),
        y: MEAN.into(),
        classes: Expression::ALL.map(|class| super::expression(class).into()),
        groups: groups(plan.grouping).iter().map(|name| (*name).into()).collect(),
        all: ALL.into(),
        from: Expression::ALL.map(|class| thresholds(inline(class))),
        until: Expression::ALL.map(|class| until(inline(class))),
        never: NEVER.into(),
        to_end: TO_END.into(),
        unknown: UNKNOWN.into(),
        decimal: DECIMAL.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::assert_distinct;
    use mien_core::expression::Distribution;
    use mien_face::settings::{LIGHT_UP, Settings};
    use mien_face::sweep::CurvesRequest;

    fn plan() -> SweepPlan {
        let mut base = Settings::default();
        base.show(Expression::Happy);
        let grouping = Grouping::Light;
        SweepPlan { base, axis: INTENSITY, from: 0.0, to: 1.0, steps: 3, identities: 2, grouping }
    }

    #[test]
    fn every_group_has_a_name() {
        assert_distinct(Grouping::ALL.map(grouping));
        for of in Grouping::ALL {
            let names = groups(of);
            assert_eq!(names.len(), of.groups().1.len());
            assert_eq!(part(of, 0).text(), ALL.text());
            names.iter().enumerate().for_each(|(group, name)| assert_eq!(part(of, group + 1).text(), name.text()));
        }
        assert_distinct([WRONG_RANGE, WRONG_LOOK, WRONG_GROUPS, WRONG_NUMBER]);
    }

    #[test]
    fn what_changes_has_its_unit() {
        assert_eq!(axis(&plan()), "Intensity: happy");
        assert_eq!(axis(&SweepPlan { axis: LIGHT_UP, ..plan() }), "Light from above (°)");
        assert_eq!(axis(&SweepPlan { axis: DISTANCE, ..plan() }), "Distance of the camera (cm)");
        assert_eq!(axis(&SweepPlan { axis: VIEW_HEIGHT, ..plan() }), "Field of view (cm)");
        assert_eq!(axis(&SweepPlan { axis: 2, ..plan() }), "Brow lowerer (AU\u{a0}4)");
    }

    #[test]
    fn progress_is_counted_in_pictures() {
        let said = progress(&RunProgress { run: 1, done: 2, total: 8, seconds: 2.0 });
        assert_eq!(said, "2 of 8 pictures · 6 s left");
    }

    /// Happy with this probability, else neutral.
    fn of(share: f32) -> Option<Distribution> {
        let mut all = [0.0; Expression::COUNT];
        all[Expression::Happy.index()] = share;
        all[Expression::Neutral.index()] = 1.0 - share;
        Some(Distribution(all))
    }

    /// The answer to two identities, each in light from the front, then from the side.
    fn answer(curves: [[Option<Distribution>; 3]; 4], class: Option<Expression>) -> CurvesAnswer {
        let (network, words) = (String::new(), words(&plan()));
        CurvesRequest { plan: plan(), outcomes: curves.concat(), class, network, words }.answer()
    }

    fn findings(answer: &CurvesAnswer) -> Vec<String> {
        answer.summary.parts().enumerate().map(|(index, part)| finding(answer, index, part)).collect()
    }

    #[test]
    fn findings_say_what_is_not_known() {
        let (early, hidden) = ([of(0.0), of(0.6), of(1.0)], [of(0.0), of(0.2), None]);
        let answer = answer([early, hidden, hidden, [None; 3]], None);
        let findings = findings(&answer);
        let left_out = "2 of 2 left out: no face was found where the threshold may lie";
        assert_eq!(findings[2], format!("light from the side: not known; {left_out}"));
        assert!(
            findings[1].starts_with("light from the front: 0.42 (") && findings[1].contains("; 1 of 2 left out: "),
            "{findings:?}"
        );
        assert!(!findings.concat().contains("never"), "{findings:?}");
        assert!(answer.svg.contains(">light from the side · not known<"));
        // nor has a group without a face a mean
        let step = |part: usize| answer.summary.parts().nth(part).unwrap().steps[2];
        assert_eq!([1, 2].map(|part| mean(&step(part), Expression::Happy)), ["100%", "–"]);
        assert_eq!(cells(&step(2)), ["–", "–", "–", "–", "–", "–", "–", "0"]);
    }

    #[test]
    fn findings_say_what_was_never_reached() {
        let (early, late) = ([of(0.0), of(0.6), of(1.0)], [of(0.0), of(0.2), of(0.3)]);
        let answer = answer([early, late, early, late], None);
        let findings = findings(&answer);
        assert_eq!(findings[1], "light from the front: 0.42 (95% interval 0.42 to 0.42)");
        assert_eq!(findings[2], "light from the side: never (95% interval: never); 2 of 2 never");
        assert!(findings[0].ends_with("2 of 4 never"), "{findings:?}");
        assert!(
            answer.svg.contains("From here on, happy is named") && answer.svg.contains(">light from the side · never")
        );
        assert_eq!(cells(&answer.summary.all.steps[0])[5..], ["0%", "100%", "4"].map(str::to_owned));
    }

    #[test]
    fn intervals_end_at_the_end() {
        let (early, late) = ([of(0.0), of(0.6), of(1.0)], [of(0.0), of(0.2), of(0.3)]);
        let curves = [early, late, late, late];
        let from = findings(&answer(curves, None));
        assert!(from[1].starts_with("light from the front: never (95% interval from 0.42 on, or never); "), "{from:?}");
        let findings = findings(&answer(curves, Some(Expression::Neutral)));
        assert_eq!(findings[2], "light from the side: to the end (95% interval: to the end); 2 of 2 to the end");
        assert!(
            findings[1].starts_with("light from the front: to the end (95% interval 0.42 to the end); "),
            "{findings:?}"
        );
    }
}
