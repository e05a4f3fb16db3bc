//! The architectures of the networks that classify expressions.
//!
//! An [`Architecture`] is a kind of network and its sizes. The modules `cnn`, `vgg`, `resnet`, `inception` and `mobile`
//! define its [`NetworkLayout`], from which its parameters are counted and its layers are built.
//!
//! The types whose names begin with `Onnx` are about third-party ONNX models.

mod architecture;
mod available;
mod cnn;
mod inception;
mod layout;
mod mobile;
mod onnx;
mod resnet;
mod sizes;
mod vgg;

pub use architecture::Architecture;
pub use available::{AvailableNetwork, Labels};
pub use layout::{BlockLayout, Convolution, NetworkLayout, StageLayout};
pub use onnx::{OnnxCall, OnnxFacts, OnnxReply, OnnxScalingFault, OnnxStatement, OnnxSummary, OnnxTrial};
pub use sizes::{ArchitectureError, Sizes};

/// The weights of the default network, relative to the repository.
pub const DEFAULT_FILE: &str = "www/weights/default.safetensors";

/// The weights of the default network, relative to the page.
pub const DEFAULT_PATH: &str = DEFAULT_FILE.split_at("www/".len()).1;
