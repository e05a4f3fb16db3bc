//! Pseudo-random numbers that depend on a seed alone.

use rand::RngExt as _;
use rand::rngs::StdRng;

/// Derives an independent seed for one of many uses of a seed, such as an epoch or a step.
pub fn derive_seed(seed: u64, uses: u64) -> u64 {
    // SplitMix64 (Steele, Lea & Flood, 2014)
    let mut value = seed.wrapping_add(uses.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number from the standard normal distribution (Box & Muller, 1958).
pub fn normal(random: &mut StdRng) -> f32 {
    let radius = (-2.0 * (1.0 - random.random::<f32>()).ln()).sqrt();
    radius * (std::f32::consts::TAU * random.random::<f32>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn splitmix_matches_reference() {
        // the first outputs of the generator with seed 1234567
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|uses| derive_seed(1_234_567, uses)), expected);
    }

    #[test]
    fn normal_numbers_have_unit_deviation() {
        let mut random = StdRng::seed_from_u64(1);
        let numbers: Vec<f32> = (0..20_000).map(|_| normal(&mut random)).collect();
        let mean = numbers.iter().sum::<f32>() / 20_000.0;
        let square = numbers.iter().map(|number| number * number).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (square - 1.0).abs() < 0.05);
    }
}
