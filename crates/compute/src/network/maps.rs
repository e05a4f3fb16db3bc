//! What is inside of a network, to be looked at.

use burn::tensor::Tensor;

use super::Network;

impl Network {
    /// The maps that a stage (0 to [`Self::stage_count`] − 1) makes of images `[batch, 1, 48, 48]`, as they are before it
    /// pools them: `[batch, channels, height, width]`.
    pub fn maps(&self, stage: usize, images: Tensor<4>) -> Tensor<4> {
        self.backbone().maps(stage, images)
    }

    /// Logits `[batch, 7]` of what [`Self::maps`] gives for the same stage.
    pub fn logits_of_maps(&self, stage: usize, maps: Tensor<4>) -> Tensor<2> {
        self.backbone().logits_of_maps(stage, maps)
    }

    /// The filters of the first convolution, `[filters, 1, height, width]`.
    pub fn first_filters(&self) -> Option<Tensor<4>> {
        self.backbone().first_filters()
    }
}
