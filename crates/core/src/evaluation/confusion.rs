//! The confusion matrix and the metrics derived from it.

use serde::{Deserialize, Serialize};

use super::statistics::mean;
use crate::expression::Expression;

const CLASSES: usize = Expression::COUNT;

/// Counts by actual class (rows) and predicted class (columns), in FER2013's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionMatrix(pub [[u64; CLASSES]; CLASSES]);

/// What the cells of a confusion matrix show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cells {
    /// Counts.
    #[default]
    Counts,
    /// The share of the row: of the images of the actual class.
    Rows,
    /// The share of the column: of the images predicted as the class.
    Columns,
    /// The share of all images.
    Total,
}

impl Cells {
    /// The share for the shade of a cell; for counts it is that of the row.
    pub fn share(self, matrix: &ConfusionMatrix, actual: Expression, predicted: Expression) -> f64 {
        match self {
            Self::Counts | Self::Rows => matrix.share_of_row(actual, predicted),
            Self::Columns => matrix.share_of_column(actual, predicted),
            Self::Total => matrix.share_of_all(actual, predicted),
        }
    }
}

/// A cell of a confusion matrix, as tables and drawings show it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatrixCell {
    /// The label of the images.
    pub actual: Expression,
    /// The predicted class.
    pub predicted: Expression,
    /// The number of images.
    pub count: u64,
    /// The requested share, 0 to 1: see [`Cells::share`].
    pub share: f64,
}

/// The scores of a class against the rest, 0 to 1; 0 for 0 divided by 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassScores {
    /// True positives divided by all samples predicted as the class.
    pub precision: f64,
    /// True positives divided by all samples of the class.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// Number of samples of the class.
    pub support: u64,
    /// Number of samples of the class that are predicted as it.
    pub true_positives: u64,
    /// Number of samples of other classes that are predicted as it.
    pub false_positives: u64,
    /// Number of samples of the class that are predicted as others.
    pub false_negatives: u64,
    /// Number of samples of other classes that are predicted as others.
    pub true_negatives: u64,
}

/// A mean over the classes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // ClassScores says it
pub struct Average {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

impl ConfusionMatrix {
    /// Counts a prediction.
    pub fn add(&mut self, actual: Expression, predicted: Expression) {
        self.0[actual.index()][predicted.index()] += 1;
    }

    /// Adds the counts of another matrix.
    pub fn merge(&mut self, other: &Self) {
        self.0.as_flattened_mut().iter_mut().zip(other.0.as_flattened()).for_each(|(count, more)| *count += more);
    }

    /// The number of samples.
    pub fn samples(&self) -> u64 {
        self.0.as_flattened().iter().sum()
    }

    /// The share of correct predictions; 0 without samples.
    pub fn accuracy(&self) -> f64 {
        ratio(self.right(), self.samples())
    }

    /// The scores of a class.
    pub fn class(&self, class: Expression) -> ClassScores {
        let (right, support, predicted) = self.counts(class.index());
        ClassScores {
            precision: ratio(right, predicted),
            recall: ratio(right, support),
            f1: ratio(2 * right, support + predicted),
            support,
            true_positives: right,
            false_positives: predicted - right,
            false_negatives: support - right,
            true_negatives: self.samples() + right - support - predicted,
        }
    }

    /// The mean over the classes that occur as a label or as a prediction.
    pub fn macro_average(&self) -> Average {
        self.average(|scores| f64::from(u8::from(scores.support + scores.false_positives > 0)))
    }

    /// The mean over the classes, weighted by support.
    pub fn weighted_average(&self) -> Average {
        self.average(|scores| scores.support as f64)
    }

    /// The mean recall of the classes that occur as a label.
    pub fn balanced_accuracy(&self) -> f64 {
        mean(self.scores().filter(|scores| scores.support > 0).map(|scores| scores.recall))
    }

    /// Cohen's kappa: agreement beyond chance, −1 to 1. `None` where it is undefined: without samples, or when all labels and
    /// predictions are the same class.
    pub fn cohen_kappa(&self) -> Option<f64> {
        let samples = self.samples() as f64;
        let chance: f64 = (0..CLASSES)
            .map(|class| {
                let (_, support, predicted) = self.counts(class);
                support as f64 * predicted as f64
            })
            .sum();
        let possible = samples * samples - chance;
        (possible > 0.0).then(|| (self.right() as f64 * samples - chance) / possible)
    }

    /// The Matthews correlation of labels and predictions for several classes (Gorodkin 2004, *Comparing two K-category
    /// assignments by a K-category correlation coefficient*), −1 to 1; 0 if all labels or all predictions are the same
    /// class.
    pub fn matthews_correlation(&self) -> f64 {
        let samples = self.samples() as f64;
        let (mut chance, mut labels, mut predictions) = (0.0, 0.0, 0.0);
        for class in 0..CLASSES {
            let (_, support, predicted) = self.counts(class);
            let (support, predicted) = (support as f64, predicted as f64);
            chance += support * predicted;
            labels += support * support;
            predictions += predicted * predicted;
        }
        let spread = (samples * samples - labels) * (samples * samples - predictions);
        if spread > 0.0 { (self.right() as f64 * samples - chance) / spread.sqrt() } else { 0.0 }
    }

