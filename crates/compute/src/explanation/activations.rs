//! The activations of a network for a crop.

use burn::module::Module;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};

use super::passes::{images, values};
use super::{ExplainError, Layers, Pixmap, StageMaps};
use crate::network::Network;
use mien_core::expression::Expression;
use mien_core::vision::{CROP_SIDE, Crop};

/// Number of feature maps of a stage that are shown, and of columns.
const SHOWN: usize = 12;
const COLUMNS: usize = 6;

/// Columns of the image of the features.
const FEATURE_COLUMNS: usize = 32;

/// The normalized value with the most saturated colour.
const FULL: f32 = 2.5;

/// The activations of a network for a crop, from the normalized image to the logits.
///
/// # Errors
/// When the device fails.
pub async fn layer_activations(network: &Network, crop: &Crop, device: &Device) -> Result<Layers, ExplainError> {
    let network = network.valid();
    let images = images(std::slice::from_ref(crop), device);
    let (mean, deviation) = crop.mean_and_deviation();
    let (filters, responses) = match network.first_filters() {
        Some(filters) => responses(filters, images.clone()).await?,
        None => (Vec::new(), Vec::new()),
    };
    let mut stages = Vec::new();
    for stage in 0..network.stage_count() {
        stages.push(stage_maps(&network, stage, images.clone()).await?);
    }
    let features = network.features(images.clone());
    let logits = values(network.head(features.clone())).await?;
    let features = values(features).await?;
    let largest = features.iter().copied().fold(0.0, f32::max);
    let mut painted = features.clone();
    painted.resize(features.len().next_multiple_of(FEATURE_COLUMNS), 0.0);
    Ok(Layers {
        mean,
        deviation,
        normalized: Pixmap::signed(&crop.normalize(), CROP_SIDE, FULL),
        filters,
        responses,
        stages,
        features: Pixmap::grey(&painted, FEATURE_COLUMNS, largest),
        feature_count: features.len() as u32,
        logits: logits.as_chunks().0.first().copied().unwrap_or([0.0; Expression::COUNT]),
    })
}

/// The filters and their responses.
async fn responses(filters: Tensor<4>, images: Tensor<4>) -> Result<(Vec<Pixmap>, Vec<Pixmap>), ExplainError> {
    let [_, _, height, width] = filters.dims();
    let options = ConvOptions::new([1, 1], [height / 2, width / 2], [1, 1], 1);
    let responses = conv2d(images, filters.clone(), None, options);
    let side = responses.dims()[3];
    let peak = |values: &[f32]| values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let paint = |values: &[f32], width: usize| Pixmap::signed(values, width, peak(values));
    let (filters, responses) = (values(filters).await?, values(responses).await?);
    Ok((
        filters.chunks_exact(height * width).map(|filter| paint(filter, width)).collect(),
        responses.chunks_exact(side * side).map(|response| paint(response, side)).collect(),
    ))
}

async fn stage_maps(network: &Network, stage: usize, images: Tensor<4>) -> Result<StageMaps, ExplainError> {
    let maps = network.maps(stage, images.clone());
    let [_, channels, _, side] = maps.dims();
    let maps = values(maps).await?;
    let maps: Vec<&[f32]> = maps.chunks_exact(side * side).collect();
    let sum = |channel: &usize| maps[*channel].iter().sum::<f32>();
    let mut order: Vec<usize> = (0..maps.len()).collect();
    order.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    order.truncate(SHOWN);
    let chosen: Vec<&[f32]> = order.iter().map(|&channel| maps[channel]).collect();
    let (pooled_side, pooled) = if stage + 1 < network.stage_count() {
        let pooled = network.before(stage + 1, images);
        let side = pooled.dims()[3];
        let pooled = values(pooled).await?;
        let pooled: Vec<&[f32]> = pooled.chunks_exact(side * side).collect();
        let chosen: Vec<&[f32]> = order.iter().filter_map(|&channel| pooled.get(channel).copied()).collect();
        (side as u32, Pixmap::mosaic(&chosen, side, COLUMNS))
    } else {
        (0, Pixmap::default())
    };
    Ok(StageMaps {
        channels: channels as u32,
        side: side as u32,
        pooled_side,
        maps: Pixmap::mosaic(&chosen, side, COLUMNS),
        pooled,
    })
}
