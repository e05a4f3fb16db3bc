//! Slices of a batch, whose gradients are computed separately, so that several workers can share a training step.
//!
//! Batch norm normalizes each slice by its own mean and variance, so the number of slices changes what a network learns. Who
//! computes a slice does not: the result depends on the weights, the slice and its seed alone.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Gradients, Tensor, TensorData, activation};
use serde::{Deserialize, Serialize};

use super::inputs::read;
use super::{Settings, TrainingError};
use crate::network::Network;
use mien_core::dataset::CHOICES;
use mien_core::expression::Expression;

/// Minimum number of images in a slice: with fewer, the mean and variance of batch norm are too noisy.
pub const MIN_SLICE: usize = 8;

/// Part of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchSlice {
    /// Inputs of the trained part of the network.
    #[serde(with = "mien_core::packed")]
    pub(super) inputs: Vec<f32>,
    /// `[images, channels, height, width]` of the inputs.
    pub(super) shape: [usize; 4],
    /// The target of each image.
    #[serde(with = "mien_core::packed")]
    pub(super) targets: Vec<[f32; Expression::COUNT]>,
    /// Its targets for the second head, and the factor of that head's loss.
    pub(super) second: Option<(Vec<[f32; CHOICES]>, f64)>,
    /// The seed of dropout.
    pub(super) seed: u64,
}

/// What a training step needs of a slice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SliceOutput {
    /// `[images × 7]`
    #[serde(with = "mien_core::packed")]
    pub(super) logits: Vec<f32>,
    /// All tensors of the trained part, one after the other: of a parameter its gradient, of a running statistic its new value.
    #[serde(with = "mien_core::packed")]
    pub(super) tensors: Vec<f32>,
}

/// Computes the slices of a batch.
#[allow(async_fn_in_trait)] // the engine has one thread
pub trait SliceExecutor {
    /// The outputs of all slices, in their order. `network` is the trained part, in inference mode.
    ///
    /// # Errors
    /// When a device fails.
    async fn run(&mut self, network: &Network, slices: Vec<BatchSlice>) -> Result<Vec<SliceOutput>, TrainingError>;
}

/// Computes all slices on the device of the session.
pub struct OwnDevice;

impl SliceExecutor for OwnDevice {
    async fn run(&mut self, network: &Network, slices: Vec<BatchSlice>) -> Result<Vec<SliceOutput>, TrainingError> {
        let mut outputs = Vec::with_capacity(slices.len());
        for slice in &slices {
            outputs.push(slice.compute(network).await?);
        }
        Ok(outputs)
    }
}

/// The trained part of a session's network in another worker.
pub struct Replica {
    network: Network,
    device: Device,
}

impl Replica {
    /// A replica for these settings, whose architecture must be that of the session; `votes`: whether its data have votes of FER+.
    pub fn new(settings: &Settings, votes: bool, device: &Device) -> Self {
        let device = device.clone().without_autodiff();
        let whole = Network::new(&settings.architecture, &device).valid();
        let mut network = whole.tail(settings.scope.first_stage(whole.stage_count())).valid();
        if settings.second_head.is_some() && votes {
            network = network.widen(CHOICES, &device);
        }
        if let Some(dropout) = settings.dropout {
            network.set_dropout(dropout);
        }
        Self { network, device }
    }

    /// Computes a slice with [`weights`].
    ///
    /// # Errors
    /// When the number of weights is not that of the network, or the device fails.
    pub async fn compute(&self, weights: &[f32], slice: &BatchSlice) -> Result<SliceOutput, TrainingError> {
        let mut load = Load { values: weights, device: &self.device, is_short: false };
        let network = self.network.valid().map(&mut load);
        if load.is_short || !load.values.is_empty() {
            return Err(TrainingError::Device(format!("{} weights do not fit the network", weights.len())));
        }
        slice.compute(&network).await
    }
}

/// The weights and running statistics of a network in inference mode, as [`Replica::compute`] takes them.
///
/// # Errors
/// When they cannot be read back.
pub async fn weights(network: &Network) -> Result<Vec<f32>, TrainingError> {
    let mut flat = Flat::default();
    network.visit(&mut flat);
    read(Tensor::cat(flat.tensors, 0)).await
}

impl BatchSlice {
    /// Number of images.
    pub fn images(&self) -> usize {
        self.targets.len()
    }

    /// Computes the output with a network in inference mode.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn compute(&self, network: &Network) -> Result<SliceOutput, TrainingError> {
        let device = network.device();
        // its running statistics are its own, so that each slice starts from the same
        let network = network.valid().train();
        device.seed(self.seed);
        let inputs = Tensor::from_data(TensorData::new(self.inputs.clone(), self.shape), &device);
        let second = self.second.as_ref().map(|(targets, factor)| (targets.as_slice(), *factor));
        let (logits, objective) = forward(&network, inputs, &self.targets, second);
        let gradients = objective.backward();
        let mut flat = Flat::default();
        network.valid().visit(&mut flat);
        let mut tensors =
            FlatGradients { gradients: &gradients, values: flat.tensors.into_iter(), tensors: Vec::new() };
        network.visit(&mut tensors);
        let tensors = tensors.tensors;
        Ok(SliceOutput { logits: read(logits).await?, tensors: read(Tensor::cat(tensors, 0)).await? })
    }
}

