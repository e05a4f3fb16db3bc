//! A 3×3 convolution, then stages of depthwise-separable ones: 3×3 per channel, then 1×1 across channels, each with batch
//! norm. A block that keeps the number of channels has a skip connection, as in Xception. Howard et al. (2017),
//! *MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications*; Chollet (2017), *Xception: Deep
//! Learning with Depthwise Separable Convolutions*.

use super::layout::{BlockLayout, Convolution, NetworkLayout, stages_of_blocks};
use super::sizes::Sizes;

pub(super) fn sizes() -> Sizes {
    Sizes { stages: vec![(32, 0), (96, 2), (160, 4), (320, 4)], stage_dropout: vec![0.0, 0.0, 0.05, 0.1], dropout: 0.2 }
}

pub(super) fn layout(sizes: &Sizes) -> NetworkLayout {
    let block =
        |inputs, outputs| BlockLayout::Separable([Convolution::depthwise(inputs), Convolution::one(inputs, outputs)]);
    NetworkLayout { stages: stages_of_blocks(sizes, block), hidden: None }
}

#[cfg(test)]
mod tests {
    use crate::network::{Architecture, Sizes};

    #[test]
    fn a_block_counts_as_by_hand() {
        let sizes = |stages| Architecture::Mobile(Sizes { stages, stage_dropout: vec![], dropout: 0.0 });
        let (two, one) = (sizes(vec![(8, 2)]), sizes(vec![(8, 1)]));
        let weights = 9 * 8 + 8 * 8;
        assert_eq!(two.parameters() - one.parameters(), weights + 2 * (8 + 8));
        assert_eq!(two.multiply_adds() - one.multiply_adds(), 48 * 48 * weights);
    }
}
