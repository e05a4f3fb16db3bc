//! A network adapted to one person: the tensors around [`mien_core::adaptation`].

use burn::module::Module;
use burn::tensor::Device;
use mien_core::adaptation::Head;
use mien_core::expression::Expression;
use mien_core::vision::Crop;

use crate::network::{Network, NetworkFile};
use crate::transfer;

/// The features of crops, `[crops, features]` row by row, which are the input of the head.
///
/// # Errors
/// The device's message, when it fails.
pub async fn features(network: &Network, crops: &[Crop], device: &Device) -> Result<Vec<f32>, String> {
    let pixels = crops.iter().flat_map(Crop::normalize).collect();
    transfer::values(network.valid().features(transfer::images(pixels, device))).await
}

/// The head of a network with its temperature applied, so that softmax of its logits gives calibrated probabilities.
///
/// # Errors
/// The device's message, when it fails.
pub async fn head(file: &NetworkFile) -> Result<Head, String> {
    let (weights, biases) = file.network.valid().head_tensors();
    let scale = 1.0 / file.header.temperature;
    let weights = transfer::values(weights).await?.into_iter().map(|weight| weight * scale).collect();
    let biases = transfer::values(biases).await?;
    let biases = std::array::from_fn(|class| biases.get(class).copied().unwrap_or_default() * scale);
    Ok(Head { weights, biases })
}

/// The network with another head, of [`head`]'s size; its temperature stays.
#[must_use]
pub fn with_head(mut file: NetworkFile, head: &Head) -> NetworkFile {
    let scale = file.header.temperature;
    let weights = head.weights.iter().map(|weight| weight * scale).collect();
    file.network = file.network.valid().with_head_tensors(weights, head.biases.map(|bias| bias * scale));
    file
}

/// The network with a bias for each class, which is added to the logits after the temperature.
#[must_use]
pub fn with_biases(mut file: NetworkFile, biases: [f32; Expression::COUNT]) -> NetworkFile {
    let scale = file.header.temperature;
    file.network = file.network.valid().shift_logits(biases.map(|bias| bias * scale));
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Distribution as Random;
    use burn::tensor::Tensor;
    use pollster::block_on;

    use crate::network::{Architecture, Sizes};

    fn file() -> NetworkFile {
        let device = Device::flex();
        let sizes = Sizes { stages: vec![(4, 1), (6, 1)], stage_dropout: vec![], dropout: 0.2 };
        let architecture = Architecture::Vgg(sizes);
        let network = Network::new(&architecture, &device);
        let mut file = NetworkFile::new(architecture, network);
        file.header.temperature = 1.7;
        file
    }

    fn crops() -> Vec<Crop> {
        (0..3_usize).map(|seed| Crop(Box::new(std::array::from_fn(|index| (index * (seed + 3) % 251) as u8)))).collect()
    }

    /// The calibrated logits of the crops.
    fn logits(file: &NetworkFile) -> Vec<f32> {
        let pixels = crops().iter().flat_map(Crop::normalize).collect();
        let logits = file.for_inference().forward(transfer::images(pixels, &Device::flex()));
        block_on(transfer::values(logits)).unwrap()
    }

    fn assert_close(got: &[f32], expected: &[f32]) {
        assert_eq!(got.len(), expected.len());
        assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-4), "{got:?} {expected:?}");
    }

    #[test]
    fn features_and_head_give_the_logits_of_the_network() {
        let (file, device) = (file(), Device::flex());
        let features = block_on(features(&file.network, &crops(), &device)).unwrap();
        let head = block_on(head(&file)).unwrap();
        let width = head.weights.len() / Expression::COUNT;
        let by_head: Vec<f32> = features.chunks_exact(width).flat_map(|row| head.logits(row)).collect();
        assert_close(&by_head, &logits(&file));
    }

    #[test]
    fn another_head_is_what_the_network_computes_then() {
        let file = file();
        let mut other = block_on(head(&file)).unwrap();
        let noise = Tensor::<1>::random([other.weights.len()], Random::Normal(0.0, 1.0), &Device::flex());
        let noise = block_on(transfer::values(noise)).unwrap();
        other.weights.iter_mut().zip(noise).for_each(|(weight, noise)| *weight += noise);
        other.biases[2] = -0.75;
        let features = block_on(features(&file.network, &crops(), &Device::flex())).unwrap();
        let width = other.weights.len() / Expression::COUNT;
        let expected: Vec<f32> = features.chunks_exact(width).flat_map(|row| other.logits(row)).collect();
        let adapted = with_head(file.clone(), &other);
        assert_close(&logits(&adapted), &expected);
        assert_eq!(adapted.header, file.header);
    }

    #[test]
    fn biases_are_added_to_the_calibrated_logits() {
        let file = file();
        let biases = [0.5, -1.0, 0.0, 0.25, 1.5, -0.125, 1.0];
        let before = logits(&file);
        let expected: Vec<f32> = before.iter().zip(biases.iter().cycle()).map(|(logit, bias)| logit + bias).collect();
        assert_close(&logits(&with_biases(file, biases)), &expected);
    }
}
