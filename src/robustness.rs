//! `mien robustness`

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use super::classifiers::{LoadedNetwork, OnnxArguments};
use super::files;
use super::interrupt::Interrupt;
use super::networks::SplitArguments;
use super::output::out;
use mien_compute::evaluation::RunInfo;
use mien_compute::evaluation::robustness::{self, RobustnessTest};
use mien_compute::network::DEFAULT_FILE;
use mien_core::dataset::{LoadedDataset, stratified};
use mien_core::vision::corruption::Corruption;

/// Random seed for subsets of the images; the same as in the page.
const SEED: u64 = 1;

/// Tests the robustness of a network on corrupted images of a split: light, orientation, occlusion, quality
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    input: SplitArguments,
    /// Weights file or ONNX model (.onnx) of the network [default: the network of the page]
    #[arg(long)]
    weights: Option<PathBuf>,
    #[command(flatten)]
    onnx: OnnxArguments,
    /// Number of images, drawn as a stratified random sample; all by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    samples: Option<u32>,
    /// Only this corruption, by its name in docs/robustness.md; may be repeated
    #[arg(long, value_name = "NAME", value_parser = corruption)]
    corruption: Vec<Corruption>,
    /// Writes the report to this file (JSON): see docs/robustness.md
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report to this file as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Writes the report to this file as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    files::check_outputs([&arguments.json, &arguments.csv, &arguments.markdown].into_iter().flatten())?;
    let input = &arguments.input;
    let device = input.backend.device()?;
    let file = LoadedNetwork::read_or_default(arguments.weights.as_deref(), &device, &arguments.onnx)?;
    let (LoadedDataset { dataset, .. }, all) = input.images()?;
    let dataset = Arc::new(dataset);
    let all = all.into_iter().map(u32::try_from).collect::<Result<Vec<u32>, _>>()?;
    let count = arguments.samples.map_or(all.len(), |count| all.len().min(count as usize));
    let split = match count < all.len() {
        true => format!("{count} of {}, drawn by class with seed {SEED}", input.split),
        false => input.split.to_string(),
    };
    let samples = stratified(&all, |sample| dataset.label(sample as usize).index() as u8, count, SEED);
    let chosen = |corruption: &Corruption| arguments.corruption.is_empty() || arguments.corruption.contains(corruption);
    let mut test = RobustnessTest::new(dataset, samples, Corruption::ALL.into_iter().filter(chosen).collect());

    let bar = files::bar(test.total(), "{pos} of {len} predictions, {per_sec}, {eta} left");
    let interrupt = Interrupt::listen()?;
    let start = Instant::now();
    let network = file.classifier();
    let advance = async |done: usize| {
        bar.set_position(done as u64);
        if interrupt.requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let batch = usize::from(input.batch);
    let measured = pollster::block_on(robustness::run(&mut test, &network, batch, advance));
    bar.finish_and_clear();
    measured?;

    let weights = arguments.weights.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let report = test.report(RunInfo {
        model: format!("{} ({})", file.name(), weights.display()),
        description: file.description(),
        backend: file.runtime().unwrap_or_else(|| input.backend.name()).to_owned(),
        dataset: input.dataset.display().to_string(),
        split,
        seconds: start.elapsed().as_secs_f64(),
        ..RunInfo::default()
    });
    out!("{}", robustness::text(&report));
    if let Some(path) = &arguments.json {
        files::write_json(path, &report)?;
    }
    if let Some(path) = &arguments.csv {
        files::write(path, robustness::csv(&report).as_bytes())?;
    }
    if let Some(path) = &arguments.markdown {
        let samples = arguments.samples.map_or_else(String::new, |count| format!(" --samples {count}"));
        let (csv, split) = (input.dataset.display(), input.split);
        let command = format!("mien robustness {csv} --split {split}{samples} --markdown {}", path.display());
        files::write(path, robustness::markdown(&report, &command).as_bytes())?;
    }
    Ok(())
}

fn corruption(name: &str) -> Result<Corruption, String> {
    Corruption::ALL.into_iter().find(|each| each.name() == name).ok_or_else(|| {
        let names = Corruption::ALL.map(Corruption::name).join(", ");
        format!("there is no such corruption; there are {names}")
    })
}
