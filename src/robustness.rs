//! `mien robustness`

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use super::files;
use super::interrupt::Interrupt;
use super::measure::Place;
use mien_compute::evaluation::Run;
use mien_compute::evaluation::robustness::{self, Lab};
use mien_compute::network::DEFAULT_FILE;
use mien_core::dataset::stratified;
use mien_core::vision::corruption::Corruption;

/// What a sample of images is drawn from; the page draws the same.
const SEED: u64 = 1;

/// Measures a network on spoilt images of a split: light, orientation, occlusion, resolution, noise
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The network's weights file
    #[arg(long, default_value = DEFAULT_FILE)]
    weights: PathBuf,
    /// Only so many images, drawn at random with the classes in proportion
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    samples: Option<u32>,
    /// Only this corruption, by its name in docs/robustness.md; may be given several times
    #[arg(long, value_name = "NAME", value_parser = corruption)]
    corruption: Vec<Corruption>,
    /// Writes the report here, as docs/robustness.md describes it
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report here as one table
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Writes the report here as a page of Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let place = &arguments.place;
    let device = place.backend.device()?;
    let file = files::read_network(&arguments.weights, &device)?;
    let (dataset, all) = place.images()?;
    let dataset = Arc::new(dataset);
    let all = all.into_iter().map(u32::try_from).collect::<Result<Vec<u32>, _>>()?;
    let count = arguments.samples.map_or(all.len(), |count| all.len().min(count as usize));
    let split = match count < all.len() {
        true => format!("{count} of {}, drawn by class with seed {SEED}", place.split),
        false => place.split.to_string(),
    };
    let samples = stratified(&all, |sample| dataset.label(sample as usize).index() as u8, count, SEED);
    let chosen = |corruption: &Corruption| arguments.corruption.is_empty() || arguments.corruption.contains(corruption);
    let mut lab = Lab::new(dataset, samples, Corruption::ALL.into_iter().filter(chosen).collect());

    let bar = files::bar(lab.total(), "{pos} of {len} predictions, {per_sec}, {eta} left");
    let interrupt = Interrupt::listen()?;
    let start = Instant::now();
    let network = file.asked();
    let advance = async |done: usize| {
        bar.set_position(done as u64);
        if interrupt.came() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let batch = usize::from(place.batch);
    let measured = pollster::block_on(robustness::measure(&mut lab, &network, batch, &device, advance));
    bar.finish_and_clear();
    measured?;

    let report = lab.report(Run {
        model: format!("{} ({})", file.architecture.name(), arguments.weights.display()),
        description: file.training.description,
        backend: place.backend.name().to_owned(),
        dataset: place.dataset.display().to_string(),
        split,
        seconds: start.elapsed().as_secs_f64(),
        ..Run::default()
    });
    print!("{}", robustness::text(&report));
    if let Some(path) = &arguments.json {
        files::write_json(path, &report)?;
    }
    if let Some(path) = &arguments.csv {
        files::write(path, robustness::csv(&report).as_bytes())?;
    }
    if let Some(path) = &arguments.markdown {
        let samples = arguments.samples.map_or_else(String::new, |count| format!(" --samples {count}"));
        let (csv, split) = (place.dataset.display(), place.split);
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
