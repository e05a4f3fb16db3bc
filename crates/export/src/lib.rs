//! Networks in the formats of other tools: [`onnx`], and a state dict for PyTorch ([`pytorch`]). Without Burn: the source is
//! a weights file ([`mien_weights`]).
//!
//! ```no_run
//! use mien_export::Network;
//! use mien_export::onnx::{self, Options};
//! use mien_weights::WeightsFile;
//!
//! let file = WeightsFile::parse(&std::fs::read("net.safetensors")?)?;
//! std::fs::write("net.onnx", onnx::write(&Network::new(file)?, Options::default())?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod network;
pub mod onnx;
pub mod pytorch;

pub use network::{ExportError, Network};
