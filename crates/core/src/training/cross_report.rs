//! The report of a cross-validation.

use serde::{Deserialize, Serialize};

use super::Settings;
use crate::evaluation::{ClassReport, ConfusionMatrix, Metric, Report};
use crate::expression::Expression;

/// A finished fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldRecord {
    /// The first fold is 1.
    pub fold: usize,
    /// Number of training images.
    pub training_images: usize,
    /// Number of epochs.
    pub epochs: usize,
    /// The metrics of the network on the fold: see `docs/report.md`.
    pub report: Report,
}

/// A metric over the folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricSpread {
    /// [`Metric::key`], or `precision`, `recall` or `f1` of a class, such as `f1_angry`.
    pub name: String,
    /// Its value in each fold; `None` if it is undefined.
    pub folds: Vec<Option<f64>>,
    /// The mean of the defined values.
    pub mean: Option<f64>,
    /// Their sample standard deviation; `None` for fewer than two values.
    pub deviation: Option<f64>,
}

/// The report of a cross-validation: see `docs/training.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossReport {
    /// The settings of every fold.
    pub settings: Settings,
    /// Number of folds.
    pub folds: usize,
    /// The group column whose groups are in one fold each, such as that of the persons; `None` without one.
    #[serde(default)]
    pub grouped_by: Option<String>,
    /// The finished folds.
    pub records: Vec<FoldRecord>,
    /// All metrics.
    pub metrics: Vec<MetricSpread>,
    /// The sum of the confusion matrices of the folds.
    pub confusion_matrix: ConfusionMatrix,
}

impl CrossReport {
    /// The report of the finished folds, out of `folds`; `grouped_by` names the column that kept images together.
    pub fn new(settings: Settings, folds: usize, grouped_by: Option<String>, records: Vec<FoldRecord>) -> Self {
        let spread = |name: String, value: &dyn Fn(&Report) -> Option<f64>| {
            MetricSpread::new(name, records.iter().map(|record| value(&record.report)).collect())
        };
        let mut metrics: Vec<MetricSpread> = Metric::ALL
            .into_iter()
            .map(|metric| spread(metric.key().to_owned(), &|report| report.value(metric)))
            .collect();
        for class in Expression::ALL {
            let score = |report: &Report, score: fn(&ClassReport) -> f64| {
                report.classes.get(class.index()).filter(|scores| scores.support > 0).map(score)
            };
            metrics.push(spread(format!("precision_{class}"), &|report| score(report, |class| class.precision)));
            metrics.push(spread(format!("recall_{class}"), &|report| score(report, |class| class.recall)));
            metrics.push(spread(format!("f1_{class}"), &|report| score(report, |class| class.f1)));
        }
        let mut confusion_matrix = ConfusionMatrix::default();
        records.iter().for_each(|record| confusion_matrix.merge(&record.report.confusion_matrix));
        Self { settings, folds, grouped_by, records, metrics, confusion_matrix }
    }
}

impl MetricSpread {
    fn new(name: String, folds: Vec<Option<f64>>) -> Self {
        let values: Vec<f64> = folds.iter().copied().flatten().collect();
        let count = values.len() as f64;
        let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / count);
        let deviation = mean.filter(|_| values.len() > 1).map(|mean| {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            (squares / (count - 1.0)).sqrt()
        });
        Self { name, folds, mean, deviation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_the_column_that_kept_images_together() {
        for column in [Some("subject_id".to_owned()), None] {
            let report = CrossReport::new(Settings::default(), 3, column.clone(), Vec::new());
            let written = serde_json::to_value(&report).unwrap();
            assert_eq!(written["grouped_by"].as_str(), column.as_deref());
            assert_eq!(serde_json::from_value::<CrossReport>(written).unwrap(), report);
        }
        // as earlier versions wrote it
        let mut old = serde_json::to_value(CrossReport::new(Settings::default(), 3, None, Vec::new())).unwrap();
        assert!(old.as_object_mut().unwrap().remove("grouped_by").is_some());
        assert_eq!(serde_json::from_value::<CrossReport>(old).unwrap().grouped_by, None);
    }

    #[test]
    fn spread_matches_reference() {
        // numpy: np.mean([0.5, 0.7, 0.9, 0.6]), np.std(…, ddof=1)
        let spread = MetricSpread::new(String::new(), vec![Some(0.5), None, Some(0.7), Some(0.9), Some(0.6)]);
        assert!((spread.mean.unwrap() - 0.675).abs() < 1e-12);
        assert!((spread.deviation.unwrap() - 0.170_782_512_766).abs() < 1e-9);
        assert_eq!(MetricSpread::new(String::new(), vec![Some(1.0)]).deviation, None);
        assert_eq!(MetricSpread::new(String::new(), vec![None]).mean, None);
    }
}
