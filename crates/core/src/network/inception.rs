//! A 3×3 convolution, then stages of inception modules with four parallel branches: 1×1, 3×3, 5×5 and 3×3 max-pooling, with
//! a quarter, a half, an eighth and an eighth of the channels of the module; 1×1 convolutions reduce the cost of the wide
//! ones. Szegedy et al. (2015), *Going Deeper with Convolutions*, with batch norm, and with two 3×3 in place of each 5×5 as
//! in their second version (2016).

use super::layout::{BlockLayout, Convolution, NetworkLayout, stages_of_blocks};
use super::sizes::{ArchitectureError, Sizes};

/// Numbers of channels must be multiples of this.
pub(super) const MULTIPLE: usize = 16;

pub(super) fn sizes() -> Sizes {
    Sizes {
        stages: vec![(32, 0), (128, 2), (256, 2), (512, 2)],
        stage_dropout: vec![0.0, 0.05, 0.1, 0.15],
        dropout: 0.4,
    }
}

pub(super) fn check(sizes: &Sizes) -> Result<(), ArchitectureError> {
    match sizes.stages.iter().find(|(channels, _)| channels % MULTIPLE != 0) {
        Some(&(channels, _)) => Err(ArchitectureError::Inception { channels, multiple: MULTIPLE }),
        None => Ok(()),
    }
}

pub(super) fn layout(sizes: &Sizes) -> NetworkLayout {
    NetworkLayout { stages: stages_of_blocks(sizes, module), hidden: None }
}

fn module(inputs: usize, outputs: usize) -> BlockLayout {
    let (half, quarter, eighth) = (outputs / 2, outputs / 4, outputs / 8);
    BlockLayout::Inception {
        single: Convolution::one(inputs, quarter),
        three: [Convolution::one(inputs, quarter), Convolution::three(quarter, half)],
        five: [
            Convolution::one(inputs, eighth),
            Convolution::three(eighth, eighth),
            Convolution::three(eighth, eighth),
        ],
        pooled: Convolution::one(inputs, eighth),
    }
}

#[cfg(test)]
mod tests {
    use crate::network::{Architecture, Sizes};

    #[test]
    fn a_module_counts_as_by_hand() {
        let sizes = |stages| Architecture::Inception(Sizes { stages, stage_dropout: vec![], dropout: 0.0 });
        let (one, none) = (sizes(vec![(16, 1)]), sizes(vec![(16, 0)]));
        let weights = 16 * 4 + (16 * 4 + 9 * 4 * 8) + (16 * 2 + 9 * 2 * 2 + 9 * 2 * 2) + 16 * 2;
        let norms = 2 * (4 + 4 + 8 + 2 + 2 + 2 + 2);
        assert_eq!(one.parameters() - none.parameters(), weights + norms);
        assert_eq!(one.multiply_adds() - none.multiply_adds(), 48 * 48 * weights);
    }
}
