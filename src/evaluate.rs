//! `mien evaluate`

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};

use super::choice::one_of;
use super::files;
use super::measure::{Measured, Place, measure};
use mien_compute::evaluation::{GroupTable, Predictions, Views, csv, html, text};
use mien_compute::network::DEFAULT_FILE;
use mien_core::dataset::{Binning, Dataset, GroupLabels, JoinTable};

/// Measures a network, or several together, on a split of FER2013
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The network's weights file; of several, given one by one, the probabilities are averaged
    #[arg(long, default_value = DEFAULT_FILE)]
    weights: Vec<PathBuf>,
    /// Looks at each image in several ways and averages the probabilities
    #[arg(long, value_name = "VIEWS", default_value = Views::One.name(), value_parser = views())]
    tta: Views,
    /// FER+'s votes, row by row those of the CSV: measures by their majority too
    #[arg(long, value_name = "FILE")]
    votes: Option<PathBuf>,
    /// Writes the report here, as docs/report.md describes it
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report here as one table
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Writes the report here as a page with figures, to read or print
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes label, prediction and probabilities of each image here, as CSV
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Measures the groups that further columns of the CSV name
    #[arg(long)]
    groups: bool,
    /// Measures the groups of this CSV too, row by row those of the dataset, or by its column `row`
    #[arg(long, value_name = "FILE")]
    join: Option<PathBuf>,
    /// Puts the numbers of a column into bins, as age=quantiles:4 or age=width:5; may be given several times
    #[arg(long, value_name = "COLUMN=BINS", value_parser = bins)]
    bin: Vec<(String, Binning)>,
}

/// The values of `--tta`.
pub fn views() -> impl TypedValueParser<Value = Views> {
    one_of(&Views::ALL, |views| {
        PossibleValue::new(views.name()).help(match views {
            Views::One => "as it is",
            Views::Flip => "as it is and mirrored: twice the time",
            Views::TenCrop => "in five places, each also mirrored: ten times the time",
        })
    })
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let place = &arguments.place;
    let device = place.backend.device()?;
    let networks = arguments.weights.iter().map(|path| Ok((path.as_path(), files::read_network(path, &device)?)));
    let networks = networks.collect::<Result<Vec<_>>>()?;
    let (dataset, samples) = place.images()?;
    let votes = arguments.votes.as_ref().map(|path| files::read_votes(path, &dataset)).transpose()?;
    let Measured { predictions, mut evaluation } =
        measure((&dataset, &samples, votes.as_ref()), &networks, arguments.tta, (place, &device))?;
    println!("{}", text::report(&evaluation.report).trim_end());
    if arguments.groups || arguments.join.is_some() || !arguments.bin.is_empty() {
        evaluation.report.groups = groups(arguments, &dataset, &predictions)?;
        print!("{}", text::groups(&evaluation.report.groups));
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

/// The groups of the CSV's own columns and of a joined table.
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
            eprintln!("{}: no row for {missing} of {} images; they count as blank", path.display(), rows.len());
        }
        columns.extend(labels);
    }
    if columns.is_empty() {
        bail!(
            "{}: it has no column beside emotion, pixels and Usage, so there are no groups; name a table of them with --join",
            arguments.place.dataset.display()
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
    errors.iter().for_each(|error| eprintln!("{error}"));
    Ok(tables)
}

fn bins(text: &str) -> Result<(String, Binning), String> {
    let (column, binning) = text.rsplit_once('=').ok_or("it should read COLUMN=quantiles:4 or COLUMN=width:5")?;
    Ok((column.to_owned(), binning.parse()?))
}
