//! Evaluates networks on samples of a dataset, with a progress bar.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;

use super::backend::Backend;
use super::classifiers::LoadedNetwork;
use super::files::{self, LabelArguments};
use mien_compute::evaluation::{Ensemble, Evaluation, LabelReport, Predictions, RunInfo, TestTimeAugmentation};
use mien_core::dataset::{Dataset, LoadedDataset, Split, Votes};
use mien_core::expression::Distribution;

// The images to evaluate on, and the backend. A doc comment would become that of the command.
#[derive(Args)]
pub struct SplitArguments {
    /// FER2013's CSV (emotion,pixels,Usage; also .gz, .zip or .tar), or an archive or a folder of images
    #[arg(value_name = "CSV")]
    pub dataset: PathBuf,
    #[command(flatten)]
    pub labels: LabelArguments,
    /// Training, PublicTest or PrivateTest
    #[arg(long)]
    pub split: Split,
    /// Backend
    #[arg(long, default_value = "flex")]
    pub backend: Backend,
    /// Batch size
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub batch: u16,
}

impl SplitArguments {
    /// The dataset and the samples of the split, at least one.
    pub fn images(&self) -> Result<(LoadedDataset, Vec<usize>)> {
        let loaded = files::read_dataset(&self.dataset, &self.labels)?;
        let samples = loaded.dataset.of_split(self.split);
        ensure!(!samples.is_empty(), "{}: no image belongs to {}", self.dataset.display(), self.split);
        Ok((loaded, samples))
    }
}

/// Predictions and their evaluation.
pub struct Evaluated {
    pub predictions: Predictions,
    pub evaluation: Evaluation,
}

impl Evaluated {
    /// Evaluates the predicted probabilities for samples; with votes, also on FER+'s majority labels.
    pub fn new(
        (dataset, samples, votes): (&Dataset, &[usize], Option<&Votes>),
        distributions: &[Distribution],
        run: RunInfo,
    ) -> Result<Self> {
        let (mut predictions, mut by_votes) = (Predictions::default(), Predictions::default());
        for (&sample, &distribution) in samples.iter().zip(distributions) {
            let number = u32::try_from(sample)?;
            predictions.push(number, dataset.label(sample), distribution);
            if let Some(label) = votes.and_then(|votes| votes.majority(dataset.row(sample))) {
                by_votes.push(number, label, distribution);
            }
        }
        let mut evaluation = Evaluation::new(&predictions, run);
        evaluation.report.ferplus = votes.map(|_| LabelReport::new(&by_votes));
        Ok(Self { predictions, evaluation })
    }
}

/// Evaluates an ensemble of networks on samples; with votes, also on FER+'s majority labels.
pub fn evaluate(
    (dataset, samples, votes): (&Dataset, &[usize], Option<&Votes>),
    networks: &[(&Path, LoadedNetwork)],
    augmentation: TestTimeAugmentation,
    input: &SplitArguments,
) -> Result<Evaluated> {
    let ensemble =
        Ensemble { networks: networks.iter().map(|(_, network)| network.classifier()).collect(), augmentation };
    let bar = files::bar(samples.len(), "{pos} of {len} images, {per_sec}, {eta} left");
    let start = Instant::now();
    let advance = async |done| {
        bar.set_position(done as u64);
        ControlFlow::Continue(())
    };
    let crops = samples.iter().map(|&sample| dataset.crop(sample));
    let distributions = pollster::block_on(ensemble.predict(crops, usize::from(input.batch), advance))?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish_and_clear();

    let names = networks.iter().map(|(path, network)| format!("{} ({})", network.name(), path.display()));
    let descriptions = networks.iter().map(|(_, network)| network.description());
    let run = RunInfo {
        model: names.collect::<Vec<_>>().join(" + "),
        description: descriptions.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; "),
        backend: backends(networks, input.backend),
        dataset: input.dataset.display().to_string(),
        split: input.split.to_string(),
        seconds,
        augmentation,
        temperature: if let [(_, network)] = networks { network.temperature() } else { None },
    };
    Evaluated::new((dataset, samples, votes), &distributions, run)
}

/// What computes networks: the backend, the runtime of ONNX models, or both in the order of the networks.
fn backends(networks: &[(&Path, LoadedNetwork)], backend: Backend) -> String {
    let mut names = Vec::new();
    for (_, network) in networks {
        let name = network.runtime().unwrap_or_else(|| backend.name());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" + ")
}
