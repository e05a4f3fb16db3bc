//! Stages of a 3×3 convolution that changes the number of channels and then residual blocks, which add the output of two
//! convolutions to their input. He et al. (2016), *Deep Residual Learning for Image Recognition*; stages
//! end with max-pooling in place of a stride, so that no skip connection needs a convolution.

use super::layout::{BlockLayout, Convolution, NetworkLayout, StageLayout};
use super::sizes::Sizes;

pub(super) fn sizes() -> Sizes {
    Sizes {
        stages: vec![(32, 0), (64, 1), (128, 1), (256, 1)],
        stage_dropout: vec![0.0, 0.05, 0.1, 0.15],
        dropout: 0.3,
    }
}

pub(super) fn layout(sizes: &Sizes) -> NetworkLayout {
    let mut inputs = 1;
    let stages = sizes.stages.iter().map(|&(channels, count)| {
        let layers = vec![Convolution::three(std::mem::replace(&mut inputs, channels), channels)];
        let block = || BlockLayout::Residual([Convolution::three(channels, channels); 2]);
        StageLayout { layers, blocks: (0..count).map(|_| block()).collect() }
    });
    NetworkLayout { stages: stages.collect(), hidden: None }
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
