//! ONNX models: one file, read by ONNX Runtime, OpenCV and many others.
//!
//! The graph uses operator set 17 and IR version 8, which all common runtimes read. Batch norm is folded into the
//! convolutions, and the size of the batch is free. All names are lower-case letters, digits and underscores. The same
//! network and options give the same bytes.

mod graph;
mod proto;
#[cfg(test)]
mod tests;

use mien_core::expression::Expression;
use mien_core::network::{BlockLayout, StageLayout};
use mien_core::vision::{CROP_SIDE, LEAST_DEVIATION};
use mien_weights::PREPROCESSING;
use prost::Message as _;

use crate::{ExportError, Network};
use graph::{Graph, integer, integers};
use proto::{FLOAT, ModelProto, OperatorSetIdProto, StringStringEntryProto, UINT8};

/// The version of the file format: that of ONNX 1.12 (2022).
const IR_VERSION: i64 = 8;

/// The version of the operators: that of ONNX 1.12 (2022).
const OPERATOR_SET: i64 = 17;

/// Identifies our files among other ONNX models.
const FORMAT: &str = "mien-onnx-1";

/// What is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How weights are stored.
    pub precision: Precision,
    /// What the model takes.
    pub input: Input,
    /// What the model gives.
    pub output: Output,
}

/// How weights are stored. All models compute with 32 bits; biases have 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits per weight.
    #[default]
    Full,
    /// 16 bits per weight, widened by `Cast`.
    Half,
    /// 8 bits per weight of convolutions and large matrices, widened by `DequantizeLinear`: the integers of a weights file
    /// with 8 bits, with batch norm folded into their scales ([`mien_weights::Quantized`]). Other weights have 32.
    Byte,
}

/// What a model takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// `image`: 32-bit floats `[batch, 1, 48, 48]`, each image with zero mean and unit standard deviation
    /// ([`mien_core::vision::Crop::normalize`]).
    #[default]
    Normalized,
    /// `pixels`: grey bytes `[batch, 48, 48, 1]`, which the model normalizes.
    Pixels,
}

/// What a model gives, in FER2013's order of the classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// `probabilities`: `[batch, 7]`, calibrated: the softmax of the logits divided by the temperature.
    #[default]
    Probabilities,
    /// `logits`: `[batch, 7]`, not divided by the temperature.
    Logits,
}

/// Writes an ONNX model.
///
/// # Errors
/// When a tensor is missing, has another shape, holds a value that is not finite or does not fit into the precision.
pub fn write(network: &Network, options: Options) -> Result<Vec<u8>, ExportError> {
    Ok(model(network, options)?.encode_to_vec())
}

fn model(network: &Network, options: Options) -> Result<ModelProto, ExportError> {
    let mut graph = Graph::new(options.precision);
    let images = match options.input {
        Input::Normalized => graph.input("image", FLOAT, &[1, CROP_SIDE, CROP_SIDE], IMAGE),
        Input::Pixels => normalized(&mut graph),
    };
    let maps = stages(&mut graph, network, images)?;
    let logits = full(&mut graph, network, &maps, options.output)?;
    if options.output == Output::Probabilities {
        let scaled = if network.header.temperature == 1.0 {
            logits
        } else {
            let temperature = graph.constant("temperature", network.header.temperature);
            graph.node("Div", "calibrated_logits", &[&logits, &temperature], vec![])
        };
        graph.last("Softmax", "probabilities", &[&scaled], vec![integer("axis", 1)]);
    }
    let (output, text) = match options.output {
        Output::Probabilities => ("probabilities", PROBABILITIES),
        Output::Logits => ("logits", LOGITS),
    };
    graph.output(output, &[Expression::COUNT], text);
    Ok(ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: Some("mien".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        doc_string: Some("Classifies the facial expression on an aligned crop of a face.".to_owned()),
        graph: Some(graph.finish("expression")),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(OPERATOR_SET) }],
        metadata_props: metadata(network, options)?,
    })
}

const IMAGE: &str = "Grey crops of faces, each with zero mean and unit standard deviation (at least 8 grey levels)";
const PIXELS: &str = "Grey crops of faces, 0 to 255";
const PROBABILITIES: &str = "Calibrated probabilities of the classes in the metadata";
const LOGITS: &str = "Logits of the classes in the metadata, not divided by the temperature";

/// The key-value pairs of the model, sorted by key.
fn metadata(network: &Network, options: Options) -> Result<Vec<StringStringEntryProto>, ExportError> {
    let architecture =
        serde_json::to_string(&network.header.architecture).map_err(|error| ExportError::Format(error.to_string()))?;
    let inside = options.input == Input::Pixels;
    let mut pairs = [
        ("architecture", architecture),
        ("classes", Expression::ALL.map(Expression::name).join(",")),
        ("description", network.header.training.description.clone()),
        ("format", FORMAT.to_owned()),
        ("preprocessing", PREPROCESSING.to_owned()),
        ("preprocessing_inside", inside.to_string()),
        ("temperature", network.header.temperature.to_string()),
    ];
    pairs.sort();
    let pair = |(key, value): (&str, _)| StringStringEntryProto { key: Some(key.to_owned()), value: Some(value) };
    Ok(pairs.into_iter().map(pair).collect())
}

