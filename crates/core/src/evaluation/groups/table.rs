//! Metrics by group, and the gaps between groups.

use mien_message::ToMessage;
use serde::{Deserialize, Serialize};

use super::permutation::{PERMUTATIONS, permutation_test};
use crate::dataset::{BinningError, GroupLabels};
use crate::evaluation::{ConfusionMatrix, Predictions, wilson_interval};
use crate::expression::Expression;

/// Groups with fewer images are too small to be compared: at 30, the 95 % interval of an accuracy is up to 34 points wide.
pub const MIN_IMAGES: u64 = 30;

/// The recalls of a class are compared only for groups with at least this many images of it.
pub const MIN_CLASS_IMAGES: u64 = 10;

/// The groups of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupTable {
    /// The column.
    pub name: String,
    /// Its groups, in numerical or else alphabetical order; the blank one is last.
    pub groups: Vec<GroupScores>,
    /// The gaps between the groups that are compared; `null` if there are fewer than two.
    pub gaps: Option<Gaps>,
}

/// The metrics of a group, 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupScores {
    /// The value in the column; empty for the blank one.
    pub value: String,
    /// Number of images in the group.
    pub samples: u64,
    /// Whether it is compared with other groups: it is not blank and has enough images ([`MIN_IMAGES`]).
    pub compared: bool,
    /// The share of correct predictions.
    pub accuracy: f64,
    /// The accuracy's 95 % interval: see [`wilson_interval`].
    pub accuracy_interval: Option<[f64; 2]>,
    /// See [`ConfusionMatrix::macro_average`].
    pub macro_f1: f64,
    /// The recall of each class, in FER2013's order; `null` without images of it.
    pub recalls: Vec<Option<f64>>,
    /// The number of images of each class.
    pub supports: Vec<u64>,
}

/// The largest gaps between groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gaps {
    /// The group with the lowest accuracy.
    pub lowest: String,
    /// The group with the highest accuracy.
    pub highest: String,
    /// Highest minus lowest accuracy.
    pub accuracy_difference: f64,
    /// Lowest accuracy divided by the highest; `null` if that is 0.
    pub accuracy_ratio: Option<f64>,
    /// The largest equalized odds difference of a class; `null` if none has one.
    pub equalised_odds_difference: Option<f64>,
    /// Each class against the rest, in FER2013's order.
    pub classes: Vec<ClassGap>,
    /// The p-value of a permutation test for the difference in accuracy.
    pub p_value: f64,
    /// The number of permutations.
    pub permutations: u32,
}

/// The gaps of a class; `null` if fewer than two groups have enough images ([`MIN_CLASS_IMAGES`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassGap {
    /// The class.
    pub name: String,
    /// The largest difference in recall, which is the true positive rate.
    pub recall_difference: Option<f64>,
    /// The largest difference in the false positive rate: the share of images of other classes that are predicted as this
    /// one.
    pub false_positive_rate_difference: Option<f64>,
    /// The larger of the two (Hardt, Price & Srebro 2016, *Equality of opportunity in supervised learning*).
    pub equalised_odds_difference: Option<f64>,
}

/// Why a column cannot be evaluated by group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum GroupError {
    /// Too many values.
    #[error(
        "the column `{0}` has more than 255 different values, so it distinguishes images rather than groups; if they are numbers, \
         put them into bins"
    )]
    Values(String),
    /// The number of labels differs from the number of predictions.
    #[error("the column `{0}` belongs to another run")]
    Length(String),
    /// Binning failed.
    #[error(transparent)]
    Binning(#[from] BinningError),
}

impl GroupTable {
    /// The metrics of each group of a run, and the gaps between those that are large enough.
    ///
    /// # Errors
    /// When the column has too many values or belongs to another run.
    pub fn new(predictions: &Predictions, labels: &GroupLabels) -> Result<Self, GroupError> {
        if labels.is_too_many() {
            return Err(GroupError::Values(labels.name.clone()));
        }
        if labels.codes.len() != predictions.len() {
            return Err(GroupError::Length(labels.name.clone()));
        }
        let mut groups: Vec<(&str, ConfusionMatrix)> =
            labels.values.iter().map(|value| (value.as_str(), ConfusionMatrix::default())).collect();
        for (&code, (_, label, distribution)) in labels.codes.iter().zip(predictions.iter()) {
            let group = groups.get_mut(code as usize).ok_or_else(|| GroupError::Length(labels.name.clone()))?;
            group.1.add(label, distribution.top().0);
        }
        // the blank value may occur twice: from the table, and for images that are not in it
        let mut merged = Vec::<(&str, ConfusionMatrix)>::new();
        for (value, matrix) in groups {
            match merged.iter_mut().find(|(known, _)| *known == value) {
                Some((_, known)) => known.merge(&matrix),
                None => merged.push((value, matrix)),
            }
        }
        merged.retain(|(_, matrix)| matrix.samples() > 0);
        let numbers = labels.are_numbers();
        merged.sort_by(|(a, _), (b, _)| {
            let number = |text: &str| first_number(text).unwrap_or_default();
            let by_number = || number(a).total_cmp(&number(b));
            a.is_empty()
                .cmp(&b.is_empty())
                .then_with(|| if numbers || are_bins(labels) { by_number() } else { a.cmp(b) })
        });
        let scores = merged.iter().map(|(value, matrix)| GroupScores::new(value, matrix)).collect::<Vec<_>>();
        let is_compared = |value: &str| scores.iter().any(|group| group.compared && group.value == value);
        let compared: Vec<(&str, &ConfusionMatrix)> =
            merged.iter().filter(|(value, _)| is_compared(value)).map(|(value, matrix)| (*value, matrix)).collect();
        let gaps = (compared.len() > 1).then(|| {
            let places: Vec<Option<usize>> =
                labels.values.iter().map(|value| compared.iter().position(|(compared, _)| compared == value)).collect();
            let outcomes =
                labels.codes.iter().zip(predictions.iter()).filter_map(|(&code, (_, label, distribution))| {
                    Some((places[code as usize]?, distribution.top().0 == label))
                });
            Gaps::new(&compared, &outcomes.collect::<Vec<_>>())
        });
        Ok(Self { name: labels.name.clone(), groups: scores, gaps })
    }

