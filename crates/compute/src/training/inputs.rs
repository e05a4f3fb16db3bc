//! What goes into the part of a network that learns: images, or what the part before it makes of them.

use std::collections::{HashMap, HashSet};

use burn::tensor::{Device, Tensor, TensorData};

use super::{Settings, TrainingData, TrainingError};
use crate::network::Network;
use crate::transfer;
use mien_core::dataset::{Augmentation, mix};
use mien_core::vision::CROP_PIXELS;

/// Numbers that are kept, at most: 128 MB. All of FER2013 before the head in four variants just fits.
const MOST_KEPT: usize = 32 << 20;

/// A sample, and which of its variants; 0 is the image itself.
type Key = (usize, usize);

/// Makes the inputs of batches.
pub(super) struct Inputs {
    device: Device,
    /// The whole network in validation form, and its first stage that learns.
    frozen: Option<(Network, usize)>,
    /// What comes before that stage. It only depends on the key, so it need not survive a checkpoint.
    kept: HashMap<Key, Vec<f32>>,
    room: usize,
    /// Channels, height and width of it, once known.
    shape: [usize; 3],
}

/// A training batch.
pub(super) struct Batch<'a> {
    /// The epoch, the first being 0.
    pub epoch: usize,
    /// Images before it in the run.
    pub before: usize,
    /// Its samples.
    pub samples: &'a [usize],
    /// What augmentation is drawn from.
    pub seed: u64,
}

impl Inputs {
    /// With the whole network in validation form and its first stage that learns, where that is not all of it.
    pub(super) fn new(frozen: Option<(Network, usize)>, device: Device) -> Self {
        Self { device, frozen, kept: HashMap::new(), room: MOST_KEPT, shape: [0; 3] }
    }

    /// The input of a training batch, without gradients.
    pub(super) async fn training(
        &mut self,
        data: &TrainingData,
        settings: &Settings,
        batch: Batch<'_>,
    ) -> Result<Tensor<4>, TrainingError> {
        let augmentation = &settings.augmentation;
        let variants = if *augmentation == Augmentation::OFF { settings.variants.min(1) } else { settings.variants };
        if let (Some((network, stage)), true) = (&self.frozen, variants > 0) {
            let keys: Vec<Key> =
                batch.samples.iter().map(|&sample| (sample, (batch.epoch + sample) % variants)).collect();
            let frozen = (network.clone(), *stage);
            return self.before(&frozen, data, augmentation, batch.seed, &keys).await;
        }
        let mut light = Vec::with_capacity(batch.samples.len() * CROP_PIXELS);
        for (place, &sample) in batch.samples.iter().enumerate() {
            let mut image = data.dataset.crop(sample).normalise();
            augmentation.apply(&mut image, mix(batch.seed, (batch.before + place) as u64));
            light.extend_from_slice(&image);
        }
        let images = transfer::images(light, &self.device);
        Ok(match &self.frozen {
            Some((network, stage)) => network.before(*stage, images),
            None => images,
        })
    }

    /// The input of a validation batch.
    pub(super) async fn validation(
        &mut self,
        data: &TrainingData,
        samples: &[usize],
    ) -> Result<Tensor<4>, TrainingError> {
        if let Some((network, stage)) = &self.frozen {
            let frozen = (network.clone(), *stage);
            let keys: Vec<Key> = samples.iter().map(|&sample| (sample, 0)).collect();
            return self.before(&frozen, data, &Augmentation::OFF, 0, &keys).await;
        }
        let light = samples.iter().flat_map(|&sample| data.dataset.crop(sample).normalise()).collect();
        Ok(transfer::images(light, &self.device))
    }

    /// What the first stage that learns sees of the keys; only those are computed that were not before.
    async fn before(
        &mut self,
        (network, stage): &(Network, usize),
        data: &TrainingData,
        augmentation: &Augmentation,
        seed: u64,
        keys: &[Key],
    ) -> Result<Tensor<4>, TrainingError> {
        let mut seen = HashSet::new();
        let missing: Vec<Key> =
            keys.iter().copied().filter(|key| !self.kept.contains_key(key) && seen.insert(*key)).collect();
        let mut light = Vec::with_capacity(missing.len() * CROP_PIXELS);
        for &(sample, variant) in &missing {
            let mut image = data.dataset.crop(sample).normalise();
            if variant > 0 {
                augmentation.apply(&mut image, mix(mix(seed, sample as u64), variant as u64));
            }
            light.extend_from_slice(&image);
        }
        let mut passing = HashMap::new();
        if !missing.is_empty() {
            let output = network.before(*stage, transfer::images(light, &self.device));
            let [_, channels, height, width] = output.dims();
            self.shape = [channels, height, width];
            let values = read(output).await?;
            let size = values.len() / missing.len();
            for (&key, values) in missing.iter().zip(values.chunks_exact(size)) {
                if self.room >= size {
                    self.room -= size;
                    self.kept.insert(key, values.to_vec());
                } else {
                    passing.insert(key, values.to_vec());
                }
            }
        }
        let mut values = Vec::new();
        for key in keys {
            values.extend_from_slice(self.kept.get(key).or_else(|| passing.get(key)).map_or(&[], Vec::as_slice));
        }
        let [channels, height, width] = self.shape;
        let shape = [keys.len(), channels, height, width];
        Ok(Tensor::from_data(TensorData::new(values, shape), &self.device))
    }
}

/// The values of a tensor.
pub(super) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, TrainingError> {
    transfer::values(tensor).await.map_err(TrainingError::Device)
}
