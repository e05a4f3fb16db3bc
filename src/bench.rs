//! `mien bench`

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Error, Result};
use burn::tensor::Device;
use clap::Args;
use pollster::block_on;

use super::backend::Backend;
use super::classifiers::{LoadedNetwork, OnnxArguments, is_onnx};
use super::files;
use super::output::outln;
use mien_compute::network::{Architecture, Network, NetworkFile, Predictor};
use mien_compute::training::{Session, Settings, StepOutcome, TrainingData};
use mien_core::dataset::{Dataset, Split};
use mien_core::expression::Expression;
use mien_core::vision::Crop;
use mien_recognition::CropClassifier;

/// Passes before the measurement.
const WARM_UP: u32 = 2;

/// Batch size of the training steps.
const TRAINING_BATCH: usize = 32;

/// Measures the speed of inference and training of a network, or of the inference of an ONNX model
#[derive(Args)]
pub struct Arguments {
    /// Weights file or ONNX model (.onnx) of the network; without it, the default architecture with random weights
    #[arg(long)]
    weights: Option<PathBuf>,
    #[command(flatten)]
    onnx: OnnxArguments,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Passes to measure, after two for warm-up
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    passes: u32,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    if let Some(path) = arguments.weights.as_deref().filter(|path| is_onnx(path)) {
        let network = LoadedNetwork::read(path, &device, &arguments.onnx)?;
        let LoadedNetwork::Onnx(model, _) = &network else { return Ok(()) };
        let multiply_adds = model.multiply_adds() as f64;
        outln!("{}, {:.1} million multiply-adds, rten", network.name(), multiply_adds / 1e6);
        return report_inference(&network.classifier(), multiply_adds, arguments.passes);
    }
    let (architecture, network) = match &arguments.weights {
        Some(path) => {
            let file = files::read_network(path, &device)?;
            (file.header.architecture, file.network)
        }
        None => {
            let architecture = Architecture::default();
            let network = Network::new(&architecture, &device);
            (architecture, network)
        }
    };
    let multiply_adds = architecture.multiply_adds() as f64;
    outln!("{}, {:.1} million multiply-adds, {}", architecture.name(), multiply_adds / 1e6, arguments.backend.name());
    report_inference(&Predictor::new(&network), multiply_adds, arguments.passes)?;
    let file = NetworkFile::new(architecture, network);
    let milliseconds = median_training_step(file, arguments.passes, &device)?;
    let rate = TRAINING_BATCH as f64 * 1000.0 / milliseconds;
    outln!("training, batch {TRAINING_BATCH}: {milliseconds:8.2} ms per step, {rate:.1} images per second");
    Ok(())
}

fn report_inference(network: &impl CropClassifier, multiply_adds: f64, passes: u32) -> Result<()> {
    for batch in [1, 32] {
        let milliseconds = median_milliseconds(network, batch, passes)?;
        let image = milliseconds / batch as f64;
        let speed = 2.0 * multiply_adds / image / 1e6;
        outln!("batch {batch:>2}: {milliseconds:8.2} ms per pass, {image:6.2} ms per image, {speed:.1} GFLOP/s");
    }
    Ok(())
}

/// Measures complete training steps: augmentation, forward and backward pass, optimizer and weight averaging.
fn median_training_step(file: NetworkFile, passes: u32, device: &Device) -> Result<f64> {
    let steps = (WARM_UP + passes) as usize;
    let mut dataset = Dataset::default();
    for row in 0..TRAINING_BATCH {
        let pixels = std::array::from_fn(|index| (index * (2 * row + 3) % 251) as u8);
        dataset.push(pixels, Expression::ALL[row % Expression::COUNT], Split::Training, row);
    }
    let data = TrainingData {
        dataset: Arc::new(dataset),
        training: (0..TRAINING_BATCH).collect(),
        validation: Vec::new(),
        validation_name: String::new(),
        votes: None,
    };
    // one step per epoch
    let settings = Settings { epochs: steps, batch: TRAINING_BATCH, learning_rate: 1e-4, ..Settings::default() };
    let mut session = Session::start(settings, data, Some(file), device)?;
    let mut times = Vec::new();
    for step in 0..steps {
        let start = Instant::now();
        while matches!(block_on(session.step(async |_| ControlFlow::Continue(())))?, StepOutcome::Step(_)) {}
        if step >= WARM_UP as usize {
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(median(times))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Measures predictions, from crops in memory to the logits.
fn median_milliseconds(network: &impl CropClassifier, batch: usize, passes: u32) -> Result<f64> {
    let crop = Crop(Box::new(std::array::from_fn(|index| (index * 7 % 251) as u8)));
    let crops = vec![crop; batch];
    let mut times = Vec::new();
    for pass in 0..WARM_UP + passes {
        let start = Instant::now();
        block_on(network.logits_of_crops(&crops)).map_err(Error::msg)?;
        if pass >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(median(times))
}
