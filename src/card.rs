//! `mien card`

use std::fs;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::backend::Backend;
use super::card_photos;
use super::evaluate::test_time_augmentation;
use super::files::{self, LabelArguments};
use super::networks::Evaluated;
use super::output::{out, outln};
use mien_compute::evaluation::{
    Card, LabelledLogits, Report, RunInfo, TestTimeAugmentation, calibrate, mean_of_views, networks_table, predict,
};
use mien_compute::network::{AvailableNetwork, DEFAULT_FILE, NetworkFile, Predictor};
use mien_core::dataset::{Dataset, Split, Votes, person_column, stratified_folds};
use mien_core::expression::{Distribution, Expression};

/// Batch size.
const BATCH: usize = 64;

/// The marks around the figures in `docs/model-card.md` …
const MARKS: [&str; 2] = ["<!-- figures: written by mien card -->\n", "<!-- end of figures -->\n"];

/// … and around those on photographs.
const PHOTO_MARKS: [&str; 2] =
    ["<!-- photographs: written by mien card --photos -->\n", "<!-- end of photographs -->\n"];

/// Evaluates the networks of the page, and writes their metrics into the model card and the list of networks
#[derive(Args)]
pub struct Arguments {
    /// FER2013's CSV (emotion,pixels,Usage; also .gz, .zip or .tar), or an archive or a folder of images
    #[arg(value_name = "CSV", required_unless_present = "photos", requires = "votes")]
    dataset: Option<PathBuf>,
    #[command(flatten)]
    labels: LabelArguments,
    /// FER+'s votes, with the same rows as the CSV
    #[arg(long, value_name = "FILE", requires = "dataset")]
    votes: Option<PathBuf>,
    /// Folder of photographs with their labels in labels.csv: also evaluates the networks on these, or only on these if no CSV is
    /// given
    #[arg(long, value_name = "FOLDER")]
    photos: Option<PathBuf>,
    /// Split that the networks were not trained on
    #[arg(long, default_value_t = Split::PublicTest)]
    split: Split,
    /// Folder of the networks and their list, networks.json
    #[arg(long, value_name = "FOLDER", default_value = "www/weights")]
    weights: PathBuf,
    /// Model card in which the figures are replaced
    #[arg(long, value_name = "FILE", default_value = "docs/model-card.md")]
    out: PathBuf,
    /// Most expensive test-time augmentation to evaluate
    #[arg(long, value_name = "VIEWS", default_value = TestTimeAugmentation::TenCrop.name(), value_parser = test_time_augmentation())]
    tta: TestTimeAugmentation,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
}

/// The images to evaluate on.
struct Images {
    dataset: Dataset,
    name: String,
    samples: Vec<usize>,
    split: Split,
    votes: Votes,
}

/// The logits of all views of all images, and the duration.
struct ViewLogits {
    augmentation: TestTimeAugmentation,
    logits: Vec<[f32; Expression::COUNT]>,
    seconds: f64,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    files::check_outputs([&arguments.out])?;
    let mut text = String::from_utf8(files::read(&arguments.out)?).context("the model card is not text")?;
    // the places are looked for before anything is measured
    let places = |text: &str, marks: [&str; 2]| {
        let path = arguments.out.display();
        place(text, marks).with_context(|| {
            format!("{path}: no place for figures between `{}` and `{}`", marks[0].trim(), marks[1].trim())
        })
    };
    if arguments.photos.is_some() {
        places(&text, PHOTO_MARKS)?;
    }
    if let (Some(dataset), Some(votes)) = (&arguments.dataset, &arguments.votes) {
        places(&text, MARKS)?;
        let figures = measure(arguments, dataset, votes)?;
        text.replace_range(places(&text, MARKS)?, &format!("\n{figures}\n"));
        files::write(&arguments.out, text.as_bytes())?;
        out!("{figures}");
    }
    if let Some(photos) = &arguments.photos {
        let figures = card_photos::measure(photos, None, &arguments.weights, arguments.backend)?;
        text.replace_range(places(&text, PHOTO_MARKS)?, &format!("\n{figures}\n"));
        files::write(&arguments.out, text.as_bytes())?;
        out!("{figures}");
    }
    Ok(())
}

/// The range between two marks.
fn place(text: &str, [start, end]: [&str; 2]) -> Option<Range<usize>> {
    let from = text.find(start)? + start.len();
    Some(from..from + text[from..].find(end)?)
}

