//! What computes the logits of crops.

use std::cell::RefCell;
use std::collections::HashSet;

use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, Crop};
use mien_inference::{BuildError, CompiledNetwork};
use mien_message::Message;
use mien_weights::{NetworkHeader, WeightsError, WeightsFile};

/// A network that classifies expressions.
pub trait Classifier {
    /// The logits of each of the normalized images `[batch, 1, 48, 48]` ([`mien_core::vision::Crop::normalize`]). Softmax of them
    /// gives calibrated probabilities, if the network has a temperature.
    ///
    /// # Errors
    /// The device's message, when it fails.
    fn logits(&self, images: Vec<f32>) -> impl Future<Output = Result<Vec<[f32; Expression::COUNT]>, String>>;
}

/// A network that classifies expressions on crops as they are: a third-party network does its own preprocessing. Each
/// [`Classifier`] is one, and gets them normalized.
pub trait CropClassifier {
    /// The logits of each crop. Softmax of them gives calibrated probabilities, if the network has a temperature.
    ///
    /// # Errors
    /// The device's message, when it fails, or what is wrong with the network.
    fn logits_of_crops(&self, crops: &[Crop]) -> impl Future<Output = Result<Vec<[f32; Expression::COUNT]>, Message>>;
}

impl<C: Classifier> CropClassifier for C {
    async fn logits_of_crops(&self, crops: &[Crop]) -> Result<Vec<[f32; Expression::COUNT]>, Message> {
        let mut images = Vec::with_capacity(crops.len() * CROP_PIXELS);
        for crop in crops {
            images.extend(crop.normalize());
        }
        self.logits(images).await.map_err(Message::quoted)
    }
}

/// Why a classifier cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// The file is damaged or belongs to another network.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file does not have the tensors of its architecture.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It does not compute the logits of the classes.
    #[error("the network has {0} outputs")]
    Outputs(usize),
}

/// A classifier on the CPU. Clones share the weights.
#[derive(Clone, Debug)]
pub struct CompiledClassifier {
    network: RefCell<CompiledNetwork>,
    header: NetworkHeader,
}

impl CompiledClassifier {
    /// Loads a weights file (safetensors).
    ///
    /// # Errors
    /// When the file is damaged, not ours, of other classes or preprocessing, or does not fit the network it names.
    pub fn load(bytes: &[u8]) -> Result<Self, ClassifierError> {
        let file = WeightsFile::parse(bytes)?;
        let header = NetworkHeader::read(file.metadata()).map_err(WeightsError::from)?;
        let used = RefCell::new(HashSet::new());
        let find = |name: &str| {
            let found = file.tensor(name);
            if found.is_some() {
                used.borrow_mut().insert(name.to_owned());
            }
            found
        };
        let network = CompiledNetwork::new(&header.architecture, find)?;
        file.check_used(|name| used.borrow().contains(name))?;
        if network.classes() != Expression::COUNT {
            return Err(ClassifierError::Outputs(network.classes()));
        }
        Ok(Self { network: RefCell::new(network), header })
    }

    /// What the file says about the network.
    pub const fn header(&self) -> &NetworkHeader {
        &self.header
    }
}

impl Classifier for CompiledClassifier {
    async fn logits(&self, images: Vec<f32>) -> Result<Vec<[f32; Expression::COUNT]>, String> {
        let mut network = self.network.borrow_mut();
        let (logits, _) = network.run(&images).as_chunks();
        Ok(logits.iter().map(|logits| logits.map(|logit| logit / self.header.temperature)).collect())
    }
}

#[cfg(test)]
mod tests {
    use mien_weights::{Metadata, Precision, StoredTensor, write};
    use pollster::block_on;

    use super::*;

    /// A shipped network.
    const PHONE: &[u8] = include_bytes!("../../../www/weights/phone.safetensors");

    /// Writes the tensors of a file, changed, with metadata.
    fn rewritten(metadata: Metadata, change: impl FnOnce(&mut Vec<StoredTensor>)) -> Vec<u8> {
        let file = WeightsFile::parse(PHONE).unwrap();
        let encode = |name: &str| {
            let (shape, values) = file.tensor(name).unwrap();
            StoredTensor::encode(name.to_owned(), shape.to_vec(), values, Precision::Full)
        };
        let mut stored: Vec<StoredTensor> = file.names().flat_map(encode).collect();
        change(&mut stored);
        write(&stored, metadata).unwrap()
    }

    fn metadata() -> Metadata {
        WeightsFile::parse(PHONE).unwrap().metadata().clone()
    }

    #[test]
    fn logits_are_divided_by_the_temperature() {
        let images: Vec<f32> = (0..2 * CROP_PIXELS).map(|index| (index as f32 * 0.37).sin()).collect();
        let logits = |temperature: &str| {
            let mut metadata = metadata();
            metadata.insert("temperature".to_owned(), temperature.to_owned());
            let classifier = CompiledClassifier::load(&rewritten(metadata, |_| ())).unwrap();
            block_on(classifier.logits(images.clone())).unwrap()
        };
        let (plain, divided) = (logits("1"), logits("2"));
        assert_eq!(plain.len(), 2);
        assert_ne!(plain[0], plain[1]);
        assert_eq!(plain.iter().map(|logits| logits.map(|logit| logit / 2.0)).collect::<Vec<_>>(), divided);
    }

    #[test]
    fn every_shipped_network_is_read() {
        for name in ["default", "cnn", "phone", "large"] {
            let path = format!("{}/../../www/weights/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
            let loaded = CompiledClassifier::load(&std::fs::read(path).unwrap());
            assert!(loaded.is_ok(), "{name}: {loaded:?}");
        }
    }

    #[test]
    fn files_of_other_networks_are_refused() {
        let foreign = CompiledClassifier::load(&rewritten(Metadata::new(), |_| ()));
        assert!(matches!(foreign, Err(ClassifierError::Weights(WeightsError::Header(_)))), "{foreign:?}");
        let incomplete = rewritten(metadata(), |stored| drop(stored.pop()));
        assert!(matches!(CompiledClassifier::load(&incomplete), Err(ClassifierError::Build(BuildError::Missing(_)))));
        let more = rewritten(metadata(), |stored| {
            stored.extend(StoredTensor::encode("more".to_owned(), vec![1], &[0.0], Precision::Full));
        });
        let more = CompiledClassifier::load(&more);
        assert!(
            matches!(&more, Err(ClassifierError::Weights(WeightsError::Unknown(names))) if names == "more"),
            "{more:?}"
        );
    }
}
