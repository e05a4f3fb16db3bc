//! Recognition end to end, from a photograph to a label: whether the face was found, how the crop frames it, and what was predicted.
//!
//! A photograph without a found face counts as an error.

mod by_group;
mod markdown;
mod placement;
mod text;

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::statistics::mean;
use super::{
    ClassCurves, ConfusionMatrix, Predictions, TestTimeAugmentation, expected_calibration_error, reliability,
    wilson_interval,
};
use crate::dataset::GroupLabels;
use crate::expression::{Distribution, Expression};
use crate::recognition::RecognizedFace;

pub use by_group::{MIN_PERSONS, PhotoGap, PhotoGroup, PhotoGroups};
pub use markdown::{conditions, groups, networks};
pub use placement::{FER2013_PLACEMENT, MeanAndDeviation, Placement, PlacementReport};
pub use text::{framings, report as text};

/// What the recognizer made of a labelled photograph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhotoOutcome {
    /// The label.
    pub label: Expression,
    /// The prediction for the largest face; `None` if no face was found.
    pub prediction: Option<Distribution>,
    /// Where the crop has the face.
    pub placement: Option<Placement>,
    /// Where a pasted image has the face.
    pub image_placement: Option<Placement>,
    /// The number of faces that were found.
    pub faces: usize,
}

/// What was measured, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhotoRun {
    /// The network.
    pub model: String,
    /// What computed it.
    pub backend: String,
    /// The photographs.
    pub photographs: String,
    /// How they were changed.
    pub condition: String,
    /// Scale and vertical shift of each framing; their probabilities are averaged.
    pub framings: Vec<[f32; 2]>,
    /// The test-time augmentation.
    #[serde(default)]
    pub test_time_augmentation: TestTimeAugmentation,
    /// What was added to the logit of each class, in FER2013's order, if anything was.
    #[serde(default)]
    pub biases: Option<[f32; Expression::COUNT]>,
    /// Seconds for all photographs.
    pub seconds: f64,
}

/// What was measured, and the metrics, which dereferencing gives. Both are one object in JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoReport {
    /// What was measured, and how.
    #[serde(flatten)]
    pub run: PhotoRun,
    /// The metrics.
    #[serde(flatten)]
    pub figures: PhotoFigures,
}

/// The metrics of photographs, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoFigures {
    /// Number of photographs.
    pub samples: u64,
    /// Number of those without a found face.
    pub not_found: u64,
    /// Number of those with several faces, of which the largest counts.
    pub several: u64,
    /// Where the crops have the faces; `null` if none was found.
    pub placement: Option<PlacementReport>,
    /// Where pasted images have the faces, in the same way; `null` if none was pasted.
    pub image_placement: Option<PlacementReport>,
    /// The share of photographs with a correct prediction.
    pub accuracy: f64,
    /// Its 95 % Wilson interval; `null` without photographs.
    pub accuracy_interval: Option<[f64; 2]>,
    /// The mean recall of the classes that occur.
    pub balanced_accuracy: f64,
    /// The mean probability of the label; 0 for a face that was not found.
    pub mean_probability: f64,
    /// Of the found faces.
    pub expected_calibration_error: f64,
    /// The classes that occur, in FER2013's order.
    pub classes: Vec<PhotoClass>,
    /// Of the found faces: rows are labels, columns predictions.
    pub confusion_matrix: ConfusionMatrix,
    /// The columns of groups.
    pub groups: Vec<PhotoGroups>,
}

/// The photographs of a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoClass {
    /// The class.
    pub name: String,
    /// Number of photographs.
    pub samples: u64,
    /// Number of those without a found face.
    pub not_found: u64,
    /// Number of correct predictions.
    pub right: u64,
    /// Their share.
    pub recall: f64,
    /// Its 95 % Wilson interval.
    pub recall_interval: Option<[f64; 2]>,
    /// The area under the ROC curve of the class against the rest, of the found faces; `null` if it is undefined.
    pub roc_auc: Option<f64>,
}

