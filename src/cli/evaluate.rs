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
use crate::evaluation::{ConfusionMatrix, Report, predict};
use crate::expression::{Distribution, Expression};

/// Measures a network on a split of FER2013
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage)
    csv: PathBuf,
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
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let file = files::read_network(&arguments.weights, &device)?;
    let dataset = files::read_dataset(&arguments.csv)?.dataset;
    let samples = dataset.of_split(arguments.split);
    if samples.is_empty() {
        bail!("{}: no image belongs to {}", arguments.csv.display(), arguments.split);
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

    let mut matrix = ConfusionMatrix::default();
    for (&sample, logits) in samples.iter().zip(logits) {
        matrix.add(dataset.label(sample), Distribution::from_logits(logits).top().0);
    }
    let model = format!("{} ({})", file.architecture.name(), arguments.weights.display());
    let report = Report::new(matrix, model, arguments.backend.name().to_owned(), arguments.split.to_string());
    print(&report, seconds);
    if let Some(path) = &arguments.json {
        files::write(path, (serde_json::to_string_pretty(&report)? + "\n").as_bytes())?;
    }
    Ok(())
}

fn print(report: &Report, seconds: f64) {
    let rate = report.samples as f64 / seconds;
    println!("{} on {}: {} images of {}", report.model, report.backend, report.samples, report.split);
    println!("{seconds:.1} s, {rate:.0} images a second\n");
    println!("class     precision  recall      F1  support");
    for class in &report.classes {
        let scores = format!("{:9.4} {:7.4} {:7.4}", class.precision, class.recall, class.f1);
        println!("{:<9} {scores} {:8}", class.name, class.support);
    }
    println!("\naccuracy           {:.4}", report.accuracy);
    println!("balanced accuracy  {:.4}", report.balanced_accuracy);
    println!("macro F1           {:.4}", report.macro_f1);
    println!("weighted F1        {:.4}", report.weighted_f1);
    match report.cohen_kappa {
        Some(kappa) => println!("Cohen's kappa      {kappa:.4}"),
        None => println!("Cohen's kappa      undefined: all labels and predictions are of one class"),
    }
    print!("\nactual \\ taken for");
    for class in Expression::ALL {
        print!(" {:>8}", class.name());
    }
    println!();
    for (class, row) in Expression::ALL.into_iter().zip(report.confusion_matrix.0) {
        print!("{:<18}", class.name());
        for count in row {
            print!(" {count:>8}");
        }
        println!();
    }
}
