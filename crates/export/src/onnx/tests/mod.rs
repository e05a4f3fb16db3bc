//! Every kind of network is written, read back with `prost` and computed by a small evaluator of its graph, against the
//! logits of PyTorch.

mod evaluator;

use std::collections::BTreeSet;

use mien_core::network::{Architecture, Sizes};
use mien_core::vision::{CROP_PIXELS, Crop};
use mien_weights::{NetworkHeader, Quantized, WeightsError, WeightsFile};
use prost::Message as _;
use safetensors::SafeTensors;

use super::proto::{FLOAT16, GraphProto, INT8, ModelProto};
use super::{Input, Options, Output, Precision, write};
use crate::{ExportError, Network};
use evaluator::{Array, evaluate};

/// Written by `training/parity.py`.
const LOGITS: &[u8] = include_bytes!("../../../../../tests/fixtures/parity-logits.safetensors");

const NETWORKS: [(&str, &[u8]); 5] = [
    ("cnn", include_bytes!("../../../../../tests/fixtures/parity-cnn.safetensors")),
    ("vgg", include_bytes!("../../../../../tests/fixtures/parity-vgg.safetensors")),
    ("resnet", include_bytes!("../../../../../tests/fixtures/parity-resnet.safetensors")),
    ("inception", include_bytes!("../../../../../tests/fixtures/parity-inception.safetensors")),
    ("mobile", include_bytes!("../../../../../tests/fixtures/parity-mobile.safetensors")),
];

const TEMPERATURE: f32 = 1.7;

/// A network of `training/parity.py`, with a temperature.
fn network(bytes: &[u8]) -> Network {
    let mut network = Network::new(WeightsFile::parse(bytes).unwrap()).unwrap();
    network.header.temperature = TEMPERATURE;
    network
}

fn vgg() -> Network {
    network(NETWORKS[1].1)
}

fn graph(network: &Network, options: Options) -> GraphProto {
    ModelProto::decode(&write(network, options).unwrap()[..]).unwrap().graph.unwrap()
}

fn floats(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let tensor = file.tensor(name).unwrap();
    tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

/// The crops of `training/parity.py`: bytes and normalized.
fn crops() -> [Array; 2] {
    let file = SafeTensors::deserialize(LOGITS).unwrap();
    let bytes = file.tensor("crops").unwrap().data();
    let crops = bytes.chunks_exact(CROP_PIXELS).map(|bytes| Crop(Box::new(bytes.try_into().unwrap())));
    let normalized: Vec<f32> = crops.flat_map(|crop| crop.normalize()).collect();
    let bytes: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte)).collect();
    let count = bytes.len() / CROP_PIXELS;
    [Array::new(&[count, 48, 48, 1], bytes), Array::new(&[count, 1, 48, 48], normalized)]
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn softmax(logits: &[f32], temperature: f32) -> Vec<f32> {
    let rows = logits.chunks_exact(7);
    let softmax = |row: &[f32]| {
        let exponentials: Vec<f32> = row.iter().map(|logit| (logit / temperature).exp()).collect();
        let sum: f32 = exponentials.iter().sum();
        exponentials.into_iter().map(move |value| value / sum)
    };
    rows.flat_map(softmax).collect()
}

#[test]
fn graphs_compute_what_pytorch_computes() {
    let [bytes, normalized] = crops();
    let file = SafeTensors::deserialize(LOGITS).unwrap();
    for (kind, weights) in NETWORKS {
        let (network, expected) = (network(weights), floats(&file, kind));
        let run = |precision, input, output| {
            let graph = graph(&network, Options { precision, input, output });
            let images = if input == Input::Pixels { &bytes } else { &normalized };
            let result = evaluate(&graph, images.clone());
            assert_eq!(result.shape, [6, 7], "{kind}");
            result.values
        };
        let logits = run(Precision::Full, Input::Normalized, Output::Logits);
        assert!(difference(&logits, &expected) < 2e-4, "{kind}: {}", difference(&logits, &expected));
        let logits = run(Precision::Full, Input::Pixels, Output::Logits);
        assert!(difference(&logits, &expected) < 2e-4, "{kind}: {}", difference(&logits, &expected));
        let probabilities = run(Precision::Full, Input::Normalized, Output::Probabilities);
        assert!(difference(&probabilities, &softmax(&expected, TEMPERATURE)) < 2e-4, "{kind}");
        let halves = run(Precision::Half, Input::Normalized, Output::Probabilities);
        assert!((1e-7..0.02).contains(&difference(&halves, &probabilities)), "{kind}");
        let quantized = run(Precision::Byte, Input::Pixels, Output::Probabilities);
        assert!((1e-5..0.3).contains(&difference(&quantized, &probabilities)), "{kind}");
    }
}

