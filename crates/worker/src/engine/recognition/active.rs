//! The active network on its device.

use burn::tensor::Device;

use super::guard::Guard;
use crate::engine::classifier::Classifier;
use mien_compute::Recognizer;
use mien_protocol::{Backend, Event, Fallback, NetworkSummary};

/// A device, and what runs its computations.
#[derive(Clone)]
pub(in crate::engine) struct Processor {
    pub device: Device,
    pub backend: Backend,
    /// The GPU's name as the browser reports it.
    pub adapter: String,
    pub guard: Guard,
}

/// The active network on its device.
pub(in crate::engine) struct Active {
    /// Detects and classifies faces, with the active network or the one being trained.
    pub recognizer: Recognizer<Classifier>,
    /// The active network.
    pub network: Classifier,
    pub device: Device,
    pub summary: NetworkSummary,
    pub backend: Backend,
    pub adapter: String,
    pub fallback: Option<Fallback>,
    /// Incremented whenever a device is opened.
    pub generation: u32,
    /// Runs its computations.
    pub guard: Guard,
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

    /// Its device.
    pub fn processor(&self) -> Processor {
        let (device, adapter, guard) = (self.device.clone(), self.adapter.clone(), self.guard.clone());
        Processor { device, backend: self.backend, adapter, guard }
    }

    /// The network used for recognition: the active one or the one being trained.
    pub fn classifier(&self) -> &Classifier {
        self.recognizer.network().0
    }

    /// The version of the network used for recognition, to detect outdated results: the device generation, and the
    /// number of network changes since.
    pub fn version(&self) -> (u32, u32) {
        (self.generation, self.recognizer.network().1)
    }
}
