//! Networks measured on samples of a dataset, with progress.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use burn::tensor::Device;
use indicatif::ProgressBar;

use super::backend::Backend;
use super::files;
use crate::dataset::{Dataset, Votes};
use crate::evaluation::{Ensemble, Evaluation, LabelReport, Predictions, Run, Views};
use crate::network::NetworkFile;

/// What was said of each image, and how good that is.
pub struct Measured {
    pub predictions: Predictions,
    pub evaluation: Evaluation,
}

/// Measures networks together on samples, by FER+'s majority too where there are votes. `place` is what is computed on and
/// how many images at once, `names` are those of dataset and split.
pub fn measure(
    (dataset, samples, votes): (&Dataset, &[usize], Option<&Votes>),
    networks: &[(&Path, NetworkFile)],
    views: Views,
    (backend, device, batch): (Backend, &Device, usize),
    (named, split): (String, String),
) -> Result<Measured> {
    let ensemble = Ensemble { networks: networks.iter().map(|(_, file)| file.asked()).collect(), views };
    let bar = ProgressBar::new(samples.len() as u64)
        .with_style(files::style("{bar:30} {pos} of {len} images, {per_sec}, {eta} left"));
    let start = Instant::now();
    let advance = async |done| {
        bar.set_position(done as u64);
        ControlFlow::Continue(())
    };
    let crops = samples.iter().map(|&sample| dataset.crop(sample));
    let readings = pollster::block_on(ensemble.ask(crops, batch, device, advance))?;
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
        backend: backend.name().to_owned(),
        dataset: named,
        split,
        seconds,
        views,
        temperature: if let [(_, file)] = networks { Some(file.temperature) } else { None },
    };
    let mut evaluation = Evaluation::new(&predictions, run);
    evaluation.report.ferplus = votes.map(|_| LabelReport::new(&by_votes));
    Ok(Measured { predictions, evaluation })
}