    /// The tables of several columns, and the errors of those without one.
    pub fn all<'a>(
        predictions: &Predictions,
        columns: impl IntoIterator<Item = &'a GroupLabels>,
    ) -> (Vec<Self>, Vec<GroupError>) {
        let (mut tables, mut errors) = (Vec::new(), Vec::new());
        for labels in columns {
            match Self::new(predictions, labels) {
                Ok(table) => tables.push(table),
                Err(error) => errors.push(error),
            }
        }
        (tables, errors)
    }
}

impl GroupScores {
    fn new(value: &str, matrix: &ConfusionMatrix) -> Self {
        let classes = Expression::ALL.map(|class| matrix.class(class));
        Self {
            value: value.to_owned(),
            samples: matrix.samples(),
            compared: !value.is_empty() && matrix.samples() >= MIN_IMAGES,
            accuracy: matrix.accuracy(),
            accuracy_interval: wilson_interval(matrix.right(), matrix.samples()),
            macro_f1: matrix.macro_average().f1,
            recalls: classes.iter().map(|class| (class.support > 0).then_some(class.recall)).collect(),
            supports: classes.iter().map(|class| class.support).collect(),
        }
    }
}

impl Gaps {
    /// The gaps between at least two groups; `outcomes` contains the group of each image and whether its prediction is
    /// correct.
    fn new(groups: &[(&str, &ConfusionMatrix)], outcomes: &[(usize, bool)]) -> Self {
        let by_accuracy =
            |a: &&(&str, &ConfusionMatrix), b: &&(&str, &ConfusionMatrix)| a.1.accuracy().total_cmp(&b.1.accuracy());
        let end = |group: Option<&(&str, &ConfusionMatrix)>| {
            group.map_or_else(|| (String::new(), 0.0), |(value, matrix)| ((*value).to_owned(), matrix.accuracy()))
        };
        let (lowest, low) = end(groups.iter().min_by(by_accuracy));
        let (highest, high) = end(groups.iter().max_by(by_accuracy));
        let classes: Vec<ClassGap> = Expression::ALL.into_iter().map(|class| ClassGap::new(class, groups)).collect();
        let odds = classes.iter().filter_map(|class| class.equalised_odds_difference);
        Self {
            lowest,
            highest,
            accuracy_difference: high - low,
            accuracy_ratio: (high > 0.0).then(|| low / high),
            equalised_odds_difference: odds.reduce(f64::max),
            classes,
            p_value: permutation_test(outcomes, groups.len(), PERMUTATIONS),
            permutations: PERMUTATIONS,
        }
    }
}

impl ClassGap {
    fn new(class: Expression, groups: &[(&str, &ConfusionMatrix)]) -> Self {
        let scores = || groups.iter().map(|(_, matrix)| matrix.class(class));
        let recalls = scores().filter(|scores| scores.support >= MIN_CLASS_IMAGES).map(|scores| scores.recall);
        let others = |scores: &crate::evaluation::ClassScores| scores.false_positives + scores.true_negatives;
        let false_positives = scores()
            .filter(|scores| others(scores) >= MIN_CLASS_IMAGES)
            .map(|scores| scores.false_positives as f64 / others(&scores) as f64);
        let (recall, false_positive_rate) = (spread(recalls), spread(false_positives));
        Self {
            name: class.name().to_owned(),
            recall_difference: recall,
            false_positive_rate_difference: false_positive_rate,
            equalised_odds_difference: recall.zip(false_positive_rate).map(|(a, b)| a.max(b)),
        }
    }
}

/// The largest value minus the smallest; `None` for fewer than two.
fn spread(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let (low, high) = (values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?);
    (values.len() > 1).then_some(high - low)
}

/// The number that a value is, or that the name of a bin starts with.
fn first_number(text: &str) -> Option<f64> {
    text.split(" to ").next()?.parse().ok()
}

/// Whether all values are numbers or names of bins.
fn are_bins(labels: &GroupLabels) -> bool {
    labels.values.iter().all(|value| value.is_empty() || first_number(value).is_some())
}
