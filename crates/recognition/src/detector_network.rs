//! What computes the raw outputs of the detector.

use std::cell::RefCell;

use mien_inference::{BuildError, CompiledDetector};
use mien_weights::WeightsFile;

/// The network of the detector: BlazeFace "back".
pub trait DetectorNetwork {
    /// The raw outputs for an image `[1, 3, height, width]` with values from −1 to 1, whose sides are multiples of 32: the scores
    /// (logits) at stride 16, their boxes and landmarks, and the same at stride 32, each `[channels, height, width]` flattened,
    /// with [`crate::ANCHORS`] channels for scores and [`crate::VALUES`] times as many for boxes and landmarks.
    ///
    /// # Errors
    /// The device's message, when it fails.
    fn compute(&self, image: Vec<f32>, width: usize, height: usize) -> impl Future<Output = Result<Vec<f32>, String>>;
}

/// The detector's network on the CPU. Clones share the weights.
#[derive(Clone, Debug)]
pub struct CompiledDetectorNetwork(RefCell<CompiledDetector>);

impl CompiledDetectorNetwork {
    /// Compiles the network of a weights file.
    ///
    /// # Errors
    /// When the file belongs to another network.
    pub fn new(file: &WeightsFile) -> Result<Self, BuildError> {
        CompiledDetector::new(|name| file.tensor(name)).map(|network| Self(RefCell::new(network)))
    }
}

impl DetectorNetwork for CompiledDetectorNetwork {
    async fn compute(&self, image: Vec<f32>, width: usize, height: usize) -> Result<Vec<f32>, String> {
        let mut network = self.0.borrow_mut();
        let outputs = network.run(&image, width, height);
        Ok(outputs.ok_or_else(|| format!("no input of {width}×{height} pixels"))?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;

    #[test]
    fn an_image_of_another_size_is_an_error() {
        let file = WeightsFile::parse(include_bytes!("../../../www/weights/blazeface.safetensors")).unwrap();
        let network = CompiledDetectorNetwork::new(&file).unwrap();
        assert!(block_on(network.compute(vec![0.0; 3 * 32 * 40], 32, 40)).is_err());
        assert_eq!(block_on(network.compute(vec![0.0; 3 * 32 * 32], 32, 32)).unwrap().len(), (2 * 4 + 6) * 17);
    }
}
