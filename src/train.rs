//! `mien train`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use clap::Args;
use pollster::block_on;

use super::backend::Backend;
use super::files::{self, GroupArguments, LabelArguments};
use super::interrupt::Interrupt;
use super::output::{errln, outln};
use super::settings::SettingsArguments;
use mien_compute::network;
use mien_compute::training::{EpochRecord, Session, StepOutcome, TrainingData, TrainingError};
use mien_core::dataset::{Reason, Selection, select_training};
use mien_core::file_kind::FileKind;
use mien_core::number::counted;
use mien_weights::Precision;

/// Trains a network on FER2013's Training split and validates it on PublicTest after every epoch
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage; also .gz, .zip or .tar), or an archive or a folder of images
    csv: PathBuf,
    #[command(flatten)]
    labels: LabelArguments,
    #[command(flatten)]
    groups: GroupArguments,
    /// Weights file to write, with the weights of the best epoch
    #[arg(long, value_name = "WEIGHTS", value_parser = files::weights_name)]
    out: PathBuf,
    /// FER+'s votes, with the same rows as the CSV
    #[arg(long, value_name = "FILE")]
    votes: Option<PathBuf>,
    /// Initial weights in place of random ones; they determine the architecture
    #[arg(long, value_name = "WEIGHTS")]
    init: Option<PathBuf>,
    /// Checkpoint to write after each epoch [default: WEIGHTS with the extension .checkpoint]
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Resumes from the checkpoint, with its settings
    #[arg(long, conflicts_with_all = ["settings", "preset", "init", "batch", "learning_rate", "seed"])]
    resume: bool,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
    #[command(flatten)]
    settings: SettingsArguments,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let checkpoint = arguments.checkpoint.clone().unwrap_or_else(|| arguments.out.with_extension("checkpoint"));
    files::check_outputs([&arguments.out, &checkpoint])?;
    if arguments.checkpoint.is_none() {
        files::check_beside(&checkpoint, |head| FileKind::of(head) == FileKind::Safetensors, "--checkpoint")?;
    }
    let mut session = if arguments.resume {
        resume(arguments, &checkpoint, &device)?
    } else {
        arguments.settings.read(0)?; // fails before the dataset is loaded
        let data = read_data(arguments)?;
        if checkpoint.exists() {
            let path = checkpoint.display();
            errln!(
                "{path}: this checkpoint of an earlier run will be overwritten after the first epoch (use --resume to continue it)"
            );
        }
        let initial = arguments.init.as_ref().map(|path| files::read_network(path, &device)).transpose()?;
        Session::start(arguments.settings.read(data.training.len())?, data, initial, &device)?
    };
    let data = session.data();
    let images = counted(data.training.len() as u64, "image");
    outln!("{images} to train on, {} to validate on", data.validation.len());
    let missing: Vec<&str> = data.missing_classes().into_iter().map(|class| class.name()).collect();
    if !missing.is_empty() {
        outln!("classes without training images: {}", missing.join(", "));
    }
    TrainingRun { out: &arguments.out, checkpoint: &checkpoint, interrupt: Interrupt::listen()? }.run(&mut session)
}

fn resume(arguments: &Arguments, checkpoint: &Path, device: &Device) -> Result<Session> {
    let saved = files::read(checkpoint)?;
    let session = Session::resume(&saved, read_data(arguments)?, device);
    let mut session = session.with_context(|| checkpoint.display().to_string())?;
    if let Some(epochs) = arguments.settings.epochs {
        session.set_epochs(epochs)?;
    }
    Ok(session)
}

fn read_data(arguments: &Arguments) -> Result<TrainingData> {
    let dataset = Arc::new(files::read_dataset(&arguments.csv, &arguments.labels)?.dataset);
    let votes = arguments.votes.as_ref().map(|path| files::read_votes(path, &dataset)).transpose()?;
    let near = files::near_duplicates(&dataset);
    report_excluded(&select_training(&dataset, &near));
    let column = arguments.groups.column(&dataset)?;
    let data = TrainingData::new(dataset, &near, votes, column);
    report_groups(&data, column);
    Ok(data)
}

