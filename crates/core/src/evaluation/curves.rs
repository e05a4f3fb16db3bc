//! Precision-recall and ROC curves of one class against the rest.

use serde::{Deserialize, Serialize};

use super::Predictions;
use crate::expression::Expression;
use crate::packed;

/// Curves with at most this many points are not thinned.
const WHOLE: usize = 256;

/// Columns of a thinned curve.
const COLUMNS: usize = 64;

/// How well the probability of a class separates its images from the others, over all thresholds.
///
/// The areas are those of the complete curves. The points are for drawing, and thinned to at most 256: the first, last,
/// lowest and highest in each 64th of the width, which does not change the drawing (M4 of Jugel et al. 2014, *M4: A
/// Visualization-Oriented Time Series Data Aggregation*).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassCurves {
    /// The area under the precision-recall curve as a sum of steps, Σ (Rₙ − Rₙ₋₁) Pₙ; 0 for a class without images.
    pub average_precision: f64,
    /// The area under the ROC curve by the trapezoid rule; `None` if all images belong to the class, or none do.
    pub roc_auc: Option<f64>,
    /// Recall and precision, highest threshold first, starting at (0, 1). The curve is a step function: from one point to the
    /// next, the precision changes first. Empty for a class without images.
    #[serde(with = "packed")]
    pub precision_recall: Vec<[f32; 2]>,
    /// False and true positive rate, from (0, 0) to (1, 1). Empty where the area is `None`.
    #[serde(with = "packed")]
    pub roc: Vec<[f32; 2]>,
}

impl ClassCurves {
    /// The curves of a class.
    pub fn new(predictions: &Predictions, class: Expression) -> Self {
        let mut scores: Vec<(f32, bool)> = predictions
            .iter()
            .map(|(_, label, distribution)| (distribution.probability(class), label == class))
            .collect();
        scores.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let positives = scores.iter().filter(|(_, positive)| *positive).count();
        let negatives = scores.len() - positives;

        let (mut average_precision, mut area) = (0.0, 0.0);
        let (mut precision_recall, mut roc) = (vec![[0.0, 1.0]], vec![[0.0, 0.0]]);
        let (mut found, mut wrong) = (0, 0);
        // equal scores share a threshold
        for equals in scores.chunk_by(|a, b| a.0 == b.0) {
            let (found_before, wrong_before) = (found, wrong);
            found += equals.iter().filter(|(_, positive)| *positive).count();
            wrong = wrong_before + equals.len() - (found - found_before);
            let precision = found as f64 / (found + wrong) as f64;
            average_precision += (found - found_before) as f64 * precision;
            area += (wrong - wrong_before) as f64 * (found + found_before) as f64 / 2.0;
            precision_recall.push([found as f32 / positives as f32, precision as f32]);
            roc.push([wrong as f32 / negatives as f32, found as f32 / positives as f32]);
        }
        let defined = positives > 0 && negatives > 0;
        Self {
            average_precision: if positives > 0 { average_precision / positives as f64 } else { 0.0 },
            roc_auc: defined.then(|| area / positives as f64 / negatives as f64),
            precision_recall: if positives > 0 { thin(&precision_recall) } else { Vec::new() },
            roc: if defined { thin(&roc) } else { Vec::new() },
        }
    }
}

