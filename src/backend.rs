//! Backends.

use anyhow::Result;
#[cfg(not(all(feature = "cuda", feature = "vulkan")))]
use anyhow::bail;
use burn::tensor::Device;
use clap::ValueEnum;

/// A backend.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// CPU
    Flex,
    /// NVIDIA GPU; requires a build with `--features cuda`
    Cuda,
    /// GPU with Vulkan; requires a build with `--features vulkan`
    Vulkan,
}

impl Backend {
    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Cuda => "cuda",
            Self::Vulkan => "vulkan",
        }
    }

    /// The device; fails if this build lacks the backend.
    pub fn device(self) -> Result<Device> {
        match self {
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "cuda")]
            Self::Cuda => Ok(Device::cuda(0)),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => Ok(Device::vulkan(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(not(all(feature = "cuda", feature = "vulkan")))]
            other => bail!(
                "this build has no {0} backend: build it with `cargo build --release --features {0}`",
                other.name()
            ),
        }
    }
}
