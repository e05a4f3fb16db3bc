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
    /// Detects and classifies faces, with the active network or the one being trained.
    pub recognizer: Recognizer,
    /// The active network, folded.
    pub network: Network,
    pub device: Device,
    pub summary: NetworkSummary,
    pub backend: Backend,
    pub adapter: String,
    pub fallback: Option<Fallback>,
    /// Incremented whenever a device is opened.
    pub generation: u32,
    pub devices: Rc<dyn Devices>,
}

/// Why a computation failed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) enum ComputeError {
    /// It would fail again on any device.
    Failed(Failure),
    /// The GPU failed, or reported an error during the computation; it can be repeated on the CPU.
    DeviceLost(Failure),
}

/// The GPU failed; the message.
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

    /// The network used for recognition: the active one or the one being trained.
    pub fn classifier(&self) -> &Network {
        self.recognizer.network().0
    }

    /// The version of the network used for recognition, to detect outdated results: the device generation, and the
    /// number of network changes since.
    pub fn version(&self) -> (u32, u32) {
        (self.generation, self.recognizer.network().1)
    }

    /// Returns the result, unless the GPU reported an error during the computation.
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
