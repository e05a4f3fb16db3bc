//! Forward passes of explanations.

use burn::tensor::{Device, Tensor};

use super::ExplainError;
use crate::transfer;
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::Crop;
use mien_recognition::CropClassifier;

/// The predicted probabilities for crops.
///
/// # Errors
/// When the device fails.
pub async fn classify(network: &impl CropClassifier, crops: &[Crop]) -> Result<Vec<Distribution>, ExplainError> {
    if crops.is_empty() {
        return Ok(Vec::new());
    }
    let logits = network.logits_of_crops(crops).await.map_err(ExplainError::Device)?;
    Ok(logits.into_iter().map(Distribution::from_logits).collect())
}

/// Crops as images `[crops, 1, 48, 48]`.
pub(super) fn images(crops: &[Crop], device: &Device) -> Tensor<4> {
    transfer::images(pixels(crops), device)
}

/// The normalized pixels of crops.
fn pixels(crops: &[Crop]) -> Vec<f32> {
    crops.iter().flat_map(Crop::normalize).collect()
}

/// The values of a tensor.
pub(super) async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ExplainError> {
    transfer::values(tensor).await.map_err(ExplainError::device)
}

/// The class to explain: the given one, else the predicted one.
pub(super) fn class_of(distribution: &Distribution, class: Option<Expression>) -> Expression {
    class.unwrap_or_else(|| distribution.top().0)
}
