//! `mien evaluate`

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use indicatif::ProgressBar;

use super::backend::Backend;
use super::{SHIPPED_WEIGHTS, files};
use crate::dataset::Split;
use crate::evaluation::{Evaluation, Predictions, Run, csv, html, predict, text};
use crate::expression::Distribution;

/// Measures a network on a split of FER2013
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage)
    #[arg(value_name = "CSV")]
    dataset: PathBuf,
    /// Training, PublicTest or PrivateTest
    #[arg(long)]
    split: Split,
    /// The network's weights file
    #[arg(long, default_value = SHIPPED_WEIGHTS)]
    weights: PathBuf,
    /// What to compute on
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Images computed at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    batch: u16,
    /// Writes the report here, as docs/report.md describes it
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report here as one table
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Writes the report here as a page with figures, to read or print
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes label, prediction and probabilities of each image here, as CSV
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let file = files::read_network(&arguments.weights, &device)?;
    let dataset = files::read_dataset(&arguments.dataset)?.dataset;
    let samples = dataset.of_split(arguments.split);
    if samples.is_empty() {
        bail!("{}: no image belongs to {}", arguments.dataset.display(), arguments.split);
    }
    let bar = ProgressBar::new(samples.len() as u64)
        .with_style(files::style("{bar:30} {pos} of {len} images, {per_sec}, {eta} left"));
    let start = Instant::now();
    let crops = samples.iter().map(|&sample| dataset.crop(sample));
    let advance = async |done| {
        bar.set_position(done as u64);
        ControlFlow::Continue(())
    };
    let batch = usize::from(arguments.batch);
    let logits = pollster::block_on(predict(&file.network, crops, batch, &device, advance))?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish_and_clear();

    let mut predictions = Predictions::default();
    for (&sample, logits) in samples.iter().zip(logits) {
        predictions.push(u32::try_from(sample)?, dataset.label(sample), Distribution::from_logits(logits));
    }
    let run = Run {
        model: format!("{} ({})", file.architecture.name(), arguments.weights.display()),
        description: file.training.description,
        backend: arguments.backend.name().to_owned(),
        dataset: arguments.dataset.display().to_string(),
        split: arguments.split.to_string(),
        seconds,
    };
    let evaluation = Evaluation::new(&predictions, run);
    println!("{}", text::report(&evaluation.report).trim_end());
    if let Some(path) = &arguments.json {
        files::write(path, (serde_json::to_string_pretty(&evaluation.report)? + "\n").as_bytes())?;
    }
    if let Some(path) = &arguments.csv {
        files::write(path, csv::report(&evaluation.report).as_bytes())?;
    }
    if let Some(path) = &arguments.html {
        files::write(path, html::page(&evaluation).as_bytes())?;
    }
    if let Some(path) = &arguments.predictions {
        let row = |sample| dataset.row(sample as usize);
        files::write(path, csv::predictions(&predictions, row).as_bytes())?;
    }
    Ok(())
}
