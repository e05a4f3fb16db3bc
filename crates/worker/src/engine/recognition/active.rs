//! The active network on its device.

use std::rc::Rc;

use burn::tensor::Device;

use crate::engine::platform::Devices;
use crate::failure::Failure;
use mien_compute::Recognizer;
use mien_compute::network::Network;
use mien_protocol::{Backend, Event, Fallback, NetworkSummary};

/// The active network on its device.
pub(in crate::engine) struct Active {
    /// Finds faces and classifies them, with the active network or the one in training.
    pub recognizer: Recognizer,
    /// The active network, folded.
    pub network: Network,
    pub device: Device,
    pub summary: NetworkSummary,
    pub backend: Backend,
    pub adapter: String,
    pub fallback: Option<Fallback>,
    /// Counts the devices that were taken into use.
    pub generation: u32,
    pub devices: Rc<dyn Devices>,
}

/// Why nothing was computed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) enum ComputeError {
    /// The computation failed, and would again.
    Failed(Failure),
    /// The GPU failed, or reported an error meanwhile; the CPU can compute it.
    DeviceLost(Failure),
}

/// That the GPU failed, and why.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct DeviceLost(pub Failure);

impl ComputeError {
    /// The underlying message.
    pub fn reason(self) -> Failure {
        let (Self::Failed(reason) | Self::DeviceLost(reason)) = self;
        reason
    }
}

impl Active {
    /// The event that describes it.
    pub fn ready(&self) -> Event {
        Event::Ready {
            backend: self.backend,
            adapter: self.adapter.clone(),
            fallback: self.fallback.clone(),
            network: self.summary.clone(),
        }
    }

    /// The network that classifies: the active one or the one in training.
    pub fn classifier(&self) -> &Network {
        self.recognizer.network().0
    }

    /// Names the network that classifies, for what is computed by it: the generation, and how often it changed since.
    pub fn version(&self) -> (u32, u32) {
        (self.generation, self.recognizer.network().1)
    }

    /// A result of this device, unless the GPU reported an error meanwhile.
    pub fn checked<T, E: Into<Failure>>(&self, result: Result<T, E>) -> Result<T, ComputeError> {
        let reported = match self.backend {
            Backend::WebGpu => self.devices.take_error(),
            Backend::Cpu => None,
        };
        match (result, reported) {
            (Ok(value), None) => Ok(value),
            (Ok(_), Some(reported)) => Err(ComputeError::DeviceLost(reported)),
            (Err(error), None) if self.backend == Backend::Cpu => Err(ComputeError::Failed(error.into())),
            (Err(error), reported) => Err(ComputeError::DeviceLost(reported.unwrap_or_else(|| error.into()))),
        }
    }
}