    /// The count of a cell divided by that of its row, the actual class; 0 in an empty row.
    pub fn share_of_row(&self, actual: Expression, predicted: Expression) -> f64 {
        ratio(self.cell(actual, predicted), self.counts(actual.index()).1)
    }

    /// The count of a cell divided by that of its column, the predicted class; 0 in an empty column.
    pub fn share_of_column(&self, actual: Expression, predicted: Expression) -> f64 {
        ratio(self.cell(actual, predicted), self.counts(predicted.index()).2)
    }

    /// The count of a cell divided by all samples; 0 without samples.
    pub fn share_of_all(&self, actual: Expression, predicted: Expression) -> f64 {
        ratio(self.cell(actual, predicted), self.samples())
    }

    /// All cells, one row for each actual class: every rendering of the matrix uses this.
    pub fn table(&self, cells: Cells) -> [[MatrixCell; CLASSES]; CLASSES] {
        let cell = |actual, predicted| MatrixCell {
            actual,
            predicted,
            count: self.cell(actual, predicted),
            share: cells.share(self, actual, predicted),
        };
        Expression::ALL.map(|actual| Expression::ALL.map(|predicted| cell(actual, predicted)))
    }

    /// The number of samples of a class with a prediction.
    pub fn cell(&self, actual: Expression, predicted: Expression) -> u64 {
        self.0[actual.index()][predicted.index()]
    }

    /// The number of correct predictions.
    pub fn right(&self) -> u64 {
        (0..CLASSES).map(|class| self.0[class][class]).sum()
    }

    /// True positives, samples of the class, samples predicted as the class.
    fn counts(&self, class: usize) -> (u64, u64, u64) {
        (self.0[class][class], self.0[class].iter().sum(), self.0.iter().map(|row| row[class]).sum())
    }

    fn average(&self, weight: impl Fn(&ClassScores) -> f64) -> Average {
        let mut average = Average { precision: 0.0, recall: 0.0, f1: 0.0 };
        let total: f64 = self.scores().map(|scores| weight(&scores)).sum();
        for scores in self.scores().filter(|_| total > 0.0) {
            let share = weight(&scores) / total;
            average.precision += share * scores.precision;
            average.recall += share * scores.recall;
            average.f1 += share * scores.f1;
        }
        average
    }

    fn scores(&self) -> impl Iterator<Item = ClassScores> {
        Expression::ALL.into_iter().map(|class| self.class(class))
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Accuracy, macro F1, weighted F1, balanced accuracy, Cohen's kappa.
    type Summary = ([f64; 4], Option<f64>);

    fn check(matrix: [[u64; CLASSES]; CLASSES], classes: [[f64; 3]; CLASSES], (summary, kappa): Summary) {
        let matrix = ConfusionMatrix(matrix);
        let close = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-6, "{got} where {expected} is right");
        for (class, [precision, recall, f1]) in Expression::ALL.into_iter().zip(classes) {
            let scores = matrix.class(class);
            close(scores.precision, precision);
            close(scores.recall, recall);
            close(scores.f1, f1);
            assert_eq!(scores.support, matrix.0[class.index()].iter().sum::<u64>());
        }
        let got =
            [matrix.accuracy(), matrix.macro_average().f1, matrix.weighted_average().f1, matrix.balanced_accuracy()];
        got.into_iter().zip(summary).for_each(|(got, expected)| close(got, expected));
        assert_eq!(matrix.cohen_kappa().is_some(), kappa.is_some());
        close(matrix.cohen_kappa().unwrap_or(0.0), kappa.unwrap_or(0.0));
    }

    // The expected values below are scikit-learn 1.9.1's: precision_recall_fscore_support(labels=range(7),
    // zero_division=0), accuracy_score, f1_score(average="macro" and "weighted"), balanced_accuracy_score and
    // cohen_kappa_score, the latter with default settings.

    /// Every class is labelled and predicted.
    const ALL: [[u64; CLASSES]; CLASSES] = [
        [8, 0, 1, 0, 2, 0, 1],
        [1, 3, 0, 0, 1, 0, 0],
        [2, 0, 6, 0, 3, 1, 1],
        [0, 0, 0, 20, 0, 1, 2],
        [1, 0, 2, 1, 9, 0, 4],
        [0, 0, 1, 1, 0, 11, 0],
        [1, 0, 0, 1, 3, 0, 12],
    ];

    /// The same with other rows for the first two classes.
    fn with(first: [u64; CLASSES], second: [u64; CLASSES]) -> [[u64; CLASSES]; CLASSES] {
        let mut matrix = ALL;
        (matrix[0], matrix[1]) = (first, second);
        matrix
    }

