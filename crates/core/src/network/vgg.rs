//! Stages of 3×3 convolutions, each with batch norm and ReLU, and global average pooling before the fully connected layer.
//! Simonyan & Zisserman (2015), *Very Deep Convolutional Networks for Large-Scale Image Recognition*, reduced to 48×48.

use super::layout::{Convolution, NetworkLayout, stages_of_layers};
use super::sizes::Sizes;

pub(super) fn sizes() -> Sizes {
    Sizes {
        stages: vec![(32, 2), (64, 2), (128, 3), (256, 3)],
        stage_dropout: vec![0.0, 0.05, 0.1, 0.15],
        dropout: 0.3,
    }
}

pub(super) fn layout(sizes: &Sizes) -> NetworkLayout {
    NetworkLayout { stages: stages_of_layers(sizes, Convolution::three), hidden: None }
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
