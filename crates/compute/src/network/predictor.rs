//! Networks as they classify: compiled for the CPU, or Burn's.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use burn::module::Module;
use burn::tensor::Device;
use mien_inference::{BuildError, CompiledNetwork};
use mien_recognition::Classifier;

use super::Network;
use crate::transfer;
use crate::weights::Collector;
use mien_core::expression::Expression;

/// The most parameters of a network that is compiled: its transformed weights take up to four times the memory, 16 bytes each.
const MAX_PARAMETERS: u64 = 32_000_000;

/// A network in inference form, which computes the logits of images.
///
/// On the CPU of a browser it is compiled (`mien-inference`) when it is used first; elsewhere, and where [`Self::not_compiled`] gives
/// another reason, Burn computes it. It has the network as it was when the predictor was made, and nothing can change it afterwards: training the network
/// further does not, and a changed network needs a new predictor. Clones of a compiled one share the weights.
#[derive(Clone, Debug)]
pub struct Predictor {
    network: Network,
    device: Device,
    compiled: OnceCell<Result<RefCell<CompiledNetwork>, NotCompiled>>,
}

/// Why Burn computes a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotCompiled {
    /// It does not run in a browser: there Burn has wider registers and all cores, and is several times as fast.
    #[error("it does not run in a browser")]
    Native,
    /// It is not on the CPU.
    #[error("it is on a GPU")]
    Gpu,
    /// The transformed weights would take too much memory.
    #[error("it has {0} parameters (at most {MAX_PARAMETERS})")]
    Large(u64),
    /// It does not compute the logits of the classes.
    #[error("it has {0} outputs")]
    Outputs(usize),
    /// A tensor cannot be read.
    #[error("a tensor cannot be read ({0})")]
    Tensor(String),
    /// It has a layer that is not supported.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl Predictor {
    /// A predictor of the network, without autodiff and dropout and with batch norm folded.
    pub fn new(network: &Network) -> Self {
        let network = network.valid().fold();
        let device = network.device();
        Self { network, device, compiled: OnceCell::new() }
    }

    /// The network, folded.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Why Burn computes the network; `None` if it is compiled. Compiles it, if it was not used yet.
    pub fn not_compiled(&self) -> Option<&NotCompiled> {
        self.compiled().as_ref().err()
    }

    fn compiled(&self) -> &Result<RefCell<CompiledNetwork>, NotCompiled> {
        self.compiled.get_or_init(|| {
            if !cfg!(target_family = "wasm") {
                return Err(NotCompiled::Native);
            }
            Ok(RefCell::new(compile(&self.network, &self.device, MAX_PARAMETERS)?))
        })
    }
}

impl Classifier for Predictor {
    async fn logits(&self, images: Vec<f32>) -> Result<Vec<[f32; Expression::COUNT]>, String> {
        match self.compiled() {
            Ok(compiled) => Ok(compiled.borrow_mut().run(&images).as_chunks().0.to_vec()),
            Err(_) => {
                let logits = self.network.forward(transfer::images(images, &self.device));
                Ok(transfer::values(logits).await?.as_chunks().0.to_vec())
            }
        }
    }
}

