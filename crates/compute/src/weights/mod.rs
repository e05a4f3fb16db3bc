//! Saves and loads the tensors of a Burn module as safetensors, named by their path in the module
//! (`stages.0.layers.1.conv.weight`).
//!
//! The detector and the classifiers use this format. Half precision halves the size, 8 bits quarter it; tensors are
//! converted to f32 when they are loaded. Burn's own format has the same names, so Burn can load it with
//! `Module::load_file`.

mod burnpack;

use std::collections::{BTreeSet, HashMap};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Shape, Tensor, TensorData};
use half::f16;
use mien_core::network::ArchitectureError;
use mien_message::ToMessage;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::transfer;

/// Why a weights file was refused. A refused file has no effect.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum WeightsError {
    /// Neither safetensors nor Burn's format, or truncated.
    #[error("not a weights file of safetensors or Burn, or cut off ({0})")]
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
    #[error("tensor `{name}` has {values} values for shape {shape:?}: the file is damaged")]
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
    /// A tensor with an unsupported data type (see [`Precision`]).
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
    /// The file is from another program.
    #[error("its format is not `{0}`")]
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

/// The precision of stored tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits per value.
    Full,
    /// 16 bits per value (IEEE half precision).
    Half,
    /// 8 bits per weight of convolutions `[outputs, inputs, height, width]` and of matrices with more than 65,536 values:
    /// integers from -127 to 127 with one scale per first index, in a tensor `….scale` (symmetric per-channel quantization;
    /// Krishnamoorthi, 2018). All other values have half precision. For storage only: networks compute with f32. Only in
    /// safetensors.
    Byte,
}

/// The format of a weights file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Hugging Face's safetensors, which most tools read.
    Safetensors,
    /// Burn's own format, burnpack.
    Burnpack,
}

impl Container {
    /// The extension of files in this format.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Burnpack => "bpk",
        }
    }
}

/// Key-value pairs in the header of a file.
pub type Metadata = HashMap<String, String>;

/// A parsed weights file.
pub struct WeightsFile {
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
    metadata: Metadata,
}

impl WeightsFile {
    /// Parses a file of either format and converts every tensor to f32.
    ///
    /// # Errors
    /// When the bytes are not a weights file, a tensor has another type, or a value is not finite.
    pub fn parse(bytes: &[u8]) -> Result<Self, WeightsError> {
        if burnpack::is_burnpack(bytes) {
            return burnpack::parse(bytes);
        }
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| WeightsError::Format(error.to_string()))?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| WeightsError::Format(error.to_string()))?;
        let mut tensors = HashMap::new();
        for (name, view) in file.iter() {
            let shape = view.shape().to_vec();
            let values = match view.dtype() {
                Dtype::F32 => widen(name, false, view.data())?,
                Dtype::F16 => widen(name, true, view.data())?,
                Dtype::I8 => {
                    let scale = file.tensor(&scale_of(name)).map_err(|_| WeightsError::Missing(scale_of(name)))?;
                    unscale(name, &shape, view.data(), &scale)?
                }
                other => return Err(WeightsError::Precision(name.to_owned(), format!("{other:?}"))),
            };
            tensors.insert(name.to_owned(), (shape, values));
        }
        // scales are no longer needed
        tensors.retain(|name, _| !name.strip_suffix(SCALE).is_some_and(|of| is_bytes(&file, of)));
        Ok(Self { tensors, metadata: header.metadata().clone().unwrap_or_default() })
    }

    /// The key-value pairs of the header.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Loads the tensors into a module of the same structure, on the device.
    ///
    /// # Errors
    /// When a tensor is missing, has another shape, or is not part of the module.
    pub fn load<M: Module>(&self, module: M, device: &Device) -> Result<M, WeightsError> {
        let mut loader = Loader { file: self, device, path: Vec::new(), used: BTreeSet::new(), error: None };
        let module = module.map(&mut loader);
        if let Some(error) = loader.error {
            return Err(error);
        }
        let mut unknown: Vec<&str> =
            self.tensors.keys().map(String::as_str).filter(|name| !loader.used.contains(*name)).collect();
        if unknown.is_empty() {
            return Ok(module);
        }
        unknown.sort_unstable();
        Err(WeightsError::Unknown(unknown.join(", ")))
    }
}

/// Saves the tensors of a module, which must be in inference mode ([`Module::valid`]): in training mode, running
/// statistics are one step behind.
///
/// # Errors
/// When reading back from the device fails.
pub async fn write_as<M: Module>(
    module: &M,
    precision: Precision,
    container: Container,
    metadata: Metadata,
) -> Result<Vec<u8>, WeightsError> {
    let mut collector = Collector::default();
    module.visit(&mut collector);
    let mut stored = Vec::with_capacity(collector.tensors.len());
    for (name, shape, tensor) in collector.tensors {
        let values = &transfer::values(tensor).await.map_err(WeightsError::Device)?[..];
        match precision {
            Precision::Full => stored.push(Stored::full(name, shape, values)),
            Precision::Byte if shape.len() == 4 || shape.len() == 2 && values.len() > MATRIX => {
                stored.extend(Stored::bytes(name, shape, values));
            }
            Precision::Half | Precision::Byte => stored.push(Stored::half(name, shape, values)),
        }
    }
    match container {
        Container::Safetensors => safetensors(&stored, metadata),
        Container::Burnpack => burnpack::write(stored, &metadata),
    }
}

