//! The report that page and command line write: see `docs/robustness.md`.

use serde::{Deserialize, Serialize};

use crate::evaluation::statistics::{mean, wilson_interval};
use crate::evaluation::{ConfusionMatrix, Run};
use crate::vision::corruption::Corruption;

/// The share of the accuracy on clean images that a network is hoped to keep at severity 2.
pub const HOPED: f64 = 0.9;

/// How a network fares on spoilt images. Shares are 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RobustnessReport {
    /// Images measured, each in every condition.
    pub samples: u64,
    /// Readings that were computed; the others are of images whose normalised light is the clean one's.
    pub readings: u64,
    /// On the images as they are.
    pub clean: Score,
    /// The mean over all corruptions and severities.
    pub mean: Mean,
    /// The means over the corruptions, by severity.
    pub severities: Vec<Mean>,
    /// One entry a corruption.
    pub corruptions: Vec<CorruptionReport>,
    /// See [`Run`].
    pub model: String,
    /// See [`Run`].
    pub description: String,
    /// See [`Run`].
    pub backend: String,
    /// See [`Run`].
    pub dataset: String,
    /// See [`Run`].
    pub split: String,
    /// See [`Run`].
    pub seconds: f64,
}

/// How good a network is in one condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The share of right predictions.
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
    /// How much less the accuracy is than on clean images.
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
    /// How much less the accuracy is than on clean images; negative where it is more.
    pub drop: f64,
    /// The share of the accuracy on clean images that is left; `null` where that is 0.
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
    pub(super) fn new(samples: u64, readings: u64, clean: Score, corruptions: Vec<CorruptionReport>, run: Run) -> Self {
        let all = || corruptions.iter().flat_map(|corruption| &corruption.severities);
        let severities = 1..=crate::vision::corruption::SEVERITIES as u64;
        let severities = severities.map(|severity| Mean::of(all().filter(move |each| each.severity == severity)));
        Self {
            samples,
            readings,
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
