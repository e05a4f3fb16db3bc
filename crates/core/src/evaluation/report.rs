//! The report of a run, written by the page and the command line: see `docs/report.md`.

use serde::{Deserialize, Serialize};

use super::calibration::{CalibrationBin, expected_calibration_error, reliability};
use super::scores::{brier_score, log_loss, top_2_accuracy};
use super::statistics::{mean, wilson_interval};
use super::{ClassCurves, ConfusionMatrix, GroupTable, Metric, Predictions, TestTimeAugmentation};
use crate::expression::Expression;

/// A description of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The network.
    pub model: String,
    /// A description of the network, such as how it was trained; may be empty.
    pub description: String,
    /// The backend, such as `flex`, `webgpu` or `cuda`.
    pub backend: String,
    /// The dataset, such as the name of its file.
    pub dataset: String,
    /// The split, such as `PublicTest`.
    pub split: String,
    /// The duration in seconds.
    pub seconds: f64,
    /// The test-time augmentation.
    pub augmentation: TestTimeAugmentation,
    /// The temperature of the network; `None` for an ensemble.
    pub temperature: Option<f32>,
}

/// Metrics of a network on a split. Shares are from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Number of images.
    pub samples: u64,
    /// The share of correct predictions.
    pub accuracy: f64,
    /// The accuracy's 95 % interval: see [`wilson_interval`].
    pub accuracy_interval: Option<[f64; 2]>,
    /// See [`ConfusionMatrix::balanced_accuracy`].
    pub balanced_accuracy: f64,
    /// See [`top_2_accuracy`].
    pub top_2_accuracy: f64,
    /// See [`ConfusionMatrix::macro_average`].
    pub macro_precision: f64,
    /// See [`ConfusionMatrix::macro_average`].
    pub macro_recall: f64,
    /// See [`ConfusionMatrix::macro_average`].
    pub macro_f1: f64,
    /// See [`ConfusionMatrix::weighted_average`].
    pub weighted_precision: f64,
    /// See [`ConfusionMatrix::weighted_average`].
    pub weighted_recall: f64,
    /// See [`ConfusionMatrix::weighted_average`].
    pub weighted_f1: f64,
    /// See [`ConfusionMatrix::cohen_kappa`]; `null` if it is undefined.
    pub cohen_kappa: Option<f64>,
    /// See [`ConfusionMatrix::matthews_correlation`].
    pub matthews_correlation: f64,
    /// The mean average precision of the classes with images.
    pub macro_average_precision: f64,
    /// The mean ROC AUC of the classes that have one; `null` if none has.
    pub macro_roc_auc: Option<f64>,
    /// See [`log_loss`].
    pub log_loss: f64,
    /// See [`brier_score`].
    pub brier_score: f64,
    /// See [`expected_calibration_error`].
    pub expected_calibration_error: f64,
    /// The seven classes, in FER2013's order.
    pub classes: Vec<ClassReport>,
    /// Counts: rows are actual classes, columns predicted ones.
    pub confusion_matrix: ConfusionMatrix,
    /// The fifteen bins of the reliability diagram: see [`reliability`].
    pub calibration: Vec<CalibrationBin>,
    /// Metrics by groups of people, one entry per column; empty if not requested.
    #[serde(default)]
    pub groups: Vec<GroupTable>,
    /// See [`RunInfo`].
    pub model: String,
    /// See [`RunInfo`].
    pub description: String,
    /// See [`RunInfo`].
    pub backend: String,
    /// See [`RunInfo`].
    pub dataset: String,
    /// See [`RunInfo`].
    pub split: String,
    /// See [`RunInfo`].
    pub seconds: f64,
    /// See [`RunInfo`].
    #[serde(default)]
    pub test_time_augmentation: TestTimeAugmentation,
    /// See [`RunInfo`].
    #[serde(default)]
    pub temperature: Option<f32>,
    /// The metrics on FER+'s majority labels, if votes were given.
    #[serde(default)]
    pub ferplus: Option<LabelReport>,
}

/// Metrics on another set of labels, on the images that have one. See [`Report`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // see Report
pub struct LabelReport {
    pub samples: u64,
    pub accuracy: f64,
    pub accuracy_interval: Option<[f64; 2]>,
    pub balanced_accuracy: f64,
    pub macro_f1: f64,
    pub expected_calibration_error: f64,
    pub classes: Vec<ClassReport>,
    pub confusion_matrix: ConfusionMatrix,
}

