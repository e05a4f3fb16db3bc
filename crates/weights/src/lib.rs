//! Weights files as plain values, without Burn.
//!
//! The detector and the classifiers are stored as safetensors, with tensors named by their path in the network
//! (`Vgg.stages.0.layers.1.conv.weight`). Half precision halves the size, 8 bits quarter it; tensors are converted to f32 when they
//! are read. Burn's own format, which holds the same tensors and header, is read and written by `mien-compute`.
//!
//! - `error` (0): [`WeightsError`] and [`HeaderError`].
//! - `quantized` (0): [`Quantized`], weights with 8 bits.
//! - `stored` (1): tensors as they are stored, with their [`Precision`]; writing a file.
//! - `file` (2): [`WeightsFile`], what is read.
//! - `header` (2): [`NetworkHeader`], what the file of a classifier says about it.

mod error;
mod file;
mod header;
mod quantized;
mod stored;

pub use error::{HeaderError, WeightsError};
pub use file::WeightsFile;
pub use header::{NetworkHeader, PREPROCESSING, TEMPERATURES, TrainingSummary};
pub use quantized::Quantized;
pub use stored::{Metadata, Precision, StoredTensor, widen, write};
