//! Texts about labelled photographs.

use super::evaluation::{
    self, CLASS, COLUMN_RECALL, COLUMN_ROC_AUC, FACT_BACKEND, FACT_NETWORK, FACT_TIME, announce_done, number, share,
};
use super::{expression, groups, titled};
use crate::format::{fixed, grouped};
use crate::language::Text;
use crate::language::messages::photographs as texts;
use crate::state::{Photographs, Run, RunProgress};
use mien_core::evaluation::photos::{
    FER2013_PLACEMENT, MeanAndDeviation, PhotoClass, PhotoFigures, PhotoGap, PhotoGroup, PhotoGroups, PhotoRun,
    PlacementReport,
};
use mien_core::expression::Expression;
use mien_protocol::PhotographsOutcome;

pub use crate::language::messages::photographs::*;

/// The progress of a run.
pub fn progress(progress: &RunProgress) -> String {
    if progress.total == 0 { READING.into() } else { evaluation::progress(progress) }
}

/// The progress and the end of a run for screen readers.
pub fn announcement(photographs: &Photographs) -> String {
    match (&photographs.current, &photographs.outcome) {
        (Run::Running(progress), _) => evaluation::progress_announcement(progress),
        (Run::Idle, Some(outcome)) => announce_done(&name(&outcome.measured), &share(outcome.figures.accuracy)),
        // an alert says why the last run has no result; the one before was announced
        (Run::Ended(_), _) | (Run::Idle, None) => String::new(),
    }
}

/// The name of the photographs; they have none if no folder was chosen.
pub fn name(measured: &PhotoRun) -> String {
    if measured.photographs.is_empty() { PHOTOGRAPHS.into() } else { measured.photographs.clone() }
}

/// The properties of a run: term and value.
pub fn facts(outcome: &PhotographsOutcome) -> [(Text, String); 4] {
    let PhotographsOutcome { measured, figures, .. } = outcome;
    [
        (PHOTOGRAPHS, grouped(figures.samples as usize)),
        (FACT_NETWORK, titled(&measured.model)),
        (FACT_BACKEND, titled(&measured.backend)),
        (FACT_TIME, evaluation::time(figures.samples, measured.seconds)),
    ]
}

/// The name of a class of a report.
fn class(name: &str) -> Text {
    Expression::ALL.into_iter().find(|class| class.name() == name).map_or(groups::ACCURACY, expression)
}

fn count(number: u64) -> String {
    grouped(number as usize)
}

/// A confidence interval; empty without one.
fn interval(interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(String::new, |[low, high]| groups::range(&share(low), &share(high)))
}

/// The rows of a table of the classes, below the names of its columns.
pub fn class_table(figures: &PhotoFigures) -> Vec<Vec<String>> {
    let columns = [CLASS, PHOTOGRAPHS, NOT_FOUND, RIGHT, COLUMN_RECALL, groups::INTERVAL_COLUMN, COLUMN_ROC_AUC];
    let row = |of: &PhotoClass| {
        vec![
            class(&of.name).into(),
            count(of.samples),
            count(of.not_found),
            count(of.right),
            share(of.recall),
            interval(of.recall_interval),
            number(of.roc_auc),
        ]
    };
    table(&columns, figures.classes.iter().map(row).collect())
}

/// The rows of a table of the groups of a column, below the names of its columns.
pub fn group_table(column: &PhotoGroups) -> Vec<Vec<String>> {
    let mut classes: Vec<&str> = Vec::new();
    for recall in column.groups.iter().flat_map(|group| &group.recalls) {
        if !classes.contains(&recall.class.as_str()) {
            classes.push(&recall.class);
        }
    }
    let columns = [groups::GROUP, PERSONS, PHOTOGRAPHS, NOT_FOUND, groups::ACCURACY, groups::INTERVAL_COLUMN];
    let row = |group: &PhotoGroup| {
        let mut row = vec![
            groups::value(&group.value),
            count(group.persons),
            count(group.samples),
            count(group.not_found),
            share(group.accuracy),
            group_interval(group),
        ];
        row.extend(classes.iter().map(|class| match group.recalls.iter().find(|recall| recall.class == *class) {
            Some(recall) => format!("{} ({})", share(recall.recall), interval(recall.recall_interval)),
            None => "–".to_owned(),
        }));
        row
    };
    let mut rows = table(&columns, column.groups.iter().map(row).collect());
    rows[0].extend(classes.iter().map(|name| groups::class_recall(class(name))));
    rows
}

/// Rows below the names of their columns.
fn table(columns: &[Text], mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    rows.insert(0, columns.iter().map(|&column| column.into()).collect());
    rows
}