/// Thins a curve over 0 to 1, in order from left to right.
fn thin(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    if points.len() <= WHOLE {
        return points.to_vec();
    }
    let column = |point: &[f32; 2]| ((point[0] * COLUMNS as f32) as usize).min(COLUMNS - 1);
    let mut kept = Vec::new();
    let mut begin = 0;
    for column in points.chunk_by(|a, b| column(a) == column(b)) {
        let by_height = |a: &usize, b: &usize| column[*a][1].total_cmp(&column[*b][1]);
        let mut indices = vec![0, column.len() - 1];
        indices.extend((0..column.len()).min_by(by_height));
        indices.extend((0..column.len()).max_by(by_height));
        indices.sort_unstable();
        indices.dedup();
        kept.extend(indices.into_iter().map(|index| points[begin + index]));
        begin += column.len();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Distribution;
    use proptest::prelude::*;

    fn of(scores: &[(f32, bool)]) -> ClassCurves {
        let mut predictions = Predictions::default();
        for (sample, &(score, positive)) in scores.iter().enumerate() {
            let label = if positive { Expression::Happy } else { Expression::Sad };
            let mut distribution = [(1.0 - score) / 6.0; 7];
            distribution[Expression::Happy.index()] = score;
            predictions.push(sample as u32, label, Distribution(distribution));
        }
        ClassCurves::new(&predictions, Expression::Happy)
    }

    #[test]
    fn points_equal_scikit_learns() {
        // scikit-learn 1.9.1: precision_recall_curve and roc_curve(drop_intermediate=False) of these, reversed the former
        let scores = [(0.9, true), (0.8, false), (0.8, true), (0.3, true), (0.2, false), (0.1, false)];
        let curves = of(&scores);
        let third = 1.0 / 3.0;
        let recall = [0.0, third, 2.0 * third, 1.0, 1.0, 1.0];
        let precision = [1.0, 1.0, 2.0 * third, 0.75, 0.6, 0.5];
        for (point, (recall, precision)) in curves.precision_recall.iter().zip(recall.into_iter().zip(precision)) {
            assert!((point[0] - recall).abs() < 1e-6 && (point[1] - precision).abs() < 1e-6, "{point:?}");
        }
        let roc = [[0.0, 0.0], [0.0, third], [third, 2.0 * third], [third, 1.0], [2.0 * third, 1.0], [1.0, 1.0]];
        for (point, expected) in curves.roc.iter().zip(roc) {
            assert!((point[0] - expected[0]).abs() < 1e-6 && (point[1] - expected[1]).abs() < 1e-6, "{point:?}");
        }
        assert_eq!((curves.precision_recall.len(), curves.roc.len()), (6, 6));
        assert!((curves.average_precision - 0.805_555_555_6).abs() < 1e-9);
        assert!((curves.roc_auc.unwrap() - 0.833_333_333_3).abs() < 1e-9);
    }

    #[test]
    fn a_class_without_images_has_no_curve() {
        let curves = of(&[(0.4, false), (0.2, false)]);
        assert_eq!((curves.average_precision, curves.roc_auc), (0.0, None));
        assert!(curves.precision_recall.is_empty() && curves.roc.is_empty());
        let curves = of(&[(0.4, true), (0.2, true)]);
        assert_eq!((curves.average_precision, curves.roc_auc), (1.0, None));
        assert!(!curves.precision_recall.is_empty() && curves.roc.is_empty());
    }

    proptest! {
        #[test]
        fn areas_equal_those_by_definition(scores in prop::collection::vec((0_u8..20, any::<bool>()), 1..80)) {
            let scores: Vec<(f32, bool)> = scores.into_iter().map(|(score, positive)| (f32::from(score) / 20.0, positive)).collect();
            let curves = of(&scores);
            let (positives, negatives): (Vec<_>, Vec<_>) = scores.iter().partition(|(_, positive)| *positive);
            // the chance that a positive scores higher than a negative (Mann and Whitney 1947)
            let mut higher = 0.0;
            for (p, _) in &positives {
                for (n, _) in &negatives {
                    higher += if p > n { 1.0 } else if p == n { 0.5 } else { 0.0 };
                }
            }
            let pairs = (positives.len() * negatives.len()) as f64;
            prop_assert_eq!(curves.roc_auc.is_some(), pairs > 0.0);
            prop_assert!(curves.roc_auc.is_none_or(|area| (area - higher / pairs).abs() < 1e-9));
            // the mean, over the positives, of the precision at their own threshold
            let precision_at = |threshold: f32| {
                let taken: Vec<_> = scores.iter().filter(|(score, _)| *score >= threshold).collect();
                taken.iter().filter(|(_, positive)| *positive).count() as f64 / taken.len() as f64
            };
            let sum: f64 = positives.iter().map(|(score, _)| precision_at(*score)).sum();
            let expected = if positives.is_empty() { 0.0 } else { sum / positives.len() as f64 };
            prop_assert!((curves.average_precision - expected).abs() < 1e-9);
        }

        #[test]
        fn thinned_curves_keep_their_ends_and_extremes(heights in prop::collection::vec(0.0_f32..1.0, 257..3000)) {
            let last = heights.len() - 1;
            let points: Vec<[f32; 2]> =
                heights.iter().enumerate().map(|(index, &height)| [index as f32 / last as f32, height]).collect();
            let kept = thin(&points);
            prop_assert!(kept.len() <= 4 * COLUMNS);
            prop_assert_eq!(kept[0], points[0]);
            prop_assert_eq!(kept.last(), points.last());
            prop_assert!(kept.is_sorted_by(|a, b| a[0] <= b[0]));
            let highest = |points: &[[f32; 2]]| points.iter().map(|point| point[1]).fold(0.0, f32::max);
            prop_assert_eq!(highest(&kept), highest(&points));
        }
    }
}
