//! `mien cross-validate`

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use pollster::block_on;

use super::backend::Backend;
use super::files::{self, GroupArguments, LabelArguments};
use super::interrupt::Interrupt;
use super::output::outln;
use super::settings::SettingsArguments;
use mien_compute::training::{CrossOutcome, CrossReport, CrossValidation, StepOutcome, TrainingError};
use mien_core::dataset::select_for_folds;
use mien_core::number::counted;

/// Cross-validates a network on Training and PublicTest: for each fold, trains on the others and evaluates on it
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage; also .gz, .zip or .tar), or an archive or a folder of images
    csv: PathBuf,
    #[command(flatten)]
    labels: LabelArguments,
    #[command(flatten)]
    groups: GroupArguments,
    /// Number of folds, which are stratified
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// Writes the report to this file (JSON): see docs/training.md
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// FER+'s votes, with the same rows as the CSV
    #[arg(long, value_name = "FILE")]
    votes: Option<PathBuf>,
    /// Initial weights of every fold, in place of random ones; they should not have been trained on these images
    #[arg(long, value_name = "WEIGHTS")]
    init: Option<PathBuf>,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
    #[command(flatten)]
    settings: SettingsArguments,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    files::check_outputs(&arguments.json)?;
    let device = arguments.backend.device()?;
    arguments.settings.read(0)?; // fails before the dataset is loaded
    let dataset = Arc::new(files::read_dataset(&arguments.csv, &arguments.labels)?.dataset);
    let votes = arguments.votes.as_ref().map(|path| files::read_votes(path, &dataset)).transpose()?;
    let initial = arguments.init.as_ref().map(|path| files::read_network(path, &device)).transpose()?;
    let samples = select_for_folds(&dataset, &files::near_duplicates(&dataset)).kept;
    let settings = arguments.settings.read(samples.len() - samples.len() / arguments.folds.max(1))?;
    outln!("{} in {} folds", counted(samples.len() as u64, "image"), arguments.folds);
    let column = arguments.groups.column(&dataset)?;
    if let Some(column) = column.and_then(|column| dataset.groups().get(column)) {
        outln!("{}", files::describe_groups(column, samples.iter().copied()));
    }
    let data = (dataset, &samples[..], votes);
    let mut validation = CrossValidation::new(settings, data, (arguments.folds, column), initial, &device)?;
    let interrupt = Interrupt::listen()?;
    let bar = files::bar(0, "{msg}");
    loop {
        if interrupt.requested() {
            bar.finish_and_clear();
            bail!("stopped in fold {} of {}", validation.folds().0 + 1, arguments.folds);
        }
        match block_on(validation.step(async |_| interrupt.go_on())) {
            Ok(CrossOutcome::Training(fold, StepOutcome::Step(step))) => {
                if let Some(session) = validation.session() {
                    let (steps, epochs) = (session.steps_per_epoch(), session.settings().epochs);
                    bar.set_length((arguments.folds * epochs * steps) as u64);
                    bar.set_position((((fold - 1) * epochs + step.epoch - 1) * steps + step.step) as u64);
                }
                bar.set_message(format!("fold {fold}, epoch {}, loss {:.3}", step.epoch, step.loss));
            }
            Ok(CrossOutcome::Training(..)) => {}
            Ok(CrossOutcome::Fold(record)) => {
                let (accuracy, f1) = (record.report.accuracy, record.report.macro_f1);
                let scores = format!("accuracy {accuracy:.4}, macro F1 {f1:.4}");
                bar.suspend(|| outln!("fold {} of {}: {scores}", record.fold, arguments.folds));
            }
            Ok(CrossOutcome::Finished) => break,
            // reported at the start of the loop
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
    outln!("\nmetric                         mean  deviation");
    for metric in &report.metrics {
        let number = |value: Option<f64>| value.map_or("undefined".to_owned(), |value| format!("{value:.4}"));
        outln!("{:<26} {:>8} {:>10}", metric.name, number(metric.mean), number(metric.deviation));
    }
}
