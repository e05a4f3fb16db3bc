//! Statistics of shares and of a list of numbers.

/// The Wilson score interval of a share (Wilson 1927, *Probable inference, the law of succession, and statistical
/// inference*) at 95 %, from 0 to 1; `None` without samples. It contains the share itself, whatever rounding does: of 20 right ones of 20, the
/// formula's upper end is 2e-16 below 1.
pub fn wilson_interval(right: u64, samples: u64) -> Option<[f64; 2]> {
    /// The 97.5 % quantile of the normal distribution.
    const QUANTILE: f64 = 1.959_963_984_540_054;
    if samples == 0 {
        return None;
    }
    let samples = samples as f64;
    let share = right as f64 / samples;
    let square = QUANTILE * QUANTILE / samples;
    let centre = (share + square / 2.0) / (1.0 + square);
    let radius = (share * (1.0 - share) * square + square * square / 4.0).sqrt() / (1.0 + square);
    Some([(centre - radius).clamp(0.0, share), (centre + radius).clamp(share, 1.0)])
}

/// The mean; 0 for no values.
pub fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::wilson_interval;

    #[test]
    fn wilson_equals_statsmodels() {
        // statsmodels 0.15.0: proportion_confint(right, samples, method="wilson")
        let cases = [
            (0, 10, [0.0, 0.277_532_799_863]),
            (10, 10, [0.722_467_200_137, 1.0]),
            (1, 1, [0.206_549_314_377, 1.0]),
            (69, 100, [0.593_739_442_805, 0.772_203_027_876]),
            (2433, 3589, [0.662_433_934_951, 0.692_995_052_005]),
        ];
        for (right, samples, expected) in cases {
            let got = wilson_interval(right, samples).unwrap();
            assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{right} of {samples}: {got:?}");
        }
        assert_eq!(wilson_interval(0, 0), None);
    }

    #[test]
    fn an_interval_contains_its_share() {
        for samples in 1..=300 {
            for right in 0..=samples {
                let [low, high] = wilson_interval(right, samples).unwrap();
                let share = right as f64 / samples as f64;
                assert!(
                    0.0 <= low && low <= share && share <= high && high <= 1.0,
                    "{right} of {samples}: {low} to {high}"
                );
            }
            assert_eq!(wilson_interval(0, samples).unwrap()[0], 0.0);
            assert_eq!(wilson_interval(samples, samples).unwrap()[1], 1.0);
        }
    }
}