/// Compiles a network of so many parameters at most, if it is on the CPU.
fn compile(network: &Network, device: &Device, most: u64) -> Result<CompiledNetwork, NotCompiled> {
    if *device != Device::flex() {
        return Err(NotCompiled::Gpu);
    }
    let architecture = network.architecture();
    let parameters = architecture.parameters();
    if parameters > most {
        return Err(NotCompiled::Large(parameters));
    }
    let mut collector = Collector::default();
    network.visit(&mut collector);
    let mut tensors = HashMap::new();
    for (name, shape, tensor) in collector.tensors {
        let data = tensor.try_into_data().map_err(|error| NotCompiled::Tensor(error.to_string()))?;
        let values: Vec<f32> = data.try_to_vec().map_err(|error| NotCompiled::Tensor(error.to_string()))?;
        tensors.insert(name, (shape, values));
    }
    let compiled =
        CompiledNetwork::new(&architecture, |name| tensors.get(name).map(|(shape, values)| (&shape[..], &values[..])))?;
    if compiled.classes() == Expression::COUNT { Ok(compiled) } else { Err(NotCompiled::Outputs(compiled.classes())) }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, Tensor};
    use mien_recognition::CompiledClassifier;
    use pollster::block_on;

    use super::*;
    use crate::network::{Architecture, Sizes};
    use mien_core::vision::{CROP_PIXELS, CROP_SIDE};

    /// How much a logit may differ from Burn's.
    const TOLERANCE: f32 = 1e-4;

    /// As in a browser.
    fn compiled(network: &Network) -> Predictor {
        let predictor = Predictor::new(network);
        let compiled = compile(&predictor.network, &predictor.device, MAX_PARAMETERS).map(RefCell::new);
        Predictor { compiled: OnceCell::from(compiled), ..predictor }
    }

    fn images(count: usize) -> Tensor<4> {
        Tensor::random([count, 1, CROP_SIDE, CROP_SIDE], Distribution::Normal(0.0, 1.0), &Device::flex())
    }

    fn vector<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    /// A network of random weights whose running statistics are those of some images.
    fn random(architecture: &Architecture) -> Network {
        let training = Device::flex().autodiff();
        let network = Network::new(architecture, &training);
        network.forward(Tensor::from_inner(images(2)));
        network
    }

    fn assert_same(network: &Network, count: usize) {
        let predictor = compiled(network);
        let name = network.architecture().name();
        assert_eq!(predictor.not_compiled(), None, "{name}");
        let images = images(count);
        let expected = vector(network.valid().forward(images.clone()));
        let got = block_on(predictor.logits(vector(images))).unwrap();
        assert_eq!(got.len(), count);
        for (got, expected) in got.as_flattened().iter().zip(expected) {
            assert!((got - expected).abs() < TOLERANCE, "{name}: {got} where Burn has {expected}");
        }
    }

    #[test]
    fn networks_of_every_architecture_compute_what_burn_computes() {
        for architecture in Architecture::all() {
            assert_same(&random(&architecture), 3);
        }
    }

    #[test]
    fn networks_of_other_sizes_compute_what_burn_computes() {
        let sizes = |stages: &[(usize, usize)]| Sizes {
            stages: stages.to_vec(),
            stage_dropout: vec![0.5; stages.len()],
            dropout: 0.5,
        };
        for architecture in [
            Architecture::Cnn(sizes(&[(3, 1)])),
            Architecture::Cnn(sizes(&[(4, 1), (7, 2), (9, 1), (5, 1), (6, 1)])),
            Architecture::Vgg(sizes(&[(1, 1)])),
            Architecture::Vgg(sizes(&[(5, 2), (6, 1), (9, 3), (10, 1), (17, 1)])),
            Architecture::ResNet(sizes(&[(8, 2), (12, 0), (20, 2)])),
            Architecture::Inception(sizes(&[(16, 1), (48, 2)])),
            Architecture::Mobile(sizes(&[(4, 1), (6, 2), (6, 1)])),
        ] {
            assert_same(&random(&architecture), 2);
        }
    }

    #[test]
    fn the_shipped_networks_compute_what_burn_computes() {
        for name in ["default", "cnn", "phone", "large"] {
            let path = format!("{}/../../www/weights/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
            let bytes = std::fs::read(path).unwrap();
            let file = crate::network::load(&bytes, &Device::flex()).unwrap();
            assert_same(&file.for_inference(), 2);

            let images = vector(images(2));
            let expected = block_on(file.predictor().logits(images.clone())).unwrap();
            let got = block_on(CompiledClassifier::load(&bytes).unwrap().logits(images)).unwrap();
            for (got, expected) in got.as_flattened().iter().zip(expected.as_flattened()) {
                assert!((got - expected).abs() < TOLERANCE, "{name}: {got} where Burn has {expected}");
            }
        }
    }

    #[test]
    fn batches_do_not_change_logits() {
        let sizes = Sizes { stages: vec![(4, 1), (6, 1)], stage_dropout: vec![], dropout: 0.0 };
        let predictor = compiled(&random(&Architecture::Vgg(sizes)));
        let images = vector(images(23));
        let alone = images.chunks(CROP_PIXELS).flat_map(|image| block_on(predictor.logits(image.to_vec())).unwrap());
        let alone: Vec<_> = alone.collect();
        assert_eq!(block_on(predictor.logits(images)).unwrap(), alone);
        assert!(block_on(predictor.logits(Vec::new())).unwrap().is_empty());
    }

    #[test]
    fn a_predictor_does_not_follow_its_network() {
        let sizes = Sizes { stages: vec![(4, 1)], stage_dropout: vec![], dropout: 0.0 };
        let network = random(&Architecture::Vgg(sizes));
        let predictor = compiled(&network);
        let images = images(2);
        let before = block_on(predictor.logits(vector(images.clone()))).unwrap();
        network.forward(Tensor::from_inner(images.clone() * 3.0)); // changes the running statistics
        assert_eq!(block_on(predictor.logits(vector(images.clone()))).unwrap(), before);
        assert_ne!(block_on(compiled(&network).logits(vector(images))).unwrap(), before);
    }

    #[test]
    fn burn_computes_what_is_not_compiled() {
        let sizes = Sizes { stages: vec![(4, 1), (6, 1)], stage_dropout: vec![], dropout: 0.0 };
        let device = Device::flex();
        let network = Network::new(&Architecture::Vgg(sizes), &device).valid();
        let two_heads = compiled(&network.clone().widen(7, &device));
        assert_eq!(two_heads.not_compiled(), Some(&NotCompiled::Outputs(14)));
        let tail = compiled(&network.tail(1));
        assert!(matches!(tail.not_compiled(), Some(NotCompiled::Build(BuildError::Shape { .. }))), "{tail:?}");

        let burn = Predictor::new(&network);
        assert_eq!(burn.not_compiled(), Some(&NotCompiled::Native));
        let images = images(3);
        let expected = vector(network.forward(images.clone()));
        let got = block_on(burn.logits(vector(images))).unwrap();
        assert!(got.as_flattened().iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-5));
    }

    #[test]
    fn what_takes_too_much_memory_is_not_compiled() {
        let sizes = Sizes { stages: vec![(4, 1)], stage_dropout: vec![], dropout: 0.0 };
        let architecture = Architecture::Vgg(sizes);
        let (network, parameters) = (Network::new(&architecture, &Device::flex()).fold(), architecture.parameters());
        assert!(compile(&network, &Device::flex(), parameters).is_ok());
        let refused = compile(&network, &Device::flex(), parameters - 1).unwrap_err();
        assert_eq!(refused, NotCompiled::Large(parameters));
    }
}
