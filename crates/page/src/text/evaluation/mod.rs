//! Texts of the Evaluation page.

mod comparison;
mod findings;
mod samples;

use super::run::{quarters, with_estimates};
use super::training::library::name;
use super::{inline, labelled, titled};
use crate::format::{fixed, grouped, percent};
use crate::language::Text;
use crate::state::{Ensemble, EvaluationRun, RunProgress, SEED, Selection};
use mien_core::dataset::Split;
use mien_core::evaluation::Metric;
use mien_core::evaluation::figures::Cells;
use mien_core::expression::Expression;
use mien_protocol::{DatasetSummary, NetworkEntry, NetworkId};

pub use crate::format::{grouped as count, share};
pub use crate::language::messages::evaluation::*;
pub use comparison::{common, difference, incomparable, signed, verdict};
pub use findings::{calibration, findings, order_read_again, reordered};
pub use samples::{cell_title, gallery, image, image_detail, neighbour, sample_facts, sample_prediction, sample_title};

pub const EMPTY_LIST: [Text; 4] = [EMPTY_METRICS, EMPTY_MATRIX, EMPTY_CURVES, EMPTY_RUNS];
pub const PRECISION_RECALL_AXES: [Text; 3] = [PRECISION_RECALL_CURVE, RECALL_AXIS, PRECISION_AXIS];
pub const ROC_AXES: [Text; 3] = [ROC_CURVE, FALSE_POSITIVE_RATE, TRUE_POSITIVE_RATE];
pub const CALIBRATION_COLUMNS: [Text; 4] = [CONFIDENCE, SPLIT, MEAN_CONFIDENCE, METRIC_ACCURACY];

/// A metric for tables; a dash where it is undefined.
pub fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| fixed(value, 3))
}

/// A part of a dataset and its number of images.
pub fn part(name: &str, number: usize) -> String {
    format!("{name} ({})", count(number))
}

/// What a run is called: the networks of the ensemble, and the selection.
pub fn title(networks: &[NetworkEntry], ensemble: &Ensemble, active: NetworkId, selection: &str) -> String {
    let chosen: Vec<&str> = networks.iter().filter(|entry| ensemble.has(entry.id, active)).map(name).collect();
    labelled(&chosen.join(" + "), selection)
}

/// The label of the start button.
pub fn start(number: usize) -> String {
    if number == 0 { EVALUATE.into() } else { evaluate_images(number) }
}

/// Caveats of a selection of images: of its split, and of those with duplicates and with near duplicates in Training.
pub fn caveats(split: Option<Split>, (duplicates, near): (usize, usize)) -> Vec<String> {
    let mut caveats = Vec::new();
    match split {
        None => caveats.push(CAVEAT_ALL.into()),
        Some(Split::Training) => caveats.push(CAVEAT_TRAINING.into()),
        Some(Split::PublicTest) => caveats.push(CAVEAT_PUBLIC_TEST.into()),
        Some(Split::PrivateTest) => {}
    }
    if duplicates > 0 {
        caveats.push(caveat_duplicates(duplicates));
    }
    if near > 0 {
        caveats.push(caveat_near_duplicates(near));
    }
    caveats
}

/// What results mean where these classes have no image.
pub fn lacking(classes: &[Expression]) -> String {
    let names: Vec<&str> = classes.iter().map(|class| inline(*class).text()).collect();
    caveat_lacking(&names.join(", "))
}

/// The name of a selection in the report, in English. A whole split has the same name as on the command line.
pub fn selection(selection: &Selection, set: &DatasetSummary, samples: usize) -> String {
    let mut name = selection.split(set).map_or("all images", Split::name).to_owned();
    if let Some(class) = selection.class {
        name = format!("{name}, {class} only");
    }
    match selection.count {
        Some(count) if count as usize == samples => format!("{samples} of {name}, drawn by class with seed {SEED}"),
        _ => name,
    }
}

/// The progress of a run.
pub fn progress(progress: &RunProgress) -> String {
    with_estimates(images_done(progress.done, progress.total), progress, Some(|rate| images_per_second(rate)))
}

/// A duration, such as `1 min 05 s`.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil().max(0.0) as u32;
    if seconds < 60 {
        in_seconds(&grouped(seconds as usize))
    } else {
        in_minutes(seconds / 60, &format!("{:02}", seconds % 60))
    }
}

/// The progress of a run for screen readers, once per quarter.
pub fn progress_announcement(progress: &RunProgress) -> String {
    announce_progress(&quarters(progress))
}

/// The announcement that a run is finished, for screen readers.
pub fn done_announcement(run: &EvaluationRun) -> String {
    announce_done(&run.name, &share(run.evaluation.report.accuracy))
}

/// A short summary of a run.
pub fn run_facts(run: &EvaluationRun) -> String {
    let report = &run.evaluation.report;
    format!("{} · {} · {} · {}", images(report.samples as usize), run.set.name, titled(&report.backend), run.time)
}