/// Saves the tensors of a module as safetensors.
///
/// # Errors
/// See [`write_as`].
pub async fn write<M: Module>(module: &M, precision: Precision, metadata: Metadata) -> Result<Vec<u8>, WeightsError> {
    write_as(module, precision, Container::Safetensors, metadata).await
}

/// A stored tensor.
struct Stored {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Stored {
    fn full(name: String, shape: Vec<usize>, values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { name, dtype: Dtype::F32, shape, bytes }
    }

    fn half(name: String, shape: Vec<usize>, values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect();
        Self { name, dtype: Dtype::F16, shape, bytes }
    }

    /// Integers, and the scale of each row, which are the values of one first index.
    fn bytes(name: String, shape: Vec<usize>, values: &[f32]) -> [Self; 2] {
        let count = shape.first().copied().unwrap_or_default();
        let rows = values.chunks_exact((values.len() / count.max(1)).max(1));
        let scale = |row: &[f32]| row.iter().fold(0_f32, |most, value| most.max(value.abs())) / MAX_QUANTIZED;
        let scales: Vec<f32> = rows.clone().map(scale).collect();
        let integer = |value: f32, scale: f32| if scale > 0.0 { (value / scale).round() as i8 } else { 0 };
        let bytes =
            rows.zip(&scales).flat_map(|(row, &scale)| row.iter().map(move |&value| integer(value, scale) as u8));
        let (bytes, of) = (bytes.collect(), scale_of(&name));
        [Self { name, dtype: Dtype::I8, shape, bytes }, Self::full(of, vec![count], &scales)]
    }
}

/// Smaller matrices, such as that of the head, are not quantized.
const MATRIX: usize = 1 << 16;

/// The largest integer that a weight is stored as.
const MAX_QUANTIZED: f32 = 127.0;

/// The suffix of the names of scales.
const SCALE: &str = ".scale";

fn scale_of(name: &str) -> String {
    format!("{name}{SCALE}")
}

fn is_bytes(file: &SafeTensors<'_>, name: &str) -> bool {
    file.tensor(name).is_ok_and(|tensor| tensor.dtype() == Dtype::I8)
}

/// Converts integers to values with the scale of each row.
fn unscale(name: &str, shape: &[usize], bytes: &[u8], scale: &TensorView<'_>) -> Result<Vec<f32>, WeightsError> {
    let count = shape.first().copied().unwrap_or_default();
    if scale.dtype() != Dtype::F32 {
        return Err(WeightsError::Precision(scale_of(name), format!("{:?}", scale.dtype())));
    }
    if scale.shape() != [count] {
        return Err(WeightsError::Shape { name: scale_of(name), got: scale.shape().to_vec(), needed: vec![count] });
    }
    let scales = widen(&scale_of(name), false, scale.data())?;
    let rows = bytes.chunks_exact((bytes.len() / count.max(1)).max(1));
    let scaled =
        rows.zip(scales).flat_map(|(row, scale)| row.iter().map(move |&byte| f32::from(byte.cast_signed()) * scale));
    finite(name, scaled.collect())
}

fn safetensors(stored: &[Stored], metadata: Metadata) -> Result<Vec<u8>, WeightsError> {
    let views = stored
        .iter()
        .map(|tensor| Ok((tensor.name.as_str(), TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|error| WeightsError::Format(error.to_string()))?;
    safetensors::serialize(views, Some(metadata)).map_err(|error| WeightsError::Format(error.to_string()))
}

/// Converts values of 16 or 32 bits to f32.
fn widen(name: &str, half: bool, bytes: &[u8]) -> Result<Vec<f32>, WeightsError> {
    let values: Vec<f32> = if half {
        bytes.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect()
    } else {
        bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    };
    finite(name, values)
}

/// Checks that all values of a tensor are finite.
fn finite(name: &str, values: Vec<f32>) -> Result<Vec<f32>, WeightsError> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(WeightsError::NotFinite(name.to_owned()))
    }
}

struct Loader<'a> {
    file: &'a WeightsFile,
    device: &'a Device,
    path: Vec<String>,
    used: BTreeSet<String>,
    error: Option<WeightsError>,
}

impl Loader<'_> {
    fn find(&mut self, needed: &Shape) -> Result<TensorData, WeightsError> {
        let name = self.path.join(".");
        let (shape, values) = self.file.tensors.get(&name).ok_or_else(|| WeightsError::Missing(name.clone()))?;
        let needed: Vec<usize> = needed.iter().copied().collect();
        if *shape != needed {
            return Err(WeightsError::Shape { name, got: shape.clone(), needed });
        }
        self.used.insert(name);
        Ok(TensorData::new(values.clone(), shape.clone()))
    }
}

impl ModuleMapper for Loader<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.error.is_some() {
            return param;
        }
        match self.find(&param.lazy_shape()) {
            Ok(data) => {
                let id = param.id;
                param.transform_for_load(Tensor::from_data(data, self.device), id)
            }
            Err(error) => {
                self.error = Some(error);
                param
            }
        }
    }
}

/// Collects the tensors of a module.
#[derive(Default)]
pub(crate) struct Collector {
    path: Vec<String>,
    /// Name, shape and values of each tensor.
    pub tensors: Vec<(String, Vec<usize>, Tensor<1>)>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let shape = tensor.dims().to_vec();
        let count = shape.iter().product::<usize>();
        self.tensors.push((self.path.join("."), shape, tensor.reshape([count])));
    }
}