/// The metrics of a class: see [`super::ClassScores`] and [`ClassCurves`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // they say it
pub struct ClassReport {
    pub name: String,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    pub support: u64,
    pub true_positives: u64,
    pub false_positives: u64,
    pub false_negatives: u64,
    pub true_negatives: u64,
    pub average_precision: f64,
    pub roc_auc: Option<f64>,
}

/// The evaluation of a run: the report and the curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The report.
    pub report: Report,
    /// The curves of each class, in FER2013's order.
    pub curves: Vec<ClassCurves>,
}

impl Evaluation {
    /// Evaluates a run.
    pub fn new(predictions: &Predictions, run: RunInfo) -> Self {
        let curves: Vec<_> = Expression::ALL.into_iter().map(|class| ClassCurves::new(predictions, class)).collect();
        Self { report: Report::new(predictions, &curves, run), curves }
    }
}

impl LabelReport {
    /// Evaluates predictions with other labels.
    pub fn new(predictions: &Predictions) -> Self {
        Self::from(&Evaluation::new(predictions, RunInfo::default()).report)
    }
}

impl From<&Report> for LabelReport {
    fn from(report: &Report) -> Self {
        Self {
            samples: report.samples,
            accuracy: report.accuracy,
            accuracy_interval: report.accuracy_interval,
            balanced_accuracy: report.balanced_accuracy,
            macro_f1: report.macro_f1,
            expected_calibration_error: report.expected_calibration_error,
            classes: report.classes.clone(),
            confusion_matrix: report.confusion_matrix,
        }
    }
}

impl Report {
    fn new(predictions: &Predictions, curves: &[ClassCurves], run: RunInfo) -> Self {
        let matrix = predictions.confusion_matrix();
        let classes: Vec<_> = Expression::ALL
            .into_iter()
            .zip(curves)
            .map(|(class, curves)| ClassReport::new(&matrix, class, curves))
            .collect();
        let (macro_average, weighted_average) = (matrix.macro_average(), matrix.weighted_average());
        let with_images = classes.iter().filter(|class| class.support > 0);
        let areas: Vec<f64> = classes.iter().filter_map(|class| class.roc_auc).collect();
        let calibration = reliability(predictions);
        Self {
            samples: matrix.samples(),
            accuracy: matrix.accuracy(),
            accuracy_interval: wilson_interval(matrix.right(), matrix.samples()),
            balanced_accuracy: matrix.balanced_accuracy(),
            top_2_accuracy: top_2_accuracy(predictions),
            macro_precision: macro_average.precision,
            macro_recall: macro_average.recall,
            macro_f1: macro_average.f1,
            weighted_precision: weighted_average.precision,
            weighted_recall: weighted_average.recall,
            weighted_f1: weighted_average.f1,
            cohen_kappa: matrix.cohen_kappa(),
            matthews_correlation: matrix.matthews_correlation(),
            macro_average_precision: mean(with_images.map(|class| class.average_precision)),
            macro_roc_auc: (!areas.is_empty()).then(|| mean(areas.iter().copied())),
            log_loss: log_loss(predictions),
            brier_score: brier_score(predictions),
            expected_calibration_error: expected_calibration_error(&calibration),
            classes,
            confusion_matrix: matrix,
            calibration: calibration.to_vec(),
            groups: Vec::new(),
            model: run.model,
            description: run.description,
            backend: run.backend,
            dataset: run.dataset,
            split: run.split,
            seconds: run.seconds,
            test_time_augmentation: run.augmentation,
            temperature: run.temperature,
            ferplus: None,
        }
    }

    /// A metric by name; `None` if it is undefined.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Accuracy => Some(self.accuracy),
            Metric::BalancedAccuracy => Some(self.balanced_accuracy),
            Metric::Top2Accuracy => Some(self.top_2_accuracy),
            Metric::MacroPrecision => Some(self.macro_precision),
            Metric::MacroRecall => Some(self.macro_recall),
            Metric::MacroF1 => Some(self.macro_f1),
            Metric::WeightedPrecision => Some(self.weighted_precision),
            Metric::WeightedRecall => Some(self.weighted_recall),
            Metric::WeightedF1 => Some(self.weighted_f1),
            Metric::CohenKappa => self.cohen_kappa,
            Metric::MatthewsCorrelation => Some(self.matthews_correlation),
            Metric::MacroAveragePrecision => Some(self.macro_average_precision),
            Metric::MacroRocAuc => self.macro_roc_auc,
            Metric::LogLoss => Some(self.log_loss),
            Metric::BrierScore => Some(self.brier_score),
            Metric::ExpectedCalibrationError => Some(self.expected_calibration_error),
        }
    }
}

