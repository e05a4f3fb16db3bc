//! Why weights files are refused.

use mien_core::network::ArchitectureError;
use mien_message::ToMessage;

/// Why a weights file was refused. A refused file has no effect.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum WeightsError {
    /// Neither safetensors nor Burn's format, or truncated.
    #[error(
        "not a weights file of safetensors or Burn, or cut off ({0}); networks of other tools are read as ONNX models, whose names end in .onnx"
    )]
    Format(String),
    /// A tensor that the network needs is missing.
    #[error("the file has no tensor `{0}`: it belongs to another network")]
    Missing(String),
    /// A tensor with a different shape than the network's.
    #[error(
        "tensor `{name}` has shape {got:?} where the network needs {needed:?}: the file belongs to another network"
    )]
    Shape {
        /// Path in the module.
        name: String,
        /// Shape in the file.
        got: Vec<usize>,
        /// Shape in the network.
        needed: Vec<usize>,
    },
    /// A tensor is truncated.
    #[error(
        "the number of values of tensor `{name}` is {values}, which does not fit its shape {shape:?}: the file is damaged"
    )]
    Length {
        /// Path in the module.
        name: String,
        /// Values in the file.
        values: usize,
        /// Shape in the file.
        shape: Vec<usize>,
    },
    /// Tensors that the network does not have.
    #[error("the file has tensors that the network does not have: {0}")]
    Unknown(String),
    /// A tensor with an unsupported data type (see [`crate::Precision`]).
    #[error("tensor `{0}` is stored as {1}; only 32- and 16-bit floats, and bytes with one scale per row, are read")]
    Precision(String, String),
    /// 8-bit precision was requested for a format that does not support it.
    #[error("Burn's own format cannot store 8-bit weights: choose 16 or 32 bits, or safetensors")]
    NoBytes,
    /// A value is not a finite number.
    #[error("tensor `{0}` holds values that are not finite numbers: the file is damaged or its training diverged")]
    NotFinite(String),
    /// The values could not be read back from the device.
    #[error("the weights could not be read back from the device ({0})")]
    Device(String),
    /// A required header entry is missing or invalid.
    #[error("the file's header is incomplete or invalid: {0}")]
    Header(#[from] HeaderError),
}

/// Errors in the header of a weights file.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum HeaderError {
    /// An entry is missing.
    #[error("no entry `{0}`")]
    Missing(&'static str),
    /// An entry cannot be parsed or written.
    #[error("entry `{key}`: {fault}")]
    Entry {
        /// Its key.
        key: &'static str,
        /// The parser's message.
        fault: String,
    },
    /// A checkpoint, or a file of another program.
    #[error(
        "its format is not `{0}`; from a state dict of PyTorch (.pt.safetensors), export an ONNX model, or open the weights file that it was made of"
    )]
    Format(&'static str),
    /// The network has other classes.
    #[error("its classes are not {0}")]
    Classes(String),
    /// The network requires another preprocessing.
    #[error("its preprocessing is not `{0}`")]
    Preprocessing(&'static str),
    /// The sizes are out of range.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// A temperature out of range.
    #[error("entry `temperature`: `{text}` is not a number from {least} to {most}")]
    Temperature {
        /// The value in the file.
        text: String,
        /// The minimum.
        least: f32,
        /// The maximum.
        most: f32,
    },
}
