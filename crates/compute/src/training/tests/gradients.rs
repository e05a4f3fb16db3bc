//! Gradients against finite differences: of every value of each kind of layer, and of whole networks.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::nn::conv::Conv2dConfig;
use burn::nn::pool::MaxPool2dConfig;
use burn::nn::{BatchNormConfig, DropoutConfig, LinearConfig, PaddingConfig2d, Relu};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Distribution, Tensor, TensorData, activation};
use mien_core::random;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::super::slices::cross_entropy;
use crate::network::{Architecture, Network, Sizes};

/// Moves one tensor along a direction.
struct Nudge<'a> {
    number: usize,
    direction: &'a [f32],
    next: usize,
}

impl ModuleMapper for Nudge<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, mut tensor, mapper) = param.consume();
        if self.next == self.number {
            let data = TensorData::new(self.direction.to_vec(), tensor.shape());
            tensor = tensor.clone() + Tensor::from_data(data, &tensor.device());
        }
        self.next += 1;
        Param::from_mapped_value(id, tensor, mapper)
    }
}

/// The gradient of each tensor, `None` for running statistics.
struct Gradients {
    gradients: GradientsParams,
    found: Vec<Option<Vec<f32>>>,
}

impl ModuleVisitor for Gradients {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = self.gradients.remove::<D>(param.id);
        self.found.push(gradient.map(|gradient| gradient.into_data().try_to_vec().unwrap()));
    }
}

/// Values that differ by at least 0.07 from each other and from 0, so that no ReLU or maximum switches.
fn spread(shape: [usize; 4], device: &Device) -> Tensor<4> {
    let count = shape.iter().product::<usize>();
    // 7919 is prime, so each rank comes once
    let rank = |index: usize| (index * 7919 % count) as f32 - (count as f32 - 1.0) / 2.0;
    let value = |index| (rank(index) + 0.5 * rank(index).signum()) * 0.07;
    Tensor::from_data(TensorData::new((0..count).map(value).collect::<Vec<f32>>(), shape), device)
}

/// A weighted sum of the outputs.
fn weighted(output: Tensor<4>) -> Tensor<1> {
    let (count, shape) = (output.shape().num_elements(), output.shape());
    let factors: Vec<f32> = (0..count).map(|index| (index as f32 * 1.7).sin()).collect();
    let factors = Tensor::<4>::from_data(TensorData::new(factors, shape), &output.device());
    (output * factors).sum()
}

/// Checks the gradients of the tensors of a layer and of its input; returns the number of tensors with a gradient.
fn check<M: Module>(name: &str, layer: M, input: Tensor<4>, loss: impl Fn(&M, Tensor<4>) -> Tensor<1>) -> usize {
    const STEP: f32 = 0.01;
    let close = |gradient: f32, plus: f32, minus: f32, place: String| {
        let slope = (plus - minus) / (2.0 * STEP);
        let error = (slope - gradient).abs();
        assert!(error < 2e-3 + 5e-3 * gradient.abs(), "{name}, {place}: {gradient} where {slope} is right");
    };
    let layer = layer.train();
    let input = Tensor::from_inner(input).require_grad();
    let mut gradients = loss(&layer, input.clone()).backward();
    let of_input: Vec<f32> = input.grad_remove(&mut gradients).unwrap().into_data().try_to_vec().unwrap();
    let mut visitor = Gradients { gradients: GradientsParams::from_grads(gradients, &layer), found: Vec::new() };
    layer.visit(&mut visitor);

    let value = |layer: &M, input: &Tensor<4>| loss(layer, input.clone()).into_scalar::<f32>();
    let along = |count: usize, index: usize, step: f32| {
        (0..count).map(|place| if place == index { step } else { 0.0 }).collect::<Vec<f32>>()
    };
    let shape = input.shape();
    for (index, &gradient) in of_input.iter().enumerate() {
        let [plus, minus] = [STEP, -STEP].map(|step| {
            let nudge = TensorData::new(along(of_input.len(), index, step), shape.clone());
            value(&layer, &(input.clone() + Tensor::from_data(nudge, &input.device())))
        });
        close(gradient, plus, minus, format!("input {index}"));
    }
    let mut checked = 0;
    for (number, gradient) in visitor.found.into_iter().enumerate() {
        let Some(gradient) = gradient else { continue };
        checked += 1;
        for (index, &slope) in gradient.iter().enumerate() {
            let [plus, minus] = [STEP, -STEP].map(|step| {
                let direction = along(gradient.len(), index, step);
                value(&layer.clone().map(&mut Nudge { number, direction: &direction, next: 0 }), &input)
            });
            close(slope, plus, minus, format!("tensor {number}, place {index}"));
        }
    }
    checked
}

