//! Weight averaging: the exponential moving average of the weights of a network.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::tensors::{Tensors, collect};
use crate::network::Network;

/// The moving average of a network.
pub(super) struct Average {
    network: Network,
    updates: u32,
}

impl Average {
    /// Starts with a network in inference mode ([`Module::valid`]), or resumes after `updates` updates.
    pub(super) fn new(network: Network, updates: u32) -> Self {
        Self { network, updates }
    }

    /// The average, in inference mode.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// Number of updates.
    pub(super) fn updates(&self) -> u32 {
        self.updates
    }

    /// Updates the average with a network in inference mode.
    pub(super) fn update(&mut self, current: &Network, decay: f64) {
        let early = f64::from(1 + self.updates) / f64::from(10 + self.updates);
        self.updates = self.updates.saturating_add(1);
        let mut toward = Toward { current: collect(current), next: 0, weight: 1.0 - decay.min(early) };
        self.network = self.network.valid().map(&mut toward);
    }
}

struct Toward {
    current: Tensors,
    next: usize,
    weight: f64,
}

impl ModuleMapper for Toward {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, average, mapper) = param.consume();
        let current = self.current.remove::<Tensor<D>>(&self.next);
        self.next += 1;
        let average = match current {
            Some(current) => average.clone() + (current - average) * self.weight,
            None => average,
        };
        Param::from_mapped_value(id, average, mapper)
    }
}
