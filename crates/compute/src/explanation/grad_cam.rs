//! Grad-CAM: which positions of the feature maps of a stage increase the logit of a class.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData, activation};

use super::passes::{class_of, images, values};
use super::{ExplainError, Explained, Heatmap};
use crate::network::Network;
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::Crop;

/// Grad-CAM (Selvaraju et al. 2017) of each crop, on the feature maps of a stage (counted from 0; at most the last), for a
/// class or else for the predicted one: `ReLU(Σₖ αₖ Aₖ)` where `αₖ` is the mean over all positions of the gradient of the
/// logit with respect to feature map `Aₖ`.
///
/// # Errors
/// When the device fails.
pub async fn grad_cam(
    network: &Network,
    stage: usize,
    crops: &[Crop],
    class: Option<Expression>,
    device: &Device,
) -> Result<Vec<Explained>, ExplainError> {
    if crops.is_empty() {
        return Ok(Vec::new());
    }
    // in inference mode, as for recognition
    let network = network.valid();
    let stage = stage.min(network.stage_count().saturating_sub(1));
    // only what follows the feature maps is recorded for the backward pass
    let maps = Tensor::from_inner(network.maps(stage, images(crops, device))).require_grad();
    let logits = network.logits_of_maps(stage, maps.clone());
    let scores = values(logits.clone().inner()).await?;
    let (rows, _) = scores.as_chunks();
    let distributions: Vec<Distribution> = rows.iter().map(|row| Distribution::from_logits(*row)).collect();
    let classes: Vec<Expression> = distributions.iter().map(|distribution| class_of(distribution, class)).collect();

    // images are independent, so one backward pass of the sum of their logits is enough
    let mut chosen = vec![0.0_f32; scores.len()];
    for (row, class) in classes.iter().enumerate() {
        chosen[row * Expression::COUNT + class.index()] = 1.0;
    }
    let chosen = Tensor::<2>::from_data(TensorData::new(chosen, [crops.len(), Expression::COUNT]), &logits.device());
    let mut gradients = (logits * chosen).sum().backward();
    let gradient = maps.grad_remove(&mut gradients);
    let maps = maps.inner();
    let [count, channels, height, width] = maps.dims();
    let weighted = match gradient {
        Some(gradient) => {
            let weights = gradient.reshape([count, channels, height * width]).mean_dim(2);
            maps * weights.reshape([count, channels, 1, 1])
        }
        None => maps.zeros_like(), // the logits do not depend on these feature maps
    };
    let grids = values(activation::relu(weighted.sum_dim(1))).await?;
    let grids = grids.chunks_exact(height * width);
    let explained = distributions.into_iter().zip(classes).zip(grids);
    Ok(explained
        .map(|((distribution, class), grid)| Explained {
            distribution,
            class,
            heatmap: Heatmap::from_grid(grid, width),
        })
        .collect())
}
