//! `mien calibrate`

use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::backend::Backend;
use super::convert::Stored;
use super::files::{self, GroupArguments, LabelArguments};
use super::output::outln;
use mien_compute::evaluation::{Calibration, LabelledLogits, calibrate, predict};
use mien_compute::network::{self, NetworkFile, Predictor};
use mien_core::dataset::{Split, stratified_folds};
use mien_core::expression::Expression;
use mien_core::number::counted;
use mien_weights::NetworkHeader;

/// Batch size.
const BATCH: usize = 64;

/// Calibrates a network: fits a temperature, so that confidence matches accuracy, and writes it into the weights file
///
/// The split is divided into two stratified halves. Each half is evaluated with the temperature fitted on the other; the
/// one that is written is fitted on both.
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage; also .gz, .zip or .tar), or an archive or a folder of images
    #[arg(value_name = "CSV")]
    dataset: PathBuf,
    #[command(flatten)]
    labels: LabelArguments,
    #[command(flatten)]
    groups: GroupArguments,
    /// Weights file of the network
    #[arg(long)]
    weights: PathBuf,
    /// Weights file to write
    #[arg(long, value_parser = files::weights_name)]
    out: PathBuf,
    /// Split that the network was not trained on
    #[arg(long, default_value_t = Split::PublicTest)]
    split: Split,
    /// FER+'s votes, with the same rows as the CSV: their majority replaces the labels
    #[arg(long, value_name = "FILE")]
    votes: Option<PathBuf>,
    /// Also fits a bias for each class (bias-corrected temperature scaling), which is added to the fully connected layer:
    /// predictions match the class distribution
    #[arg(long)]
    biases: bool,
    /// Precision of the stored weights
    #[arg(long, default_value = "half")]
    precision: Stored,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Writes the result to this file (JSON)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Random seed of the halves
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    files::check_outputs([&arguments.out].into_iter().chain(&arguments.json))?;
    let device = arguments.backend.device()?;
    let file = files::read_network(&arguments.weights, &device)?;
    let dataset = files::read_dataset(&arguments.dataset, &arguments.labels)?.dataset;
    let votes = arguments.votes.as_ref().map(|path| files::read_votes(path, &dataset)).transpose()?;
    let label = |sample: usize| match &votes {
        Some(votes) => votes.majority(dataset.row(sample)),
        None => Some(dataset.label(sample)),
    };
    let mut samples = dataset.of_split(arguments.split);
    samples.retain(|&sample| label(sample).is_some());
    let column = arguments.groups.column(&dataset)?.and_then(|column| dataset.groups().get(column));
    let halves = stratified_folds(&dataset, column, &samples, 2, arguments.seed)
        .with_context(|| format!("{}: {} cannot be halved", arguments.dataset.display(), arguments.split))?;
    let bar = files::bar(samples.len(), "{pos} of {len} images, {per_sec}, {eta} left");
    let network = Predictor::new(&file.network);
    let mut measured = [LabelledLogits::default(), LabelledLogits::default()];
    let mut before = 0;
    for (half, labelled) in halves.iter().zip(&mut measured) {
        let crops = half.iter().map(|&sample| dataset.crop(sample));
        let advance = async |done| {
            bar.set_position((before + done) as u64);
            ControlFlow::Continue(())
        };
        labelled.logits = pollster::block_on(predict(&network, crops, BATCH, advance))?;
        labelled.labels = half.iter().filter_map(|&sample| label(sample)).collect();
        before += half.len();
    }
    bar.finish_and_clear();
    let found = calibrate(&measured, arguments.biases);
    // the temperature divides them too
    let biases = found.biases.map(|bias| bias * found.temperature);
    let header = NetworkHeader { temperature: found.temperature, ..file.header };
    let network = NetworkFile { header, network: file.network.shift_logits(biases) };
    let bytes = pollster::block_on(network::save(&network, arguments.precision.into()))
        .context("cannot write the calibrated weights")?;
    files::write(&arguments.out, &bytes)?;
    print(&found, arguments.split);
    if let Some(path) = &arguments.json {
        files::write_json(path, &found)?;
    }
    Ok(())
}

fn print(found: &Calibration, split: Split) {
    let Calibration { temperature, temperatures: [first, second], images, .. } = found;
    let images = counted(*images, "image");
    outln!("temperature {temperature:.4}, fitted on {images} of {split} ({first:.4} and {second:.4} on its halves)");
    if found.biases.iter().any(|bias| *bias != 0.0) {
        let biases = Expression::ALL.map(|class| format!("{} {:+.2}", class.name(), found.biases[class.index()]));
        outln!("biases: {}", biases.join(", "));
    }
    outln!("without calibration, and with each half calibrated by the other:");
    for (name, change) in [
        ("accuracy", found.accuracy),
        ("expected calibration error", found.expected_calibration_error),
        ("log loss", found.log_loss),
    ] {
        outln!("{name:<27} {:.4} before, {:.4} after", change.before, change.after);
    }
}
