//! A network of any architecture.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{Architecture, Backbone};
use mien_core::expression::Expression;

/// A network of any architecture. The variant is part of the names of its tensors.
#[derive(Module, Debug)]
pub enum Network {
    /// See [`Architecture::Cnn`].
    Cnn(Backbone),
    /// See [`Architecture::Vgg`].
    Vgg(Backbone),
    /// See [`Architecture::ResNet`].
    ResNet(Backbone),
    /// See [`Architecture::Inception`].
    Inception(Backbone),
    /// See [`Architecture::Mobile`].
    Mobile(Backbone),
}

impl Network {
    /// A network of this architecture with random weights.
    pub fn new(architecture: &Architecture, device: &Device) -> Self {
        let backbone = Backbone::new(&architecture.layout(), architecture.sizes(), device);
        match architecture {
            Architecture::Cnn(_) => Self::Cnn(backbone),
            Architecture::Vgg(_) => Self::Vgg(backbone),
            Architecture::ResNet(_) => Self::ResNet(backbone),
            Architecture::Inception(_) => Self::Inception(backbone),
            Architecture::Mobile(_) => Self::Mobile(backbone),
        }
    }

    /// The architecture, with the sizes of the tensors that are there.
    pub fn architecture(&self) -> Architecture {
        match self {
            Self::Cnn(backbone) => Architecture::Cnn(backbone.sizes(false)),
            Self::Vgg(backbone) => Architecture::Vgg(backbone.sizes(false)),
            Self::ResNet(backbone) => Architecture::ResNet(backbone.sizes(true)),
            Self::Inception(backbone) => Architecture::Inception(backbone.sizes(true)),
            Self::Mobile(backbone) => Architecture::Mobile(backbone.sizes(true)),
        }
    }

    /// The device of the weights.
    pub fn device(&self) -> Device {
        self.backbone().device()
    }

    /// The same network with batch norm folded into the convolutions, which is faster. For inference only, not for training
    /// or saving.
    #[must_use]
    pub fn fold(self) -> Self {
        self.map_backbone(Backbone::fold)
    }

