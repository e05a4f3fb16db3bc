//! `mien train`

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use clap::Args;
use indicatif::ProgressBar;
use pollster::block_on;

use super::backend::Backend;
use super::files;
use crate::dataset::{Reason, Split, Votes, select_training};
use crate::evaluation::PredictError;
use crate::network;
use crate::training::{EpochRecord, Progress, Session, Settings, TrainingData, TrainingError};
use crate::weights::Precision;

/// Trains a network on FER2013's Training split and validates it on PublicTest after every epoch
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage)
    csv: PathBuf,
    /// Where the weights of the best epoch go
    #[arg(long, value_name = "WEIGHTS")]
    out: PathBuf,
    /// Settings as docs/training.md describes them (JSON); the flags below go before it
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// FER+'s votes, row by row those of the CSV
    #[arg(long, value_name = "FILE")]
    votes: Option<PathBuf>,
    /// Weights to start from, instead of random ones; they decide the architecture
    #[arg(long, value_name = "WEIGHTS")]
    init: Option<PathBuf>,
    /// Where the run is kept after each epoch [default: WEIGHTS with the ending .checkpoint]
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Goes on from the checkpoint, with its settings
    #[arg(long, conflicts_with_all = ["settings", "init", "batch", "learning_rate", "seed"])]
    resume: bool,
    /// What to compute on
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Times that all images are seen
    #[arg(long)]
    epochs: Option<usize>,
    /// Images a step
    #[arg(long)]
    batch: Option<usize>,
    /// The highest learning rate
    #[arg(long)]
    learning_rate: Option<f64>,
    /// What everything random is drawn from
    #[arg(long)]
    seed: Option<u64>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let checkpoint = arguments.checkpoint.clone().unwrap_or_else(|| arguments.out.with_extension("checkpoint"));
    let kept = if arguments.resume { Some(files::read(&checkpoint)?) } else { None };
    let settings = if arguments.resume { None } else { Some(settings(arguments)?) };
    let data = read_data(arguments)?;
    let mut session = match (kept, settings) {
        (Some(kept), _) => {
            let session = Session::resume(&kept, data, &device);
            let mut session = session.with_context(|| checkpoint.display().to_string())?;
            if let Some(epochs) = arguments.epochs {
                session.set_epochs(epochs)?;
            }
            session
        }
        (None, settings) => {
            if checkpoint.exists() {
                let path = checkpoint.display();
                eprintln!(
                    "{path}: the checkpoint of an earlier run is replaced after the first epoch (--resume goes on from it)"
                );
            }
            start(arguments, settings.unwrap_or_default(), data, &device)?
        }
    };
    Run { out: &arguments.out, checkpoint: &checkpoint, stop: stop_on_interrupt()? }.go(&mut session)
}

/// The settings file with the flags laid over it.
fn settings(arguments: &Arguments) -> Result<Settings> {
    let mut settings = match &arguments.settings {
        Some(path) => serde_json::from_slice(&files::read(path)?)
            .with_context(|| format!("{}: these are no settings", path.display()))?,
        None => Settings::default(),
    };
    settings.epochs = arguments.epochs.unwrap_or(settings.epochs);
    settings.batch = arguments.batch.unwrap_or(settings.batch);
    settings.learning_rate = arguments.learning_rate.unwrap_or(settings.learning_rate);
    settings.seed = arguments.seed.unwrap_or(settings.seed);
    if let Err(wrong) = settings.check() {
        bail!("the settings ask for {wrong}");
    }
    Ok(settings)
}

