//! The exponential moving average of a network's weights: steadier than the weights themselves.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::tensors::{Tensors, collect};
use crate::network::Network;

/// A network that follows another.
pub(super) struct Average {
    network: Network,
    updates: u32,
}

impl Average {
    /// Starts at a network in validation form, or goes on after so many updates.
    pub(super) fn new(network: Network, updates: u32) -> Self {
        Self { network, updates }
    }

    /// The average, in validation form.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// How often it moved.
    pub(super) fn updates(&self) -> u32 {
        self.updates
    }

    /// Moves toward a network in validation form.
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