    #[test]
    fn all_classes() {
        let classes = [
            [0.615384615, 0.666666667, 0.64],
            [1.0, 0.6, 0.75],
            [0.6, 0.461538462, 0.52173913],
            [0.869565217, 0.869565217, 0.869565217],
            [0.5, 0.529411765, 0.514285714],
            [0.846153846, 0.846153846, 0.846153846],
            [0.6, 0.705882353, 0.648648649],
        ];
        check(ALL, classes, ([0.69, 0.684341794, 0.689824929, 0.668459758], Some(0.628964692)));
    }

    #[test]
    fn a_class_that_does_not_occur() {
        let classes = [
            [0.666666667, 0.666666667, 0.666666667],
            [0.0, 0.0, 0.0],
            [0.6, 0.461538462, 0.52173913],
            [0.869565217, 0.869565217, 0.869565217],
            [0.529411765, 0.529411765, 0.529411765],
            [0.846153846, 0.846153846, 0.846153846],
            [0.6, 0.705882353, 0.648648649],
        ];
        check(
            with(ALL[0], [0; CLASSES]),
            classes,
            ([0.694736842, 0.680364212, 0.692733008, 0.679869718], Some(0.62890625)),
        );
    }

    #[test]
    fn a_class_that_is_only_predicted() {
        let classes = [
            [0.666666667, 0.571428571, 0.615384615],
            [0.0, 0.0, 0.0],
            [0.6, 0.461538462, 0.52173913],
            [0.869565217, 0.869565217, 0.869565217],
            [0.529411765, 0.529411765, 0.529411765],
            [0.846153846, 0.846153846, 0.846153846],
            [0.6, 0.705882353, 0.648648649],
        ];
        check(
            with([8, 2, 1, 0, 2, 0, 1], [0; CLASSES]),
            classes,
            ([0.680412371, 0.575843318, 0.684794024, 0.663996702], Some(0.613694758)),
        );
    }

    #[test]
    fn a_class_that_is_never_predicted() {
        let classes = [
            [0.533333333, 0.666666667, 0.592592593],
            [0.0, 0.0, 0.0],
            [0.545454545, 0.461538462, 0.5],
            [0.869565217, 0.869565217, 0.869565217],
            [0.5, 0.529411765, 0.514285714],
            [0.846153846, 0.846153846, 0.846153846],
            [0.6, 0.705882353, 0.648648649],
        ];
        check(
            with(ALL[0], [3, 0, 1, 0, 1, 0, 0]),
            classes,
            ([0.66, 0.56732086, 0.643809953, 0.582745473], Some(0.591983679)),
        );
    }

    #[test]
    fn one_sample() {
        let mut matrix = [[0; CLASSES]; CLASSES];
        matrix[3][3] = 1;
        let mut classes = [[0.0; 3]; CLASSES];
        classes[3] = [1.0; 3];
        check(matrix, classes, ([1.0; 4], None));
        let mut wrong = [[0; CLASSES]; CLASSES];
        wrong[2][4] = 1;
        check(wrong, [[0.0; 3]; CLASSES], ([0.0; 4], Some(0.0)));
    }

    #[test]
    fn heavy_imbalance() {
        let classes = [
            [0.25, 0.5, 0.333333333],
            [0.0, 0.0, 0.0],
            [0.5, 0.333333333, 0.4],
            [0.5, 0.666666667, 0.571428571],
            [0.0, 0.0, 0.0],
            [1.0, 1.0, 1.0],
            [0.999399099, 0.998998899, 0.999198959],
        ];
        let matrix = [
            [1, 0, 0, 0, 0, 0, 1],
            [0, 0, 0, 0, 0, 0, 1],
            [0, 0, 1, 0, 0, 0, 2],
            [0, 0, 0, 2, 0, 0, 1],
            [0, 0, 0, 0, 0, 0, 1],
            [0, 0, 0, 0, 0, 1, 0],
            [3, 0, 1, 2, 4, 0, 9979],
        ];
        check(matrix, classes, ([0.9984, 0.471994409, 0.998557935, 0.499856986], Some(0.384151129)));
    }

    #[test]
    fn a_table_has_counts_and_shares() {
        let mut matrix = ConfusionMatrix::default();
        matrix.0[2] = [0, 0, 3, 0, 0, 1, 0];
        matrix.0[5] = [0, 0, 0, 0, 0, 4, 0];
        for (cells, share) in [(Cells::Counts, 0.25), (Cells::Rows, 0.25), (Cells::Columns, 0.2), (Cells::Total, 0.125)]
        {
            let cell = matrix.table(cells)[2][5];
            let expected = MatrixCell { actual: Expression::Fear, predicted: Expression::Surprise, count: 1, share };
            assert_eq!(cell, expected, "{cells:?}");
        }
        assert_eq!(matrix.table(Cells::Columns)[0][0].share, 0.0, "nothing of nothing");
    }

    #[test]
    fn no_sample() {
        check([[0; CLASSES]; CLASSES], [[0.0; 3]; CLASSES], ([0.0; 4], None));
    }
}
