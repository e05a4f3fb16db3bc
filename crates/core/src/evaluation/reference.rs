//! Compares the metrics with those of scikit-learn and statsmodels, on runs generated from integers, so that Python can
//! generate the same.

use super::{Evaluation, Metric, Predictions, RunInfo};
use crate::expression::{Distribution, Expression};

/// A generated run. In Python, with `p` as `numpy.float32`: the generator is `state = (state * 1664525 + 1013904223) % 2**32`
/// and gives `state >> 16`; an image takes its label modulo 7 from it, in the imbalanced run a further number, then the
/// seven weights, which are made distinct, since scikit-learn breaks ties otherwise.
pub fn run(samples: u32, seed: u32, kind: Kind) -> Predictions {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let mut predictions = Predictions::default();
    for sample in 0..samples {
        let mut label = (next() % 7) as usize;
        if kind == Kind::Missing && label == 1 {
            label = 2;
        }
        if kind == Kind::Imbalance && next() % 40 != 0 {
            label = 6;
        }
        let mut weights: [u32; 7] = std::array::from_fn(|class| (1 + next() % 1000) * 8 + class as u32);
        weights[label] += 2400;
        if kind == Kind::NeverPredicted {
            weights[1] = 1;
        }
        let sum: u32 = weights.iter().sum();
        let distribution = Distribution(weights.map(|weight| weight as f32 / sum as f32));
        predictions.push(sample, Expression::ALL[label], distribution);
    }
    predictions
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    All,
    Missing,
    NeverPredicted,
    Imbalance,
}

/// The expected values of scikit-learn.
struct Expected {
    /// In the order of [`Metric::ALL`].
    metrics: [Option<f64>; 16],
    average_precision: [f64; 7],
    roc_auc: [Option<f64>; 7],
}

