//! Temperature scaling (Guo et al. 2017, *On Calibration of Modern Neural Networks*): logits are divided by a temperature,
//! so that the confidence of predictions matches their accuracy. Optionally, a bias is added for each class (bias-corrected
//! temperature scaling: Alexandari, Kundaje & Shrikumar 2020, *Maximum Likelihood with Bias-Corrected Calibration is
//! Hard-To-Beat at Label Shift Adaptation*), so that predictions match the class distribution.

use super::{Calibration, Change, Predictions, expected_calibration_error, log_loss, reliability};
use mien_core::expression::{Distribution, Expression};
use mien_weights::TEMPERATURES;

/// Steps of the golden-section search, enough for six digits.
const ROUNDS: usize = 40;

/// Number of rounds in which temperature and biases are fitted alternately. The log loss is convex in the inverse of the
/// temperature and in the biases, so they converge to its minimum.
const ALTERNATIONS: usize = 20;

/// Steps for the biases in each round.
const STEPS: usize = 10;

/// A calibration of logits: they are divided by the temperature, then the biases are added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// More than 0; 1 changes nothing.
    pub temperature: f32,
    /// One for each class; 0 changes nothing.
    pub biases: [f32; Expression::COUNT],
}

impl Scaling {
    /// A temperature without biases.
    pub fn by(temperature: f32) -> Self {
        Self { temperature, biases: [0.0; Expression::COUNT] }
    }
}

/// Logits of images with their labels.
#[derive(Clone, Debug, Default)]
pub struct LabelledLogits {
    /// The logits of the network, not divided by a temperature.
    pub logits: Vec<[f32; Expression::COUNT]>,
    /// The labels, one for each image.
    pub labels: Vec<Expression>,
}

impl LabelledLogits {
    /// The predictions after a scaling.
    pub fn predictions(&self, scaling: Scaling) -> Predictions {
        let mut predictions = Predictions::default();
        for (sample, (logits, &label)) in self.logits.iter().zip(&self.labels).enumerate() {
            let mut scaled = scaling.biases;
            scaled.iter_mut().zip(logits).for_each(|(value, logit)| *value += logit / scaling.temperature);
            predictions.push(sample as u32, label, Distribution::from_logits(scaled));
        }
        predictions
    }

    /// The scaling with the lowest log loss and a temperature within [`TEMPERATURES`]; if `biases` is false, they are 0.
    pub fn fit(&self, biases: bool) -> Scaling {
        let mut scaling = Scaling::by(1.0);
        for _ in 0..if biases { ALTERNATIONS } else { 1 } {
            scaling.temperature = self.fit_temperature(scaling.biases);
            if biases {
                scaling.biases = self.fit_biases(scaling);
            }
        }
        scaling
    }

    /// The best biases for the temperature of a scaling, starting with its biases. At the minimum of the log loss, the sum
    /// of the probabilities of each class equals its number of labels, so each bias is increased by the logarithm of their
    /// ratio (Sinkhorn scaling of a matrix whose rows are images). Biases of classes without labels are kept, since they
    /// would decrease forever.
    fn fit_biases(&self, mut scaling: Scaling) -> [f32; Expression::COUNT] {
        for _ in 0..STEPS {
            let (mut labels, mut given) = ([0.0_f64; Expression::COUNT], [0.0_f64; Expression::COUNT]);
            for (_, label, distribution) in self.predictions(scaling).iter() {
                labels[label.index()] += 1.0;
                given.iter_mut().zip(distribution.0).for_each(|(sum, share)| *sum += f64::from(share));
            }
            for (bias, (labels, given)) in scaling.biases.iter_mut().zip(labels.into_iter().zip(given)) {
                if labels > 0.0 && given > 0.0 {
                    *bias += (labels / given).ln() as f32;
                }
            }
        }
        let mean = scaling.biases.iter().sum::<f32>() / Expression::COUNT as f32;
        scaling.biases.map(|bias| bias - mean)
    }

    /// The temperature with the lowest log loss for these biases, within [`TEMPERATURES`].
    fn fit_temperature(&self, biases: [f32; Expression::COUNT]) -> f32 {
        // the loss is convex in the inverse of the temperature
        let loss = |inverse: f64| log_loss(&self.predictions(Scaling { temperature: (1.0 / inverse) as f32, biases }));
        let golden = (5_f64.sqrt() - 1.0) / 2.0;
        let (mut low, mut high) = (1.0 / f64::from(*TEMPERATURES.end()), 1.0 / f64::from(*TEMPERATURES.start()));
        let inner = |low: f64, high: f64| (high - golden * (high - low), low + golden * (high - low));
        let (mut left, mut right) = inner(low, high);
        let (mut at_left, mut at_right) = (loss(left), loss(right));
        for _ in 0..ROUNDS {
            if at_left <= at_right {
                high = right;
                (right, at_right) = (left, at_left);
                left = inner(low, high).0;
                at_left = loss(left);
            } else {
                low = left;
                (left, at_left) = (right, at_right);
                right = inner(low, high).1;
                at_right = loss(right);
            }
        }
        ((2.0 / (low + high)) as f32).clamp(*TEMPERATURES.start(), *TEMPERATURES.end())
    }
}

