//! `mien calibrate`

use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::backend::Backend;
use super::convert::Stored;
use super::files;
use mien_compute::evaluation::{Calibration, Labelled, calibrate, predict};
use mien_compute::network::{self, NetworkFile};
use mien_core::dataset::{Split, stratified_folds};
use mien_core::expression::Expression;

/// Images computed at once.
const BATCH: usize = 64;

/// Fits a network's temperature, so that it is right as often as it says, and writes it into the weights file
///
/// The split is cut into halves by class. Each half is measured with the temperature that is fitted on the other; the one
/// that is written is fitted on both.
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage)
    #[arg(value_name = "CSV")]
    dataset: PathBuf,
    /// The network's weights file
    #[arg(long)]
    weights: PathBuf,
    /// The weights file to write
    #[arg(long)]
    out: PathBuf,
    /// Images that the network has not learned from
    #[arg(long, default_value_t = Split::PublicTest)]
    split: Split,
    /// FER+'s votes, row by row those of the CSV: their majority takes the place of the labels
    #[arg(long, value_name = "FILE")]
    votes: Option<PathBuf>,
    /// Fits a bias for each class too (bias-corrected temperature scaling), which the fully connected layer then has: the
    /// network names each class as often as it is there
    #[arg(long)]
    biases: bool,
    /// How numbers are stored
    #[arg(long, default_value = "half")]
    precision: Stored,
    /// What to compute on
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Writes what was found here (JSON)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What the halves are drawn from
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let file = files::read_network(&arguments.weights, &device)?;
    let dataset = files::read_dataset(&arguments.dataset)?.dataset;
    let votes = arguments.votes.as_ref().map(|path| files::read_votes(path, &dataset)).transpose()?;
    let label = |sample: usize| match &votes {
        Some(votes) => votes.majority(dataset.row(sample)),
        None => Some(dataset.label(sample)),
    };
    let mut samples = dataset.of_split(arguments.split);
    samples.retain(|&sample| label(sample).is_some());
    let halves = stratified_folds(&dataset, &samples, 2, arguments.seed)
        .with_context(|| format!("{}: {} cannot be halved", arguments.dataset.display(), arguments.split))?;
    let bar = files::bar(samples.len(), "{pos} of {len} images, {per_sec}, {eta} left");
    let network = file.network.clone().fold();
    let mut measured = [Labelled::default(), Labelled::default()];
    let mut before = 0;
    for (half, labelled) in halves.iter().zip(&mut measured) {
        let crops = half.iter().map(|&sample| dataset.crop(sample));
        let advance = async |done| {
            bar.set_position((before + done) as u64);
            ControlFlow::Continue(())
        };
        labelled.logits = pollster::block_on(predict(&network, crops, BATCH, &device, advance))?;
        labelled.labels = half.iter().filter_map(|&sample| label(sample)).collect();
        before += half.len();
    }
    bar.finish_and_clear();
    let found = calibrate(&measured, arguments.biases);
    // the temperature divides them again
    let biases = found.biases.map(|bias| bias * found.temperature);
    let network = NetworkFile { temperature: found.temperature, network: file.network.shift_logits(biases), ..file };
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
    println!(
        "temperature {temperature:.4}, fitted on {images} images of {split} ({first:.4} and {second:.4} on its halves)"
    );
    if found.biases.iter().any(|bias| *bias != 0.0) {
        let biases = Expression::ALL.map(|class| format!("{} {:+.2}", class.name(), found.biases[class.index()]));
        println!("biases: {}", biases.join(", "));
    }
    println!("as it was, and each half with what was fitted on the other:");
    for (name, change) in [
        ("accuracy", found.accuracy),
        ("expected calibration error", found.expected_calibration_error),
        ("log loss", found.log_loss),
    ] {
        println!("{name:<27} {:.4} before, {:.4} after", change.before, change.after);
    }
}
