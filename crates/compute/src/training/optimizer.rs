//! Optimizers. Burn's own read their state back synchronously, which is impossible with WebGPU; these expose their
//! state as modules, which are saved like weights.

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::Method;
use super::tensors::{Tensors, collect};
use crate::network::Network;

/// Avoids division by zero in Adam.
const EPSILON: f64 = 1e-8;

/// An optimizer with its state.
#[derive(Default)]
pub(super) struct Optimizer {
    steps: i32,
    /// The velocity of SGD and Muon, or Adam's mean gradient.
    first: Tensors,
    /// Adam's mean squared gradient.
    second: Tensors,
}

impl Optimizer {
    /// Resumes with the state from [`Self::moments`] after `steps` steps.
    pub(super) fn resume(first: &Network, second: Option<&Network>, steps: i32) -> Self {
        Self { steps, first: collect(first), second: second.map(collect).unwrap_or_default() }
    }

    /// Updates a network in training mode (with autodiff).
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

    /// Number of steps.
    pub(super) fn steps(&self) -> i32 {
        self.steps
    }

    /// The first and second moments as networks with the shape of `like` (in inference mode); 0 if there are none.
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
        // Nesterov's momentum
        let pushed = |moments: &mut Tensors, gradient: Tensor<D>, momentum: f64| {
            let velocity = match moments.remove::<Tensor<D>>(&index) {
                Some(velocity) => velocity * momentum + gradient.clone(),
                None => gradient.clone(),
            };
            moments.register(index, velocity.clone());
            velocity * momentum + gradient
        };
        match self.method {
            Method::Muon { momentum, .. } if is_matrix(value.dims()) => {
                let [rows, columns] = as_matrix(value.dims());
                // sets the norm of initial weights, which is possible since batch norm follows
                let value = if *steps == 1 { with_norm(value, rows) } else { value };
                let pushed = pushed(first, gradient, momentum);
                let (shape, scale) = (pushed.shape(), (rows as f64 / columns as f64).max(1.0).sqrt());
                let direction = orthogonal(pushed.reshape([rows, columns])).reshape(shape);
                with_norm(value - direction * (scale * self.rate), rows)
            }
            Method::Sgd { momentum } => {
                let gradient = gradient + value.clone() * decay;
                value - pushed(first, gradient, momentum) * self.rate
            }
            Method::Muon { momentum, rest } => {
                let gradient = gradient + value.clone() * decay;
                value - pushed(first, gradient, momentum) * (self.rate * rest)
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

/// Whether a tensor is the kernel of a convolution that is not depthwise.
fn is_matrix<const D: usize>(dims: [usize; D]) -> bool {
    D == 4 && dims[1] > 1
}

/// The number of outputs, and of inputs per output.
fn as_matrix<const D: usize>(dims: [usize; D]) -> [usize; 2] {
    [dims[0], dims[1..].iter().product()]
}

/// Scales the tensor to a norm of √`rows`.
fn with_norm<const D: usize>(tensor: Tensor<D>, rows: usize) -> Tensor<D> {
    let length = (tensor.clone() * tensor.clone()).sum().sqrt().reshape([1; D]);
    tensor / (length + EPSILON) * (rows as f64).sqrt()
}

/// Approximately the nearest matrix with orthonormal rows or columns: four Newton–Schulz iterations with the coefficients
/// of Jordan et al. (2024), which bring singular values close to 1.
fn orthogonal(matrix: Tensor<2>) -> Tensor<2> {
    let [rows, columns] = matrix.dims();
    let mut matrix = with_norm(if rows > columns { matrix.transpose() } else { matrix }, 1);
    for _ in 0..4 {
        let square = matrix.clone().matmul(matrix.clone().transpose());
        let change = square.clone() * -4.7750 + square.clone().matmul(square) * 2.0315;
        matrix = matrix.clone() * 3.4445 + change.matmul(matrix);
    }
    if rows > columns { matrix.transpose() } else { matrix }
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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, Tolerance};

    #[test]
    fn rows_become_nearly_orthonormal() {
        for shape in [[4, 9], [9, 4]] {
            let matrix = Tensor::<2>::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex());
            let made = orthogonal(matrix.clone());
            assert_eq!(made.dims(), shape);
            let square = if shape[0] < shape[1] {
                made.clone().matmul(made.transpose())
            } else {
                made.clone().transpose().matmul(made)
            };
            let (one, zero) = (square.clone().into_data().try_to_vec::<f32>().unwrap(), 0.0);
            for (index, value) in one.into_iter().enumerate() {
                let expected = if index % 5 == 0 { 1.0 } else { zero };
                assert!((value - expected).abs() < 0.6, "{index}: {value}");
            }
        }
    }

    #[test]
    fn the_norm_is_as_stated() {
        let tensor = Tensor::<4>::random([3, 2, 2, 2], Distribution::Normal(0.0, 5.0), &Device::flex());
        let square = (with_norm(tensor, 3).powi_scalar(2)).sum().into_data();
        square.assert_approx_eq::<f32>(&burn::tensor::TensorData::from([3.0]), Tolerance::absolute(1e-4));
        assert!(is_matrix([8, 4, 3, 3]) && !is_matrix([8, 1, 3, 3]) && !is_matrix([8, 4]));
    }
}
