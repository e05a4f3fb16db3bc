//! Networks measured on samples of a dataset, with progress.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, ensure};
use burn::tensor::Device;
use clap::Args;

use super::backend::Backend;
use super::files;
use mien_compute::evaluation::{Ensemble, Evaluation, LabelReport, Predictions, Run, Views};
use mien_compute::network::NetworkFile;
use mien_core::dataset::{Dataset, Split, Votes};

// The images that networks are measured on, and what computes. A doc comment would be taken for the command's own.
#[derive(Args)]
pub struct Place {
    /// FER2013's CSV (emotion,pixels,Usage)
    #[arg(value_name = "CSV")]
    pub dataset: PathBuf,
    /// Training, PublicTest or PrivateTest
    #[arg(long)]
    pub split: Split,
    /// What to compute on
    #[arg(long, default_value = "flex")]
    pub backend: Backend,
    /// Images computed at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub batch: u16,
}

impl Place {
    /// The dataset, and the places of the split's images in it, one at least.
    pub fn images(&self) -> Result<(Dataset, Vec<usize>)> {
        let dataset = files::read_dataset(&self.dataset)?.dataset;
        let samples = dataset.of_split(self.split);
        ensure!(!samples.is_empty(), "{}: no image belongs to {}", self.dataset.display(), self.split);
        Ok((dataset, samples))
    }
}

/// What was said of each image, and how good that is.
pub struct Measured {
    pub predictions: Predictions,
    pub evaluation: Evaluation,
}

/// Measures networks together on samples, by FER+'s majority too where there are votes.
pub fn measure(
    (dataset, samples, votes): (&Dataset, &[usize], Option<&Votes>),
    networks: &[(&Path, NetworkFile)],
    views: Views,
    (place, device): (&Place, &Device),
) -> Result<Measured> {
    let ensemble = Ensemble { networks: networks.iter().map(|(_, file)| file.asked()).collect(), views };
    let bar = files::bar(samples.len(), "{pos} of {len} images, {per_sec}, {eta} left");
    let start = Instant::now();
    let advance = async |done| {
        bar.set_position(done as u64);
        ControlFlow::Continue(())
    };
    let crops = samples.iter().map(|&sample| dataset.crop(sample));
    let readings = pollster::block_on(ensemble.ask(crops, usize::from(place.batch), device, advance))?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish_and_clear();

    let (mut predictions, mut by_votes) = (Predictions::default(), Predictions::default());
    for (&sample, reading) in samples.iter().zip(readings) {
        let number = u32::try_from(sample)?;
        predictions.push(number, dataset.label(sample), reading);
        if let Some(label) = votes.and_then(|votes| votes.majority(dataset.row(sample))) {
            by_votes.push(number, label, reading);
        }
    }
    let names = networks.iter().map(|(path, file)| format!("{} ({})", file.architecture.name(), path.display()));
    let descriptions = networks.iter().map(|(_, file)| file.training.description.as_str());
    let run = Run {
        model: names.collect::<Vec<_>>().join(" + "),
        description: descriptions.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; "),
        backend: place.backend.name().to_owned(),
        dataset: place.dataset.display().to_string(),
        split: place.split.to_string(),
        seconds,
        views,
        temperature: if let [(_, file)] = networks { Some(file.temperature) } else { None },
    };
    let mut evaluation = Evaluation::new(&predictions, run);
    evaluation.report.ferplus = votes.map(|_| LabelReport::new(&by_votes));
    Ok(Measured { predictions, evaluation })
}