/// The properties of a run: term and value.
pub fn facts(run: &EvaluationRun) -> Vec<(Text, String)> {
    let report = &run.evaluation.report;
    let mut facts = vec![
        (SPLIT, format!("{} ({})", grouped(report.samples as usize), report.split)),
        (SET, report.dataset.clone()),
        (FACT_NETWORK, titled(&report.model)),
        (FACT_BACKEND, titled(&report.backend)),
        (FACT_TIME, time(report.samples, report.seconds)),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// The time for this many images, and their rate.
pub fn time(images: u64, seconds: f64) -> String {
    let rate = images as f64 / seconds.max(1e-3);
    let rate = images_per_second(&fixed(rate, u32::from(rate < 10.0)));
    format!("{}, {rate}", in_seconds(&fixed(seconds, 1)))
}

/// The confidence interval of the accuracy.
pub fn interval([low, high]: [f64; 2]) -> String {
    confidence_interval(&share(low), &share(high))
}

/// A metric's name.
pub const fn metric(metric: Metric) -> Text {
    match metric {
        Metric::Accuracy => METRIC_ACCURACY,
        Metric::BalancedAccuracy => METRIC_BALANCED_ACCURACY,
        Metric::Top2Accuracy => METRIC_TOP2_ACCURACY,
        Metric::MacroPrecision => METRIC_MACRO_PRECISION,
        Metric::MacroRecall => METRIC_MACRO_RECALL,
        Metric::MacroF1 => METRIC_MACRO_F1,
        Metric::WeightedPrecision => METRIC_WEIGHTED_PRECISION,
        Metric::WeightedRecall => METRIC_WEIGHTED_RECALL,
        Metric::WeightedF1 => METRIC_WEIGHTED_F1,
        Metric::CohenKappa => METRIC_COHEN_KAPPA,
        Metric::MatthewsCorrelation => METRIC_MATTHEWS_CORRELATION,
        Metric::MacroAveragePrecision => METRIC_MACRO_AVERAGE_PRECISION,
        Metric::MacroRocAuc => METRIC_MACRO_ROC_AUC,
        Metric::LogLoss => METRIC_LOG_LOSS,
        Metric::BrierScore => METRIC_BRIER_SCORE,
        Metric::ExpectedCalibrationError => METRIC_EXPECTED_CALIBRATION_ERROR,
    }
}

/// The description of a metric.
pub const fn explain(metric: Metric) -> Text {
    match metric {
        Metric::Accuracy => EXPLAIN_ACCURACY,
        Metric::BalancedAccuracy => EXPLAIN_BALANCED_ACCURACY,
        Metric::Top2Accuracy => EXPLAIN_TOP2_ACCURACY,
        Metric::MacroPrecision => EXPLAIN_MACRO_PRECISION,
        Metric::MacroRecall => EXPLAIN_MACRO_RECALL,
        Metric::MacroF1 => EXPLAIN_MACRO_F1,
        Metric::WeightedPrecision => EXPLAIN_WEIGHTED_PRECISION,
        Metric::WeightedRecall => EXPLAIN_WEIGHTED_RECALL,
        Metric::WeightedF1 => EXPLAIN_WEIGHTED_F1,
        Metric::CohenKappa => EXPLAIN_COHEN_KAPPA,
        Metric::MatthewsCorrelation => EXPLAIN_MATTHEWS_CORRELATION,
        Metric::MacroAveragePrecision => EXPLAIN_MACRO_AVERAGE_PRECISION,
        Metric::MacroRocAuc => EXPLAIN_MACRO_ROC_AUC,
        Metric::LogLoss => EXPLAIN_LOG_LOSS,
        Metric::BrierScore => EXPLAIN_BRIER_SCORE,
        Metric::ExpectedCalibrationError => EXPLAIN_EXPECTED_CALIBRATION_ERROR,
    }
}

/// The description of what the cells of the matrix show.
pub const fn cells(cells: Cells) -> Text {
    match cells {
        Cells::Counts => CELLS_COUNTS,
        Cells::Rows => CELLS_ROWS,
        Cells::Columns => CELLS_COLUMNS,
        Cells::Total => CELLS_TOTAL,
    }
}

/// The same for a button.
pub const fn cells_short(cells: Cells) -> Text {
    match cells {
        Cells::Counts => CELLS_SHORT_COUNTS,
        Cells::Rows => CELLS_SHORT_ROWS,
        Cells::Columns => CELLS_SHORT_COLUMNS,
        Cells::Total => CELLS_SHORT_TOTAL,
    }
}

/// The column header of the precision at a recall.
pub fn precision_at(recall: f32) -> String {
    precision_at_recall(&fixed(f64::from(recall), 2))
}

/// The column header of the true positive rate at a false positive rate.
pub fn found_at(rate: f32) -> String {
    true_positive_rate_at(&percent(rate))
}

/// The legend entry of a curve.
pub fn curve(class: Expression, area: Option<f64>) -> String {
    format!("{} {}", inline(class), number(area))
}

/// A bin of the reliability diagram.
pub fn range(index: usize, bins: usize) -> String {
    let bound = |index: usize| fixed(index as f64 * 100.0 / bins as f64, 0);
    percent_range(&bound(index), &bound(index + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{evaluation, happy, predictions, set};
    use crate::state::Subset;
    use crate::text::tests::assert_distinct;
    use std::rc::Rc;

    #[test]
    fn undefined_metrics_are_dashes() {
        assert_eq!((number(None), number(Some(0.12349)), difference(None)), ("–".into(), "0.123".into(), "–".into()));
        assert_eq!(curve(Expression::Fear, None), "fear –");
    }

    #[test]
    fn every_metric_has_a_name_and_an_explanation() {
        assert_distinct(Metric::ALL.map(metric));
        assert_distinct(Metric::ALL.map(explain));
        let all = [Cells::Counts, Cells::Rows, Cells::Columns, Cells::Total];
        assert_distinct(all.map(cells));
        assert_distinct(all.map(cells_short));
    }

    #[test]
    fn times_are_in_seconds_below_a_minute() {
        assert_eq!(
            [0.0, 0.2, 59.0, 59.5, 65.0, 3_600.0].map(duration),
            ["0 s", "1 s", "59 s", "1 min 00 s", "1 min 05 s", "60 min 00 s"]
        );
        assert_eq!([-1.0, f64::NAN].map(duration), ["0 s", "0 s"]);
        assert!(!duration(f64::INFINITY).is_empty());
    }

    #[test]
    fn progress_is_counted_in_images() {
        let of = |done, total| RunProgress { run: 1, done, total, seconds: 2.0 };
        assert_eq!(progress(&of(0, 1)), "0 of 1 image");
        assert_eq!(progress(&of(10, 100)), "10 of 100 images · 5.0 images/s · 18 s left");
        assert_eq!(progress_announcement(&of(99, 100)), "Evaluation: 75%");
    }

    #[test]
    fn only_held_out_images_come_without_a_caveat() {
        let count = |split, duplicates| caveats(split, (duplicates, duplicates)).len();
        assert_eq!([None, Some(Split::Training), Some(Split::PublicTest)].map(|split| count(split, 0)), [1, 1, 1]);
        assert_eq!((count(Some(Split::PrivateTest), 0), count(Some(Split::PrivateTest), 1)), (0, 2));
        assert!(caveats(None, (1, 0))[1].starts_with("1 of these images is"));
    }

    #[test]
    fn reports_name_the_images_as_the_command_line_does() {
        let set = set(1, "set", &[(Expression::Happy, Split::Training), (Expression::Sad, Split::PrivateTest)]);
        let of = |chosen: Selection| selection(&chosen, &set, chosen.samples(&set).len());
        assert_eq!(of(Selection::default()), "PrivateTest");
        assert_eq!(of(Selection { subset: Subset::All, ..Selection::default() }), "all images");
        let sad = Selection { subset: Subset::All, class: Some(Expression::Sad), count: Some(1) };
        assert_eq!(of(sad), "1 of all images, sad only, drawn by class with seed 1");
        assert_eq!(
            of(Selection { count: Some(500), ..Selection::default() }),
            "PrivateTest",
            "fewer than were asked for"
        );
    }

    /// A run with two predictions, one of them right.
    pub(super) fn run() -> EvaluationRun {
        let predictions = predictions(&[
            (0, Expression::Happy, Expression::Sad, 0.8),
            (2, Expression::Happy, Expression::Happy, 0.9),
        ]);
        EvaluationRun {
            id: 1,
            name: "run".into(),
            time: "10:00".into(),
            set: Rc::new(happy(1, 3)),
            evaluation: *evaluation(&predictions),
            predictions,
            group_faults: Vec::new(),
            regrouped: 0,
        }
    }

    #[test]
    fn a_run_is_described_without_what_is_not_known() {
        let mut run = run();
        let terms: Vec<&str> = facts(&run).iter().map(|(term, _)| term.text()).collect();
        assert_eq!(terms, [SPLIT.text(), FACT_TIME.text()], "set, network and backend are not named");
        assert_eq!(done_announcement(&run), "run done: accuracy 50.0%.");
        run.evaluation.report.backend = "cpu".into();
        assert_eq!(run_facts(&run), "2 images · set · CPU · 10:00");
    }

    #[test]
    fn ranges_and_rates_are_in_percent() {
        assert_eq!(range(0, 10), percent_range("0", "10"));
        assert!(precision_at(0.25).contains("0.25") && found_at(0.05).contains("5%"));
        assert_eq!(interval([0.5, 0.75]), "95% interval 50.0% to 75.0%");
        assert_eq!((start(0), start(1)), ("Evaluate".into(), "Evaluate 1 image".into()));
    }
}
