//! Measurement of the built page on the CPU in a headless Chromium: the live view with many faces, datasets of many images, and
//! training with slices.

use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};
use xshell::{Shell, cmd};

use crate::peers::{browser, built};

/// The numbers of faces of which the script makes a picture.
const COUNTS: [&str; 5] = ["1", "2", "4", "8", "16"];

/// What is measured, and how much of it.
#[derive(Args)]
pub struct Extent {
    /// Only these parts
    #[arg(long, value_enum, num_args = 1..)]
    only: Vec<Part>,
    /// The numbers of faces in view
    #[arg(long, num_args = 1.., value_parser = COUNTS, default_values = COUNTS)]
    faces: Vec<String>,
    /// Seconds of the live view for each number of faces
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// The numbers of images of the datasets
    #[arg(long, num_args = 1.., default_values_t = [3_589, 10_000, 35_887, 100_000])]
    sizes: Vec<u32>,
    /// The number of slices of a batch that is compared with one slice
    #[arg(long, default_value_t = 2)]
    slices: u32,
    /// How often one slice and several have their turn
    #[arg(long, default_value_t = 6)]
    pairs: u32,
    /// Training steps of a turn
    #[arg(long, default_value_t = 10)]
    steps: u32,
}

/// A part of the measurement.
#[derive(Clone, Copy, ValueEnum)]
enum Part {
    Live,
    Images,
    Training,
}

/// Prints the tables of `benches/page/run.mjs` for the site in a folder.
pub fn measure(shell: &Shell, site: &Path, extent: &Extent) -> Result<()> {
    let (site, browser, root) = (built(site)?, browser()?, xtask::root());
    let script = root.join("benches/page/run.mjs");
    let target = xtask::target_folder().join("page");
    let (folder, json) = (target.join("files"), target.join("page.json"));
    let Extent { only, faces, seconds, sizes, slices, pairs, steps } = extent;
    let only = only.iter().filter_map(Part::to_possible_value).map(|part| part.get_name().to_owned());
    let lists = [
        ("--only", only.collect()),
        ("--faces", faces.clone()),
        ("--sizes", sizes.iter().map(u32::to_string).collect()),
    ];
    let numbers = [("--seconds", seconds), ("--slices", slices), ("--pairs", pairs), ("--steps", steps)];
    let lists =
        lists.into_iter().flat_map(|(name, list): (_, Vec<String>)| list.into_iter().map(move |value| (name, value)));
    let options = lists.chain(numbers.map(|(name, number)| (name, number.to_string())));
    let measurement =
        cmd!(shell, "node {script} --site {site} --root {root} --folder {folder} --browser {browser} --json {json}");
    Ok(measurement.args(options.flat_map(|(name, value)| [name.to_owned(), value])).quiet().run()?)
}
