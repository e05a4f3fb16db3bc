//! `mien inspect`

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::Device;
use clap::Args;

use super::files;
use crate::dataset::{Dataset, FLAT_DEVIATION, Rejections, Split, deviation, duplicate_groups, select_training};
use crate::expression::Expression;

/// Rejected rows that are listed.
const LISTED: usize = 10;

/// Tells what a weights file or a FER2013 CSV holds
#[derive(Args)]
pub struct Arguments {
    /// A weights file or FER2013's CSV (emotion,pixels,Usage)
    file: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.file;
    if is_safetensors(path)? {
        inspect_weights(path)
    } else {
        let reading = files::read_dataset(path)?;
        inspect_dataset(&reading.dataset, &reading.rejections);
        Ok(())
    }
}

/// Safetensors begin with the length of their header, eight bytes, and then the header's brace.
fn is_safetensors(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    file.take(9).read_to_end(&mut start).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(start.get(8) == Some(&b'{'))
}

fn inspect_weights(path: &Path) -> Result<()> {
    let file = files::read_network(path, &Device::flex())?;
    println!("weights of {}: {}", file.architecture.name(), serde_json::to_string(&file.architecture)?);
    println!("parameters: {}", file.network.num_params());
    println!("multiply-adds an image: {:.1} million", file.architecture.multiply_adds() as f64 / 1e6);
    println!("classes: {}", Expression::ALL.map(Expression::name).join(", "));
    let training = &file.training;
    println!("trained: {} epochs; {}", training.epochs, training.description);
    match training.validation_accuracy {
        Some(accuracy) => println!("validation accuracy: {:.2} %", accuracy * 100.0),
        None => println!("validation accuracy: not measured"),
    }
    Ok(())
}

fn inspect_dataset(dataset: &Dataset, rejections: &Rejections) {
    println!("{} images\n", dataset.len());
    print!("{:<12}", "");
    for class in Expression::ALL {
        print!(" {:>8}", class.name());
    }
    println!(" {:>8}", "all");
    for split in Split::ALL {
        let samples = dataset.of_split(split);
        print!("{:<12}", split.name());
        for count in dataset.class_counts(&samples) {
            print!(" {count:>8}");
        }
        println!(" {:>8}", samples.len());
    }

    println!("\nrejected rows: {}", rejections.count());
    for row in rejections.first().iter().take(LISTED) {
        println!("  {row}");
    }
    if rejections.count() > LISTED {
        println!("  …");
    }

    let groups = duplicate_groups(dataset);
    let across = groups.iter().filter(|group| differs(group, |&sample| dataset.split(sample))).count();
    let conflicting = groups.iter().filter(|group| differs(group, |&sample| dataset.label(sample))).count();
    println!("groups of byte-identical images: {}", groups.len());
    println!("  of several splits: {across}");
    println!("  with conflicting labels: {conflicting}");
    let flat = (0..dataset.len()).filter(|&sample| deviation(dataset.pixels(sample)) <= FLAT_DEVIATION).count();
    println!("near-constant images: {flat}");
    let selection = select_training(dataset);
    println!("Training images that training leaves out for these reasons: {}", selection.left_out.len());
}

fn differs<T: PartialEq>(group: &[usize], of: impl Fn(&usize) -> T) -> bool {
    group.iter().any(|sample| of(sample) != of(&group[0]))
}
