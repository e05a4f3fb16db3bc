//! Stages of a 3×3 convolution that widens and then residual blocks, which add what two convolutions make of a picture to
//! the picture itself. He et al. (2016), *Deep Residual Learning for Image Recognition*; the stages end in max-pooling
//! rather than in a stride, so that no shortcut needs a convolution.

use super::plan::{BlockPlan, Convolution, Plan, StagePlan};
use super::sizes::Sizes;

pub(super) fn sizes() -> Sizes {
    Sizes {
        stages: vec![(32, 0), (64, 1), (128, 1), (256, 1)],
        stage_dropout: vec![0.0, 0.05, 0.1, 0.15],
        dropout: 0.3,
    }
}

pub(super) fn plan(sizes: &Sizes) -> Plan {
    let mut inputs = 1;
    let stages = sizes.stages.iter().map(|&(channels, count)| {
        let layers = vec![Convolution::three(std::mem::replace(&mut inputs, channels), channels)];
        let block = || BlockPlan::Residual([Convolution::three(channels, channels); 2]);
        StagePlan { layers, blocks: (0..count).map(|_| block()).collect() }
    });
    Plan { stages: stages.collect(), hidden: None }
}

#[cfg(test)]
mod tests {
    use crate::network::Architecture;

    #[test]
    fn it_counts_as_by_hand() {
        let network = Architecture::ResNet(super::sizes());
        let wide = [32, 32 * 64, 64 * 64, 64 * 64, 64 * 128, 128 * 128, 128 * 128, 128 * 256, 256 * 256, 256 * 256];
        let norms = 2 * (32 + 3 * (64 + 128 + 256));
        assert_eq!(network.parameters(), 9 * wide.iter().sum::<u64>() + norms + 256 * 7 + 7);
        let pixels = [48_u64, 24, 24, 24, 12, 12, 12, 6, 6, 6].map(|side| side * side);
        let convolutions: u64 = wide.iter().zip(pixels).map(|(weights, pixels)| 9 * weights * pixels).sum();
        assert_eq!(network.multiply_adds(), convolutions + 256 * 7);
    }
}
