//! McNemar's test: whether the accuracies of two networks differ significantly.

use serde::{Deserialize, Serialize};

/// With fewer discordant images, the exact test is used.
const EXACT_BELOW: u64 = 25;

/// The test's outcome (McNemar 1947, *Note on the sampling error of the difference between correlated proportions or
/// percentages*). It equals `mcnemar` of statsmodels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct McNemar {
    /// How it was computed.
    pub method: McNemarMethod,
    /// The smaller count of the two if exact, else χ².
    pub statistic: f64,
    /// The p-value, 0 to 1.
    pub p_value: f64,
}

/// How McNemar's test is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum McNemarMethod {
    /// By the binomial distribution, two-sided: with fewer than 25 discordant images.
    Exact,
    /// By the χ² distribution with one degree of freedom and continuity correction (Edwards 1948, *Note on the
    /// "correction for continuity" in testing the significance of the difference between correlated proportions*).
    ChiSquare,
}

impl McNemar {
    /// The test, from the number of images that only the first and that only the second classifies correctly.
    pub fn new(first_right: u64, second_right: u64) -> Self {
        let (fewer, discordant) = (first_right.min(second_right), first_right + second_right);
        if discordant < EXACT_BELOW {
            let mut ways = 1;
            let mut tail = 0;
            for taken in 0..=fewer {
                tail += ways;
                ways = ways * (discordant - taken) / (taken + 1);
            }
            let p_value = (2.0 * tail as f64 / (1_u64 << discordant) as f64).min(1.0);
            return Self { method: McNemarMethod::Exact, statistic: fewer as f64, p_value };
        }
        let difference = first_right.abs_diff(second_right) as f64 - 1.0;
        let statistic = difference * difference / discordant as f64;
        Self { method: McNemarMethod::ChiSquare, statistic, p_value: libm::erfc((statistic / 2.0).sqrt()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_equals_statsmodels() {
        // statsmodels 0.15.0: mcnemar([[0, first], [second, 0]], exact=first + second < 25, correction=True)
        let cases = [
            (0, 0, McNemarMethod::Exact, 0.0, 1.0),
            (0, 1, McNemarMethod::Exact, 0.0, 1.0),
            (3, 9, McNemarMethod::Exact, 3.0, 0.14599609375),
            (6, 6, McNemarMethod::Exact, 6.0, 1.0),
            (24, 0, McNemarMethod::Exact, 0.0, 1.19209289551e-07),
            (12, 13, McNemarMethod::ChiSquare, 0.0, 1.0),
            (30, 10, McNemarMethod::ChiSquare, 9.025, 0.00266311925914),
            (150, 211, McNemarMethod::ChiSquare, 9.97229916898, 0.0015891292821),
            (5, 200, McNemarMethod::ChiSquare, 183.590243902, 7.9719790379e-42),
        ];
        for (first, second, method, statistic, p_value) in cases {
            let got = McNemar::new(first, second);
            assert_eq!(got.method, method);
            assert!((got.statistic - statistic).abs() < 1e-9, "{first}, {second}: {got:?}");
            assert!((got.p_value - p_value).abs() < 1e-9 && (got.p_value / p_value - 1.0).abs() < 1e-6, "{got:?}");
        }
    }
}
