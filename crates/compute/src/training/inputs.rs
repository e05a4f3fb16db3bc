//! The inputs of the trained part of a network: images, or cached outputs of the frozen part.

use std::collections::{HashMap, HashSet};

use burn::tensor::{Device, Tensor, TensorData};

use super::{Settings, TrainingData, TrainingError};
use crate::network::Network;
use crate::transfer;
use mien_core::dataset::Augmentation;
use mien_core::random::derive_seed;
use mien_core::vision::CROP_PIXELS;

/// Maximum number of cached values: 128 MB. The features of all of FER2013 in four variants just fit.
const MAX_CACHED_VALUES: usize = 32 << 20;

/// A sample and the number of its variant; 0 is the image itself.
type Key = (usize, usize);

/// Makes the inputs of batches.
pub(super) struct Inputs {
    device: Device,
    /// The whole network in inference mode, and the index of its first trained stage.
    frozen: Option<(Network, usize)>,
    /// Cached inputs of that stage. They depend on the key alone, so they are not part of a checkpoint.
    kept: HashMap<Key, Vec<f32>>,
    room: usize,
    /// Channels, height and width of the inputs, once known.
    shape: [usize; 3],
}

/// A training batch.
pub(super) struct Batch<'a> {
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// Number of images before it in the run.
    pub before: usize,
    /// Its samples.
    pub samples: &'a [usize],
    /// The seed of the augmentation.
    pub seed: u64,
}

impl Inputs {
    /// `frozen`: the whole network in inference mode and its first trained stage, if a part is frozen.
    pub(super) fn new(frozen: Option<(Network, usize)>, device: Device) -> Self {
        Self { device, frozen, kept: HashMap::new(), room: MAX_CACHED_VALUES, shape: [0; 3] }
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
        let mut pixels = Vec::with_capacity(batch.samples.len() * CROP_PIXELS);
        for (place, &sample) in batch.samples.iter().enumerate() {
            let mut image = data.dataset.crop(sample).normalize();
            augmentation.apply(&mut image, derive_seed(batch.seed, (batch.before + place) as u64));
            pixels.extend_from_slice(&image);
        }
        let images = transfer::images(pixels, &self.device);
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
        let pixels = samples.iter().flat_map(|&sample| data.dataset.crop(sample).normalize()).collect();
        Ok(transfer::images(pixels, &self.device))
    }

    /// The inputs of the first trained stage for some keys; only those that are not cached are computed.
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
        let mut pixels = Vec::with_capacity(missing.len() * CROP_PIXELS);
        for &(sample, variant) in &missing {
            let mut image = data.dataset.crop(sample).normalize();
            if variant > 0 {
                augmentation.apply(&mut image, derive_seed(derive_seed(seed, sample as u64), variant as u64));
            }
            pixels.extend_from_slice(&image);
        }
        let mut uncached = HashMap::new();
        if !missing.is_empty() {
            let output = network.before(*stage, transfer::images(pixels, &self.device));
            let [_, channels, height, width] = output.dims();
            self.shape = [channels, height, width];
            let values = read(output).await?;
            let size = values.len() / missing.len();
            for (&key, values) in missing.iter().zip(values.chunks_exact(size)) {
                if self.room >= size {
                    self.room -= size;
                    self.kept.insert(key, values.to_vec());
                } else {
                    uncached.insert(key, values.to_vec());
                }
            }
        }
        let mut values = Vec::new();
        for key in keys {
            values.extend_from_slice(self.kept.get(key).or_else(|| uncached.get(key)).map_or(&[], Vec::as_slice));
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
