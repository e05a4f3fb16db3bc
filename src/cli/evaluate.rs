//! `mien evaluate`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::backend::Backend;
use super::files;
use super::measure::{Measured, measure};
use crate::dataset::Split;
use crate::evaluation::{Views, csv, html, text};
use crate::network::DEFAULT_FILE;

/// Measures a network, or several together, on a split of FER2013
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage)
    #[arg(value_name = "CSV")]
    dataset: PathBuf,
    /// Training, PublicTest or PrivateTest
    #[arg(long)]
    split: Split,
    /// The network's weights file; of several, given one by one, the probabilities are averaged
    #[arg(long, default_value = DEFAULT_FILE)]
    weights: Vec<PathBuf>,
    /// Looks at each image in several ways and averages the probabilities
    #[arg(long, value_name = "VIEWS", default_value = Views::One.name())]
    tta: Views,
    /// FER+'s votes, row by row those of the CSV: measures by their majority too
    #[arg(long, value_name = "FILE")]
    votes: Option<PathBuf>,
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

impl ValueEnum for Views {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()).help(match self {
            Self::One => "as it is",
            Self::Flip => "as it is and mirrored: twice the time",
            Self::TenCrop => "in five places, each also mirrored: ten times the time",
        }))
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let networks = arguments.weights.iter().map(|path| Ok((path.as_path(), files::read_network(path, &device)?)));
    let networks = networks.collect::<Result<Vec<_>>>()?;
    let dataset = files::read_dataset(&arguments.dataset)?.dataset;
    let votes = arguments.votes.as_ref().map(|path| files::read_votes(path, &dataset)).transpose()?;
    let samples = dataset.of_split(arguments.split);
    if samples.is_empty() {
        bail!("{}: no image belongs to {}", arguments.dataset.display(), arguments.split);
    }
    let Measured { predictions, evaluation } = measure(
        (&dataset, &samples, votes.as_ref()),
        &networks,
        arguments.tta,
        (arguments.backend, &device, usize::from(arguments.batch)),
        (arguments.dataset.display().to_string(), arguments.split.to_string()),
    )?;
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