/// The confidence interval of a group's accuracy, or a note that the group is too small.
fn group_interval(group: &PhotoGroup) -> String {
    let range = interval(group.accuracy_interval);
    if group.compared || group.value.is_empty() { range } else { few_persons(&range) }
}

/// The largest gap in accuracy, or in the recall of a class.
pub fn gap(gap: &PhotoGap) -> String {
    let what = if gap.what == "accuracy" { groups::ACCURACY.into() } else { groups::class_recall(class(&gap.what)) };
    let points = fixed(100.0 * gap.difference, 1);
    let [lowest, highest] = [&gap.lowest, &gap.highest].map(|value| groups::value(value));
    texts::gap(&what, &points, &lowest, &highest, &format!("p = {}", fixed(gap.p_value, 4)))
}

/// The rows of a table of how the crops frame the faces, beside FER2013's means, below the names of its columns.
pub fn framing_table(placement: &PlacementReport) -> Vec<Vec<String>> {
    let row = |name: Text, own: MeanAndDeviation, reference: f32| {
        let values = [own.mean, own.deviation, f64::from(reference)].map(|value| fixed(value, 1));
        [vec![name.into()], values.to_vec()].concat()
    };
    let reference = FER2013_PLACEMENT;
    vec![
        vec![String::new(), MEAN.into(), DEVIATION.into(), "FER2013".to_owned()],
        row(EYE_DISTANCE, placement.eye_distance, reference.eye_distance),
        row(EYES_X, placement.eyes_x, reference.eyes_x),
        row(EYES_Y, placement.eyes_y, reference.eyes_y),
        row(MOUTH_Y, placement.mouth_y, reference.mouth_y),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::photographs;
    use crate::state::RunFailure;

    #[test]
    fn progress_says_what_it_waits_for() {
        let of = |done, total, seconds| progress(&RunProgress { run: 1, done, total, seconds });
        assert_eq!(of(0, 0, 0.0), READING.text());
        assert_eq!(of(10, 20, 5.0), "10 of 20 images · 2.0 images/s · 5 s left");
    }

    #[test]
    fn the_end_is_announced_with_the_accuracy() {
        let mut state = Photographs::default();
        assert_eq!(announcement(&state), "");
        state.outcome = Some(std::rc::Rc::new(photographs()));
        assert_eq!(announcement(&state), "london done: accuracy 75.0%.");
        state.current = Run::Running(RunProgress { run: 1, done: 1, total: 4, seconds: 1.0 });
        assert_eq!(announcement(&state), "Evaluation: 25%");
        state.current = Run::Ended(RunFailure::Cancelled);
        assert_eq!(announcement(&state), "", "a message says it");
        assert_eq!(name(&PhotoRun::default()), PHOTOGRAPHS.text());
        assert_eq!(facts(&photographs())[0].1, "16");
    }

    #[test]
    fn gaps_and_small_groups_are_put_into_words() {
        let figures = photographs().figures;
        let column = &figures.groups[0];
        let said: Vec<String> = column.gaps.iter().map(gap).collect();
        assert!(said[0].starts_with("Accuracy: “b” and “a” are 50.0 points apart (p = "), "{said:?}");
        assert!(said[1].starts_with("Recall: Happy: “b” and “a” are 50.0 points apart"), "{said:?}");
        let rows = group_table(column);
        assert_eq!((rows.len(), rows[0].len(), rows[0][6].as_str()), (4, 7, "Recall: Happy"));
        assert_eq!(rows[2][..5], ["b", "6", "6", "0", "50.0%"]);
        assert!(rows[2][6].starts_with("50.0% (") && rows[2][5].ends_with('%'), "{rows:?}");
        assert!(rows[3][5].ends_with(", too few people"), "{rows:?}");
        let classes = class_table(&figures);
        assert_eq!(classes[1][..5], ["Happy", "16", "0", "12", "75.0%"]);
        assert_eq!((interval(None), interval(Some([0.25, 0.5]))), (String::new(), "25.0% to 50.0%".into()));
        assert_eq!(class("fear"), expression(Expression::Fear));
    }

    #[test]
    fn the_framing_is_beside_that_of_fer2013() {
        let of = |mean| MeanAndDeviation { mean, deviation: 0.25 };
        let placement =
            PlacementReport { eye_distance: of(14.0), eyes_x: of(24.04), eyes_y: of(18.0), mouth_y: of(36.0) };
        let rows = framing_table(&placement);
        assert_eq!(rows[1], [EYE_DISTANCE.text(), "14.0", "0.3", "16.2"]);
        assert_eq!((rows.len(), rows[2][1].as_str()), (5, "24.0"));
    }
}
