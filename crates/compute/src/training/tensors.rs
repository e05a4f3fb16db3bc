//! A network's tensors, numbered in the order in which a visit meets them: the same for every network of one architecture.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::container::TensorContainer;

use crate::network::Network;

/// Tensors by their number.
pub(super) type Tensors = TensorContainer<usize>;

/// All tensors of a network, running statistics too.
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
