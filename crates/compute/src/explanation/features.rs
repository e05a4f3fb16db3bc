//! Similar images by the features of a network.

use burn::module::Module;
use burn::tensor::Device;
use half::f16;

use super::ExplainError;
use super::passes::{images, values};
use crate::network::Network;
use mien_core::dataset::Dataset;
use mien_core::vision::Crop;

/// The features of each crop, `[features]` each, normalized to length 1; all 0 if all features are.
///
/// # Errors
/// When the device fails.
pub async fn features(network: &Network, crops: &[Crop], device: &Device) -> Result<Vec<Vec<f32>>, ExplainError> {
    if crops.is_empty() {
        return Ok(Vec::new());
    }
    let features = network.valid().features(images(crops, device));
    let width = features.dims()[1];
    Ok(values(features).await?.chunks_exact(width.max(1)).map(unit).collect())
}

/// An index of the features of samples, computed a few at a time.
#[derive(Debug)]
pub struct FeatureIndex {
    samples: Vec<u32>,
    /// In half precision, since there are tens of thousands; cosines are correct to three digits.
    rows: Vec<Vec<f16>>,
}

impl FeatureIndex {
    /// An empty index for these samples, in this order.
    pub const fn new(samples: Vec<u32>) -> Self {
        Self { samples, rows: Vec::new() }
    }

    /// Number of samples done, and in total.
    pub fn progress(&self) -> (usize, usize) {
        (self.rows.len(), self.samples.len())
    }

    /// Computes up to `count` more samples. Samples that do not exist count as black images.
    ///
    /// # Errors
    /// When the device fails; the index is unchanged then.
    pub async fn advance(
        &mut self,
        network: &Network,
        dataset: &Dataset,
        count: usize,
        device: &Device,
    ) -> Result<(), ExplainError> {
        let next = self.samples[self.rows.len()..].iter().take(count.max(1));
        let crop = |&sample: &u32| match sample as usize {
            sample if sample < dataset.len() => dataset.crop(sample),
            _ => Crop(Box::new([0; mien_core::vision::CROP_PIXELS])),
        };
        let crops: Vec<Crop> = next.map(crop).collect();
        let rows = features(network, &crops, device).await?;
        self.rows.extend(rows.into_iter().map(|row| row.into_iter().map(f16::from_f32).collect()));
        Ok(())
    }

    /// The `max` finished samples with the highest cosine similarity to `query`, which must have length 1, with the
    /// similarity. `except` is excluded, for instance the sample itself.
    pub fn nearest(&self, query: &[f32], max: usize, except: Option<u32>) -> Vec<(u32, f32)> {
        let taken = self.samples.iter().copied().zip(&self.rows).filter(|(sample, _)| Some(*sample) != except);
        let cosine = |row: &[f16]| row.iter().zip(query).map(|(a, b)| a.to_f32() * b).sum::<f32>();
        let mut found: Vec<(u32, f32)> = taken.map(|(sample, row)| (sample, cosine(row))).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(max);
        found
    }
}

fn unit(row: &[f32]) -> Vec<f32> {
    let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
    row.iter().map(|value| if length > 0.0 { value / length } else { 0.0 }).collect()
}
