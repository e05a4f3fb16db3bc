//! Weights files of networks: safetensors or Burn's own format, with architecture and training in the header.

use burn::module::Module;
use burn::tensor::Device;
use mien_weights::{NetworkHeader, Precision, WeightsError};

use super::{Architecture, Network, Predictor};
use crate::weights::{self, Container};

/// A network with the metadata of its file.
#[derive(Clone, Debug)]
pub struct NetworkFile {
    /// Architecture, training and temperature.
    pub header: NetworkHeader,
    /// The network.
    pub network: Network,
}

impl NetworkFile {
    /// A network without metadata.
    pub fn new(architecture: Architecture, network: Network) -> Self {
        Self { header: NetworkHeader::new(architecture), network }
    }

    /// The network for inference: without autodiff, with batch norm folded into the convolutions and the temperature
    /// folded into the head, so that softmax of its logits gives calibrated probabilities.
    pub fn for_inference(&self) -> Network {
        self.network.valid().fold().divide_logits(self.header.temperature)
    }

    /// A predictor with the network from [`Self::for_inference`].
    pub fn predictor(&self) -> Predictor {
        Predictor::new(&self.for_inference())
    }
}

/// Loads a weights file and builds its network on the device.
///
/// # Errors
/// When the file is damaged, not ours, of other classes or preprocessing, or does not fit the network it names.
pub fn load(bytes: &[u8], device: &Device) -> Result<NetworkFile, WeightsError> {
    let file = weights::parse(bytes)?;
    let header = NetworkHeader::read(file.metadata())?;
    let network = weights::load(&file, Network::new(&header.architecture, device), device)?;
    Ok(NetworkFile { header, network })
}

/// Writes a weights file as safetensors.
///
/// # Errors
/// When the values cannot be read back from the device.
pub async fn save(file: &NetworkFile, precision: Precision) -> Result<Vec<u8>, WeightsError> {
    save_as(file, precision, Container::Safetensors).await
}

