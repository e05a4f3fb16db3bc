//! Forward passes of explanations.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::ExplainError;
use crate::network::Network;
use crate::transfer;
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::Crop;

/// The predicted probabilities for crops.
///
/// # Errors
/// When the device fails.
pub async fn classify(network: &Network, crops: &[Crop], device: &Device) -> Result<Vec<Distribution>, ExplainError> {
    if crops.is_empty() {
        return Ok(Vec::new());
    }
    let logits = values(network.valid().forward(images(crops, device))).await?;
    Ok(logits.as_chunks().0.iter().map(|row| Distribution::from_logits(*row)).collect())
}

/// Crops as images `[crops, 1, 48, 48]`.
pub(super) fn images(crops: &[Crop], device: &Device) -> Tensor<4> {
    transfer::images(crops.iter().flat_map(Crop::normalize).collect(), device)
}

/// The values of a tensor.
pub(super) async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ExplainError> {
    transfer::values(tensor).await.map_err(ExplainError::Device)
}

/// The class to explain: the given one, else the predicted one.
pub(super) fn class_of(distribution: &Distribution, class: Option<Expression>) -> Expression {
    class.unwrap_or_else(|| distribution.top().0)
}
