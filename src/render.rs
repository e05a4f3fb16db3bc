//! `mien render`

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::files;
use super::interrupt::Interrupt;
use super::output::errln;
use super::packed::{GreyArguments, NewCsv, is_csv};
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::number::counted;
use mien_face::FaceModel;
use mien_face::person::Person;
use mien_face::render::Renderer;
use mien_face::set::{CSV_HEADER, FaceSetPlan, MAX_IDENTITIES, PICTURE_SIDE};

/// The face model, which the program carries.
pub const MODEL: &[u8] = include_bytes!("../www/face/face.bin");

/// Side of the pictures in pixels, unless another one is given.
const SIDE: u16 = 256;

/// Renders a set of model faces with known expressions: as FER2013's CSV with groups, or as pictures
///
/// Its groups are identity, skin, light, yaw and intensity: see docs/face-model.md. The same arguments give the same set.
#[derive(Args)]
pub struct Arguments {
    /// Number of identities
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=MAX_IDENTITIES as i64))]
    identities: u16,
    /// Expressions, separated by commas, or all
    #[arg(long, value_name = "LOOKS", default_value = "all")]
    looks: Looks,
    /// Intensities above 0 and at most 1, separated by commas; with each, every identity shows every expression once
    #[arg(long, value_name = "LIST", default_value = "1", value_delimiter = ',', value_parser = intensity)]
    intensities: Vec<f32>,
    /// Seed of identities, poses, lights and backgrounds
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Split of all faces; by default, three of five identities are Training, one PublicTest, one PrivateTest
    #[arg(long)]
    split: Option<Split>,
    /// Width and height of the pictures in a folder, in pixels
    ///
    /// [default: 256]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(48..=1024))]
    side: Option<u16>,
    /// Draws eyelashes
    #[arg(long)]
    lashes: bool,
    /// Draws every face with glasses
    #[arg(long)]
    glasses: bool,
    /// The CSV to write (.csv, or .csv.gz to compress it), or the folder for pictures (PNG), with a folder for each expression
    #[arg(long, value_name = "FILE.csv|FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    grey: GreyArguments,
}

/// The expressions to show.
#[derive(Clone)]
struct Looks(Vec<Expression>);

impl FromStr for Looks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self(Expression::ALL.to_vec()));
        }
        text.split(',').map(expression).collect::<Result<_, _>>().map(Self).map_err(|known| format!("{known}, and all"))
    }
}

/// An expression by its name.
pub fn expression(name: &str) -> Result<Expression, String> {
    let known = || format!("there are {}", Expression::ALL.map(Expression::name).join(", "));
    Expression::ALL.into_iter().find(|expression| expression.name() == name.trim()).ok_or_else(known)
}

fn intensity(text: &str) -> Result<f32, String> {
    let number: f32 = text.trim().parse().map_err(|_| "not a number".to_owned())?;
    if number > 0.0 && number <= 1.0 { Ok(number) } else { Err("an intensity is above 0 and at most 1".to_owned()) }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let model = FaceModel::from_bytes(MODEL)?;
    let plan = FaceSetPlan {
        identities: usize::from(arguments.identities),
        expressions: arguments.looks.0.clone(),
        intensities: arguments.intensities.clone(),
        seed: arguments.seed,
    };
    let interrupt = Interrupt::listen()?;
    let is_table = is_csv(&arguments.out);
    ensure!(is_table || !arguments.grey.is_rounding(), "--grey-step: it is for a CSV, not for pictures");
    ensure!(
        !is_table || arguments.side.is_none(),
        "--side: it is for pictures in a folder; the crops of a CSV have 48 pixels"
    );
    let count = if is_table {
        write_csv(&model, &plan, arguments, &interrupt)?
    } else {
        write_pictures(&model, &plan, arguments, &interrupt)?
    };
    errln!("{}: {} (identities: {})", arguments.out.display(), counted(count as u64, "face"), plan.identities);
    Ok(())
}

impl Arguments {
    /// The person of an identity, with lashes and glasses as wanted.
    fn person(&self, model: &FaceModel, plan: &FaceSetPlan, identity: usize) -> Person {
        let mut person = plan.person(model, identity);
        person.set_lashes(f32::from(u8::from(self.lashes)));
        person.wear_glasses(model, self.glasses);
        person
    }
}

fn write_csv(model: &FaceModel, plan: &FaceSetPlan, arguments: &Arguments, interrupt: &Interrupt) -> Result<usize> {
    // what cannot be written fails before anything is rendered
    let file = NewCsv::create(&arguments.out)?;
    let mut renderer = Renderer::new(model);
    let mut csv = CSV_HEADER.to_owned();
    let bar = files::bar(plan.len(), "{pos} of {len} faces, {per_sec}, {eta} left");
    for identity in 0..plan.identities {
        ensure!(!interrupt.requested(), "interrupted");
        let person = arguments.person(model, plan, identity);
        for sample in plan.samples(identity) {
            let mut crop = sample.crop(&sample.picture(&mut renderer, model, &person, PICTURE_SIDE)?);
            arguments.grey.round(&mut crop.0[..]);
            csv.push_str(&sample.csv_row(&crop, arguments.split.unwrap_or(plan.split(identity))));
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    file.finish(&csv)?;
    Ok(plan.len())
}

fn write_pictures(
    model: &FaceModel,
    plan: &FaceSetPlan,
    arguments: &Arguments,
    interrupt: &Interrupt,
) -> Result<usize> {
    let folder: &Path = &arguments.out;
    ensure!(!folder.is_file(), "{} is a file: a set is written to a CSV or to a folder", folder.display());
    for expression in &plan.expressions {
        let folder = folder.join(expression.name());
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut renderer = Renderer::new(model);
    let side = arguments.side.unwrap_or(SIDE);
    let bar = files::bar(plan.len(), "{pos} of {len} faces, {per_sec}, {eta} left");
    for identity in 0..plan.identities {
        ensure!(!interrupt.requested(), "interrupted");
        let person = arguments.person(model, plan, identity);
        for (index, sample) in plan.samples(identity).enumerate() {
            let picture = sample.picture(&mut renderer, model, &person, usize::from(side))?;
            let name = format!("{}/{:03}-{index:02}.png", sample.expression, identity + 1);
            let path = folder.join(name);
            let side = u32::from(side);
            image::save_buffer(&path, picture.frame.pixels(), side, side, image::ColorType::Rgba8)
                .with_context(|| format!("cannot write {}", path.display()))?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(plan.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_and_intensities_are_checked() {
        assert_eq!("all".parse::<Looks>().map(|looks| looks.0), Ok(Expression::ALL.to_vec()));
        assert_eq!("sad, happy".parse::<Looks>().map(|looks| looks.0), Ok(vec![Expression::Sad, Expression::Happy]));
        assert!("sadness".parse::<Looks>().is_err());
        assert_eq!(intensity("0.5"), Ok(0.5));
        for wrong in ["", "0", "-1", "1.01", "NaN", "half"] {
            assert!(intensity(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_model_is_read() {
        let model = FaceModel::from_bytes(MODEL).unwrap();
        assert_eq!(model.components(), 100);
    }
}
