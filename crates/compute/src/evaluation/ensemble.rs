//! Ensembles of networks, with test-time augmentation.

use std::ops::ControlFlow;

use super::predict::{PredictError, predict};
use crate::network::Predictor;
use mien_core::evaluation::{TestTimeAugmentation, add_probabilities};
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::Crop;
use mien_recognition::CropClassifier;

/// An ensemble: probabilities are averaged over networks and over the views of an image.
#[derive(Clone, Debug)]
pub struct Ensemble<C = Predictor> {
    /// The networks, such as those from [`crate::network::NetworkFile::predictor`]; at least one.
    pub networks: Vec<C>,
    /// The test-time augmentation.
    pub augmentation: TestTimeAugmentation,
}

impl<C: CropClassifier> Ensemble<C> {
    /// The number of forward passes per image.
    pub fn passes(&self) -> usize {
        self.networks.len() * self.augmentation.count()
    }

    /// The mean probabilities of each crop, in order. About `batch` views are computed at a time; `between` is called as by
    /// [`predict()`].
    ///
    /// # Errors
    /// When the device fails or `between` breaks.
    pub async fn predict(
        &self,
        crops: impl IntoIterator<Item = Crop>,
        batch: usize,
        mut between: impl AsyncFnMut(usize) -> ControlFlow<()>,
    ) -> Result<Vec<Distribution>, PredictError> {
        let views = self.augmentation.count();
        let mut crops = crops.into_iter();
        let mut distributions = Vec::new();
        loop {
            let some = crops.by_ref().take((batch / views).max(1));
            let seen: Vec<Crop> = some.flat_map(|crop| self.augmentation.of(&crop)).collect();
            if seen.is_empty() {
                return Ok(distributions);
            }
            let mut sums = vec![[0.0; Expression::COUNT]; seen.len() / views];
            for network in &self.networks {
                let go_on = async |_| ControlFlow::Continue(());
                let logits = predict(network, seen.iter().cloned(), batch, go_on).await?;
                for (sum, logits) in sums.iter_mut().zip(logits.chunks_exact(views)) {
                    add_probabilities(sum, logits);
                }
            }
            let passes = self.passes() as f32;
            distributions.extend(sums.into_iter().map(|sum| Distribution(sum.map(|value| value / passes))));
            if between(distributions.len()).await.is_break() {
                return Err(PredictError::Stopped);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Architecture, Network, Sizes};
    use burn::tensor::Device;
    use pollster::block_on;

    async fn go_on(_: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn an_ensemble_averages_probabilities_over_networks_and_views() {
        let device = Device::flex();
        let crops: Vec<Crop> =
            (0..5).map(|seed| Crop(Box::new(std::array::from_fn(|index| (index * (seed + 3) % 251) as u8)))).collect();
        let sizes = Sizes { stages: vec![(4, 1), (6, 1)], stage_dropout: vec![], dropout: 0.0 };
        let network = || Predictor::new(&Network::new(&Architecture::Vgg(sizes.clone()), &device));
        let networks = vec![network(), network()];
        let ensemble = Ensemble { networks: networks.clone(), augmentation: TestTimeAugmentation::Flip };
        assert_eq!(ensemble.passes(), 4);
        let mut seen = Vec::new();
        let watch = async |done| {
            seen.push(done);
            ControlFlow::Continue(())
        };
        let got = block_on(ensemble.predict(crops.clone(), 4, watch)).unwrap();
        assert_eq!((got.len(), seen), (5, vec![2, 4, 5]));
        let single = |network: &Predictor, crop: &Crop| {
            Distribution::from_logits(block_on(predict(network, [crop.clone()], 1, go_on)).unwrap().swap_remove(0))
        };
        for (crop, distribution) in crops.iter().zip(got) {
            let mut sum = [0.0; Expression::COUNT];
            for view in TestTimeAugmentation::Flip.of(crop) {
                for network in &networks {
                    single(network, &view).0.iter().zip(&mut sum).for_each(|(value, sum)| *sum += value / 4.0);
                }
            }
            assert!(sum.iter().zip(distribution.0).all(|(a, b)| (a - b).abs() < 1e-5), "{sum:?} {distribution:?}");
        }

        // one network and one view: its own predictions, to the last bit
        let alone = Ensemble { networks: networks[..1].to_vec(), augmentation: TestTimeAugmentation::None };
        let logits = block_on(predict(&networks[0], crops.clone(), 4, go_on)).unwrap();
        let expected: Vec<Distribution> = logits.into_iter().map(Distribution::from_logits).collect();
        assert_eq!(block_on(alone.predict(crops, 4, go_on)).unwrap(), expected);
    }
}