fn check(predictions: &Predictions, expected: &Expected) {
    let report = Evaluation::new(predictions, RunInfo::default()).report;
    let close = |got: Option<f64>, expected: Option<f64>| {
        got.is_some() == expected.is_some() && (got.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-6
    };
    for (metric, expected) in Metric::ALL.into_iter().zip(expected.metrics) {
        let got = report.value(metric);
        assert!(close(got, expected), "{metric:?}: {got:?} where {expected:?} is right");
    }
    for (index, class) in report.classes.iter().enumerate() {
        let (precision, area) = (expected.average_precision[index], expected.roc_auc[index]);
        assert!(close(Some(class.average_precision), Some(precision)), "{class:?}, {precision} is right");
        assert!(close(class.roc_auc, area), "{class:?}, {area:?} is right");
        assert_eq!(class.true_positives + class.false_negatives, class.support);
        let all = class.support + class.false_positives + class.true_negatives;
        assert_eq!(all, report.samples);
    }
}

// The expected values are scikit-learn 1.9.1's, with y the labels, p the probabilities as float64, q = p.argmax(1) and
// L = range(7): accuracy_score(y, q), balanced_accuracy_score(y, q), top_k_accuracy_score(y, p, k=2, labels=L),
// precision_recall_fscore_support(y, q, average="macro" and "weighted", zero_division=0), cohen_kappa_score(y, q),
// matthews_corrcoef(y, q), average_precision_score(y == c, p[:, c]), roc_auc_score(y == c, p[:, c]), log_loss(y, p,
// labels=L), brier_score_loss(y, p, labels=L). The expected calibration error weighs calibration_curve(y == q, p.max(1),
// n_bins=15) with the bins' counts.

#[test]
fn all_classes() {
    let expected = Expected {
        metrics: [
            Some(0.470_000_000),
            Some(0.468_735_802),
            Some(0.600_000_000),
            Some(0.472_345_809),
            Some(0.468_735_802),
            Some(0.469_232_196),
            Some(0.475_209_746),
            Some(0.470_000_000),
            Some(0.471_413_633),
            Some(0.379_302_268),
            Some(0.379_618_419),
            Some(0.409_058_643),
            Some(0.764_725_857),
            Some(1.620_938_324),
            Some(0.764_086_931),
            Some(0.210_683_343),
        ],
        average_precision: [
            0.475_117_392,
            0.299_165_013,
            0.464_952_386,
            0.478_780_098,
            0.379_699_937,
            0.355_272_542,
            0.410_423_128,
        ],
        roc_auc: [
            Some(0.768_097_643),
            Some(0.763_250_482),
            Some(0.782_299_742),
            Some(0.797_371_032),
            Some(0.757_617_254),
            Some(0.740_446_016),
            Some(0.743_998_829),
        ],
    };
    check(&run(300, 1, Kind::All), &expected);
}

#[test]
fn a_missing_class() {
    let expected = Expected {
        metrics: [
            Some(0.425_000_000),
            Some(0.441_266_800),
            Some(0.580_000_000),
            Some(0.383_734_305),
            Some(0.378_228_686),
            Some(0.375_111_225),
            Some(0.464_519_731),
            Some(0.425_000_000),
            Some(0.434_460_379),
            Some(0.313_371_347),
            Some(0.317_155_908),
            Some(0.469_381_720),
            Some(0.776_622_046),
            Some(1.611_988_223),
            Some(0.760_254_669),
            Some(0.165_868_418),
        ],
        average_precision: [
            0.433_429_438,
            0.000_000_000,
            0.589_485_967,
            0.416_530_612,
            0.396_695_720,
            0.503_908_090,
            0.476_240_494,
        ],
        roc_auc: [
            Some(0.771_997_431),
            None,
            Some(0.790_067_994),
            Some(0.746_612_466),
            Some(0.774_349_667),
            Some(0.819_898_909),
            Some(0.756_805_808),
        ],
    };
    check(&run(200, 2, Kind::Missing), &expected);
}

#[test]
fn a_class_that_is_never_predicted() {
    let expected = Expected {
        metrics: [
            Some(0.370_000_000),
            Some(0.366_366_028),
            Some(0.530_000_000),
            Some(0.320_401_341),
            Some(0.366_366_028),
            Some(0.336_911_645),
            Some(0.331_503_011),
            Some(0.370_000_000),
            Some(0.345_463_980),
            Some(0.262_877_702),
            Some(0.266_809_451),
            Some(0.387_275_520),
            Some(0.740_003_612),
            Some(2.497_174_623),
            Some(0.786_047_236),
            Some(0.097_594_453),
        ],
        average_precision: [
            0.353_935_354,
            0.182_231_193,
            0.453_320_933,
            0.467_844_943,
            0.460_170_454,
            0.394_323_894,
            0.399_101_867,
        ],
        roc_auc: [
            Some(0.703_137_255),
            Some(0.606_415_720),
            Some(0.779_900_332),
            Some(0.793_416_851),
            Some(0.796_225_730),
            Some(0.767_918_708),
            Some(0.733_010_688),
        ],
    };
    check(&run(200, 3, Kind::NeverPredicted), &expected);
}

#[test]
fn one_sample() {
    let expected = Expected {
        metrics: [
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(0.000_000_000),
            Some(1.000_000_000),
            None,
            Some(1.971_871_457),
            Some(0.911_132_404),
            Some(0.298_046_172),
        ],
        average_precision: [
            0.000_000_000,
            0.000_000_000,
            0.000_000_000,
            0.000_000_000,
            1.000_000_000,
            0.000_000_000,
            0.000_000_000,
        ],
        roc_auc: [None, None, None, None, None, None, None],
    };
    check(&run(1, 4, Kind::All), &expected);
}

#[test]
fn heavy_imbalance() {
    let expected = Expected {
        metrics: [
            Some(0.440_000_000),
            Some(0.456_526_686),
            Some(0.579_000_000),
            Some(0.155_968_293),
            Some(0.456_526_686),
            Some(0.114_272_977),
            Some(0.972_578_929),
            Some(0.440_000_000),
            Some(0.597_438_616),
            Some(0.023_699_265),
            Some(0.076_650_806),
            Some(0.162_480_139),
            Some(0.767_084_835),
            Some(1.620_289_354),
            Some(0.763_346_422),
            Some(0.182_992_549),
        ],
        average_precision: [
            0.022_862_190,
            0.004_973_811,
            0.056_508_882,
            0.010_075_439,
            0.031_883_069,
            0.019_875_028,
            0.991_182_557,
        ],
        roc_auc: [
            Some(0.861_371_945),
            Some(0.577_816_784),
            Some(0.839_267_803),
            Some(0.751_578_947),
            Some(0.778_551_707),
            Some(0.791_708_543),
            Some(0.769_298_118),
        ],
    };
    check(&run(2000, 5, Kind::Imbalance), &expected);
}