fn read_data(arguments: &Arguments) -> Result<TrainingData> {
    let dataset = Arc::new(files::read_dataset(&arguments.csv)?.dataset);
    let votes = match &arguments.votes {
        Some(path) => {
            let votes = Votes::read(&files::read(path)?[..]).with_context(|| path.display().to_string())?;
            votes.check(&dataset).with_context(|| path.display().to_string())?;
            Some(votes)
        }
        None => None,
    };
    let selection = select_training(&dataset);
    let flat = selection.left_out.iter().filter(|left_out| matches!(left_out.reason, Reason::Flat(_))).count();
    println!(
        "{} images to train on, {} to validate on; left out: {} that are in a held-out split too, {flat} near constant",
        selection.kept.len(),
        dataset.of_split(Split::PublicTest).len(),
        selection.left_out.len() - flat,
    );
    Ok(TrainingData::new(dataset, votes))
}

fn start(arguments: &Arguments, mut settings: Settings, data: TrainingData, device: &Device) -> Result<Session> {
    let initial = match &arguments.init {
        Some(path) => Some(files::read_network(path, device)?),
        None => None,
    };
    if let Some(file) = &initial {
        settings.architecture = file.architecture.clone();
    }
    Ok(Session::start(settings, data, initial, device)?)
}

/// Set by Ctrl-C; a second one ends the process at once.
fn stop_on_interrupt() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(stop)
}

struct Run<'a> {
    out: &'a Path,
    checkpoint: &'a Path,
    stop: Arc<AtomicBool>,
}

impl Run<'_> {
    fn go(&self, session: &mut Session) -> Result<()> {
        let steps = session.steps_per_epoch();
        let total = session.settings().epochs * steps;
        let done = session.history().len() * steps + session.steps_done();
        let template = "{bar:30} step {pos} of {len}, {msg}, {eta} left";
        let bar = ProgressBar::new(total as u64).with_style(files::style(template)).with_position(done as u64);
        bar.reset_eta();
        let mut epoch_start = Instant::now();
        loop {
            if self.stop.load(Ordering::SeqCst) {
                bar.finish_and_clear();
                self.keep(session)?;
                bail!("stopped; --resume goes on from {}", self.checkpoint.display());
            }
            match block_on(session.step(async |_| self.go_on())) {
                Ok(Progress::Step(step)) => {
                    bar.set_message(format!("loss {:.3}", step.loss));
                    bar.inc(1);
                }
                Ok(Progress::Epoch(epoch)) => {
                    if session.is_best() {
                        let bytes = block_on(network::save(&session.file(description(session)), Precision::Full))?;
                        files::write(self.out, &bytes)?;
                    }
                    self.keep(session)?;
                    let seconds = epoch_start.elapsed().as_secs_f64();
                    epoch_start = Instant::now();
                    bar.suspend(|| println!("{}", line(&epoch, session, seconds)));
                }
                Ok(Progress::Finished) => break,
                // the loop's head says so
                Err(TrainingError::Predict(PredictError::Stopped)) => {}
                Err(error) => {
                    bar.finish_and_clear();
                    return Err(error.into());
                }
            }
        }
        bar.finish_and_clear();
        println!("{}: the weights of the best epoch", self.out.display());
        Ok(())
    }

    fn go_on(&self) -> ControlFlow<()> {
        if self.stop.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn keep(&self, session: &Session) -> Result<()> {
        files::write(self.checkpoint, &block_on(session.checkpoint())?)
    }
}

fn description(session: &Session) -> String {
    let settings = session.settings();
    format!("mien train, {} epochs in all, seed {}", settings.epochs, settings.seed)
}

fn line(record: &EpochRecord, session: &Session, seconds: f64) -> String {
    let epochs = session.settings().epochs;
    let validation = match &record.validation {
        Some(validation) => {
            let best = if session.is_best() { ", the best so far" } else { "" };
            format!("validation accuracy {:.2} %{best}", validation.confusion.accuracy() * 100.0)
        }
        None => "no validation images".to_owned(),
    };
    let left = seconds * (epochs - record.epoch) as f64 / 60.0;
    format!(
        "epoch {} of {epochs}: loss {:.4}, {validation}; {seconds:.0} s, {left:.0} min left",
        record.epoch, record.loss
    )
}
