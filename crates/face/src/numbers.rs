//! Pseudo-random numbers that are the same on every platform and in every version.

use mien_core::random::derive_seed;

/// A sequence of pseudo-random numbers from a seed.
#[derive(Clone, Debug)]
pub struct Numbers {
    seed: u64,
    drawn: u64,
}

impl Numbers {
    /// The sequence of a seed, for one of its uses.
    pub fn new(seed: u64, uses: u64) -> Self {
        Self { seed: derive_seed(seed, uses), drawn: 0 }
    }

    fn next(&mut self) -> u64 {
        let number = derive_seed(self.seed, self.drawn);
        self.drawn += 1;
        number
    }

    /// A number from 0 to below 1.
    pub fn uniform(&mut self) -> f32 {
        // 24 bits, all of which an f32 holds
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// A number from `from` to below `to`.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.uniform()
    }

    /// An index below `count`, which must not be 0.
    pub fn index(&mut self, count: usize) -> usize {
        ((self.uniform() * count as f32) as usize).min(count.saturating_sub(1))
    }

    /// A number from the standard normal distribution (Box & Muller, 1958).
    ///
    /// `mien_core::random::normal` uses the logarithm and the cosine of the standard library, whose last bits depend on the
    /// platform; those of `libm` do not.
    pub fn normal(&mut self) -> f32 {
        let radius = (-2.0 * libm::logf(1.0 - self.uniform())).sqrt();
        radius * libm::cosf(std::f32::consts::TAU * self.uniform())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_and_reproducible() {
        let mut numbers = Numbers::new(7, 1);
        let normal: Vec<f32> = (0..20_000).map(|_| numbers.normal()).collect();
        let mean = normal.iter().sum::<f32>() / 20_000.0;
        let square = normal.iter().map(|number| number * number).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (square - 1.0).abs() < 0.05, "{mean} {square}");
        let mut again = Numbers::new(7, 1);
        assert_eq!(normal[..100], (0..100).map(|_| again.normal()).collect::<Vec<_>>());
        assert_ne!(normal[0], Numbers::new(7, 2).normal());
        let mut numbers = Numbers::new(7, 3);
        assert!((0..1000).all(|_| numbers.index(3) < 3 && (2.0..5.0).contains(&numbers.between(2.0, 5.0))));
    }
}
