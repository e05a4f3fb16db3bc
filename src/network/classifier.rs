//! Any of the networks, behind one type.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{Architecture, Vgg};

impl Architecture {
    /// Builds the network with random weights.
    pub fn init(&self, device: &Device) -> Network {
        match self {
            Self::Vgg(config) => Network::Vgg(config.init(device)),
        }
    }
}

/// Any of the networks.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // one network lives at a time
pub enum Network {
    /// See [`Architecture::Vgg`].
    Vgg(Vgg),
}

impl Network {
    /// The same predictions in fewer steps, for a network that is only asked, never trained or saved.
    #[must_use]
    pub fn fold(self) -> Self {
        match self {
            Self::Vgg(network) => Self::Vgg(network.fold()),
        }
    }

    /// Logits `[batch, 7]` of images `[batch, 1, 48, 48]`.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        match self {
            Self::Vgg(network) => network.forward(images),
        }
    }

    /// Stages of the backbone, which is everything before the head.
    pub fn stage_count(&self) -> usize {
        match self {
            Self::Vgg(network) => network.stage_count(),
        }
    }

    /// What the head sees of images `[batch, 1, 48, 48]`: `[batch, features]`.
    pub fn features(&self, images: Tensor<4>) -> Tensor<2> {
        match self {
            Self::Vgg(network) => network.features(images),
        }
    }

    /// Logits `[batch, 7]` of features `[batch, features]`.
    pub fn head(&self, features: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Vgg(network) => network.head(features),
        }
    }

    /// What a stage sees of images `[batch, 1, 48, 48]`: the images themselves before stage 0, `[batch, channels, height,
    /// width]` after that, and the features as `[batch, features, 1, 1]` before the head, which comes after the last
    /// stage.
    pub fn before(&self, stage: usize, images: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Vgg(network) => network.before(stage, images),
        }
    }

    /// The stages from this one on and the head: a network whose images are what [`Self::before`] gives. It shares its
    /// tensors and running statistics with the whole, until [`Module::train`] or [`Module::valid`] makes them its own.
    #[must_use]
    pub fn tail(&self, stage: usize) -> Self {
        match self {
            Self::Vgg(network) => Self::Vgg(network.tail(stage)),
        }
    }

    /// This network with its last parts in place of its own: the reverse of [`Self::tail`].
    #[must_use]
    pub fn with_tail(&self, tail: Self) -> Self {
        match (self, tail) {
            (Self::Vgg(network), Self::Vgg(tail)) => Self::Vgg(network.with_tail(tail)),
        }
    }

    /// Changes the dropout before the fully connected layer, 0 to less than 1.
    pub fn set_dropout(&mut self, share: f64) {
        match self {
            Self::Vgg(network) => network.set_dropout(share),
        }
    }
}
