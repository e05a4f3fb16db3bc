//! `mien measure-photos`

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};

use super::backend::Backend;
use super::choice::one_of;
use super::evaluate::{bins, test_time_augmentation};
use super::files::{self, LabelArguments};
use super::output::{out, outln};
use super::packed::{GreyArguments, csv_name};
use super::photo_crops;
use super::photos::{Framed, PhotoSet, milliseconds};
use mien_compute::Recognizer;
use mien_compute::evaluation::TestTimeAugmentation;
use mien_compute::evaluation::photos::{self, PhotoReport, PhotoRun};
use mien_core::dataset::{Binning, PersonHalf, Pixels, Split};
use mien_core::expression::Expression;
use mien_core::number::counted;
use mien_core::vision::{Framing, PhotoCondition};

/// Scales and shifts of the table of framings, unless others are given.
const SCALES: [f32; 8] = [0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5];
const SHIFTS: [f32; 5] = [-0.1, -0.05, 0.0, 0.05, 0.1];

/// Sides of a face image that can be pasted, in pixels: a webcam's picture has a height of 480.
const SIDES: std::ops::RangeInclusive<u16> = 16..=480;

/// Measures recognition end to end on labelled photographs: face detection, cropping and classification
///
/// A table (CSV) with the columns `file` and `class` labels the photographs; its further columns are groups of people, and a
/// column `person` says who is shown. A photograph in which no face is found counts as an error. Of several faces the largest
/// counts.
#[derive(Args)]
pub struct Arguments {
    /// Folder of photographs; with --paste, FER2013's CSV
    photos: PathBuf,
    /// Table of the labels [default: labels.csv in the folder]
    #[arg(long, value_name = "FILE", conflicts_with = "paste")]
    labels: Option<PathBuf>,
    /// Only the photographs of one half of the persons; a hash of the identifier decides the half
    #[arg(long, value_name = "HALF", value_parser = half(), conflicts_with = "paste")]
    half: Option<PersonHalf>,
    /// Enlarges face images of 48×48 pixels to each of these widths in turn and pastes them into larger pictures, to detect them
    /// there
    #[arg(long, value_name = "PIXELS", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(i64::from(*SIDES.start())..=i64::from(*SIDES.end())))]
    paste: Vec<u16>,
    /// With --paste, the split of the images
    #[arg(long, default_value_t = Split::PublicTest)]
    split: Split,
    /// With --paste, takes every Nth image only
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    one_in: u16,
    /// Width of the crop relative to the framing of FER2013's images; the probabilities for several, separated by commas, are
    /// averaged [default: as `mien recognize`]
    #[arg(long, value_name = "SCALE", value_delimiter = ',')]
    scale: Vec<f32>,
    /// How far the centre of the crop is below that of FER2013's framing, as a fraction of that framing's width; one for all
    /// scales, or one for each
    #[arg(long, value_name = "SHIFT", value_delimiter = ',', allow_negative_numbers = true)]
    shift: Vec<f32>,
    /// Measures each scale with each shift, and prints a table of them
    #[arg(long)]
    framings: bool,
    /// Bias that is added to the logit of a class, as in neutral=-0.4; may be repeated
    #[arg(long, value_name = "CLASS=BIAS", value_parser = bias)]
    bias: Vec<(Expression, f32)>,
    /// Condition that is simulated on the photographs
    #[arg(long, value_name = "CONDITION", default_value = PhotoCondition::Original.name(), value_parser = condition())]
    condition: PhotoCondition,
    /// Bins the numbers of a column, as in age=quantiles:4 or age=width:5; may be repeated [default: quantiles:3 for columns with
    /// more than ten different numbers]
    #[arg(long, value_name = "COLUMN=BINS", value_parser = bins)]
    bin: Vec<(String, Binning)>,
    /// Writes the crops of the detected faces as a dataset with groups (.csv, or .csv.gz to compress it): the choosing half of the
    /// persons is Training, the confirming half PrivateTest
    #[arg(long, value_name = "FILE", value_parser = csv_name, conflicts_with_all = ["paste", "framings"])]
    crops: Option<PathBuf>,
    #[command(flatten)]
    grey: GreyArguments,
    /// Weights file of the classifier [default: the network of the page]
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Weights file of the detector [default: the detector of the page]
    #[arg(long)]
    detector: Option<PathBuf>,
    /// Test-time augmentation
    #[arg(long, value_name = "VIEWS", default_value = TestTimeAugmentation::None.name(), value_parser = test_time_augmentation())]
    tta: TestTimeAugmentation,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Writes the report to this file (JSON); with --framings, a list of reports
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// The values of `--half`.
fn half() -> impl TypedValueParser<Value = PersonHalf> {
    one_of(&[PersonHalf::Choosing, PersonHalf::Confirming], |half| match half {
        PersonHalf::Choosing => PossibleValue::new("choosing").help("to choose by, such as a framing"),
        PersonHalf::Confirming => PossibleValue::new("confirming").help("to be measured once, after the choice"),
    })
}

/// The values of `--bias`.
fn bias(text: &str) -> Result<(Expression, f32), String> {
    let named = |(name, bias): (&str, &str)| {
        let class = Expression::ALL.into_iter().find(|class| class.name() == name)?;
        Some((class, bias.parse().ok().filter(|bias: &f32| bias.is_finite())?))
    };
    text.split_once('=').and_then(named).ok_or_else(|| "it should read CLASS=BIAS, such as neutral=-0.4".to_owned())
}

/// The values of `--condition`.
fn condition() -> impl TypedValueParser<Value = PhotoCondition> {
    one_of(&PhotoCondition::ALL, |condition| {
        PossibleValue::new(condition.name()).help(match condition {
            PhotoCondition::Original => "the photographs as they are",
            PhotoCondition::Dimmed => "3 % of the light, with the noise of a small sensor",
            PhotoCondition::SideLit => "light that falls to 3 % from left to right, with that noise",
            PhotoCondition::Webcam => "160 pixels wide, in a frame of 640×480 pixels",
        })
    })
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let framings = framings(arguments)?;
    ensure!(
        arguments.crops.is_none() || framings.len() == 1,
        "--crops: there is one crop for each face, so give one --scale"
    );
    ensure!(arguments.crops.is_some() || !arguments.grey.is_rounding(), "--grey-step: it is for the file of --crops");
    files::check_outputs([&arguments.json, &arguments.crops].into_iter().flatten())?;
    let mut set = if arguments.paste.is_empty() {
        PhotoSet::read(&arguments.photos, arguments.labels.as_deref(), arguments.half)?
    } else {
        pasted(arguments)?
    };
    set.bin(&arguments.bin)?;
    let device = arguments.backend.device()?;
    let detector = files::read_detector(arguments.detector.as_deref(), &device)?;
    let network = files::read_network_or_default(arguments.weights.as_deref(), &device)?;
    let mut recognizer = Recognizer::new(detector, network.predictor(), milliseconds);
    recognizer.set_test_time_augmentation(arguments.tta);
    let start = Instant::now();
    let framed = if arguments.framings { Framed::Each(&framings) } else { Framed::Averaged(&framings) };
    let mut crops: Vec<Option<Pixels>> = Vec::new();
    let mut outcomes = set.measure(&mut recognizer, &framed, arguments.condition, |face| {
        crops.push(face.and_then(|face| Pixels::try_from(&face.crop[..]).ok()));
    })?;
    let mut biases = [0.0; Expression::COUNT];
    arguments.bias.iter().for_each(|(class, bias)| biases[class.index()] += bias);
    if !arguments.bias.is_empty() {
        for outcome in outcomes.iter_mut().flatten() {
            outcome.prediction = outcome.prediction.map(|prediction| prediction.biased(&biases));
        }
    }
    let run = |framings: &[Framing]| PhotoRun {
        model: network.header.architecture.name().to_owned(),
        backend: arguments.backend.name().to_owned(),
        photographs: set.name.clone(),
        condition: arguments.condition.name().to_owned(),
        framings: framings.iter().map(|framing| [framing.scale(), framing.shift()]).collect(),
        test_time_augmentation: arguments.tta,
        biases: (!arguments.bias.is_empty()).then_some(biases),
        seconds: start.elapsed().as_secs_f64(),
    };
    let report = |(outcomes, framings): (&Vec<_>, &[Framing])| {
        PhotoReport::new(outcomes, &set.columns, set.persons.as_ref(), run(framings))
    };
    let reports: Vec<PhotoReport> = match framed {
        Framed::Averaged(framings) => outcomes.iter().map(|outcomes| report((outcomes, framings))).collect(),
        Framed::Each(framings) => outcomes.iter().zip(framings.chunks(1)).map(report).collect(),
    };
    if arguments.framings {
        let photographs = counted(outcomes[0].len() as u64, "photograph");
        outln!("{photographs} of {}, {}", set.name, arguments.condition.name());
        out!("{}", photos::framings(&reports));
    } else {
        reports.iter().for_each(|report| out!("{}", photos::text(report)));
    }
    if let Some(path) = &arguments.crops {
        photo_crops::write(path, &arguments.grey, &set, &crops, &network.predictor())?;
    }
    match &arguments.json {
        None => Ok(()),
        Some(path) if arguments.framings => files::write_json(path, &reports),
        Some(path) => files::write_json(path, &reports[0]),
    }
}

/// The framings to average, or those of the table.
fn framings(arguments: &Arguments) -> Result<Vec<Framing>> {
    let Arguments { scale, shift, framings: is_table, .. } = arguments;
    let framing = |(&scale, &shift)| Ok(Framing::new(scale, shift)?);
    if *is_table {
        let scales = if scale.is_empty() { &SCALES[..] } else { scale };
        let shifts = if shift.is_empty() { &SHIFTS[..] } else { shift };
        return shifts.iter().flat_map(|shift| scales.iter().map(move |scale| (scale, shift))).map(framing).collect();
    }
    if scale.is_empty() && shift.is_empty() {
        return Ok(vec![Framing::FOUND_FACES]);
    }
    let scales = if scale.is_empty() { &[Framing::FOUND_FACES.scale()][..] } else { scale };
    match &shift[..] {
        [] => scales.iter().map(|scale| (scale, &0.0)).map(framing).collect(),
        [shift] => scales.iter().map(|scale| (scale, shift)).map(framing).collect(),
        shifts => {
            let (given, needed) = (shifts.len(), scales.len());
            ensure!(given == needed, "--shift: {given} values for {needed} scales; give one, or one for each");
            scales.iter().zip(shifts).map(framing).collect()
        }
    }
}

/// The images of a dataset, to be pasted.
fn pasted(arguments: &Arguments) -> Result<PhotoSet> {
    let Arguments { photos, split, one_in, paste, .. } = arguments;
    let dataset = files::read_dataset(photos, &LabelArguments { labels: None })?.dataset;
    let samples = dataset.of_split(*split);
    ensure!(!samples.is_empty(), "{}: no image belongs to {split}", photos.display());
    let sides = paste.iter().map(|&side| f32::from(side)).collect();
    let name = photos.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{name}, {split}, pasted with sides of {paste:?} pixels");
    Ok(PhotoSet::pasted(name, dataset, &samples, usize::from(*one_in), sides))
}