fn report_groups(data: &TrainingData, column: Option<usize>) {
    let Some(column) = column.and_then(|column| data.dataset.groups().get(column)) else { return };
    let across = column.count_across_splits(&data.dataset);
    if data.is_held_out() && !data.validation.is_empty() {
        let samples = data.training.iter().chain(&data.validation).copied();
        outln!("{}", files::describe_groups(column, samples));
    }
    if across > 0 {
        let name = column.name();
        outln!(
            "in Training and in a held-out split: {across} values of the column {name}, which makes results look better"
        );
    }
}

fn report_excluded(selection: &Selection) {
    let (mut copies, mut near, mut flat) = (0, 0, 0);
    for excluded in &selection.excluded {
        match excluded.reason {
            Reason::HeldOut(_) => copies += 1,
            Reason::NearHeldOut(_) => near += 1,
            Reason::Flat(_) => flat += 1,
        }
    }
    if !selection.excluded.is_empty() {
        outln!(
            "excluded: also in a held-out split {copies}, near duplicates of held-out images {near}, near-constant {flat}"
        );
    }
}

struct TrainingRun<'a> {
    out: &'a Path,
    checkpoint: &'a Path,
    interrupt: Interrupt,
}

impl TrainingRun<'_> {
    fn run(&self, session: &mut Session) -> Result<()> {
        let steps = session.steps_per_epoch();
        let total = session.settings().epochs * steps;
        let done = session.history().epochs.len() * steps + session.steps_done();
        let bar = files::bar(total, "step {pos} of {len}, {msg}, {eta} left").with_position(done as u64);
        bar.reset_eta();
        loop {
            if self.interrupt.requested() {
                bar.finish_and_clear();
                self.save_checkpoint(session)?;
                bail!("stopped; use --resume to continue from {}", self.checkpoint.display());
            }
            match block_on(session.step(async |_| self.interrupt.go_on())) {
                Ok(StepOutcome::Step(step)) => {
                    bar.set_message(format!("loss {:.3}", step.loss));
                    bar.inc(1);
                }
                Ok(StepOutcome::Epoch(epoch)) => {
                    if let Some(file) = session.best(description(session)).filter(|_| session.is_best()) {
                        files::write(self.out, &block_on(network::save(&file, Precision::Full))?)?;
                    }
                    self.save_checkpoint(session)?;
                    bar.suspend(|| outln!("{}", line(&epoch, session)));
                }
                Ok(StepOutcome::Finished) => break,
                // reported at the start of the loop
                Err(TrainingError::Stopped) => {}
                Err(error) => {
                    bar.finish_and_clear();
                    return Err(error.into());
                }
            }
        }
        bar.finish_and_clear();
        if session.stopped_early() {
            outln!("stopped early: no improvement");
        }
        outln!("{}: weights of epoch {}, the best", self.out.display(), session.best_epoch().unwrap_or(0));
        Ok(())
    }

    fn save_checkpoint(&self, session: &Session) -> Result<()> {
        files::write(self.checkpoint, &block_on(session.checkpoint())?)
    }
}

fn description(session: &Session) -> String {
    let settings = session.settings();
    format!("mien train, {} in all, seed {}", counted(settings.epochs as u64, "epoch"), settings.seed)
}

fn line(record: &EpochRecord, session: &Session) -> String {
    let epochs = session.settings().epochs;
    let validation = match &record.validation {
        Some(validation) => {
            let best = if session.is_best() { ", the best so far" } else { "" };
            let (accuracy, f1) = (validation.confusion.accuracy() * 100.0, validation.confusion.macro_average().f1);
            format!("validation loss {:.4}, accuracy {accuracy:.2} %, macro F1 {f1:.3}{best}", validation.loss)
        }
        None => "no validation images".to_owned(),
    };
    let left = record.seconds * (epochs - record.epoch) as f32 / 60.0;
    format!(
        "epoch {} of {epochs}: loss {:.4}, accuracy {:.2} %, {validation}; {:.0} s, {left:.0} min left",
        record.epoch,
        record.loss,
        record.accuracy * 100.0,
        record.seconds
    )
}
