//! `mien card`

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use clap::Args;

use super::backend::Backend;
use super::evaluate::views;
use super::files;
use mien_compute::evaluation::{
    Card, Evaluation, LabelReport, Labelled, Predictions, Report, Run, Views, calibrate, mean_of_views, networks_table,
    predict,
};
use mien_compute::network::{DEFAULT_FILE, NetworkFile, Offer};
use mien_core::dataset::{Dataset, Split, Votes, stratified_folds};
use mien_core::expression::{Distribution, Expression};

/// Images computed at once.
const BATCH: usize = 64;

/// Between these the figures of `docs/model-card.md` stand.
const MARKS: [&str; 2] = ["<!-- figures: written by mien card -->\n", "<!-- end of figures -->\n"];

/// Measures the networks that come with the page, and writes their figures into the model card and the list of networks
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage)
    #[arg(value_name = "CSV")]
    dataset: PathBuf,
    /// FER+'s votes, row by row those of the CSV
    #[arg(long, value_name = "FILE")]
    votes: PathBuf,
    /// Images that the networks have not learned from
    #[arg(long, default_value_t = Split::PublicTest)]
    split: Split,
    /// The folder of the networks and their list, networks.json
    #[arg(long, value_name = "FOLDER", default_value = "www/weights")]
    weights: PathBuf,
    /// The model card, whose figures are replaced
    #[arg(long, value_name = "FILE", default_value = "docs/model-card.md")]
    out: PathBuf,
    /// The most looks an image
    #[arg(long, value_name = "VIEWS", default_value = Views::TenCrop.name(), value_parser = views())]
    tta: Views,
    /// What to compute on
    #[arg(long, default_value = "flex")]
    backend: Backend,
}

/// Images to measure on.
struct Images {
    dataset: Dataset,
    name: String,
    samples: Vec<usize>,
    split: Split,
    votes: Votes,
}

/// Logits of all views of all images, and how long that took.
struct Looked {
    views: Views,
    logits: Vec<[f32; Expression::COUNT]>,
    seconds: f64,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let list = arguments.weights.join("networks.json");
    let mut offers: Vec<Offer> =
        serde_json::from_slice(&files::read(&list)?).with_context(|| list.display().to_string())?;
    let text = String::from_utf8(files::read(&arguments.out)?).context("the model card is no text")?;
    let (Some(start), Some(end)) = (text.find(MARKS[0]), text.find(MARKS[1])) else {
        bail!(
            "{}: no place for figures between `{}` and `{}`",
            arguments.out.display(),
            MARKS[0].trim(),
            MARKS[1].trim()
        );
    };
    let dataset = files::read_dataset(&arguments.dataset)?.dataset;
    let images = Images {
        samples: dataset.of_split(arguments.split),
        name: arguments.dataset.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        split: arguments.split,
        votes: files::read_votes(&arguments.votes, &dataset)?,
        dataset,
    };
    if images.samples.is_empty() {
        bail!("{}: no image belongs to {}", arguments.dataset.display(), arguments.split);
    }
    let default = Path::new(DEFAULT_FILE).file_name().unwrap_or_default().to_string_lossy();
    let mut card = None;
    // what the networks of the ensemble say
    let mut flipped: Vec<(String, Vec<Distribution>)> = Vec::new();
    for offer in &mut offers {
        let path = arguments.weights.join(&offer.file);
        let file = files::read_network(&path, &device)?;
        let views = if offer.file == default { arguments.tta } else { arguments.tta.min(Views::Flip) };
        let looked = look(&file, &images, views, &device)?;
        let plain = report(&images, &looked, Views::One, &file, arguments.backend)?;
        offer.architecture = file.architecture.name().to_owned();
        offer.bytes = fs::metadata(&path).with_context(|| path.display().to_string())?.len();
        offer.parameters = file.architecture.parameters();
        offer.multiply_adds = file.architecture.multiply_adds();
        (offer.accuracy, offer.macro_f1) = (Some(plain.accuracy), Some(plain.macro_f1));
        offer.ferplus_accuracy = plain.ferplus.as_ref().map(|labels| labels.accuracy);
        offer.split = images.split.to_string();
        println!("{}: accuracy {:.4}, macro F1 {:.4}", offer.file, plain.accuracy, plain.macro_f1);
        if offer.ensemble {
            flipped.push((offer.architecture.clone(), looked.readings(Views::Flip.min(views), file.temperature)));
        }
        if offer.file == default {
            let more = Views::ALL.into_iter().filter(|&more| more > Views::One && more <= views);
            let more = more.map(|views| report(&images, &looked, views, &file, arguments.backend));
            card = Some(Card {
                network: offer.clone(),
                training: file.training.description.clone(),
                temperature: file.temperature,
                calibration: calibrate(&halves(&images, &looked)?, false),
                reports: std::iter::once(Ok(plain)).chain(more).collect::<Result<_>>()?,
                ensemble: None,
            });
        }
    }
    let Some(mut card) = card else { bail!("{}: it does not list {default}", list.display()) };
    if flipped.len() > 1 {
        card.ensemble = Some(together(&images, &flipped, arguments.backend)?);
    }
    files::write_json(&list, &offers)?;
    files::write_json(&arguments.weights.join("card.json"), &card)?;
    let figures = format!("{}\n{}", card.markdown(), networks_table(&offers));
    let text = format!("{}{}\n{figures}\n{}", &text[..start], MARKS[0], &text[end..]);
    files::write(&arguments.out, text.as_bytes())?;
    print!("{figures}");
    Ok(())
}