/// The logits `[batch, 7]` of a network in training mode, without autodiff, and the loss to minimize. The inputs have no autodiff;
/// `second` are the targets of the second head and the factor of its loss.
pub(super) fn forward(
    network: &Network,
    inputs: Tensor<4>,
    targets: &[[f32; Expression::COUNT]],
    second: Option<(&[[f32; CHOICES]], f64)>,
) -> (Tensor<2>, Tensor<1>) {
    let device = inputs.device().autodiff();
    let outputs = network.forward(Tensor::from_inner(inputs));
    let Some((choices, factor)) = second else {
        let objective = cross_entropy(outputs.clone(), on_device(targets, &device));
        return (outputs.inner(), objective);
    };
    let logits = outputs.clone().narrow(1, 0, Expression::COUNT);
    let objective = cross_entropy(logits.clone(), on_device(targets, &device));
    let second = cross_entropy(outputs.narrow(1, Expression::COUNT, CHOICES), on_device(choices, &device));
    (logits.inner(), objective + second * factor)
}

/// `[batch, N]`
fn on_device<const N: usize>(targets: &[[f32; N]], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(targets.as_flattened().to_vec(), [targets.len(), N]), device)
}

/// The mean cross entropy of logits `[batch, n]` with targets `[batch, n]`, `[1]`.
pub(super) fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let [batch, _] = logits.dims();
    -(activation::log_softmax(logits, 1) * targets).sum() / batch as f32
}

/// The number of slices of a batch.
pub(super) fn count(settings: &Settings, images: usize) -> usize {
    settings.slices.min(images / MIN_SLICE).max(1)
}

/// Divides a batch into slices of about the same size, in order. `seed` gives the seed of the dropout of each.
pub(super) fn divide(batch: &BatchSlice, count: usize, seed: impl Fn(usize) -> u64) -> Vec<BatchSlice> {
    let [images, channels, height, width] = batch.shape;
    let size = channels * height * width;
    let part = |index: usize| {
        let range = index * images / count..(index + 1) * images / count;
        BatchSlice {
            inputs: batch.inputs[range.start * size..range.end * size].to_vec(),
            shape: [range.len(), channels, height, width],
            second: batch.second.as_ref().map(|(targets, factor)| (targets[range.clone()].to_vec(), *factor)),
            targets: batch.targets[range].to_vec(),
            seed: seed(index),
        }
    };
    (0..count).map(part).collect()
}

/// The mean of the tensors of all slices, weighted by their number of images.
pub(super) fn mean(outputs: &[SliceOutput]) -> Vec<f32> {
    let images = |output: &SliceOutput| (output.logits.len() / Expression::COUNT) as f32;
    let total: f32 = outputs.iter().map(images).sum();
    let mut mean = vec![0.0; outputs.first().map_or(0, |output| output.tensors.len())];
    for output in outputs {
        let share = images(output) / total;
        for (mean, value) in mean.iter_mut().zip(&output.tensors) {
            *mean += share * value;
        }
    }
    mean
}

/// Sets the running statistics of a network in training mode from the tensors of a [`SliceOutput`], and returns it with the gradients.
pub(super) fn apply(network: Network, tensors: &[f32]) -> (Network, GradientsParams) {
    let device = network.device().without_autodiff();
    let mut apply =
        Apply { load: Load { values: tensors, device: &device, is_short: false }, gradients: GradientsParams::new() };
    let network = network.map(&mut apply);
    (network, apply.gradients)
}

/// Collects all tensors, flattened.
#[derive(Default)]
struct Flat {
    tensors: Vec<Tensor<1>>,
}

impl ModuleVisitor for Flat {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.tensors.push(param.val().flatten(0, D - 1));
    }
}

/// Collects the gradients of parameters and the values of the other tensors, flattened.
struct FlatGradients<'a> {
    gradients: &'a Gradients,
    /// The value of each tensor, flattened.
    values: std::vec::IntoIter<Tensor<1>>,
    tensors: Vec<Tensor<1>>,
}

impl ModuleVisitor for FlatGradients<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(value) = self.values.next() else { return };
        let tensor = param.val();
        self.tensors.push(match tensor.grad(self.gradients) {
            Some(gradient) => gradient.flatten(0, D - 1),
            None if tensor.is_require_grad() => value.zeros_like(),
            None => value,
        });
    }
}

/// Replaces all tensors by values that stand one after the other.
struct Load<'a> {
    values: &'a [f32],
    device: &'a Device,
    /// Whether there were fewer values than needed.
    is_short: bool,
}

impl Load<'_> {
    /// The next tensor of this shape, without autodiff.
    fn next<const D: usize>(&mut self, shape: [usize; D]) -> Option<Tensor<D>> {
        let Some((values, rest)) = self.values.split_at_checked(shape.iter().product()) else {
            self.is_short = true;
            return None;
        };
        self.values = rest;
        Some(Tensor::from_data(TensorData::new(values.to_vec(), shape), self.device))
    }
}

impl ModuleMapper for Load<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let tensor = self.next(tensor.dims()).unwrap_or(tensor);
        Param::from_mapped_value(id, tensor, mapper)
    }
}

struct Apply<'a> {
    load: Load<'a>,
    gradients: GradientsParams,
}

impl ModuleMapper for Apply<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let tensor = match self.load.next(tensor.dims()) {
            Some(gradient) if tensor.is_require_grad() => {
                self.gradients.register(id, gradient);
                tensor
            }
            Some(value) => Tensor::from_inner(value),
            None => tensor,
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}