#[test]
fn gradients_of_each_layer_match_finite_differences() {
    let device = Device::flex();
    let random = |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);

    let conv = Conv2dConfig::new([2, 3], [3, 3]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)).init(&device);
    let tensors = check("convolution", conv, random([2, 2, 5, 4]), |conv, input| weighted(conv.forward(input)));
    assert_eq!(tensors, 2, "weight and bias");

    let depthwise = Conv2dConfig::new([3, 3], [3, 3])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .with_groups(3)
        .init(&device);
    let tensors =
        check("depthwise convolution", depthwise, random([2, 3, 4, 3]), |conv, input| weighted(conv.forward(input)));
    assert_eq!(tensors, 2, "weight and bias");

    let pointwise = Conv2dConfig::new([3, 2], [1, 1]).with_bias(false).init(&device);
    let tensors =
        check("pointwise convolution", pointwise, random([2, 3, 3, 3]), |conv, input| weighted(conv.forward(input)));
    assert_eq!(tensors, 1, "weight");

    let norm = BatchNormConfig::new(3).init(&device);
    let tensors = check("batch norm", norm, random([4, 3, 2, 3]), |norm, input| weighted(norm.forward(input)));
    assert_eq!(tensors, 2, "gamma and beta");

    let input = spread([2, 2, 3, 3], &device);
    check("ReLU", Relu::new(), input, |_, input| weighted(activation::relu(input)));

    let pool = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
    check("max-pooling", pool, spread([2, 2, 4, 6], &device), |pool, input| weighted(pool.forward(input)));

    let pool =
        MaxPool2dConfig::new([3, 3]).with_strides([1, 1]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)).init();
    check("max-pooling in place", pool, spread([2, 2, 3, 4], &device), |pool, input| weighted(pool.forward(input)));

    check("branches side by side", Relu::new(), random([2, 2, 2, 3]), |_, input| {
        weighted(Tensor::cat(vec![input.clone() * 2.0, input.clone() * input.clone(), input], 1))
    });

    let dropout = DropoutConfig::new(0.0).init();
    check("dropout of 0", dropout, random([2, 3, 2, 2]), |dropout, input| weighted(dropout.forward(input)));

    let linear = LinearConfig::new(5, 7).init(&device);
    let tensors = check("fully connected", linear, random([3, 5, 1, 1]), |linear, input| {
        weighted(linear.forward(input.reshape([3, 5])).reshape([3, 7, 1, 1]))
    });
    assert_eq!(tensors, 2, "weight and bias");

    check("global average", Relu::new(), random([2, 3, 2, 2]), |_, input| {
        weighted(input.reshape([2, 3, 4]).mean_dim(2).reshape([2, 3, 1, 1]))
    });

    check("softmax and cross entropy", Relu::new(), random([4, 7, 1, 1]), |_, input| {
        cross_entropy(input.reshape([4, 7]), targets(&Device::flex().autodiff()))
    });
}

fn targets(device: &Device) -> Tensor<2> {
    let targets = TensorData::from([
        [0.7, 0.1, 0.0, 0.0, 0.2, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.5, 0.0, 0.5, 0.0],
        [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4],
    ]);
    Tensor::from_data(targets, device)
}

