//! A plain CNN: convolutions with ReLU and max-pooling, then a fully connected layer with ReLU and dropout, and one for the
//! logits. No batch norm, no global average pooling. The first fully connected layer has four outputs per channel of the last
//! stage.

use super::layout::{Convolution, NetworkLayout, stages_of_layers};
use super::sizes::Sizes;

pub(super) fn sizes() -> Sizes {
    Sizes { stages: vec![(32, 2), (64, 2), (128, 2)], stage_dropout: vec![0.1, 0.15, 0.2], dropout: 0.5 }
}

pub(super) fn layout(sizes: &Sizes) -> NetworkLayout {
    let layer = |inputs, outputs| Convolution { norm: false, ..Convolution::three(inputs, outputs) };
    let hidden = sizes.stages.last().map(|(channels, _)| 4 * channels);
    NetworkLayout { stages: stages_of_layers(sizes, layer), hidden }
}

#[cfg(test)]
mod tests {
    use crate::network::Architecture;

    #[test]
    fn it_counts_as_by_hand() {
        let network = Architecture::Cnn(super::sizes());
        let convolutions = 9 * (32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128);
        let full = 128 * 6 * 6 * 512 + 512 * 7;
        assert_eq!(network.parameters(), convolutions + 2 * (32 + 64 + 128) + full + 512 + 7);
    }
}
