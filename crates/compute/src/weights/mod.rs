//! Loads weights files ([`mien_weights`]) into Burn modules and saves these, and Burn's own format.
//!
//! Tensors are named by their path in the module (`stages.0.layers.1.conv.weight`). Burn's own format has the same names, so Burn can
//! load it with `Module::load_file`.

mod burnpack;

use std::collections::HashSet;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Shape, Tensor, TensorData};
use mien_weights::{Metadata, Precision, StoredTensor, WeightsError, WeightsFile};

use crate::transfer;

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

/// Parses a file of either format and converts every tensor to f32.
///
/// # Errors
/// When the bytes are not a weights file, a tensor has another type, or a value is not finite.
pub fn parse(bytes: &[u8]) -> Result<WeightsFile, WeightsError> {
    if burnpack::is_burnpack(bytes) { burnpack::parse(bytes) } else { WeightsFile::parse(bytes) }
}

/// Loads the tensors of a file into a module of the same structure, on the device.
///
/// # Errors
/// When a tensor is missing, has another shape, or is not part of the module.
pub fn load<M: Module>(file: &WeightsFile, module: M, device: &Device) -> Result<M, WeightsError> {
    let mut loader = Loader { file, device, path: Vec::new(), used: HashSet::new(), error: None };
    let module = module.map(&mut loader);
    if let Some(error) = loader.error {
        return Err(error);
    }
    file.check_used(|name| loader.used.contains(name))?;
    Ok(module)
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
        let values = transfer::values(tensor).await.map_err(WeightsError::Device)?;
        stored.extend(StoredTensor::encode(name, shape, &values, precision));
    }
    match container {
        Container::Safetensors => mien_weights::write(&stored, metadata),
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

struct Loader<'a> {
    file: &'a WeightsFile,
    device: &'a Device,
    path: Vec<String>,
    used: HashSet<String>,
    error: Option<WeightsError>,
}

impl Loader<'_> {
    fn find(&mut self, needed: &Shape) -> Result<TensorData, WeightsError> {
        let name = self.path.join(".");
        let (shape, values) = self.file.tensor(&name).ok_or_else(|| WeightsError::Missing(name.clone()))?;
        let needed: Vec<usize> = needed.iter().copied().collect();
        if shape != needed {
            return Err(WeightsError::Shape { name, got: shape.to_vec(), needed });
        }
        self.used.insert(name);
        Ok(TensorData::new(values.to_vec(), needed))
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
