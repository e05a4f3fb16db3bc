//! `mien cross-validate`

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use pollster::block_on;

use super::backend::Backend;
use super::files;
use super::interrupt::Interrupt;
use super::settings::SettingsArguments;
use mien_compute::training::{CrossProgress, CrossReport, CrossValidation, Progress, TrainingError};
use mien_core::dataset::select_training;

/// Trains a network on all folds but one of FER2013's Training split and measures it on that one, for every fold
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage)
    csv: PathBuf,
    /// Parts that the images are cut into, by class
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// Writes what every fold has shown here, as docs/training.md describes it
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// FER+'s votes, row by row those of the CSV
    #[arg(long, value_name = "FILE")]
    votes: Option<PathBuf>,
    /// Weights that every fold starts from, instead of random ones; they should not have seen the images
    #[arg(long, value_name = "WEIGHTS")]
    init: Option<PathBuf>,
    /// What to compute on
    #[arg(long, default_value = "flex")]
    backend: Backend,
    #[command(flatten)]
    settings: SettingsArguments,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    arguments.settings.read(0)?; // refused before the long reading
    let dataset = Arc::new(files::read_dataset(&arguments.csv)?.dataset);
    let votes = arguments.votes.as_ref().map(|path| files::read_votes(path, &dataset)).transpose()?;
    let initial = arguments.init.as_ref().map(|path| files::read_network(path, &device)).transpose()?;
    let samples = select_training(&dataset).kept;
    let settings = arguments.settings.read(samples.len() - samples.len() / arguments.folds.max(1))?;
    println!("{} images in {} folds", samples.len(), arguments.folds);
    let data = (dataset, &samples[..], votes);
    let mut validation = CrossValidation::new(settings, data, arguments.folds, initial, &device)?;
    let interrupt = Interrupt::listen()?;
    let bar = files::bar(0, "{msg}");
    loop {
        if interrupt.came() {
            bar.finish_and_clear();
            bail!("stopped in fold {} of {}", validation.folds().0 + 1, arguments.folds);
        }
        match block_on(validation.step(async |_| interrupt.go_on())) {
            Ok(CrossProgress::Training(fold, Progress::Step(step))) => {
                if let Some(session) = validation.session() {
                    let (steps, epochs) = (session.steps_per_epoch(), session.settings().epochs);
                    bar.set_length((arguments.folds * epochs * steps) as u64);
                    bar.set_position((((fold - 1) * epochs + step.epoch - 1) * steps + step.step) as u64);
                }
                bar.set_message(format!("fold {fold}, epoch {}, loss {:.3}", step.epoch, step.loss));
            }
            Ok(CrossProgress::Training(..)) => {}
            Ok(CrossProgress::Fold(record)) => {
                let (accuracy, f1) = (record.report.accuracy, record.report.macro_f1);
                let scores = format!("accuracy {accuracy:.4}, macro F1 {f1:.4}");
                bar.suspend(|| println!("fold {} of {}: {scores}", record.fold, arguments.folds));
            }
            Ok(CrossProgress::Finished) => break,
            // the loop's head says so
            Err(TrainingError::Stopped) => {}
            Err(error) => {
                bar.finish_and_clear();
                return Err(error.into());
            }
        }
    }
    bar.finish_and_clear();
    let report = validation.report();
    print(&report);
    if let Some(path) = &arguments.json {
        files::write_json(path, &report)?;
    }
    Ok(())
}

fn print(report: &CrossReport) {
    println!("\nmetric                         mean  deviation");
    for metric in &report.metrics {
        let number = |value: Option<f64>| value.map_or("undefined".to_owned(), |value| format!("{value:.4}"));
        println!("{:<26} {:>8} {:>10}", metric.name, number(metric.mean), number(metric.deviation));
    }
}
