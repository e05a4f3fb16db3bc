//! The tensors of a network, numbered in the order of a visit, which depends on the architecture alone.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::container::TensorContainer;

use crate::network::Network;

/// Tensors by their number.
pub(super) type Tensors = TensorContainer<usize>;

/// All tensors of a network, including running statistics.
pub(super) fn collect(network: &Network) -> Tensors {
    let mut collector = Collector::default();
    network.visit(&mut collector);
    collector.tensors
}

#[derive(Default)]
struct Collector {
    tensors: Tensors,
}

impl ModuleVisitor for Collector {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.tensors.register(self.tensors.len(), param.val());
    }
}
