//! `mien evaluate`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};

use super::choice::one_of;
use super::classifiers::{LoadedNetwork, OnnxArguments};
use super::files;
use super::networks::{Evaluated, SplitArguments, evaluate};
use super::output::{errln, out, outln};
use mien_compute::evaluation::{
    ConfusionMatrix, GroupTable, Predictions, Reordering, TestTimeAugmentation, csv, html, text,
};
use mien_compute::network::DEFAULT_FILE;
use mien_core::dataset::{Binning, Dataset, GroupLabels, JoinTable, LabelOrder, LoadNote, LoadedDataset};

/// Evaluates a network, or an ensemble of several, on a split of FER2013
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    input: SplitArguments,
    /// Weights file or ONNX model (.onnx) of the network [default: the network of the page]; may be repeated for an ensemble,
    /// whose probabilities are averaged
    #[arg(long)]
    weights: Vec<PathBuf>,
    #[command(flatten)]
    onnx: OnnxArguments,
    /// Test-time augmentation: averages the probabilities over several views of each image
    #[arg(long, value_name = "VIEWS", default_value = TestTimeAugmentation::None.name(), value_parser = test_time_augmentation())]
    tta: TestTimeAugmentation,
    /// FER+'s votes, with the same rows as the CSV: also evaluates on their majority labels
    #[arg(long, value_name = "FILE")]
    votes: Option<PathBuf>,
    /// Writes the report to this file (JSON): see docs/report.md
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report to this file as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Writes the report to this file as HTML with figures
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes label, prediction and probabilities of each image to this file as CSV
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Evaluates the groups of the further columns of the CSV
    #[arg(long)]
    groups: bool,
    /// Also evaluates the groups of this CSV, which has the same rows as the dataset or a column `row`
    #[arg(long, value_name = "FILE")]
    join: Option<PathBuf>,
    /// Bins the numbers of a column, as in age=quantiles:4 or age=width:5; may be repeated
    #[arg(long, value_name = "COLUMN=BINS", value_parser = bins)]
    bin: Vec<(String, Binning)>,
}

/// The values of `--tta`.
pub fn test_time_augmentation() -> impl TypedValueParser<Value = TestTimeAugmentation> {
    one_of(&TestTimeAugmentation::ALL, |augmentation| {
        PossibleValue::new(augmentation.name()).help(match augmentation {
            TestTimeAugmentation::None => "the image itself",
            TestTimeAugmentation::Flip => "the image and its horizontal flip: takes twice as long",
            TestTimeAugmentation::TenCrop => "five translations, each also flipped: takes ten times as long",
        })
    })
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let outputs = [&arguments.json, &arguments.csv, &arguments.html, &arguments.predictions];
    files::check_outputs(outputs.into_iter().flatten())?;
    let input = &arguments.input;
    let device = input.backend.device()?;
    let networks =
        arguments.weights.iter().map(|path| Ok((path.as_path(), LoadedNetwork::read(path, &device, &arguments.onnx)?)));
    let mut networks = networks.collect::<Result<Vec<_>>>()?;
    if networks.is_empty() {
        networks.push((Path::new(DEFAULT_FILE), LoadedNetwork::read_or_default(None, &device, &arguments.onnx)?));
    }
    let (LoadedDataset { dataset, notes, .. }, samples) = input.images()?;
    let votes = arguments.votes.as_ref().map(|path| files::read_votes(path, &dataset)).transpose()?;
    let Evaluated { predictions, mut evaluation } =
        evaluate((&dataset, &samples, votes.as_ref()), &networks, arguments.tta, input)?;
    outln!("{}", text::report(&evaluation.report).trim_end());
    if let Some(hint) = reordered(&evaluation.report.confusion_matrix, &notes) {
        errln!("{}: {hint}", input.dataset.display());
    }
    if arguments.groups || arguments.join.is_some() || !arguments.bin.is_empty() {
        evaluation.report.groups = groups(arguments, &dataset, &predictions)?;
        out!("{}", text::groups(&evaluation.report.groups));
    }
    if let Some(path) = &arguments.json {
        files::write_json(path, &evaluation.report)?;
    }
    if let Some(path) = &arguments.csv {
        files::write(path, csv::report(&evaluation.report).as_bytes())?;
    }
    if let Some(path) = &arguments.html {
        files::write(path, html::page(&evaluation).as_bytes())?;
    }
    if let Some(path) = &arguments.predictions {
        let row = |sample| dataset.row(sample as usize);
        files::write(path, csv::predictions(&predictions, row).as_bytes())?;
    }
    Ok(())
}

/// If the labels look reordered: which classes fit, and the order that fits, if it has a name.
fn reordered(matrix: &ConfusionMatrix, notes: &[LoadNote]) -> Option<String> {
    let found = Reordering::find(matrix)?;
    Some(match found.order(notes) {
        Some(LabelOrder::Alphabetical) => format!("{found}; that is the alphabetical order (see --labels)"),
        Some(order) => format!("{found}; that is {order}'s order (see --labels)"),
        None => found.to_string(),
    })
}

/// The groups from the columns of the CSV and from a joined table.
fn groups(arguments: &Arguments, dataset: &Dataset, predictions: &Predictions) -> Result<Vec<GroupTable>> {
    let samples: Vec<usize> = predictions.iter().map(|(sample, ..)| sample as usize).collect();
    let mut columns: Vec<GroupLabels> =
        dataset.groups().iter().map(|column| column.labels(samples.iter().copied())).collect();
    if let Some(path) = &arguments.join {
        let rows: Vec<usize> = samples.iter().map(|&sample| dataset.row(sample)).collect();
        let named = || path.display().to_string();
        let table = JoinTable::read(&files::read(path)?[..]).with_context(named)?;
        let (labels, missing) = table.labels(&rows).with_context(named)?;
        if missing > 0 {
            errln!("{}: images without a row, which count as blank: {missing} of {}", path.display(), rows.len());
        }
        columns.extend(labels);
    }
    if columns.is_empty() {
        bail!(
            "{}: it has no column beside emotion, pixels and Usage, so there are no groups; name a table of them with --join",
            arguments.input.dataset.display()
        );
    }
    for (name, binning) in &arguments.bin {
        let Some(column) = columns.iter_mut().find(|column| column.name == *name) else {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            bail!("there is no column `{name}` to bin; there are {}", names.join(", "));
        };
        *column = column.binned(*binning)?;
    }
    let (tables, errors) = GroupTable::all(predictions, &columns);
    errors.iter().for_each(|error| errln!("{error}"));
    Ok(tables)
}

/// The values of `--bin`.
pub fn bins(text: &str) -> Result<(String, Binning), String> {
    let (column, binning) = text.rsplit_once('=').ok_or("it should read COLUMN=quantiles:4 or COLUMN=width:5")?;
    Ok((column.to_owned(), binning.parse()?))
}
