//! PyTorch: a state dict in safetensors, and a Python module that builds the network and loads it.
//!
//! Batch norm stays separate, so the network can be trained further. Names and layouts are PyTorch's: batch norm has `weight`
//! and `bias`, and matrices are `[outputs, inputs]`.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use mien_core::expression::Expression;
use mien_core::network::{Architecture, BlockLayout, Convolution, StageLayout};
use mien_core::vision::LEAST_DEVIATION;
use mien_weights::PREPROCESSING;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

use crate::network::{LayerWeights, MatrixWeights, NormWeights, plain};
use crate::{ExportError, Network};

/// Writes the state dict: 32-bit floats in safetensors, each tensor contiguous. The header has one entry, `mien`: a JSON object
/// with architecture, classes, description, preprocessing and temperature. The same network gives the same bytes.
///
/// # Errors
/// When a tensor is missing or has another shape.
pub fn state_dict(network: &Network) -> Result<Vec<u8>, ExportError> {
    let mut state = State::default();
    for (index, stage) in network.header.architecture.layout().stages.iter().enumerate() {
        for (path, layout) in layers(&format!("stages.{index}"), stage) {
            state.push_layer(&plain(&path), &network.layer(&path, layout)?);
        }
    }
    let (hidden, head) = network.matrices()?;
    hidden.iter().for_each(|hidden| state.push_matrix("hidden", hidden));
    state.push_matrix("head", &head);

    let fault = |error: safetensors::SafeTensorError| ExportError::Format(error.to_string());
    let mut views = Vec::with_capacity(state.tensors.len());
    for (name, shape, bytes) in &state.tensors {
        views.push((name, TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(fault)?));
    }
    let facts = json!({
        "architecture": network.header.architecture,
        "classes": Expression::ALL.map(Expression::name),
        "description": network.header.training.description,
        "preprocessing": PREPROCESSING,
        "temperature": network.header.temperature,
    });
    // one entry: those of a map would be written in any order
    safetensors::serialize(views, Some(HashMap::from([("mien".to_owned(), facts.to_string())]))).map_err(fault)
}

#[derive(Default)]
struct State {
    /// Name, shape and bytes.
    tensors: Vec<(String, Vec<usize>, Vec<u8>)>,
}

impl State {
    fn push(&mut self, name: String, shape: &[usize], values: &[f32]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensors.push((name, shape.to_vec(), bytes));
    }

    fn push_layer(&mut self, path: &str, layer: &LayerWeights<'_>) {
        let channels = &layer.shape[..1];
        self.push(format!("{path}.conv.weight"), &layer.shape, layer.weight);
        if let Some(bias) = layer.bias {
            self.push(format!("{path}.conv.bias"), channels, bias);
        }
        if let Some(NormWeights { gamma, beta, mean, variance }) = layer.norm {
            for (name, values) in [("weight", gamma), ("bias", beta), ("running_mean", mean), ("running_var", variance)]
            {
                self.push(format!("{path}.norm.{name}"), channels, values);
            }
        }
    }

    fn push_matrix(&mut self, path: &str, matrix: &MatrixWeights<'_>) {
        let [inputs, outputs] = matrix.shape;
        let column = |output| matrix.weight.iter().skip(output).step_by(outputs).copied();
        let transposed: Vec<f32> = (0..outputs).flat_map(column).collect();
        self.push(format!("{path}.weight"), &[outputs, inputs], &transposed);
        self.push(format!("{path}.bias"), &[outputs], matrix.bias);
    }
}

/// The layers of a stage with their paths.
fn layers(path: &str, stage: &StageLayout) -> Vec<(String, Convolution)> {
    let mut found: Vec<_> =
        stage.layers.iter().enumerate().map(|(index, layer)| (format!("{path}.layers.{index}"), *layer)).collect();
    for (index, block) in stage.blocks.iter().enumerate() {
        let path = format!("{path}.blocks.{index}");
        match block {
            BlockLayout::Residual([first, second]) => {
                found
                    .extend([(format!("{path}.Residual.first"), *first), (format!("{path}.Residual.second"), *second)]);
            }
            BlockLayout::Separable([depthwise, pointwise]) => found.extend([
                (format!("{path}.Separable.depthwise"), *depthwise),
                (format!("{path}.Separable.pointwise"), *pointwise),
            ]),
            BlockLayout::Inception { single, three, five, pooled } => {
                let path = format!("{path}.Inception");
                found.push((format!("{path}.single"), *single));
                let numbered = |name: &str, index: usize| format!("{path}.{name}.{index}");
                found.extend(three.iter().enumerate().map(|(index, layer)| (numbered("three", index), *layer)));
                found.extend(five.iter().enumerate().map(|(index, layer)| (numbered("five", index), *layer)));
                found.push((format!("{path}.pooled"), *pooled));
            }
        }
    }
    found
}

