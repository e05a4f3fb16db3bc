use std::ops::ControlFlow;
use std::sync::Arc;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Distribution, Tensor, TensorData};
use pollster::block_on;

use super::session::cross_entropy;
use super::{Method, Progress, Schedule, Session, Settings, TrainingData, TrainingError};
use crate::dataset::{Augmentation, Dataset, Split};
use crate::expression::Expression;
use crate::network::{Architecture, Network, VggConfig};
use crate::vision::{CROP_PIXELS, CROP_SIDE};

/// Stripes whose direction tells the class, under noise.
fn dataset(count: usize) -> Arc<Dataset> {
    let mut dataset = Dataset::default();
    for row in 0..count {
        let class = row % Expression::COUNT;
        let (sine, cosine) = (class as f32 * 0.44).sin_cos();
        let pixels: [u8; CROP_PIXELS] = std::array::from_fn(|index| {
            let (x, y) = ((index % CROP_SIDE) as f32, (index / CROP_SIDE) as f32);
            let noise = ((index * 7919 + row * 104_729) % 61) as f32;
            (128.0 + 60.0 * (0.5 * (x * cosine + y * sine) + row as f32).sin() + noise - 30.0) as u8
        });
        let split = if row % 3 == 2 { Split::PublicTest } else { Split::Training };
        dataset.push(pixels, Expression::ALL[class], split, row);
    }
    Arc::new(dataset)
}

fn settings() -> Settings {
    Settings {
        architecture: Architecture::Vgg(VggConfig {
            stages: vec![(8, 1), (8, 1), (16, 1)],
            stage_dropout: vec![],
            dropout: 0.0,
        }),
        optimizer: Method::AdamW { betas: (0.9, 0.99) },
        learning_rate: 0.01,
        schedule: Schedule::Cosine { warm_up: 0.1 },
        epochs: 12,
        batch: 14,
        label_smoothing: 0.0,
        augmentation: Augmentation::OFF,
        averaging: 0.0,
        seed: 1,
        ..Settings::default()
    }
}

async fn go_on(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Runs to the end; the losses of all steps.
fn finish(session: &mut Session) -> Vec<f32> {
    let mut losses = Vec::new();
    loop {
        match block_on(session.step(go_on)).unwrap() {
            Progress::Step(step) => losses.push(step.loss),
            Progress::Epoch(_) => {}
            Progress::Finished => return losses,
        }
    }
}

fn start(settings: Settings) -> Session {
    Session::start(settings, TrainingData::new(dataset(84), None), None, &Device::flex()).unwrap()
}

#[test]
fn a_small_set_is_learned_by_heart() {
    for (optimizer, learning_rate) in
        [(Method::AdamW { betas: (0.9, 0.99) }, 0.01), (Method::Sgd { momentum: 0.9 }, 0.1)]
    {
        let mut data = TrainingData::new(dataset(84), None);
        data.validation = data.training.clone();
        let settings = Settings { optimizer, learning_rate, ..settings() };
        let mut session = Session::start(settings, data, None, &Device::flex()).unwrap();
        let losses = finish(&mut session);
        assert_eq!(losses.len(), 12 * 4);
        let last = session.history().last().unwrap();
        assert_eq!(last.validation.unwrap().confusion.accuracy(), 1.0, "{optimizer:?} {last:?}");
        assert!(session.is_best());
    }
}

#[test]
fn the_average_follows_the_weights() {
    let mut session = start(Settings { averaging: 0.9, epochs: 12, ..settings() });
    finish(&mut session);
    let last = session.history().last().unwrap().validation.unwrap();
    assert!(last.confusion.accuracy() > 0.8, "{last:?}");
}

#[test]
fn a_session_stops_where_it_is_told() {
    let mut session = start(Settings { epochs: 1, ..settings() });
    let mut outcome = block_on(session.step(go_on));
    while let Ok(Progress::Step(_)) = outcome {
        outcome = block_on(session.step(async |_| ControlFlow::Break(())));
    }
    assert!(matches!(outcome, Err(TrainingError::Predict(_))));
    assert!(session.history().is_empty());
    assert!(matches!(block_on(session.step(go_on)).unwrap(), Progress::Epoch(_)));
    assert_eq!(block_on(session.step(go_on)).unwrap(), Progress::Finished);
}

#[test]
fn divergence_is_said() {
    let mut session = start(Settings { learning_rate: 10.0, optimizer: Method::Sgd { momentum: 0.99 }, ..settings() });
    // batch norm withstands large rates, so the head is fed what it can't
    session.network = session.network.clone().map(&mut Times(f32::MAX));
    let outcome = block_on(session.step(go_on));
    assert!(matches!(outcome, Err(TrainingError::Diverged { epoch: 1, step: 1, .. })), "{outcome:?}");
}

#[test]
fn what_can_not_be_trained_is_refused() {
    let device = Device::flex();
    let data = TrainingData::new(dataset(84), None);
    let wrong = Settings { epochs: 0, ..settings() };
    assert!(matches!(Session::start(wrong, data.clone(), None, &device), Err(TrainingError::Settings(_))));
    let empty = TrainingData { training: vec![], ..data.clone() };
    assert!(matches!(Session::start(settings(), empty, None, &device), Err(TrainingError::NoData)));
    let other = start(Settings { architecture: Architecture::default(), ..settings() }).file(String::new());
    assert!(matches!(Session::start(settings(), data.clone(), Some(other), &device), Err(TrainingError::OtherNetwork)));

    let bytes = block_on(start(settings()).checkpoint()).unwrap();
    assert!(Session::resume(&bytes, data.clone(), &device).is_ok());
    let fewer = TrainingData::new(dataset(42), None);
    assert!(matches!(Session::resume(&bytes, fewer, &device), Err(TrainingError::OtherData)));
    assert!(matches!(
        Session::resume(&bytes[..bytes.len() - 9], data.clone(), &device),
        Err(TrainingError::Weights(_))
    ));
    let weights =
        block_on(crate::network::save(&start(settings()).file(String::new()), crate::weights::Precision::Full));
    assert!(matches!(Session::resume(&weights.unwrap(), data, &device), Err(TrainingError::Checkpoint(_))));
}

#[test]
fn training_goes_on_from_given_weights() {
    let mut first = start(settings());
    let losses = finish(&mut first);
    let file = first.file("a test".to_owned());
    assert_eq!(file.training.epochs, 12);
    let data = TrainingData::new(dataset(84), None);
    let mut second = Session::start(settings(), data, Some(file), &Device::flex()).unwrap();
    let Progress::Step(step) = block_on(second.step(go_on)).unwrap() else { panic!("a step was due") };
    assert!(step.loss < losses[0] / 2.0, "{} after {}", step.loss, losses[0]);
}

/// Multiplies every tensor.
struct Times(f32);

impl ModuleMapper for Times {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let factor = self.0;
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, Tensor::from_inner(tensor.inner() * factor).require_grad(), mapper)
    }
}

