//! The report of a robustness test, written by the page and the command line: see `docs/robustness.md`.

use serde::{Deserialize, Serialize};

use crate::evaluation::statistics::{mean, wilson_interval};
use crate::evaluation::{ConfusionMatrix, RunInfo};
use crate::vision::corruption::Corruption;

/// The fraction of its clean accuracy that a network should retain at severity 2.
pub const GOAL: f64 = 0.9;

/// Metrics of a network on corrupted images. Shares are from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RobustnessReport {
    /// Number of images; each is evaluated in every condition.
    pub samples: u64,
    /// Number of predictions that were computed; images that equal the clean ones after normalization need none.
    #[serde(rename = "readings")]
    pub predictions: u64,
    /// Metrics on clean images.
    pub clean: Score,
    /// The mean over all corruptions and severities.
    pub mean: Mean,
    /// The means over the corruptions, by severity.
    pub severities: Vec<Mean>,
    /// One entry per corruption.
    pub corruptions: Vec<CorruptionReport>,
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
}

/// The metrics in one condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The share of correct predictions.
    pub accuracy: f64,
    /// The accuracy's 95 % interval: see [`wilson_interval`].
    pub accuracy_interval: Option<[f64; 2]>,
    /// See [`ConfusionMatrix::macro_average`].
    pub macro_f1: f64,
}

/// A mean over conditions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// The mean accuracy.
    pub accuracy: f64,
    /// The mean macro F1.
    pub macro_f1: f64,
    /// The accuracy on clean images minus this accuracy.
    pub drop: f64,
}

/// One corruption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorruptionReport {
    /// See [`Corruption::name`].
    pub name: String,
    /// See [`crate::vision::corruption::Family::name`].
    pub family: String,
    /// See [`Corruption::unit`].
    pub unit: String,
    /// The mean over its severities.
    pub mean: Mean,
    /// Severities 1 to 5.
    pub severities: Vec<SeverityReport>,
}

/// One corruption at one severity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeverityReport {
    /// 1 to 5.
    pub severity: u64,
    /// See [`Corruption::parameter`].
    pub parameter: f64,
    /// See [`Score`].
    pub accuracy: f64,
    /// See [`Score`].
    pub accuracy_interval: Option<[f64; 2]>,
    /// See [`Score`].
    pub macro_f1: f64,
    /// The accuracy on clean images minus this accuracy; may be negative.
    pub drop: f64,
    /// This accuracy divided by that on clean images; `null` if that is 0.
    pub retained: Option<f64>,
}

impl Score {
    pub(super) fn new(matrix: &ConfusionMatrix) -> Self {
        Self {
            accuracy: matrix.accuracy(),
            accuracy_interval: wilson_interval(matrix.right(), matrix.samples()),
            macro_f1: matrix.macro_average().f1,
        }
    }
}

impl SeverityReport {
    pub(super) fn new(severity: usize, parameter: f32, score: &Score, clean: &Score) -> Self {
        Self {
            severity: severity as u64,
            parameter: f64::from(parameter),
            accuracy: score.accuracy,
            accuracy_interval: score.accuracy_interval,
            macro_f1: score.macro_f1,
            drop: clean.accuracy - score.accuracy,
            retained: (clean.accuracy > 0.0).then(|| score.accuracy / clean.accuracy),
        }
    }
}

impl CorruptionReport {
    pub(super) fn new(corruption: Corruption, severities: Vec<SeverityReport>) -> Self {
        Self {
            name: corruption.name().to_owned(),
            family: corruption.family().name().to_owned(),
            unit: corruption.unit().to_owned(),
            mean: Mean::of(severities.iter()),
            severities,
        }
    }
}

impl Mean {
    fn of<'a>(conditions: impl Iterator<Item = &'a SeverityReport> + Clone) -> Self {
        Self {
            accuracy: mean(conditions.clone().map(|each| each.accuracy)),
            macro_f1: mean(conditions.clone().map(|each| each.macro_f1)),
            drop: mean(conditions.map(|each| each.drop)),
        }
    }
}

impl RobustnessReport {
    pub(super) fn new(
        samples: u64,
        predictions: u64,
        clean: Score,
        corruptions: Vec<CorruptionReport>,
        run: RunInfo,
    ) -> Self {
        let all = || corruptions.iter().flat_map(|corruption| &corruption.severities);
        let severities = 1..=crate::vision::corruption::SEVERITIES as u64;
        let severities = severities.map(|severity| Mean::of(all().filter(move |each| each.severity == severity)));
        Self {
            samples,
            predictions,
            clean,
            mean: Mean::of(all()),
            severities: severities.collect(),
            corruptions,
            model: run.model,
            description: run.description,
            backend: run.backend,
            dataset: run.dataset,
            split: run.split,
            seconds: run.seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::robustness::tests_support::report;

    #[test]
    fn means_are_means() {
        let report = report();
        let all: Vec<&SeverityReport> = report.corruptions.iter().flat_map(|each| &each.severities).collect();
        let expected = all.iter().map(|each| each.accuracy).sum::<f64>() / all.len() as f64;
        assert!((report.mean.accuracy - expected).abs() < 1e-12);
        assert!((report.mean.drop - (report.clean.accuracy - expected)).abs() < 1e-12);
        let second =
            (report.corruptions[0].severities[1].macro_f1 + report.corruptions[1].severities[1].macro_f1) / 2.0;
        assert!((report.severities[1].macro_f1 - second).abs() < 1e-12);
    }

    #[test]
    fn a_report_has_the_documented_names() {
        let report = report();
        let json: serde_json::Value = serde_json::to_value(&report).unwrap();
        let documented = include_str!("../../../../../docs/robustness.md");
        let entries = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let parts =
            [&json, &json["clean"], &json["mean"], &json["corruptions"][0], &json["corruptions"][0]["severities"][0]];
        for entry in parts.into_iter().flat_map(entries) {
            assert!(documented.contains(&format!("`{entry}`")), "{entry}");
        }
        assert_eq!(json["corruptions"][1]["severities"][1]["parameter"], 15.0);
        assert_eq!(serde_json::from_value::<RobustnessReport>(json).unwrap(), report);
    }
}
