//! Verifies that a device computes correctly before it is used: on wasm, a kernel that fails to compile is only logged, and
//! results are wrong.

use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};

use crate::network::{Architecture, Network, Sizes};
use crate::transfer;
use crate::weights::{load, parse, write};
use mien_core::expression::Expression;
use mien_core::vision::CROP_SIDE;
use mien_message::ToMessage;
use mien_weights::{Metadata, Precision, WeightsError, WeightsFile};

/// Largest difference attributed to rounding.
const TOLERANCE: f32 = 2e-3;

/// Why the check of a device failed.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum CheckError {
    /// Its results differ from the CPU's.
    #[error("{what} differs by {difference} between this device and the CPU (tolerance {TOLERANCE})")]
    #[message(tolerance = TOLERANCE)]
    Mismatch {
        /// What was computed.
        what: Computation,
        /// The largest difference.
        difference: f32,
    },
    /// The device failed.
    #[error("the device gave no result ({0})")]
    Device(String),
    /// The weights could not be copied to the device.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// A computation of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum Computation {
    /// Logits.
    #[error("a prediction")]
    Prediction,
    /// Logits after a step of training.
    #[error("a training step")]
    TrainingStep,
}

/// Compares a device with the CPU: one forward pass of the classifier, alone and in a batch, and one training step of a
/// small network.
///
/// # Errors
/// When they differ by more than rounding, or the device fails.
pub async fn check(device: &Device, network: &Network, reference: &Network) -> Result<(), CheckError> {
    for batch in [1, 3] {
        let difference = largest_difference(
            &values(network.forward(pattern(batch, device))).await?,
            &values(reference.forward(pattern(batch, &Device::flex()))).await?,
        );
        accept(Computation::Prediction, difference)?;
    }
    let architecture = Architecture::Vgg(Sizes { stages: vec![(4, 1), (8, 1)], stage_dropout: vec![], dropout: 0.0 });
    let start = Network::new(&architecture, &Device::flex());
    let weights = parse(&write(&start, Precision::Full, Metadata::new()).await?)?;
    let on_device = train_once(&architecture, &weights, device).await?;
    let on_cpu = train_once(&architecture, &weights, &Device::flex()).await?;
    accept(Computation::TrainingStep, largest_difference(&on_device, &on_cpu))
}

/// Logits of a small network after one training step on the device.
async fn train_once(
    architecture: &Architecture,
    weights: &WeightsFile,
    device: &Device,
) -> Result<Vec<f32>, CheckError> {
    let training = device.clone().autodiff();
    let network = load(weights, Network::new(architecture, &training), &training)?;
    let labels: Vec<f32> = (0..2 * Expression::COUNT).map(|index| f32::from(index == 3 || index == 11)).collect();
    let targets = Tensor::<2>::from_data(TensorData::new(labels, [2, Expression::COUNT]), &training);
    let loss = -(activation::log_softmax(network.forward(pattern(2, &training)), 1) * targets).sum();
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let mut optimizer = SgdConfig::new().with_gradient_clipping(Some(GradientClippingConfig::Norm(1.0))).init();
    let network = optimizer.step(0.1, network, gradients).valid();
    values(network.forward(pattern(2, device))).await
}

/// Smooth images `[batch, 1, 48, 48]`, the same on every device.
fn pattern(batch: usize, device: &Device) -> Tensor<4> {
    let side = CROP_SIDE;
    let pixels = (0..batch * side * side)
        .map(|index| {
            let (image, x, y) = (index / (side * side), index % side, index / side % side);
            ((x * (image + 1)) as f32 * 0.21).sin() + ((y + 3 * image) as f32 * 0.13).cos()
        })
        .collect::<Vec<f32>>();
    Tensor::from_data(TensorData::new(pixels, [batch, 1, side, side]), device)
}

async fn values(tensor: Tensor<2>) -> Result<Vec<f32>, CheckError> {
    transfer::values(tensor).await.map_err(CheckError::Device)
}

/// The largest difference; infinite if a value is NaN.
fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return f32::INFINITY;
    }
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, |largest, difference| {
        if difference.is_nan() { f32::INFINITY } else { f32::max(largest, difference) }
    })
}

fn accept(what: Computation, difference: f32) -> Result<(), CheckError> {
    if difference <= TOLERANCE { Ok(()) } else { Err(CheckError::Mismatch { what, difference }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_agrees_with_itself_and_a_wrong_network_is_caught() {
        let device = Device::flex();
        let architecture = Architecture::Vgg(Sizes { stages: vec![(4, 1)], stage_dropout: vec![], dropout: 0.0 });
        let network = Network::new(&architecture, &device);
        assert!(pollster::block_on(check(&device, &network, &network.clone())).is_ok());
        let other = Network::new(&architecture, &device);
        assert!(matches!(
            pollster::block_on(check(&device, &network, &other)),
            Err(CheckError::Mismatch { what: Computation::Prediction, .. })
        ));
    }

    #[test]
    fn not_a_number_never_passes() {
        assert_eq!(largest_difference(&[f32::NAN], &[0.0]), f32::INFINITY);
        assert_eq!(largest_difference(&[1.0, 2.0], &[1.0, 2.5]), 0.5);
        assert!(accept(Computation::Prediction, f32::INFINITY).is_err());
    }
}