/// The input as bytes, and their normalization.
fn normalized(graph: &mut Graph) -> String {
    let pixels = graph.input("pixels", UINT8, &[CROP_SIDE, CROP_SIDE, 1], PIXELS);
    let grey = graph.node("Cast", "grey_levels", &[&pixels], vec![integer("to", i64::from(FLOAT))]);
    let planes = graph.node("Transpose", "grey_planes", &[&grey], vec![integers("perm", &[0, 3, 1, 2])]);
    let mean = |graph: &mut Graph, name: &str, of: &str| {
        graph.node("ReduceMean", name, &[of], vec![integers("axes", &[2, 3]), integer("keepdims", 1)])
    };
    let average = mean(graph, "grey_mean", &planes);
    let centred = graph.node("Sub", "centred_planes", &[&planes, &average], vec![]);
    let squares = graph.node("Mul", "squared_planes", &[&centred, &centred], vec![]);
    let variance = mean(graph, "grey_variance", &squares);
    let deviation = graph.node("Sqrt", "grey_deviation", &[&variance], vec![]);
    let least = graph.constant("least_deviation", LEAST_DEVIATION);
    let divisor = graph.node("Max", "grey_divisor", &[&deviation, &least], vec![]);
    graph.node("Div", "normalized_planes", &[&centred, &divisor], vec![])
}

/// All stages: from images to feature maps.
fn stages(graph: &mut Graph, network: &Network, images: String) -> Result<String, ExportError> {
    let layout = network.header.architecture.layout();
    let mut maps = images;
    for (index, stage) in layout.stages.iter().enumerate() {
        maps = convolve(graph, network, &format!("stages.{index}"), stage, maps)?;
        maps = graph.max_pool(&format!("stages_{index}_pool"), &maps, 2, 2, 0);
    }
    Ok(maps)
}

fn convolve(
    graph: &mut Graph,
    network: &Network,
    path: &str,
    stage: &StageLayout,
    mut maps: String,
) -> Result<String, ExportError> {
    for (index, layer) in stage.layers.iter().enumerate() {
        maps = graph.layer(network, &format!("{path}.layers.{index}"), *layer, &maps)?;
    }
    for (index, block) in stage.blocks.iter().enumerate() {
        maps = add_block(graph, network, &format!("{path}.blocks.{index}"), block, &maps)?;
    }
    Ok(maps)
}

fn add_block(
    graph: &mut Graph,
    network: &Network,
    path: &str,
    block: &BlockLayout,
    input: &str,
) -> Result<String, ExportError> {
    match block {
        BlockLayout::Residual([first, second]) => {
            let path = format!("{path}.Residual");
            let hidden = graph.layer(network, &format!("{path}.first"), *first, input)?;
            let change = graph.convolution(network, &format!("{path}.second"), *second, &hidden)?;
            let sum = graph.node("Add", &graph::name(&path, "sum"), &[input, &change], vec![]);
            Ok(graph.node("Relu", &graph::name(&path, "relu"), &[&sum], vec![]))
        }
        BlockLayout::Separable([depthwise, pointwise]) => {
            let path = format!("{path}.Separable");
            let hidden = graph.layer(network, &format!("{path}.depthwise"), *depthwise, input)?;
            let mut change = graph.convolution(network, &format!("{path}.pointwise"), *pointwise, &hidden)?;
            if depthwise.inputs == pointwise.outputs {
                change = graph.node("Add", &graph::name(&path, "sum"), &[input, &change], vec![]);
            }
            Ok(graph.node("Relu", &graph::name(&path, "relu"), &[&change], vec![]))
        }
        BlockLayout::Inception { single, three, five, pooled } => {
            let path = format!("{path}.Inception");
            let mut branches = vec![graph.layer(network, &format!("{path}.single"), *single, input)?];
            for (branch, layers) in [("three", &three[..]), ("five", &five[..])] {
                let mut maps = input.to_owned();
                for (index, layer) in layers.iter().enumerate() {
                    maps = graph.layer(network, &format!("{path}.{branch}.{index}"), *layer, &maps)?;
                }
                branches.push(maps);
            }
            let maps = graph.max_pool(&graph::name(&path, "pool"), input, 3, 1, 1);
            branches.push(graph.layer(network, &format!("{path}.pooled"), *pooled, &maps)?);
            let branches: Vec<&str> = branches.iter().map(String::as_str).collect();
            Ok(graph.node("Concat", &graph::name(&path, "concatenation"), &branches, vec![integer("axis", 1)]))
        }
    }
}

/// What follows the stages: from feature maps to logits.
fn full(graph: &mut Graph, network: &Network, maps: &str, output: Output) -> Result<String, ExportError> {
    let (hidden, head) = network.matrices()?;
    let features = match hidden {
        Some(hidden) => {
            let flat = graph.node("Flatten", "flattened_features", &[maps], vec![integer("axis", 1)]);
            let [weight, bias] = graph.matrix("hidden_matrix", &hidden)?;
            let linear = graph.node("Gemm", "hidden_linear", &[&flat, &weight, &bias], vec![]);
            graph.node("Relu", "hidden_relu", &[&linear], vec![])
        }
        None => {
            let axes = vec![integers("axes", &[2, 3]), integer("keepdims", 0)];
            graph.node("ReduceMean", "mean_features", &[maps], axes)
        }
    };
    let [weight, bias] = graph.matrix("head_matrix", &head)?;
    let inputs = [features.as_str(), &weight, &bias];
    Ok(match output {
        Output::Probabilities => graph.node("Gemm", "head_linear", &inputs, vec![]),
        Output::Logits => graph.last("Gemm", "logits", &inputs, vec![]),
    })
}
