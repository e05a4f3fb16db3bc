//! The samples and targets of training steps.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};

use super::{Balance, Settings, TrainingData};
use mien_core::dataset::shuffled;
use mien_core::expression::Expression;
use mien_core::random::derive_seed;

/// The samples of an epoch in order; with balanced sampling, equally many of each class.
pub(super) fn order(data: &TrainingData, balance: Balance, seed: u64) -> Vec<usize> {
    if balance != Balance::Sampling {
        return shuffled(&data.training, seed);
    }
    let counts = data.dataset.class_counts(&data.training);
    let present = counts.iter().filter(|&&count| count > 0).count().max(1);
    let mut drawn = Vec::with_capacity(data.training.len());
    for (place, class) in Expression::ALL.into_iter().filter(|class| counts[class.index()] > 0).enumerate() {
        let samples: Vec<usize> =
            data.training.iter().copied().filter(|&sample| data.dataset.label(sample) == class).collect();
        // the remainder goes to the first classes
        let due = (data.training.len() + present - 1 - place) / present;
        let rounds =
            (0..).flat_map(|round| shuffled(&samples, derive_seed(derive_seed(seed, class.index() as u64), round)));
        drawn.extend(rounds.take(due));
    }
    shuffled(&drawn, seed)
}

/// The weight of each class: 1 on average over the training images.
pub(super) fn class_weights(data: &TrainingData, balance: Balance) -> [f32; Expression::COUNT] {
    if balance != Balance::Weights {
        return [1.0; Expression::COUNT];
    }
    let counts = data.dataset.class_counts(&data.training);
    let present = counts.iter().filter(|&&count| count > 0).count();
    counts.map(|count| if count == 0 { 0.0 } else { data.training.len() as f32 / (present * count) as f32 })
}

/// The targets of a batch, `[batch × 7]`: [`TrainingData::target`] times the weight of the class.
pub(super) fn targets(
    data: &TrainingData,
    samples: &[usize],
    settings: &Settings,
    weights: &[f32; Expression::COUNT],
) -> Vec<[f32; Expression::COUNT]> {
    let target = |&sample: &usize| {
        let weight = weights[data.dataset.label(sample).index()];
        data.target(sample, settings.votes_share, settings.label_smoothing).map(|value| value * weight)
    };
    samples.iter().map(target).collect()
}

/// Mixes the first target with the last, the second with the second to last, and so on, like the inputs.
pub(super) fn mix_targets<const N: usize>(targets: &mut [[f32; N]], share: f32) {
    let reversed: Vec<_> = targets.iter().rev().copied().collect();
    for (target, other) in targets.iter_mut().zip(reversed) {
        for (value, other) in target.iter_mut().zip(other) {
            *value = *value * share + other * (1.0 - share);
        }
    }
}

/// A share drawn from Beta(alpha, alpha), with alpha more than 0 and at most 1 (Jöhnk, 1964).
pub(super) fn mixup_share(alpha: f64, seed: u64) -> f32 {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        let mut power = || random.random::<f64>().powf(1.0 / alpha);
        let (a, b) = (power(), power());
        if a + b > 0.0 && a + b <= 1.0 {
            return (a / (a + b)) as f32;
        }
        // both underflow for small alpha: only one of the images
        if a + b == 0.0 {
            return if random.random::<bool>() { 1.0 } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mien_core::dataset::{Dataset, Split};
    use mien_core::vision::CROP_PIXELS;
    use std::sync::Arc;

    /// 30 angry, 6 sad, 2 neutral.
    fn data() -> TrainingData {
        let mut dataset = Dataset::default();
        for row in 0..38 {
            let class = if row < 30 {
                0
            } else if row < 36 {
                4
            } else {
                6
            };
            dataset.push([0; CROP_PIXELS], Expression::ALL[class], Split::Training, row);
        }
        TrainingData {
            dataset: Arc::new(dataset),
            training: (0..38).collect(),
            validation: vec![],
            validation_name: String::new(),
            votes: None,
        }
    }

    #[test]
    fn balanced_sampling_draws_evenly_and_repeats_no_sooner_than_it_must() {
        let data = data();
        let drawn = order(&data, Balance::Sampling, 5);
        assert_eq!(data.dataset.class_counts(&drawn), [13, 0, 0, 0, 13, 0, 12]);
        let times = |sample: usize| drawn.iter().filter(|&&drawn| drawn == sample).count();
        assert!((0..30).all(|sample| times(sample) <= 1));
        assert!((30..36).all(|sample| (2..=3).contains(&times(sample))));
        assert!((36..38).all(|sample| times(sample) == 6));
        assert_eq!(drawn, order(&data, Balance::Sampling, 5));
        let mut plain = order(&data, Balance::Weights, 5);
        plain.sort_unstable();
        assert_eq!(plain, data.training);
    }

    #[test]
    fn class_weights_balance_classes() {
        let data = data();
        let weights = class_weights(&data, Balance::Weights);
        assert_eq!(weights[1], 0.0);
        for (class, count) in [(0, 30.0), (4, 6.0), (6, 2.0)] {
            assert!((weights[class] * count - 38.0 / 3.0).abs() < 1e-4);
        }
        let settings = Settings { label_smoothing: 0.0, ..Settings::default() };
        let targets = targets(&data, &[0, 37], &settings, &weights);
        assert_eq!((targets[0][0], targets[1][6], targets[1][0]), (weights[0], weights[6], 0.0));
    }

    #[test]
    fn mixup_shares_are_beta_distributed() {
        for alpha in [0.2, 1.0] {
            let shares: Vec<f64> = (0..20_000).map(|seed| f64::from(mixup_share(alpha, seed))).collect();
            let mean = shares.iter().sum::<f64>() / 20_000.0;
            let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / 20_000.0;
            // Beta(a, a) has mean 1/2 and variance 1 / (4 (2a + 1))
            assert!((mean - 0.5).abs() < 0.01 && (variance - 0.25 / (2.0 * alpha + 1.0)).abs() < 0.005, "{alpha}");
        }
        assert!((0..100).all(|seed| (0.0..=1.0).contains(&mixup_share(0.001, seed))));
        let mut targets = [[1.0; 7], [0.0; 7], [0.5; 7]];
        mix_targets(&mut targets, 0.75);
        assert_eq!(targets.map(|target| target[0]), [0.875, 0.0, 0.625]);
    }
}
