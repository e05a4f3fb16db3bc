//! The order of an epoch, drawn from a seed alone.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt as _, SeedableRng};

/// The samples in random order; the same for the same seed.
pub fn shuffled(samples: &[usize], seed: u64) -> Vec<usize> {
    let mut order = samples.to_vec();
    order.shuffle(&mut StdRng::seed_from_u64(seed));
    order
}

/// A seed for one of many uses of a seed (an epoch, a step), unlike those of its neighbours.
pub fn mix(seed: u64, uses: u64) -> u64 {
    // SplitMix64 (Steele, Lea & Flood, 2014)
    let mut value = seed.wrapping_add(uses.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number from the standard normal distribution (Box & Muller, 1958).
pub(super) fn normal(random: &mut StdRng) -> f32 {
    let radius = (-2.0 * (1.0 - random.random::<f32>()).ln()).sqrt();
    radius * (std::f32::consts::TAU * random.random::<f32>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_depends_on_the_seed_alone() {
        let samples: Vec<usize> = (100..200).collect();
        let order = shuffled(&samples, 7);
        assert_eq!(order, shuffled(&samples, 7));
        assert_ne!(order, shuffled(&samples, 8));
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, samples);
    }

    #[test]
    fn splitmix_matches_reference() {
        // the first outputs of the generator with seed 1234567
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|uses| mix(1_234_567, uses)), expected);
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