/// Writes a Python module with the network: its function `load` reads the state dict.
pub fn module(network: &Network) -> String {
    let layer = if matches!(network.header.architecture, Architecture::Cnn(_)) { PLAIN_LAYER } else { LAYER };
    let block = match network.header.architecture {
        Architecture::Cnn(_) | Architecture::Vgg(_) => None,
        Architecture::ResNet(_) => Some(RESIDUAL),
        Architecture::Inception(_) => Some(INCEPTION),
        Architecture::Mobile(_) => Some(SEPARABLE),
    };
    let facts = format!(
        "CLASSES = {}\nDESCRIPTION = {}\nTEMPERATURE = {}\n",
        json!(Expression::ALL.map(Expression::name)),
        json!(network.header.training.description),
        network.header.temperature
    );
    let own = network_class(&network.header.architecture);
    let functions = FUNCTIONS.replace("LEAST", &LEAST_DEVIATION.to_string());
    let classes: Vec<&str> =
        [Some(layer), block, Some(STAGE), Some(&own), Some(&functions)].into_iter().flatten().collect();
    format!("{HEAD}\n{facts}\n\n{}", classes.join("\n\n"))
}

/// The end of the names of state dicts.
pub const ENDING: &str = ".pt.safetensors";

/// Whether the content of a file is a Python module of any network, as [`module`] writes it: by its first line.
pub fn is_module(content: &[u8]) -> bool {
    HEAD.lines().next().is_some_and(|line| content.starts_with(line.as_bytes()))
}

/// The file name of the Python module of a state dict: `net.py` for `net.pt.safetensors`. Python can import it: characters that no name of Python
/// has are replaced, and the module hides none of those that it imports itself.
pub fn module_file(state: &str) -> String {
    let stem = state.len().checked_sub(ENDING.len()).filter(|&end| state.is_char_boundary(end));
    let stem = stem.filter(|&end| state[end..].eq_ignore_ascii_case(ENDING)).map_or(state, |end| &state[..end]);
    let is_of_names = |letter: char| letter == '_' || letter.is_ascii_digit() || letter.is_alphabetic();
    let name: String = stem.chars().map(|letter| if is_of_names(letter) { letter } else { '_' }).collect();
    let before = if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) { "_" } else { "" };
    let after = if RESERVED.contains(&&*name) { "_" } else { "" };
    format!("{before}{name}{after}.py")
}

/// Names that modules cannot have: the keywords of Python, and what [`HEAD`] imports.
const RESERVED: [&str; 37] = [
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "safetensors",
    "torch",
];

const HEAD: &str = include_str!("module/head.py");
const LAYER: &str = include_str!("module/layer.py");
const PLAIN_LAYER: &str = include_str!("module/plain_layer.py");
const RESIDUAL: &str = include_str!("module/residual.py");
const INCEPTION: &str = include_str!("module/inception.py");
const SEPARABLE: &str = include_str!("module/separable.py");
const STAGE: &str = include_str!("module/stage.py");
const FUNCTIONS: &str = include_str!("module/functions.py");

/// The class of the network.
fn network_class(architecture: &Architecture) -> String {
    let (layout, sizes) = (architecture.layout(), architecture.sizes());
    let mut stages = String::new();
    for (index, stage) in layout.stages.iter().enumerate() {
        let layers = stage.layers.iter().map(|layer| format!("Layer({}, {})", layer.inputs, layer.outputs));
        let blocks = stage.blocks.iter().map(block);
        let [layers, blocks] = [layers.collect::<Vec<_>>(), blocks.collect()].map(|parts| parts.join(", "));
        let dropout = sizes.stage_dropout.get(index).copied().unwrap_or(0.0);
        stages += &format!("            Stage([{layers}], [{blocks}], {dropout}),\n");
    }
    let (features, classes) = (layout.features(), Expression::COUNT);
    let (hidden, forward) = match layout.hidden {
        Some(hidden) => (
            format!("        self.hidden = nn.Linear({features}, {hidden})\n"),
            "relu(self.hidden(self.dropout(self.stages(x).flatten(1))))",
        ),
        None => (String::new(), "self.stages(x).mean((2, 3))"),
    };
    let inputs = layout.hidden.unwrap_or(features);
    format!(
        "class Network(nn.Module):\n    \
             def __init__(self):\n        \
                 super().__init__()\n        \
                 self.stages = nn.Sequential(\n{stages}        )\n        \
                 self.dropout = nn.Dropout({})\n\
         {hidden}        \
                 self.head = nn.Linear({inputs}, {classes})\n\n    \
             def forward(self, x):\n        \
                 x = {forward}\n        \
                 return self.head(self.dropout(x))\n",
        sizes.dropout
    )
}

/// The construction of a block.
fn block(block: &BlockLayout) -> String {
    match block {
        BlockLayout::Residual([first, _]) => format!("Residual({})", first.inputs),
        BlockLayout::Separable([depthwise, pointwise]) => {
            format!("Separable({}, {})", depthwise.inputs, pointwise.outputs)
        }
        BlockLayout::Inception { single, three, five, pooled } => {
            let outputs = [*single, three[1], five[2], *pooled].map(|layer| layer.outputs);
            format!("Inception({}, {})", single.inputs, outputs.iter().sum::<usize>())
        }
    }
}