impl ClassReport {
    fn new(matrix: &ConfusionMatrix, class: Expression, curves: &ClassCurves) -> Self {
        let scores = matrix.class(class);
        Self {
            name: class.name().to_owned(),
            precision: scores.precision,
            recall: scores.recall,
            f1: scores.f1,
            support: scores.support,
            true_positives: scores.true_positives,
            false_positives: scores.false_positives,
            false_negatives: scores.false_negatives,
            true_negatives: scores.true_negatives,
            average_precision: curves.average_precision,
            roc_auc: curves.roc_auc,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::reference::{Kind, run};
    use crate::expression::Distribution;
    use proptest::prelude::*;

    #[test]
    fn an_evaluation_travels() {
        let evaluation = Evaluation::new(&run(300, 1, Kind::All), RunInfo::default());
        let json = serde_json::to_value(&evaluation).unwrap();
        assert_eq!(json["curves"][0]["roc"].as_array().unwrap().len(), evaluation.curves[0].roc.len() * 8);
        let arrived = serde_json::from_value::<Evaluation>(json).unwrap();
        assert_eq!(arrived.curves[6].precision_recall, evaluation.curves[6].precision_recall);
        assert_eq!(arrived.report.confusion_matrix, evaluation.report.confusion_matrix);
    }

    proptest! {
        #[test]
        fn metrics_stay_in_their_range(
            samples in prop::collection::vec((0_usize..7, prop::array::uniform7(-200.0_f32..200.0)), 0..60),
        ) {
            let mut predictions = Predictions::default();
            for (sample, (label, logits)) in samples.into_iter().enumerate() {
                predictions.push(sample as u32, Expression::ALL[label], Distribution::from_logits(logits));
            }
            let report = Evaluation::new(&predictions, RunInfo::default()).report;
            for metric in Metric::ALL {
                let range = match metric {
                    Metric::CohenKappa | Metric::MatthewsCorrelation => -1.0..=1.0,
                    Metric::LogLoss => 0.0..=36.1,
                    Metric::BrierScore => 0.0..=2.0,
                    _ => 0.0..=1.0,
                };
                let value = report.value(metric);
                let slack = 1e-6;
                let within = |value: f64| value >= range.start() - slack && value <= range.end() + slack;
                prop_assert!(value.is_none_or(within), "{:?} {:?}", metric, value);
            }
            if let Some([low, high]) = report.accuracy_interval {
                prop_assert!(low <= report.accuracy + 1e-12 && report.accuracy <= high + 1e-12);
            }
            prop_assert!(report.top_2_accuracy >= report.accuracy);
            prop_assert!(serde_json::to_string(&report).is_ok());
        }
    }

    #[test]
    fn a_report_has_the_documented_names() {
        let mut predictions = Predictions::default();
        predictions.push(0, Expression::Happy, Distribution([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]));
        predictions.push(1, Expression::Fear, Distribution([0.0, 0.0, 0.3, 0.0, 0.0, 0.7, 0.0]));
        let run = RunInfo { model: "vgg".into(), split: "PublicTest".into(), ..RunInfo::default() };
        let mut report = Evaluation::new(&predictions, run).report;
        report.ferplus = Some(LabelReport::new(&predictions));
        let json: serde_json::Value = serde_json::to_value(&report).unwrap();
        let documented = include_str!("../../../../docs/report.md");
        let entries = json.as_object().unwrap().keys().chain(json["classes"][0].as_object().unwrap().keys());
        entries.for_each(|entry| assert!(documented.contains(&format!("`{entry}`")), "{entry}"));
        for metric in Metric::ALL {
            assert_eq!(json[metric.key()].as_f64(), report.value(metric), "{metric:?}");
        }
        assert_eq!(json["samples"], 2);
        assert_eq!(json["accuracy"], 0.5);
        assert_eq!(json["top_2_accuracy"], 1.0);
        assert_eq!(json["confusion_matrix"][2][5], 1);
        assert_eq!(json["classes"][0]["roc_auc"], serde_json::Value::Null);
        assert_eq!(json["classes"][3]["name"], "happy");
        assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    }
}