/// Moves the tensor of a number along a direction.
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
        self.found.push(gradient.map(|gradient| gradient.into_data().as_slice::<f32>().unwrap().to_vec()));
    }
}

#[test]
fn gradients_match_finite_differences() {
    let device = Device::flex();
    let config = VggConfig { stages: vec![(3, 1), (4, 2)], stage_dropout: vec![], dropout: 0.0 };
    let network = Architecture::Vgg(config).init(&device).train();
    let training = device.autodiff();
    let images = Tensor::<4>::random([4, 1, 48, 48], Distribution::Normal(0.0, 1.0), &training);
    let targets = TensorData::from([
        [0.7, 0.1, 0.0, 0.0, 0.2, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.5, 0.0, 0.5, 0.0],
        [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4],
    ]);
    let targets = Tensor::<2>::from_data(targets, &training);
    let loss = |network: &Network| cross_entropy(network.forward(images.clone()), targets.clone());
    let mut visitor =
        Gradients { gradients: GradientsParams::from_grads(loss(&network).backward(), &network), found: Vec::new() };
    network.visit(&mut visitor);
    let mut checked = 0;
    for (number, gradient) in visitor.found.into_iter().enumerate() {
        let Some(gradient) = gradient else { continue };
        // along the gradient itself the slope is the gradient's length
        let length = gradient.iter().map(|value| value * value).sum::<f32>().sqrt();
        // a short way, so that few ReLUs and maxima switch on it
        let step = 0.0005 / length.max(1e-3);
        let moved = |sign: f32| {
            let direction: Vec<f32> = gradient.iter().map(|value| value * sign * step).collect();
            let nudged = network.clone().map(&mut Nudge { number, direction: &direction, next: 0 });
            f64::from(loss(&nudged).into_scalar::<f32>())
        };
        let slope = (moved(1.0) - moved(-1.0)) / f64::from(2.0 * step * length);
        let error = (slope - f64::from(length)).abs();
        assert!(error < 0.03 * f64::from(length) + 3e-4, "tensor {number}: {slope} where {length} is right");
        checked += 1;
    }
    assert_eq!(checked, 3 * 3 + 2, "weights and both parts of batch norm of each layer, and the head");
}
