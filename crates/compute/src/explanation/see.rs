//! Looking into a network while a crop goes through it.

use burn::module::Module;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};

use super::passes::{images, values};
use super::{ExplainError, Layers, Painting, StageMaps};
use crate::network::Network;
use mien_core::expression::Expression;
use mien_core::vision::{CROP_SIDE, Crop};

/// So many maps of a stage are shown, in so many columns.
const SHOWN: usize = 12;
const COLUMNS: usize = 6;

/// Columns of the picture of the features.
const FEATURE_COLUMNS: usize = 32;

/// The deviations from the mean at which light has its fullest colour.
const FULL: f32 = 2.5;

/// What a network makes of a crop, from light to logits.
///
/// # Errors
/// When the device fails.
pub async fn see(network: &Network, crop: &Crop, device: &Device) -> Result<Layers, ExplainError> {
    let network = network.valid();
    let images = images(std::slice::from_ref(crop), device);
    let (mean, deviation) = crop.mean_and_deviation();
    let (filters, answers) = match network.first_filters() {
        Some(filters) => answer(filters, images.clone()).await?,
        None => (Vec::new(), Vec::new()),
    };
    let mut stages = Vec::new();
    for stage in 0..network.stage_count() {
        stages.push(look_at(&network, stage, images.clone()).await?);
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
        light: Painting::signed(&crop.normalise(), CROP_SIDE, FULL),
        filters,
        answers,
        stages,
        features: Painting::grey(&painted, FEATURE_COLUMNS, largest),
        feature_count: features.len() as u32,
        logits: logits.as_chunks().0.first().copied().unwrap_or([0.0; Expression::COUNT]),
    })
}

/// The filters, and what each answers at every place.
async fn answer(filters: Tensor<4>, images: Tensor<4>) -> Result<(Vec<Painting>, Vec<Painting>), ExplainError> {
    let [_, _, height, width] = filters.dims();
    let options = ConvOptions::new([1, 1], [height / 2, width / 2], [1, 1], 1);
    let answers = conv2d(images, filters.clone(), None, options);
    let side = answers.dims()[3];
    let peak = |values: &[f32]| values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let paint = |values: &[f32], width: usize| Painting::signed(values, width, peak(values));
    let (filters, answers) = (values(filters).await?, values(answers).await?);
    Ok((
        filters.chunks_exact(height * width).map(|filter| paint(filter, width)).collect(),
        answers.chunks_exact(side * side).map(|answer| paint(answer, side)).collect(),
    ))
}

async fn look_at(network: &Network, stage: usize, images: Tensor<4>) -> Result<StageMaps, ExplainError> {
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
        (side as u32, Painting::mosaic(&chosen, side, COLUMNS))
    } else {
        (0, Painting::default())
    };
    Ok(StageMaps {
        channels: channels as u32,
        side: side as u32,
        pooled_side,
        maps: Painting::mosaic(&chosen, side, COLUMNS),
        pooled,
    })
}
