//! Passes through a network: crops in, numbers out.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::ExplainError;
use crate::network::Network;
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::{CROP_PIXELS, CROP_SIDE, Crop};

/// What a network says of crops.
///
/// # Errors
/// When the device fails.
pub async fn read(network: &Network, crops: &[Crop], device: &Device) -> Result<Vec<Distribution>, ExplainError> {
    if crops.is_empty() {
        return Ok(Vec::new());
    }
    let logits = numbers(network.valid().forward(images(crops, device))).await?;
    Ok(logits.as_chunks().0.iter().map(|row| Distribution::from_logits(*row)).collect())
}

/// Crops as images `[crops, 1, 48, 48]`.
pub(super) fn images(crops: &[Crop], device: &Device) -> Tensor<4> {
    batch(crops.iter().flat_map(Crop::normalise).collect(), device)
}

/// Normalised light as images `[crops, 1, 48, 48]`.
pub(super) fn batch(light: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = light.len() / CROP_PIXELS;
    let data = TensorData::new(light, [count, 1, CROP_SIDE, CROP_SIDE]);
    Tensor::from_data(data, &device.clone().without_autodiff())
}

/// The numbers of a tensor.
pub(super) async fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ExplainError> {
    let data = tensor.into_data_async().await.map_err(|error| ExplainError::Device(format!("{error:?}")))?;
    data.try_to_vec().map_err(|error| ExplainError::Device(format!("{error:?}")))
}

/// The class that a map is for: the one asked for, else the likeliest.
pub(super) fn class_of(reading: &Distribution, class: Option<Expression>) -> Expression {
    class.unwrap_or_else(|| reading.top().0)
}