/// The scaling fitted on two halves together, and its effect, evaluated on each half with the scaling of the other.
pub fn calibrate(halves: &[LabelledLogits; 2], biases: bool) -> Calibration {
    let [first, second] = halves;
    let scalings = [first.fit(biases), second.fit(biases)];
    let whole = LabelledLogits {
        logits: [&first.logits[..], &second.logits].concat(),
        labels: [&first.labels[..], &second.labels].concat(),
    };
    let before = whole.predictions(Scaling::by(1.0));
    let mut after = Predictions::default();
    for (half, scaling) in [(first, scalings[1]), (second, scalings[0])] {
        half.predictions(scaling)
            .iter()
            .for_each(|(sample, label, distribution)| after.push(sample, label, distribution));
    }
    let change = |metric: fn(&Predictions) -> f64| Change { before: metric(&before), after: metric(&after) };
    let Scaling { temperature, biases } = whole.fit(biases);
    Calibration {
        temperature,
        biases,
        temperatures: scalings.map(|scaling| scaling.temperature),
        images: whole.labels.len() as u64,
        accuracy: change(|run| run.confusion_matrix().accuracy()),
        expected_calibration_error: change(|run| expected_calibration_error(&reliability(run))),
        log_loss: change(log_loss),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng};

    /// Labels drawn from the probabilities, and logits that are 2.5 times too large.
    fn overconfident(count: usize, seed: u64) -> LabelledLogits {
        let mut random = StdRng::seed_from_u64(seed);
        let mut all = LabelledLogits::default();
        for _ in 0..count {
            let row: [f32; 7] = std::array::from_fn(|_| random.random_range(-2.0..2.0));
            let mut left = random.random::<f32>();
            let label = Distribution::from_logits(row).0.iter().position(|share| {
                left -= share;
                left < 0.0
            });
            all.labels.push(Expression::ALL[label.unwrap_or(6)]);
            all.logits.push(row.map(|logit| logit * 2.5));
        }
        all
    }

    #[test]
    fn the_temperature_that_was_applied_is_found() {
        let found = calibrate(&[overconfident(2_000, 3), overconfident(2_000, 4)], false);
        assert!((found.temperature - 2.5).abs() < 0.15, "{found:?}");
        assert!(found.temperatures.iter().all(|temperature| (temperature - 2.5).abs() < 0.25), "{found:?}");
        let error = found.expected_calibration_error;
        assert!(error.before > 0.1 && error.after < 0.03 && found.log_loss.after < found.log_loss.before, "{found:?}");
        let one = overconfident(500, 5);
        let best = one.fit(false).temperature;
        let loss = |temperature| log_loss(&one.predictions(Scaling::by(temperature)));
        assert!(loss(best) <= loss(best * 1.01) && loss(best) <= loss(best / 1.01));
    }

    #[test]
    fn what_is_always_right_stays_in_range() {
        let one = |label| LabelledLogits { logits: vec![[9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]], labels: vec![label] };
        for label in [Expression::Angry, Expression::Fear] {
            let found = one(label).fit(true);
            assert!(TEMPERATURES.contains(&found.temperature), "{found:?}");
            assert!(found.biases.iter().all(|bias| bias.is_finite()), "{found:?}");
        }
    }

    #[test]
    fn the_biases_that_were_applied_are_taken_back() {
        let applied = [0.9, -0.6, 0.3, 0.0, -0.9, 0.5, -0.2];
        let biased = |seed| {
            let mut all = overconfident(4_000, seed);
            // before the division by 2.5
            all.logits
                .iter_mut()
                .for_each(|row| row.iter_mut().zip(applied).for_each(|(logit, bias)| *logit += 2.5 * bias));
            all
        };
        let found = calibrate(&[biased(3), biased(4)], true);
        assert!((found.temperature - 2.5).abs() < 0.15, "{found:?}");
        assert!(found.biases.iter().zip(applied).all(|(bias, applied)| (bias + applied).abs() < 0.12), "{found:?}");
        assert!(found.accuracy.after > found.accuracy.before + 0.01, "{found:?}");
        assert!(found.log_loss.after < calibrate(&[biased(3), biased(4)], false).log_loss.after, "{found:?}");

        // at the minimum each class has as much probability as labels
        let one = biased(5);
        let (mut labels, mut given) = ([0.0; 7], [0.0; 7]);
        for (_, label, distribution) in one.predictions(one.fit(true)).iter() {
            labels[label.index()] += 1.0;
            given.iter_mut().zip(distribution.0).for_each(|(sum, share)| *sum += share);
        }
        assert!(labels.iter().zip(given).all(|(labels, given)| (labels - given).abs() < 1.0), "{labels:?} {given:?}");
    }
}