/// Evaluates the networks on a dataset, and writes their metrics into the list of networks. Returns them as Markdown.
fn measure(arguments: &Arguments, path: &Path, votes: &Path) -> Result<String> {
    let device = arguments.backend.device()?;
    let [list, card_file] = ["networks.json", "card.json"].map(|name| arguments.weights.join(name));
    files::check_outputs([&list, &card_file])?;
    let mut networks: Vec<AvailableNetwork> =
        serde_json::from_slice(&files::read(&list)?).with_context(|| list.display().to_string())?;
    let dataset = files::read_dataset(path, &arguments.labels)?.dataset;
    let images = Images {
        samples: dataset.of_split(arguments.split),
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        split: arguments.split,
        votes: files::read_votes(votes, &dataset)?,
        dataset,
    };
    if images.samples.is_empty() {
        bail!("{}: no image belongs to {}", path.display(), arguments.split);
    }
    let default = Path::new(DEFAULT_FILE).file_name().unwrap_or_default().to_string_lossy();
    let mut card = None;
    // the predictions of the networks of the ensemble
    let mut flipped: Vec<(String, Vec<Distribution>)> = Vec::new();
    for network in &mut networks {
        let path = arguments.weights.join(&network.file);
        let file = files::read_network(&path, &device)?;
        let augmentation =
            if network.file == default { arguments.tta } else { arguments.tta.min(TestTimeAugmentation::Flip) };
        let computed = compute_logits(&file, &images, augmentation)?;
        let plain = report(&images, &computed, TestTimeAugmentation::None, &file, arguments.backend)?;
        network.architecture = file.header.architecture.name().to_owned();
        network.bytes = fs::metadata(&path).with_context(|| path.display().to_string())?.len();
        network.parameters = file.header.architecture.parameters();
        network.multiply_adds = file.header.architecture.multiply_adds();
        (network.accuracy, network.macro_f1) = (Some(plain.accuracy), Some(plain.macro_f1));
        network.ferplus_accuracy = plain.ferplus.as_ref().map(|labels| labels.accuracy);
        network.split = images.split.to_string();
        outln!("{}: accuracy {:.4}, macro F1 {:.4}", network.file, plain.accuracy, plain.macro_f1);
        if network.ensemble {
            flipped.push((
                network.architecture.clone(),
                computed.distributions(TestTimeAugmentation::Flip.min(augmentation), file.header.temperature),
            ));
        }
        if network.file == default {
            let more = TestTimeAugmentation::ALL
                .into_iter()
                .filter(|&more| more > TestTimeAugmentation::None && more <= augmentation);
            let more = more.map(|augmentation| report(&images, &computed, augmentation, &file, arguments.backend));
            card = Some(Card {
                network: network.clone(),
                training: file.header.training.description.clone(),
                temperature: file.header.temperature,
                calibration: calibrate(&halves(&images, &computed)?, false),
                reports: std::iter::once(Ok(plain)).chain(more).collect::<Result<_>>()?,
                ensemble: None,
            });
        }
    }
    let Some(mut card) = card else { bail!("{}: it does not list {default}", list.display()) };
    if flipped.len() > 1 {
        card.ensemble = Some(ensemble_report(&images, &flipped, arguments.backend)?);
    }
    files::write_json(&list, &networks)?;
    files::write_json(&card_file, &card)?;
    Ok(format!("{}\n{}", card.markdown(), networks_table(&networks)))
}

fn compute_logits(file: &NetworkFile, images: &Images, augmentation: TestTimeAugmentation) -> Result<ViewLogits> {
    let start = std::time::Instant::now();
    let network = Predictor::new(&file.network);
    let total = images.samples.len() * augmentation.count();
    let bar = files::bar(total, "{pos} of {len} views, {per_sec}, {eta} left");
    let advance = async |done| {
        bar.set_position(done as u64);
        ControlFlow::Continue(())
    };
    let crops = images.samples.iter().flat_map(|&sample| augmentation.of(&images.dataset.crop(sample)));
    let logits = pollster::block_on(predict(&network, crops, BATCH, advance))?;
    bar.finish_and_clear();
    Ok(ViewLogits { augmentation, logits, seconds: start.elapsed().as_secs_f64() })
}

impl ViewLogits {
    /// The predictions with a test-time augmentation whose views are a prefix of the computed ones.
    fn distributions(&self, augmentation: TestTimeAugmentation, temperature: f32) -> Vec<Distribution> {
        let prediction = |logits: &[[f32; Expression::COUNT]]| {
            let scaled: Vec<_> =
                logits[..augmentation.count()].iter().map(|logits| logits.map(|logit| logit / temperature)).collect();
            mean_of_views(&scaled)
        };
        self.logits.chunks_exact(self.augmentation.count()).map(prediction).collect()
    }
}

/// Two stratified halves of the images.
fn halves(images: &Images, computed: &ViewLogits) -> Result<[LabelledLogits; 2]> {
    let column = person_column(&images.dataset).and_then(|column| images.dataset.groups().get(column));
    let halves = stratified_folds(&images.dataset, column, &images.samples, 2, 0)?;
    let of = |half: &[usize]| {
        let mut labelled = LabelledLogits::default();
        let plain = computed.logits.chunks_exact(computed.augmentation.count()).map(|views| views[0]);
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

fn report(
    images: &Images,
    computed: &ViewLogits,
    augmentation: TestTimeAugmentation,
    file: &NetworkFile,
    backend: Backend,
) -> Result<Report> {
    let run = RunInfo {
        model: file.header.architecture.name().to_owned(),
        description: file.header.training.description.clone(),
        backend: backend.name().to_owned(),
        seconds: computed.seconds * augmentation.count() as f64 / computed.augmentation.count() as f64,
        augmentation,
        temperature: Some(file.header.temperature),
        ..RunInfo::default()
    };
    evaluate(images, &computed.distributions(augmentation, file.header.temperature), run)
}

/// Evaluates an ensemble with flips, from the name and the predictions of each network.
fn ensemble_report(images: &Images, networks: &[(String, Vec<Distribution>)], backend: Backend) -> Result<Report> {
    let mean = |image: usize| {
        let mut sum = [0.0; Expression::COUNT];
        for (_, distributions) in networks {
            sum.iter_mut().zip(distributions[image].0).for_each(|(sum, value)| *sum += value / networks.len() as f32);
        }
        Distribution(sum)
    };
    let names: Vec<&str> = networks.iter().map(|(name, _)| name.as_str()).collect();
    let run = RunInfo {
        model: names.join(" + "),
        backend: backend.name().to_owned(),
        augmentation: TestTimeAugmentation::Flip,
        ..RunInfo::default()
    };
    evaluate(images, &(0..images.samples.len()).map(mean).collect::<Vec<_>>(), run)
}

fn evaluate(images: &Images, distributions: &[Distribution], run: RunInfo) -> Result<Report> {
    let run = RunInfo { dataset: images.name.clone(), split: images.split.to_string(), ..run };
    let images = (&images.dataset, &images.samples[..], Some(&images.votes));
    Ok(Evaluated::new(images, distributions, run)?.evaluation.report)
}
