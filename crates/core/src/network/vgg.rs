//! Stages of 3×3 convolutions, each with batch norm and ReLU, and a global average before the fully connected layer.
//! Simonyan & Zisserman (2015), *Very Deep Convolutional Networks for Large-Scale Image Recognition*, cut to 48×48.

use super::Sizes;
use super::plan::{Convolution, Plan, StagePlan};

pub(super) fn sizes() -> Sizes {
    Sizes {
        stages: vec![(32, 2), (64, 2), (128, 3), (256, 3)],
        stage_dropout: vec![0.0, 0.05, 0.1, 0.15],
        dropout: 0.3,
    }
}

pub(super) fn plan(sizes: &Sizes) -> Plan {
    let mut inputs = 1;
    let mut layer = |outputs| Convolution::three(std::mem::replace(&mut inputs, outputs), outputs);
    let stages = sizes.stages.iter().map(|&(channels, count)| StagePlan {
        layers: (0..count).map(|_| layer(channels)).collect(),
        blocks: Vec::new(),
    });
    Plan { stages: stages.collect(), hidden: None }
}

#[cfg(test)]
mod tests {
    use crate::network::Architecture;

    #[test]
    fn it_counts_as_documented() {
        let network = Architecture::Vgg(super::sizes());
        assert_eq!((network.parameters(), network.multiply_adds()), (1_912_487, 159_917_824));
    }
}