    /// Logits `[batch, 7]` of images `[batch, 1, 48, 48]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.backbone().forward(images)
    }

    /// The number of stages.
    pub fn stage_count(&self) -> usize {
        self.backbone().stage_count()
    }

    /// The features `[batch, features]` of images `[batch, 1, 48, 48]`, which are the input of the head.
    pub fn features(&self, images: Tensor<4>) -> Tensor<2> {
        self.backbone().features(images)
    }

    /// Logits `[batch, 7]` of features `[batch, features]`.
    pub fn head(&self, features: Tensor<2>) -> Tensor<2> {
        self.backbone().head(features)
    }

    /// The input of a stage for images `[batch, 1, 48, 48]`: the images themselves for stage 0, `[batch, channels, height,
    /// width]` for the others, and the features as `[batch, features, 1, 1]` for the head, which counts as the stage after
    /// the last.
    pub fn before(&self, stage: usize, images: Tensor<4>) -> Tensor<4> {
        self.backbone().before(stage, images)
    }

    /// The network from this stage on, including the head: its input is the output of [`Self::before`]. It shares tensors
    /// and running statistics with the whole, until [`Module::train`] or [`Module::valid`] separates them.
    #[must_use]
    pub fn tail(&self, stage: usize) -> Self {
        self.clone().map_backbone(|backbone| backbone.tail(stage))
    }

    /// Replaces the last stages and the head: the inverse of [`Self::tail`].
    #[must_use]
    pub fn with_tail(&self, tail: Self) -> Self {
        tail.map_backbone(|tail| self.backbone().with_tail(tail))
    }

    /// Sets the dropout before the fully connected layer, from 0 to less than 1.
    pub fn set_dropout(&mut self, rate: f64) {
        match self {
            Self::Cnn(backbone)
            | Self::Vgg(backbone)
            | Self::ResNet(backbone)
            | Self::Inception(backbone)
            | Self::Mobile(backbone) => backbone.set_dropout(rate),
        }
    }

    /// Adds `more` outputs with random weights: a second head on the same features. Both networks must be in inference
    /// mode ([`Module::valid`]).
    #[must_use]
    pub fn widen(self, more: usize, device: &Device) -> Self {
        self.map_backbone(|backbone| backbone.widen(more, device))
    }

    /// The network with its first `classes` outputs only, each blended with that of the second head by `share`, 0 to 1. The
    /// inverse of [`Self::widen`]; the first outputs of the second head must be the same classes.
    #[must_use]
    pub fn join_heads(self, classes: usize, share: f64) -> Self {
        self.map_backbone(|backbone| backbone.join_heads(classes, share))
    }

    /// The network with logits divided by a temperature, more than 0.
    #[must_use]
    pub fn divide_logits(self, divisor: f32) -> Self {
        self.map_backbone(|backbone| backbone.divide_logits(divisor))
    }

    /// The network with a bias added to the logit of each class.
    #[must_use]
    pub fn shift_logits(self, biases: [f32; Expression::COUNT]) -> Self {
        self.map_backbone(|backbone| backbone.shift_logits(biases))
    }

    /// The weights `[features, 7]` of the head, and its biases `[7]`.
    pub fn head_tensors(&self) -> (Tensor<2>, Tensor<1>) {
        self.backbone().head_tensors()
    }

    /// The network with other weights of the head, as many as it has, row by row, and other biases. It must be in inference mode
    /// ([`Module::valid`]).
    #[must_use]
    pub fn with_head_tensors(self, weights: Vec<f32>, biases: [f32; Expression::COUNT]) -> Self {
        self.map_backbone(|backbone| backbone.with_head_tensors(weights, biases))
    }

    pub(super) fn backbone(&self) -> &Backbone {
        match self {
            Self::Cnn(backbone)
            | Self::Vgg(backbone)
            | Self::ResNet(backbone)
            | Self::Inception(backbone)
            | Self::Mobile(backbone) => backbone,
        }
    }

    fn map_backbone(self, map: impl FnOnce(Backbone) -> Backbone) -> Self {
        match self {
            Self::Cnn(backbone) => Self::Cnn(map(backbone)),
            Self::Vgg(backbone) => Self::Vgg(map(backbone)),
            Self::ResNet(backbone) => Self::ResNet(map(backbone)),
            Self::Inception(backbone) => Self::Inception(map(backbone)),
            Self::Mobile(backbone) => Self::Mobile(map(backbone)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Sizes;
    use burn::tensor::{Distribution, TensorData, Tolerance};
    use mien_core::vision::CROP_SIDE;

    /// A small network of each architecture.
    fn small() -> [Architecture; 5] {
        let sizes = |stages: &[(usize, usize)]| Sizes { stages: stages.to_vec(), stage_dropout: vec![], dropout: 0.0 };
        [
            Architecture::Cnn(sizes(&[(4, 1), (6, 2)])),
            Architecture::Vgg(sizes(&[(4, 1), (6, 2), (5, 1)])),
            Architecture::ResNet(sizes(&[(4, 0), (6, 2)])),
            Architecture::Inception(sizes(&[(16, 0), (32, 2)])),
            Architecture::Mobile(sizes(&[(4, 1), (6, 2)])),
        ]
    }

    fn random(count: usize, device: &Device) -> Tensor<4> {
        Tensor::random([count, 1, CROP_SIDE, CROP_SIDE], Distribution::Normal(0.5, 2.0), device)
    }

    #[test]
    fn what_is_counted_is_what_is_built() {
        for architecture in Architecture::all().into_iter().chain(small()) {
            let convolutions = architecture.layout().stages;
            let norms: usize = convolutions
                .iter()
                .flat_map(|stage| stage.convolutions())
                .filter(|layer| layer.norm)
                .map(|layer| layer.outputs)
                .sum();
            // Burn counts the running statistics too
            let built = Network::new(&architecture, &Device::flex()).num_params() - 2 * norms;
            assert_eq!(built as u64, architecture.parameters(), "{}", architecture.name());
            let found = Network::new(&architecture, &Device::flex()).architecture();
            assert_eq!(found.name(), architecture.name());
            assert_eq!(found.sizes().stages, architecture.sizes().stages, "{}", architecture.name());
        }
    }

    #[test]
    fn parts_give_what_the_whole_gives() {
        let device = Device::flex();
        let images = random(2, &device);
        for architecture in small() {
            let network = Network::new(&architecture, &device);
            let name = architecture.name();
            let whole = network.forward(images.clone()).into_data();
            let stages = network.stage_count();
            assert_eq!(stages, architecture.sizes().stages.len(), "{name}");
            for stage in 0..=stages {
                let hidden = network.before(stage, images.clone());
                assert_eq!(network.tail(stage).forward(hidden).into_data(), whole, "{name}, stage {stage}");
                let again = network.with_tail(network.tail(stage));
                assert_eq!((again.stage_count(), again.forward(images.clone()).into_data()), (stages, whole.clone()));
            }
            for stage in 0..stages {
                let maps = network.maps(stage, images.clone());
                assert_eq!(maps.dims()[2], CROP_SIDE >> stage, "{name}, before stage {stage} pools");
                assert_eq!(network.logits_of_maps(stage, maps).into_data(), whole, "{name}, maps of stage {stage}");
            }
            let filters = network.first_filters().unwrap().dims();
            assert_eq!((filters[0], filters[1]), (architecture.sizes().stages[0].0, 1), "{name}");
            assert_eq!(network.head(network.features(images.clone())).into_data(), whole, "{name}");
        }
    }

    #[test]
    fn folding_changes_no_prediction() {
        let training = Device::flex().autodiff();
        let images = random(4, &Device::flex());
        for architecture in small() {
            let network = Network::new(&architecture, &training);
            for _ in 0..5 {
                network.forward(random(4, &training)); // updates the running statistics
            }
            let network = network.valid();
            let expected = network.forward(images.clone()).into_data();
            let folded = network.clone().fold().forward(images.clone()).into_data();
            folded.assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-4));
            let cooled = network.clone().divide_logits(2.0).forward(images.clone()) * 2.0;
            cooled.into_data().assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-4));
            let biases = [0.5, -1.0, 0.0, 0.25, 2.0, -0.125, 1.0];
            let difference =
                network.clone().shift_logits(biases).forward(images.clone()) - network.forward(images.clone());
            difference.into_data().assert_approx_eq::<f32>(&TensorData::from([biases; 4]), Tolerance::absolute(1e-4));
        }
    }
}
