//! The paper's network (convolution, ReLU, max-pooling, fully connected, softmax) in its modern form: batch norm after
//! each convolution, several convolutions a stage, and a global average before the fully connected layer.

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation};

use super::VggConfig;
use crate::expression::Expression;

impl VggConfig {
    /// Builds the network with random weights (Kaiming uniform).
    pub fn init(&self, device: &Device) -> Vgg {
        let mut inputs = 1;
        let mut stages = Vec::with_capacity(self.stages.len());
        for (index, &(channels, count)) in self.stages.iter().enumerate() {
            let mut layers = Vec::with_capacity(count);
            for _ in 0..count {
                layers.push(Layer::new(inputs, channels, device));
                inputs = channels;
            }
            let dropout = self.stage_dropout.get(index).copied().unwrap_or(0.0);
            stages.push(Stage {
                layers,
                pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
                dropout: DropoutConfig::new(dropout).init(),
            });
        }
        Vgg {
            stages,
            dropout: DropoutConfig::new(self.dropout).init(),
            head: LinearConfig::new(inputs, Expression::COUNT).init(device),
        }
    }
}

/// See the module's description. `[batch, 1, 48, 48]` to logits `[batch, 7]`.
#[derive(Module, Debug)]
pub struct Vgg {
    stages: Vec<Stage>,
    dropout: Dropout,
    head: Linear,
}

#[derive(Module, Debug)]
struct Stage {
    layers: Vec<Layer>,
    pool: MaxPool2d,
    dropout: Dropout,
}

#[derive(Module, Debug)]
struct Layer {
    conv: Conv2d,
    /// Gone once folded into the convolution.
    norm: Option<BatchNorm>,
}

impl Vgg {
    /// The same predictions in fewer steps: batch norm folded into the convolutions. Not to be trained or saved.
    #[must_use]
    pub fn fold(mut self) -> Self {
        for stage in &mut self.stages {
            stage.layers = std::mem::take(&mut stage.layers).into_iter().map(Layer::fold).collect();
        }
        self
    }

    /// Logits `[batch, 7]` of images `[batch, 1, 48, 48]`; of what [`Self::before`] gives for a [`Self::tail`].
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.head(self.pooled(self.run(images, self.stages.len())))
    }

    /// See [`super::Network::stage_count`].
    pub fn stage_count(&self) -> usize {
        self.stages.len()
    }

    /// See [`super::Network::before`].
    pub fn before(&self, stage: usize, images: Tensor<4>) -> Tensor<4> {
        let hidden = self.run(images, stage);
        if stage < self.stages.len() {
            return hidden;
        }
        let features = self.pooled(hidden);
        let [batch, channels] = features.dims();
        features.reshape([batch, channels, 1, 1])
    }

    /// See [`super::Network::features`].
    pub fn features(&self, images: Tensor<4>) -> Tensor<2> {
        self.pooled(self.run(images, self.stages.len()))
    }

    /// See [`super::Network::head`].
    pub fn head(&self, features: Tensor<2>) -> Tensor<2> {
        self.head.forward(self.dropout.forward(features))
    }

    /// See [`super::Network::tail`].
    #[must_use]
    pub fn tail(&self, stage: usize) -> Self {
        let stages = self.stages.iter().skip(stage).cloned().collect();
        Self { stages, dropout: self.dropout.clone(), head: self.head.clone() }
    }

    /// See [`super::Network::with_tail`].
    #[must_use]
    pub fn with_tail(&self, mut tail: Self) -> Self {
        let kept = self.stages.len().saturating_sub(tail.stages.len());
        let mut stages = self.stages[..kept].to_vec();
        stages.append(&mut tail.stages);
        Self { stages, ..tail }
    }

    /// See [`super::Network::set_dropout`].
    pub fn set_dropout(&mut self, share: f64) {
        self.dropout.prob = share;
    }

    fn run(&self, mut hidden: Tensor<4>, stages: usize) -> Tensor<4> {
        for stage in self.stages.iter().take(stages) {
            for layer in &stage.layers {
                hidden = layer.forward(hidden);
            }
            hidden = stage.dropout.forward(stage.pool.forward(hidden));
        }
        hidden
    }

    /// The mean of each channel, `[batch, channels]`.
    fn pooled(&self, hidden: Tensor<4>) -> Tensor<2> {
        let [batch, channels, height, width] = hidden.dims();
        hidden.reshape([batch, channels, height * width]).mean_dim(2).reshape([batch, channels])
    }
}

impl Layer {
    fn new(inputs: usize, outputs: usize, device: &Device) -> Self {
        Self {
            // batch norm brings its own shift
            conv: Conv2dConfig::new([inputs, outputs], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_bias(false)
                .init(device),
            norm: Some(BatchNormConfig::new(outputs).init(device)),
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let hidden = self.conv.forward(input);
        activation::relu(match &self.norm {
            Some(norm) => norm.forward(hidden),
            None => hidden,
        })
    }

    /// `norm(w * x) = (w·s) * x + (β − μ·s)` with `s = γ / √(σ² + ε)`.
    fn fold(mut self) -> Self {
        if let Some(norm) = self.norm.take() {
            let scale = norm.gamma.val() / (norm.running_var.value() + norm.epsilon).sqrt();
            let shift = norm.beta.val() - norm.running_mean.value() * scale.clone();
            let [outputs] = scale.dims();
            self.conv.weight = self.conv.weight.map(|weight| weight * scale.reshape([outputs, 1, 1, 1]));
            self.conv.bias = Some(Param::from_tensor(shift));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::CROP_SIDE;
    use burn::tensor::{Distribution, Tolerance};

    #[test]
    fn the_default_counts_as_documented() {
        let device = Device::flex();
        let config = VggConfig::default();
        // Burn counts the running statistics too
        assert_eq!(config.init(&device).num_params(), 1_322_151 + 2 * 1_088);
        assert_eq!(config.multiply_adds(), 138_684_160);
    }

    #[test]
    fn parts_give_what_the_whole_gives() {
        let device = Device::flex();
        let network = VggConfig { stages: vec![(4, 1), (6, 2), (5, 1)], ..VggConfig::default() }.init(&device);
        let images = Tensor::<4>::random([3, 1, CROP_SIDE, CROP_SIDE], Distribution::Normal(0.0, 1.0), &device);
        let whole = network.forward(images.clone()).into_data();
        for stage in 0..=3 {
            let hidden = network.before(stage, images.clone());
            assert_eq!(network.tail(stage).forward(hidden).into_data(), whole, "stage {stage}");
            let again = network.with_tail(network.tail(stage));
            assert_eq!((again.stage_count(), again.forward(images.clone()).into_data()), (3, whole.clone()));
        }
        assert_eq!(network.head(network.features(images)).into_data(), whole);
    }

    #[test]
    fn folding_changes_no_prediction() {
        let training = Device::flex().autodiff();
        let config = VggConfig { stages: vec![(4, 2), (6, 1)], stage_dropout: vec![], dropout: 0.0 };
        let network = config.init(&training);
        let random =
            |device: &Device| Tensor::random([8, 1, CROP_SIDE, CROP_SIDE], Distribution::Normal(0.5, 2.0), device);
        for _ in 0..5 {
            network.forward(random(&training)); // moves the running statistics
        }
        let network = network.valid();
        let images = random(&Device::flex());
        let expected = network.forward(images.clone()).into_data();
        network.fold().forward(images).into_data().assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-4));
    }
}
