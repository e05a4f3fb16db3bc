//! Computes the detector's network: compiled on the CPU of a browser, elsewhere with Burn.

use burn::tensor::Device;
use mien_recognition::{CompiledDetectorNetwork, DetectorNetwork};
use mien_weights::{WeightsError, WeightsFile};

use super::blazeface::BlazeFace;
use crate::weights;

/// The detector's network on a device.
#[derive(Clone, Debug)]
pub enum DeviceDetectorNetwork {
    /// On the CPU of a browser, where Burn takes several times as long.
    Compiled(CompiledDetectorNetwork),
    /// On a GPU, and natively, where Burn has wider registers and all cores.
    Burn(Box<BlazeFace>),
}

impl DeviceDetectorNetwork {
    /// The network of a weights file.
    ///
    /// # Errors
    /// When the file belongs to another network.
    pub(super) fn new(file: &WeightsFile, device: &Device) -> Result<Self, WeightsError> {
        let network = weights::load(file, BlazeFace::init(device), device)?;
        if cfg!(target_family = "wasm")
            && *device == Device::flex()
            && let Ok(compiled) = CompiledDetectorNetwork::new(file)
        {
            return Ok(Self::Compiled(compiled));
        }
        Ok(Self::Burn(Box::new(network)))
    }
}

impl DetectorNetwork for DeviceDetectorNetwork {
    async fn compute(&self, image: Vec<f32>, width: usize, height: usize) -> Result<Vec<f32>, String> {
        match self {
            Self::Compiled(network) => network.compute(image, width, height).await,
            Self::Burn(network) => network.compute(image, width, height).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;

    const WEIGHTS: &[u8] = include_bytes!("../../../../www/weights/blazeface.safetensors");

    #[test]
    fn the_compiled_network_computes_what_burn_computes() {
        let file = weights::parse(WEIGHTS).unwrap();
        let burn = DeviceDetectorNetwork::new(&file, &Device::flex()).unwrap();
        assert!(matches!(burn, DeviceDetectorNetwork::Burn(_)));
        let compiled = DeviceDetectorNetwork::Compiled(CompiledDetectorNetwork::new(&file).unwrap());
        for (width, height) in [(384, 288), (128, 128), (256, 256), (288, 384), (32, 32), (96, 32), (32, 160)] {
            let image: Vec<f32> =
                (0..3 * width * height).map(|index| (index * index % 509) as f32 / 254.0 - 1.0).collect();
            let [got, expected] =
                [&compiled, &burn].map(|network| block_on(network.compute(image.clone(), width, height)).unwrap());
            assert_eq!(got.len(), expected.len(), "{width}×{height}");
            for (got, expected) in got.iter().zip(expected) {
                let difference = (got - expected).abs() / expected.abs().max(1.0);
                assert!(difference < 1e-4, "{width}×{height}: {got} where Burn has {expected}");
            }
        }
    }
}