/// Writes a weights file.
///
/// # Errors
/// When the values cannot be read back from the device.
pub async fn save_as(file: &NetworkFile, precision: Precision, container: Container) -> Result<Vec<u8>, WeightsError> {
    weights::write_as(&file.network.valid(), precision, container, file.header.to_metadata()?).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Sizes;
    use burn::tensor::{Distribution, Tensor, Tolerance};
    use mien_weights::Metadata;

    fn small() -> Architecture {
        Architecture::Vgg(Sizes { stages: vec![(4, 1), (6, 2)], stage_dropout: vec![], dropout: 0.1 })
    }

    fn file(device: &Device) -> NetworkFile {
        let architecture = small();
        let network = Network::new(&architecture, device);
        NetworkFile::new(architecture, network)
    }

    #[test]
    fn a_saved_network_predicts_the_same() {
        let device = Device::flex();
        let original = file(&device);
        let bytes = pollster::block_on(save(&original, Precision::Full)).unwrap();
        let loaded = load(&bytes, &device).unwrap();
        assert_eq!(loaded.header, original.header);
        let images = Tensor::random([3, 1, 48, 48], Distribution::Normal(0.0, 1.0), &device);
        let before = original.network.forward(images.clone()).into_data();
        loaded.network.forward(images).into_data().assert_approx_eq::<f32>(&before, Tolerance::absolute(1e-6));
    }

    #[test]
    fn a_temperature_is_saved_and_applied_for_inference() {
        let device = Device::flex();
        let with_temperature = |temperature| {
            let mut file = file(&device);
            file.header.temperature = temperature;
            file
        };
        let calibrated = with_temperature(1.7);
        let bytes = pollster::block_on(save(&calibrated, Precision::Full)).unwrap();
        let loaded = load(&bytes, &device).unwrap();
        assert_eq!(loaded.header.temperature, 1.7);
        let images = Tensor::random([3, 1, 48, 48], Distribution::Normal(0.0, 1.0), &device);
        let expected = loaded.network.forward(images.clone()).into_data();
        let applied = loaded.for_inference().forward(images) * 1.7;
        applied.into_data().assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-5));
        for wrong in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let bytes = pollster::block_on(save(&with_temperature(wrong), Precision::Full)).unwrap();
            assert!(matches!(load(&bytes, &device), Err(WeightsError::Header(_))), "{wrong}");
        }
    }

    #[test]
    fn half_precision_halves_the_file_and_changes_little() {
        let device = Device::flex();
        let original = file(&device);
        let full = pollster::block_on(save(&original, Precision::Full)).unwrap();
        let half = pollster::block_on(save(&original, Precision::Half)).unwrap();
        assert!(half.len() < full.len());
        let images = Tensor::random([3, 1, 48, 48], Distribution::Normal(0.0, 1.0), &device);
        let before = original.network.forward(images.clone()).into_data();
        let after = load(&half, &device).unwrap().network.forward(images).into_data();
        after.assert_approx_eq::<f32>(&before, Tolerance::absolute(1e-2));
    }

    #[test]
    fn bytes_quarter_the_file_and_change_little() {
        let device = Device::flex();
        let sizes = |stages: &[(usize, usize)]| Sizes { stages: stages.to_vec(), stage_dropout: vec![], dropout: 0.1 };
        // nearly all parameters of the second are in its first fully connected layer
        for architecture in
            [Architecture::Vgg(sizes(&[(16, 2), (32, 2)])), Architecture::Cnn(sizes(&[(8, 1), (16, 1)]))]
        {
            bytes_change_little(&architecture, &device);
        }
    }

    fn bytes_change_little(architecture: &Architecture, device: &Device) {
        let original = NetworkFile::new(architecture.clone(), Network::new(architecture, device));
        let full = pollster::block_on(save(&original, Precision::Full)).unwrap();
        let bytes = pollster::block_on(save(&original, Precision::Byte)).unwrap();
        assert!(bytes.len() < full.len() / 3, "{} of {}", bytes.len(), full.len());
        let images = Tensor::random([3, 1, 48, 48], Distribution::Normal(0.0, 1.0), device);
        let before = original.network.forward(images.clone()).into_data();
        let loaded = load(&bytes, device).unwrap();
        let after = loaded.network.forward(images).into_data();
        after.assert_approx_eq::<f32>(&before, Tolerance::absolute(2e-2));
        // quantizing again changes nothing
        assert_eq!(pollster::block_on(save(&loaded, Precision::Byte)).unwrap().len(), bytes.len());
        let again = pollster::block_on(save(&loaded, Precision::Byte)).unwrap();
        let again = load(&again, device).unwrap().network;
        let images = Tensor::random([3, 1, 48, 48], Distribution::Normal(0.0, 1.0), device);
        let (first, second) = (loaded.network.forward(images.clone()), again.forward(images));
        second.into_data().assert_approx_eq::<f32>(&first.into_data(), Tolerance::absolute(1e-5));

        for length in 0..bytes.len() / 64 {
            assert!(matches!(load(&bytes[..length * 64], device), Err(WeightsError::Format(_))), "{length}");
        }
        let burnpack = pollster::block_on(save_as(&original, Precision::Byte, Container::Burnpack));
        assert!(matches!(burnpack, Err(WeightsError::NoBytes)));
    }

    #[test]
    fn burns_own_format_holds_the_same() {
        let device = Device::flex();
        let original = file(&device);
        let images = Tensor::<4>::random([3, 1, 48, 48], Distribution::Normal(0.0, 1.0), &device);
        let before = original.network.forward(images.clone()).into_data();
        let bytes = pollster::block_on(save_as(&original, Precision::Full, Container::Burnpack)).unwrap();
        let loaded = load(&bytes, &device).unwrap();
        assert_eq!(loaded.header, original.header);
        assert_eq!(loaded.network.forward(images.clone()).into_data(), before);
        // Burn itself reads it
        let record = burn::store::ModuleRecord::from_bytes(burn::tensor::Bytes::from_bytes_vec(bytes.clone())).unwrap();
        let by_burn = Network::new(&original.header.architecture, &device).try_load_record(record).unwrap();
        assert_eq!(by_burn.forward(images.clone()).into_data(), before);

        let half = pollster::block_on(save_as(&original, Precision::Half, Container::Burnpack)).unwrap();
        assert!(half.len() < bytes.len());
        let after = load(&half, &device).unwrap().network.forward(images).into_data();
        after.assert_approx_eq::<f32>(&before, Tolerance::absolute(1e-2));

        for length in 0..bytes.len() / 16 {
            assert!(matches!(load(&bytes[..length * 16], &device), Err(WeightsError::Format(_))), "{length}");
        }
        let metadata = Metadata::new();
        let foreign = weights::write_as(&original.network, Precision::Full, Container::Burnpack, metadata);
        assert!(matches!(load(&pollster::block_on(foreign).unwrap(), &device), Err(WeightsError::Header(_))));
    }

    #[test]
    fn damaged_and_foreign_files_are_refused() {
        let device = Device::flex();
        let bytes = pollster::block_on(save(&file(&device), Precision::Half)).unwrap();
        assert!(matches!(load(&bytes[..bytes.len() / 2], &device), Err(WeightsError::Format(_))));
        assert!(matches!(load(b"", &device), Err(WeightsError::Format(_))));
        assert!(matches!(load(b"emotion,pixels,Usage\n", &device), Err(WeightsError::Format(_))));
        let mut broken = bytes;
        let end = broken.len();
        broken[end - 2..].copy_from_slice(&half::f16::NAN.to_le_bytes());
        assert!(matches!(load(&broken, &device), Err(WeightsError::NotFinite(_))));
        let foreign =
            pollster::block_on(weights::write(&file(&device).network, Precision::Half, Metadata::new())).unwrap();
        assert!(matches!(load(&foreign, &device), Err(WeightsError::Header(_))));
    }
}
