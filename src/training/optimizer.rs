//! How gradients change weights. Burn's own optimizers read their state back synchronously, which a browser's GPU cannot
//! do; this one hands its state out as modules, which are written like weights.

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::Method;
use super::tensors::{Tensors, collect};
use crate::network::Network;

/// Keeps Adam's division in bounds.
const EPSILON: f64 = 1e-8;

/// A method with what it remembers of past gradients.
#[derive(Default)]
pub(super) struct Optimizer {
    steps: i32,
    /// SGD's velocity, or Adam's mean gradient.
    first: Tensors,
    /// Adam's mean squared gradient.
    second: Tensors,
}

impl Optimizer {
    /// An optimizer that goes on from what [`Self::moments`] handed out after so many steps.
    pub(super) fn resume(first: &Network, second: Option<&Network>, steps: i32) -> Self {
        Self { steps, first: collect(first), second: second.map(collect).unwrap_or_default() }
    }

    /// Changes a network in training form.
    pub(super) fn step(
        &mut self,
        network: Network,
        gradients: GradientsParams,
        method: Method,
        rate: f64,
        decay: f64,
    ) -> Network {
        self.steps += 1;
        network.map(&mut Update { optimizer: self, gradients, method, rate, decay, next: 0 })
    }

    /// How many steps were made.
    pub(super) fn steps(&self) -> i32 {
        self.steps
    }

    /// The first and second moments as networks like the one given (in validation form), 0 where there is none.
    pub(super) fn moments(&self, like: &Network) -> [Network; 2] {
        [&self.first, &self.second].map(|tensors| like.valid().map(&mut Fill { tensors, next: 0 }))
    }
}

struct Update<'a> {
    optimizer: &'a mut Optimizer,
    gradients: GradientsParams,
    method: Method,
    rate: f64,
    decay: f64,
    next: usize,
}

impl Update<'_> {
    fn updated<const D: usize>(&mut self, index: usize, value: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let Optimizer { steps, first, second } = &mut *self.optimizer;
        // one axis: a bias or batch norm
        let decay = if D > 1 { self.decay } else { 0.0 };
        match self.method {
            Method::Sgd { momentum } => {
                let gradient = gradient + value.clone() * decay;
                let velocity = match first.remove::<Tensor<D>>(&index) {
                    Some(velocity) => velocity * momentum + gradient.clone(),
                    None => gradient.clone(),
                };
                first.register(index, velocity.clone());
                value - (velocity * momentum + gradient) * self.rate
            }
            Method::AdamW { betas } => {
                let blend = |moments: &mut Tensors, new: Tensor<D>, beta: f64| {
                    let new = new * (1.0 - beta);
                    let moment = match moments.remove::<Tensor<D>>(&index) {
                        Some(old) => old * beta + new,
                        None => new,
                    };
                    moments.register(index, moment.clone());
                    moment / (1.0 - beta.powi(*steps))
                };
                let mean = blend(first, gradient.clone(), betas.0);
                let square = blend(second, gradient.clone() * gradient, betas.1);
                value * (1.0 - self.rate * decay) - mean / (square.sqrt() + EPSILON) * self.rate
            }
        }
    }
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let index = self.next;
        self.next += 1;
        let tensor = match self.gradients.remove::<D>(id) {
            Some(gradient) => Tensor::from_inner(self.updated(index, tensor.inner(), gradient)).require_grad(),
            None => tensor,
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}

struct Fill<'a> {
    tensors: &'a Tensors,
    next: usize,
}

impl ModuleMapper for Fill<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let tensor = self.tensors.get(&self.next).unwrap_or_else(|| tensor.zeros_like());
        self.next += 1;
        Param::from_mapped_value(id, tensor, mapper)
    }
}
