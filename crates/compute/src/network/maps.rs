//! Access to the inner layers of a network.

use burn::tensor::Tensor;

use super::Network;

impl Network {
    /// The feature maps `[batch, channels, height, width]` of a stage (0 to [`Self::stage_count`] − 1) before pooling, for
    /// images `[batch, 1, 48, 48]`.
    pub fn maps(&self, stage: usize, images: Tensor<4>) -> Tensor<4> {
        self.backbone().maps(stage, images)
    }

    /// Logits `[batch, 7]` from the feature maps that [`Self::maps`] returns for the same stage.
    pub fn logits_of_maps(&self, stage: usize, maps: Tensor<4>) -> Tensor<2> {
        self.backbone().logits_of_maps(stage, maps)
    }

    /// The filters of the first convolution, `[filters, 1, height, width]`.
    pub fn first_filters(&self) -> Option<Tensor<4>> {
        self.backbone().first_filters()
    }
}
