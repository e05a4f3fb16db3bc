//! Temperature scaling (Guo et al. 2017, *On Calibration of Modern Neural Networks*): logits divided by one number, so that
//! a network is right as often as it says.

use super::scores::log_loss;
use super::{Calibration, Change, Predictions, expected_calibration_error, reliability};
use crate::expression::{Distribution, Expression};
use crate::network::TEMPERATURES;

/// Steps of the golden section until the temperature is exact to six places.
const ROUNDS: usize = 40;

/// Logits of images, and their labels.
#[derive(Clone, Debug, Default)]
pub struct Labelled {
    /// The network's, undivided.
    pub logits: Vec<[f32; Expression::COUNT]>,
    /// As many.
    pub labels: Vec<Expression>,
}

impl Labelled {
    /// What they say at a temperature.
    pub fn read(&self, temperature: f32) -> Predictions {
        let mut predictions = Predictions::default();
        for (sample, (logits, &label)) in self.logits.iter().zip(&self.labels).enumerate() {
            let reading = Distribution::from_logits(logits.map(|logit| logit / temperature));
            predictions.push(sample as u32, label, reading);
        }
        predictions
    }

    /// The temperature that makes the log loss smallest, within [`TEMPERATURES`].
    pub fn fit_temperature(&self) -> f32 {
        // the loss is convex in the inverse of the temperature
        let loss = |inverse: f64| log_loss(&self.read((1.0 / inverse) as f32));
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

/// The temperature of two halves together, and what it does, measured on each half with the temperature of the other.
pub fn calibrate(halves: &[Labelled; 2]) -> Calibration {
    let [first, second] = halves;
    let temperatures = [first.fit_temperature(), second.fit_temperature()];
    let whole = Labelled {
        logits: [&first.logits[..], &second.logits].concat(),
        labels: [&first.labels[..], &second.labels].concat(),
    };
    let before = whole.read(1.0);
    let mut after = Predictions::default();
    for (half, temperature) in [(first, temperatures[1]), (second, temperatures[0])] {
        half.read(temperature).iter().for_each(|(sample, label, reading)| after.push(sample, label, reading));
    }
    let change = |measure: fn(&Predictions) -> f64| Change { before: measure(&before), after: measure(&after) };
    Calibration {
        temperature: whole.fit_temperature(),
        temperatures,
        images: whole.labels.len() as u64,
        expected_calibration_error: change(|run| expected_calibration_error(&reliability(run))),
        log_loss: change(log_loss),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng};

    /// Labels as likely as the logits say, and the logits 2.5 times too large.
    fn overconfident(count: usize, seed: u64) -> Labelled {
        let mut random = StdRng::seed_from_u64(seed);
        let mut all = Labelled::default();
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
        let found = calibrate(&[overconfident(2_000, 3), overconfident(2_000, 4)]);
        assert!((found.temperature - 2.5).abs() < 0.15, "{found:?}");
        assert!(found.temperatures.iter().all(|temperature| (temperature - 2.5).abs() < 0.25), "{found:?}");
        let error = found.expected_calibration_error;
        assert!(error.before > 0.1 && error.after < 0.03 && found.log_loss.after < found.log_loss.before, "{found:?}");
        let one = overconfident(500, 5);
        let best = one.fit_temperature();
        let loss = |temperature| log_loss(&one.read(temperature));
        assert!(loss(best) <= loss(best * 1.01) && loss(best) <= loss(best / 1.01));
    }

    #[test]
    fn what_is_always_right_stays_in_range() {
        let one = |label| Labelled { logits: vec![[9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]], labels: vec![label] };
        assert!(TEMPERATURES.contains(&one(Expression::Angry).fit_temperature()));
        assert!(TEMPERATURES.contains(&one(Expression::Fear).fit_temperature()));
    }
}