fn look(file: &NetworkFile, images: &Images, views: Views, device: &Device) -> Result<Looked> {
    let start = std::time::Instant::now();
    let network = file.network.clone().fold();
    let total = images.samples.len() * views.count();
    let bar = files::bar(total, "{pos} of {len} views, {per_sec}, {eta} left");
    let advance = async |done| {
        bar.set_position(done as u64);
        ControlFlow::Continue(())
    };
    let crops = images.samples.iter().flat_map(|&sample| views.of(&images.dataset.crop(sample)));
    let logits = pollster::block_on(predict(&network, crops, BATCH, device, advance))?;
    bar.finish_and_clear();
    Ok(Looked { views, logits, seconds: start.elapsed().as_secs_f64() })
}

impl Looked {
    /// What was said with some of the looks: the first ones of each image.
    fn readings(&self, views: Views, temperature: f32) -> Vec<Distribution> {
        let said = |looks: &[[f32; Expression::COUNT]]| {
            let scaled: Vec<_> =
                looks[..views.count()].iter().map(|logits| logits.map(|logit| logit / temperature)).collect();
            mean_of_views(&scaled)
        };
        self.logits.chunks_exact(self.views.count()).map(said).collect()
    }
}

/// Two halves of the images by class.
fn halves(images: &Images, looked: &Looked) -> Result<[Labelled; 2]> {
    let halves = stratified_folds(&images.dataset, &images.samples, 2, 0)?;
    let of = |half: &[usize]| {
        let mut labelled = Labelled::default();
        let plain = looked.logits.chunks_exact(looked.views.count()).map(|looks| looks[0]);
        for (&sample, logits) in images.samples.iter().zip(plain) {
            // both are in the order of the dataset
            if half.binary_search(&sample).is_ok() {
                labelled.logits.push(logits);
                labelled.labels.push(images.dataset.label(sample));
            }
        }
        labelled
    };
    Ok([of(&halves[0]), of(&halves[1])])
}

fn report(images: &Images, looked: &Looked, views: Views, file: &NetworkFile, backend: Backend) -> Result<Report> {
    let run = Run {
        model: file.architecture.name().to_owned(),
        description: file.training.description.clone(),
        backend: backend.name().to_owned(),
        seconds: looked.seconds * views.count() as f64 / looked.views.count() as f64,
        views,
        temperature: Some(file.temperature),
        ..Run::default()
    };
    measured(images, &looked.readings(views, file.temperature), run)
}

/// Several networks as one, each with its architecture's name and what it says of each image and that mirrored.
fn together(images: &Images, networks: &[(String, Vec<Distribution>)], backend: Backend) -> Result<Report> {
    let mean = |image: usize| {
        let mut sum = [0.0; Expression::COUNT];
        for (_, readings) in networks {
            sum.iter_mut().zip(readings[image].0).for_each(|(sum, value)| *sum += value / networks.len() as f32);
        }
        Distribution(sum)
    };
    let names: Vec<&str> = networks.iter().map(|(name, _)| name.as_str()).collect();
    let run =
        Run { model: names.join(" + "), backend: backend.name().to_owned(), views: Views::Flip, ..Run::default() };
    measured(images, &(0..images.samples.len()).map(mean).collect::<Vec<_>>(), run)
}

fn measured(images: &Images, readings: &[Distribution], run: Run) -> Result<Report> {
    let (mut predictions, mut by_votes) = (Predictions::default(), Predictions::default());
    for (&sample, &reading) in images.samples.iter().zip(readings) {
        let number = u32::try_from(sample)?;
        predictions.push(number, images.dataset.label(sample), reading);
        if let Some(label) = images.votes.majority(images.dataset.row(sample)) {
            by_votes.push(number, label, reading);
        }
    }
    let run = Run { dataset: images.name.clone(), split: images.split.to_string(), ..run };
    let mut report = Evaluation::new(&predictions, run).report;
    report.ferplus = Some(LabelReport::new(&by_votes));
    Ok(report)
}
