//! The report that page and command line write: see `docs/report.md`.

use serde::{Deserialize, Serialize};

use super::ConfusionMatrix;
use crate::expression::Expression;

/// Metrics of a network over a split. Shares are 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Images evaluated.
    pub samples: u64,
    /// The share of right predictions.
    pub accuracy: f64,
    /// See [`ConfusionMatrix::macro_f1`].
    pub macro_f1: f64,
    /// See [`ConfusionMatrix::weighted_f1`].
    pub weighted_f1: f64,
    /// See [`ConfusionMatrix::balanced_accuracy`].
    pub balanced_accuracy: f64,
    /// See [`ConfusionMatrix::cohen_kappa`]; `null` where it is undefined.
    pub cohen_kappa: Option<f64>,
    /// The seven classes, in FER2013's order.
    pub classes: Vec<ClassReport>,
    /// Counts: rows the actual, columns the predicted class.
    pub confusion_matrix: ConfusionMatrix,
    /// Which network.
    pub model: String,
    /// What computed it, such as `flex`, `webgpu`, `cuda`.
    pub backend: String,
    /// Which images, such as `PublicTest`.
    pub split: String,
}

/// What one class scores: see [`super::ClassScores`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // ClassScores says it
pub struct ClassReport {
    pub name: String,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    pub support: u64,
}

impl Report {
    /// The report of a confusion matrix.
    pub fn new(matrix: ConfusionMatrix, model: String, backend: String, split: String) -> Self {
        let class = |class: Expression| {
            let scores = matrix.class(class);
            ClassReport {
                name: class.name().to_owned(),
                precision: scores.precision,
                recall: scores.recall,
                f1: scores.f1,
                support: scores.support,
            }
        };
        Self {
            samples: matrix.samples(),
            accuracy: matrix.accuracy(),
            macro_f1: matrix.macro_f1(),
            weighted_f1: matrix.weighted_f1(),
            balanced_accuracy: matrix.balanced_accuracy(),
            cohen_kappa: matrix.cohen_kappa(),
            classes: Expression::ALL.into_iter().map(class).collect(),
            confusion_matrix: matrix,
            model,
            backend,
            split,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_documented_names() {
        let mut matrix = ConfusionMatrix::default();
        matrix.add(Expression::Happy, Expression::Happy);
        matrix.add(Expression::Fear, Expression::Surprise);
        let report = Report::new(matrix, "vgg".into(), "flex".into(), "PublicTest".into());
        let json: serde_json::Value = serde_json::to_value(&report).unwrap();
        let names = [
            "samples",
            "accuracy",
            "macro_f1",
            "weighted_f1",
            "balanced_accuracy",
            "cohen_kappa",
            "classes",
            "confusion_matrix",
            "model",
            "backend",
            "split",
        ];
        assert!(names.iter().all(|name| json.get(name).is_some()));
        assert_eq!(json["samples"], 2);
        assert_eq!(json["accuracy"], 0.5);
        assert_eq!(json["confusion_matrix"][2][5], 1);
        let happy = serde_json::json!({ "name": "happy", "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1 });
        assert_eq!(json["classes"][3], happy);
        assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    }
}