/// Values of a normal distribution. With its own generator: the device's is shared with tests that run at the same time,
/// and with the values of some draws a ReLU or a maximum switches over every distance that is tried.
fn normal<const D: usize>(shape: [usize; D], deviation: f32, generator: &mut StdRng, device: &Device) -> Tensor<D> {
    let values = (0..shape.iter().product()).map(|_| deviation * random::normal(generator));
    Tensor::from_data(TensorData::new(values.collect::<Vec<f32>>(), shape), device)
}

/// Draws the weights (He et al. 2015), and increases biases and both parameters of batch norm, so that no block outputs 0.
struct Draw<'a>(&'a mut StdRng);

impl ModuleMapper for Draw<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            let shape: [usize; D] = tensor.dims();
            let inputs = match D {
                // initial biases are random and below 0.5
                1 => return tensor.round() + 0.4,
                2 => shape[0],
                _ => shape[1..].iter().product(),
            };
            normal(shape, (2.0 / inputs as f32).sqrt(), self.0, &tensor.device())
        })
    }
}

#[test]
fn gradients_of_networks_match_finite_differences() {
    let sizes = |stages: &[(usize, usize)]| Sizes { stages: stages.to_vec(), stage_dropout: vec![], dropout: 0.0 };
    // of a layer: weight and bias, or weight and both parts of batch norm; the head: two
    for (architecture, tensors) in [
        (Architecture::Vgg(sizes(&[(3, 1), (4, 2)])), 3 * 3 + 2),
        (Architecture::Cnn(sizes(&[(3, 1), (2, 1), (2, 1), (2, 1)])), 4 * 2 + 2 + 2),
        (Architecture::ResNet(sizes(&[(3, 0), (4, 1)])), 4 * 3 + 2),
        (Architecture::Inception(sizes(&[(16, 1)])), 8 * 3 + 2),
        (Architecture::Mobile(sizes(&[(3, 1), (4, 1)])), 5 * 3 + 2),
    ] {
        check_network(&architecture, tensors);
    }
}

fn check_network(architecture: &Architecture, tensors: usize) {
    let (device, name) = (Device::flex(), architecture.name());
    let mut generator = StdRng::seed_from_u64(1);
    let network = Network::new(architecture, &device).map(&mut Draw(&mut generator)).train();
    let training = device.autodiff();
    let images = normal([4, 1, 48, 48], 1.0, &mut generator, &training);
    let loss = |network: &Network| cross_entropy(network.forward(images.clone()), targets(&training));
    let mut visitor =
        Gradients { gradients: GradientsParams::from_grads(loss(&network).backward(), &network), found: Vec::new() };
    network.visit(&mut visitor);
    let mut checked = 0;
    for (number, gradient) in visitor.found.into_iter().enumerate() {
        let Some(gradient) = gradient else { continue };
        // along the gradient itself the slope is the gradient's length
        let length = gradient.iter().map(|value| value * value).sum::<f32>().sqrt();
        let slope = |way: f32| {
            let step = way / length.max(1e-3);
            let moved = |sign: f32| {
                let direction: Vec<f32> = gradient.iter().map(|value| value * sign * step).collect();
                let nudged = network.clone().map(&mut Nudge { number, direction: &direction, next: 0 });
                f64::from(loss(&nudged).into_scalar::<f32>())
            };
            (moved(1.0) - moved(-1.0)) / f64::from(2.0 * step * length)
        };
        // several short distances, since a ReLU or a maximum may switch on any of them
        let slopes = [0.0005, 0.0001, 0.00025, 0.001].map(slope);
        let right = |slope: &f64| (slope - f64::from(length)).abs() < 0.03 * f64::from(length) + 1e-3;
        assert!(slopes.iter().any(right), "{name}, tensor {number}: {slopes:?} where {length} is right");
        checked += 1;
    }
    assert_eq!(checked, tensors, "{name}");
}
