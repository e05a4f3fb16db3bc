//! Which images a network takes for alike: those whose features point the same way.

use burn::module::Module;
use burn::tensor::Device;
use half::f16;

use super::ExplainError;
use super::passes::{images, values};
use crate::network::Network;
use mien_core::dataset::Dataset;
use mien_core::vision::Crop;

/// The features of each crop, `[features]` each, scaled to length 1; all 0 where the network answers nothing.
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

/// The features of a set's samples, taken a few at a time.
#[derive(Debug)]
pub struct FeatureIndex {
    samples: Vec<u32>,
    /// In 16 bits, as tens of thousands of them are kept: their cosines are right to three digits.
    rows: Vec<Vec<f16>>,
}

impl FeatureIndex {
    /// Of these samples, to be taken in this order.
    pub const fn new(samples: Vec<u32>) -> Self {
        Self { samples, rows: Vec::new() }
    }

    /// How many are taken, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.rows.len(), self.samples.len())
    }

    /// Takes up to `count` more. Samples that the set does not have are taken for blank.
    ///
    /// # Errors
    /// When the device fails; then nothing more is taken than before.
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

    /// The `most` of the samples taken so far whose features point most in the direction of `query`, which has length 1,
    /// with the cosine of the angle between (1 for the same direction). `except` leaves a sample out, say the one itself.
    pub fn nearest(&self, query: &[f32], most: usize, except: Option<u32>) -> Vec<(u32, f32)> {
        let taken = self.samples.iter().copied().zip(&self.rows).filter(|(sample, _)| Some(*sample) != except);
        let cosine = |row: &[f16]| row.iter().zip(query).map(|(a, b)| a.to_f32() * b).sum::<f32>();
        let mut found: Vec<(u32, f32)> = taken.map(|(sample, row)| (sample, cosine(row))).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(most);
        found
    }
}

fn unit(row: &[f32]) -> Vec<f32> {
    let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
    row.iter().map(|value| if length > 0.0 { value / length } else { 0.0 }).collect()
}