#[test]
fn weights_with_8_bits_keep_their_integers() {
    for (kind, weights) in NETWORKS {
        let network = network(weights);
        let graph = graph(&network, Options { precision: Precision::Byte, ..Options::default() });
        let name = network.weights.names().find(|name| name.ends_with("stages.0.layers.0.conv.weight")).unwrap();
        let (shape, values) = network.weights.tensor(name).unwrap();
        let own = Quantized::new(shape, values).integers;
        let stored = graph.initializer.iter().find(|tensor| tensor.data_type == Some(INT8)).unwrap();
        let stored: Vec<i8> = stored.raw_data.as_ref().unwrap().iter().map(|byte| byte.cast_signed()).collect();
        // a negative scale of batch norm negates them
        let gamma = network.weights.tensor(&name.replace("conv.weight", "norm.gamma"));
        let side = values.len() / shape[0];
        for (row, (own, stored)) in own.chunks(side).zip(stored.chunks(side)).enumerate() {
            let negated = gamma.is_some_and(|(_, gamma)| gamma[row] < 0.0);
            let own: Vec<i8> = own.iter().map(|&integer| if negated { -integer } else { integer }).collect();
            assert_eq!(own, stored, "{kind}, row {row}");
        }
    }
}

#[test]
fn the_model_says_what_it_is() {
    let network = vgg();
    let bytes = write(&network, Options::default()).unwrap();
    assert_eq!(bytes, write(&vgg(), Options::default()).unwrap());
    let model = ModelProto::decode(&bytes[..]).unwrap();
    assert_eq!((model.ir_version, model.opset_import[0].version), (Some(8), Some(17)));
    let pairs: Vec<(&str, &str)> = model
        .metadata_props
        .iter()
        .map(|pair| (pair.key.as_deref().unwrap(), pair.value.as_deref().unwrap()))
        .collect();
    let expected = [
        ("architecture", r#"{"vgg":{"stages":[[4,2],[8,1]],"stage_dropout":[],"dropout":0.0}}"#),
        ("classes", "angry,disgust,fear,happy,sad,surprise,neutral"),
        ("description", "training/parity.py"),
        ("format", "mien-onnx-1"),
        ("preprocessing", "48x48 grey, zero mean, unit deviation (at least 8 of 255)"),
        ("preprocessing_inside", "false"),
        ("temperature", "1.7"),
    ];
    assert_eq!(pairs, expected);
    let graph = model.graph.unwrap();
    for (value, name, lengths) in
        [(&graph.input[0], "image", &[1, 48, 48][..]), (&graph.output[0], "probabilities", &[7])]
    {
        assert_eq!(value.name.as_deref(), Some(name));
        let shape = value.r#type.clone().unwrap().tensor_type.unwrap().shape.unwrap();
        assert_eq!(shape.dim[0].dim_param.as_deref(), Some("batch"));
        let rest: Vec<i64> = shape.dim[1..].iter().map(|axis| axis.dim_value.unwrap()).collect();
        assert_eq!(rest, lengths);
    }
}

/// Some runtimes fold the case of names, confuse short ones, or use them as identifiers.
#[test]
fn names_are_long_unique_and_plain() {
    for (kind, weights) in NETWORKS {
        for (precision, input) in
            [(Precision::Full, Input::Pixels), (Precision::Half, Input::Normalized), (Precision::Byte, Input::Pixels)]
        {
            let graph = graph(&network(weights), Options { precision, input, output: Output::Probabilities });
            let inputs = graph.input.iter().filter_map(|value| value.name.clone());
            let tensors = graph.initializer.iter().filter_map(|tensor| tensor.name.clone());
            let outputs = graph.node.iter().flat_map(|node| node.output.clone());
            let values: Vec<String> = inputs.chain(tensors).chain(outputs).collect();
            let nodes: Vec<String> = graph.node.iter().filter_map(|node| node.name.clone()).collect();
            for names in [&values, &nodes] {
                assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{kind}");
                let plain = |name: &String| {
                    name.len() >= 5
                        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
                        && name.chars().all(|letter| matches!(letter, 'a'..='z' | '0'..='9' | '_'))
                };
                assert!(names.iter().all(plain), "{kind}: {names:?}");
            }
            // nodes come after what they use
            let mut known: BTreeSet<&str> =
                values[..graph.input.len() + graph.initializer.len()].iter().map(String::as_str).collect();
            for node in &graph.node {
                assert!(node.input.iter().all(|input| known.contains(input.as_str())), "{kind}: {node:?}");
                known.extend(node.output.iter().map(String::as_str));
            }
        }
    }
}

#[test]
fn precision_shrinks_the_file() {
    let sizes = Sizes { stages: vec![(64, 1)], stage_dropout: vec![], dropout: 0.0 };
    let mut wide = Network { header: NetworkHeader::new(Architecture::Vgg(sizes)), weights: WeightsFile::default() };
    let mut add = |name: &str, shape: &[usize], value: f32| {
        let values = vec![value; shape.iter().product()];
        wide.weights.insert(format!("Vgg.{name}"), shape.to_vec(), values).unwrap();
    };
    add("stages.0.layers.0.conv.weight", &[64, 1, 3, 3], 0.5);
    for (name, value) in [("gamma", 1.0), ("beta", 0.0), ("running_mean", 0.0), ("running_var", 1.0)] {
        add(&format!("stages.0.layers.0.norm.{name}"), &[64], value);
    }
    add("head.weight", &[64, 7], 0.5);
    add("head.bias", &[7], 0.0);
    let stored = |precision| {
        let tensors = graph(&wide, Options { precision, ..Options::default() }).initializer;
        tensors
            .into_iter()
            .map(|tensor| (tensor.data_type.unwrap(), tensor.raw_data.unwrap().len()))
            .collect::<Vec<_>>()
    };
    let full = stored(Precision::Full);
    assert_eq!(full[0].1, 64 * 9 * 4);
    assert_eq!(stored(Precision::Half)[0], (FLOAT16, 64 * 9 * 2));
    assert_eq!(stored(Precision::Byte)[0], (INT8, 64 * 9));
}

/// The network with one tensor changed.
fn changed(name: &str, change: impl FnOnce(&mut Vec<usize>, &mut Vec<f32>)) -> Result<Network, WeightsError> {
    let mut network = vgg();
    let (shape, values) = network.weights.tensor(name).unwrap();
    let (mut shape, mut values) = (shape.to_vec(), values.to_vec());
    change(&mut shape, &mut values);
    network.weights.insert(name.to_owned(), shape, values)?;
    Ok(network)
}

const WEIGHT: &str = "Vgg.stages.0.layers.0.conv.weight";

#[test]
fn what_is_not_finite_is_refused() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let refused = changed(WEIGHT, |_, values| values[3] = value);
        assert!(matches!(refused, Err(WeightsError::NotFinite(name)) if name == WEIGHT));
    }
    // finite, but not when it is folded
    for variance in [-1.0, -1e-5] {
        let name = "Vgg.stages.1.layers.0.norm.running_var";
        let network = changed(name, |_, values| values[0] = variance).unwrap();
        for precision in [Precision::Full, Precision::Half, Precision::Byte] {
            let refused = write(&network, Options { precision, ..Options::default() });
            let folded = "stages_1_layers_0_convolution_weight";
            assert!(matches!(refused, Err(ExportError::NotFinite(name)) if name == folded), "{variance}");
        }
    }
    let large = changed("Vgg.head.weight", |_, values| values[0] = 1e5).unwrap();
    write(&large, Options::default()).unwrap();
    let half = write(&large, Options { precision: Precision::Half, ..Options::default() });
    assert!(matches!(half, Err(ExportError::TooLarge(_))));
}

#[test]
fn a_file_of_another_network_is_refused() {
    let network = changed(WEIGHT, |shape, _| *shape = vec![4, 9]).unwrap();
    let refused = write(&network, Options::default());
    assert!(matches!(refused, Err(ExportError::Weights(WeightsError::Shape { name, .. })) if name == WEIGHT));
    let empty = Network { weights: WeightsFile::default(), ..vgg() };
    let refused = write(&empty, Options::default());
    assert!(matches!(refused, Err(ExportError::Weights(WeightsError::Missing(name))) if name == WEIGHT));
    assert!(matches!(Network::new(WeightsFile::default()), Err(ExportError::Weights(WeightsError::Header(_)))));
}
