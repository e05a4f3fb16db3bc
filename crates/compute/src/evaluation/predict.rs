//! The logits of a network for many crops.

use std::ops::ControlFlow;

use mien_core::expression::Expression;
use mien_core::vision::Crop;
use mien_message::{Message, ToMessage};
use mien_recognition::CropClassifier;

/// Why there are no predictions.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum PredictError {
    /// The logits could not be read back from the device, or the network computes none.
    #[error("the predictions could not be read back from the device ({0})")]
    Device(Message),
    /// The caller stopped it.
    #[error("stopped")]
    Stopped,
}

/// The logits of each crop, in order, computed `batch` crops at a time.
///
/// After each batch, `between` is called with the number of finished crops. It can yield to other tasks, and break to stop.
///
/// # Errors
/// When the device fails or `between` breaks.
pub async fn predict(
    classifier: &impl CropClassifier,
    crops: impl IntoIterator<Item = Crop>,
    batch: usize,
    mut between: impl AsyncFnMut(usize) -> ControlFlow<()>,
) -> Result<Vec<[f32; Expression::COUNT]>, PredictError> {
    let mut crops = crops.into_iter();
    let mut logits = Vec::new();
    loop {
        let next: Vec<Crop> = crops.by_ref().take(batch.max(1)).collect();
        if next.is_empty() {
            return Ok(logits);
        }
        logits.extend(classifier.logits_of_crops(&next).await.map_err(PredictError::Device)?);
        if between(logits.len()).await.is_break() {
            return Err(PredictError::Stopped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Architecture, Network, Predictor, Sizes};
    use burn::module::Module;
    use burn::tensor::Device;
    use pollster::block_on;

    fn network() -> Network {
        let config = Sizes { stages: vec![(4, 1), (6, 1)], stage_dropout: vec![0.5], dropout: 0.5 };
        Network::new(&Architecture::Vgg(config), &Device::flex())
    }

    fn crops() -> Vec<Crop> {
        (0..5).map(|seed| Crop(Box::new(std::array::from_fn(|index| (index * (seed + 3) % 251) as u8)))).collect()
    }

    async fn go_on(_: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn batches_do_not_change_predictions() {
        let predictor = Predictor::new(&network());
        let together = block_on(predict(&predictor, crops(), 8, go_on)).unwrap();
        let apart = block_on(predict(&predictor, crops(), 2, go_on)).unwrap();
        assert_eq!(together.len(), 5);
        for (a, b) in together.as_flattened().iter().zip(apart.as_flattened()) {
            assert!((a - b).abs() < 1e-5);
        }
        assert!(block_on(predict(&predictor, vec![], 2, go_on)).unwrap().is_empty());
    }

    #[test]
    fn a_network_in_training_form_predicts_the_same() {
        let network = network();
        let before = block_on(predict(&Predictor::new(&network), crops(), 8, go_on)).unwrap();
        let trained = block_on(predict(&Predictor::new(&network.train()), crops(), 8, go_on)).unwrap();
        assert_eq!(trained, before);
    }

    #[test]
    fn it_stops_between_batches() {
        let mut seen = Vec::new();
        let stop = async |done| {
            seen.push(done);
            if done == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let outcome = block_on(predict(&Predictor::new(&network()), crops(), 2, stop));
        assert!(matches!(outcome, Err(PredictError::Stopped)));
        assert_eq!(seen, [2, 4]);
    }
}