impl PhotoOutcome {
    /// The outcome of a photograph by its largest face, if one was found, and the number of its faces.
    pub fn new(label: Expression, largest: Option<&RecognizedFace>, faces: usize) -> Self {
        Self {
            label,
            prediction: largest.map(|face| face.prediction),
            placement: largest.map(Placement::of),
            image_placement: None,
            faces,
        }
    }

    /// Whether the prediction is correct.
    pub fn is_right(&self) -> bool {
        self.prediction.is_some_and(|prediction| prediction.top().0 == self.label)
    }

    /// The probability of the label; 0 if no face was found.
    pub fn probability(&self) -> f64 {
        self.prediction.map_or(0.0, |prediction| f64::from(prediction.probability(self.label)))
    }
}

impl PhotoReport {
    /// The metrics of photographs, and of the groups that columns with a value for each of them make. `persons` are the
    /// persons on them, if they are known: a permutation test then assigns persons to groups and not photographs.
    pub fn new(
        outcomes: &[PhotoOutcome],
        columns: &[GroupLabels],
        persons: Option<&GroupLabels>,
        run: PhotoRun,
    ) -> Self {
        Self { run, figures: PhotoFigures::new(outcomes, columns, persons) }
    }
}

impl Deref for PhotoReport {
    type Target = PhotoFigures;

    fn deref(&self) -> &PhotoFigures {
        &self.figures
    }
}

impl PhotoFigures {
    fn new(outcomes: &[PhotoOutcome], columns: &[GroupLabels], persons: Option<&GroupLabels>) -> Self {
        let mut found = Predictions::default();
        let mut confusion_matrix = ConfusionMatrix::default();
        for (photo, outcome) in outcomes.iter().enumerate() {
            if let Some(prediction) = outcome.prediction {
                found.push(photo as u32, outcome.label, prediction);
                confusion_matrix.add(outcome.label, prediction.top().0);
            }
        }
        let classes: Vec<PhotoClass> =
            Expression::ALL.into_iter().filter_map(|class| PhotoClass::new(class, outcomes, &found)).collect();
        let (samples, right) = (outcomes.len() as u64, count(outcomes, PhotoOutcome::is_right));
        Self {
            samples,
            not_found: count(outcomes, |outcome| outcome.prediction.is_none()),
            several: count(outcomes, |outcome| outcome.faces > 1),
            placement: PlacementReport::new(outcomes.iter().filter_map(|outcome| outcome.placement)),
            image_placement: PlacementReport::new(outcomes.iter().filter_map(|outcome| outcome.image_placement)),
            accuracy: share(right, samples),
            accuracy_interval: wilson_interval(right, samples),
            balanced_accuracy: mean(classes.iter().map(|class| class.recall)),
            mean_probability: mean(outcomes.iter().map(PhotoOutcome::probability)),
            expected_calibration_error: expected_calibration_error(&reliability(&found)),
            classes,
            confusion_matrix,
            groups: columns.iter().map(|column| PhotoGroups::new(outcomes, column, persons)).collect(),
        }
    }

    /// The photographs of a class, if there are any.
    pub fn class(&self, class: Expression) -> Option<&PhotoClass> {
        self.classes.iter().find(|of| of.name == class.name())
    }
}

impl PhotoClass {
    /// `None` if there is no photograph of the class.
    fn new(class: Expression, outcomes: &[PhotoOutcome], found: &Predictions) -> Option<Self> {
        let of_class: Vec<PhotoOutcome> = outcomes.iter().copied().filter(|outcome| outcome.label == class).collect();
        let (samples, right) = (of_class.len() as u64, count(&of_class, PhotoOutcome::is_right));
        (samples > 0).then(|| Self {
            name: class.name().to_owned(),
            samples,
            not_found: count(&of_class, |outcome| outcome.prediction.is_none()),
            right,
            recall: share(right, samples),
            recall_interval: wilson_interval(right, samples),
            roc_auc: ClassCurves::new(found, class).roc_auc,
        })
    }
}

fn count(outcomes: &[PhotoOutcome], is_counted: impl Fn(&PhotoOutcome) -> bool) -> u64 {
    outcomes.iter().filter(|outcome| is_counted(outcome)).count() as u64
}

/// A share; 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests;
