//! Transfers data to a device and back.

use burn::tensor::{Device, Tensor, TensorData};
use mien_core::vision::{CROP_PIXELS, CROP_SIDE};

/// Images `[batch, 1, 48, 48]` of normalized pixels, row by row and image by image, without autodiff.
pub(crate) fn images(pixels: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = pixels.len() / CROP_PIXELS;
    let data = TensorData::new(pixels, [count, 1, CROP_SIDE, CROP_SIDE]);
    Tensor::from_data(data, &device.clone().without_autodiff())
}

/// The values of a tensor.
///
/// # Errors
/// When they cannot be computed or read back.
pub(crate) async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let data = tensor.into_data_async().await.map_err(|error| error.to_string())?;
    data.try_to_vec().map_err(|error| error.to_string())
}
