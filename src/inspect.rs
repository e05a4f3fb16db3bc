//! `mien inspect`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use clap::Args;

use super::classifiers;
use super::files::{self, LabelArguments};
use super::output::{out, outln};
use mien_core::dataset::{
    Dataset, GroupColumn, LoadedDataset, Rejections, Split, duplicates, imbalance, near_constant, select_training,
};
use mien_core::expression::Expression;
use mien_core::file_kind::FileKind;
use mien_core::number::counted;
use mien_onnx::Output;

/// Maximum number of rejected rows, and of values of a group, that are listed.
const LISTED: usize = 10;

/// Describes a weights file, an ONNX model or a dataset
#[derive(Args)]
pub struct Arguments {
    /// Weights file, ONNX model (.onnx), FER2013's CSV (emotion,pixels,Usage; also .gz, .zip or .tar), Parquet (.parquet), NumPy
    /// arrays (.npz), or an archive or a folder of images
    file: PathBuf,
    #[command(flatten)]
    labels: LabelArguments,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.file;
    if classifiers::is_onnx(path) {
        inspect_onnx(path)
    } else if is_weights(path)? {
        inspect_weights(path)
    } else {
        let loaded = files::read_dataset(path, &arguments.labels)?;
        inspect_dataset(&loaded);
        Ok(())
    }
}

fn is_weights(path: &Path) -> Result<bool> {
    if path.is_dir() {
        return Ok(false);
    }
    let head = files::head(&files::open(path)?).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(matches!(FileKind::of(&head), FileKind::Safetensors | FileKind::Burnpack))
}

fn inspect_weights(path: &Path) -> Result<()> {
    let file = files::read_network(path, &Device::flex())?;
    outln!("weights of {}: {}", file.header.architecture.name(), serde_json::to_string(&file.header.architecture)?);
    outln!("parameters: {}", file.header.architecture.parameters());
    outln!("multiply-adds per image: {:.1} million", file.header.architecture.multiply_adds() as f64 / 1e6);
    outln!("classes: {}", Expression::ALL.map(Expression::name).join(", "));
    let training = &file.header.training;
    outln!("trained: {}; {}", counted(training.epochs as u64, "epoch"), training.description);
    match training.validation_accuracy {
        Some(accuracy) => outln!("validation accuracy: {:.2} %", accuracy * 100.0),
        None => outln!("validation accuracy: not measured"),
    }
    if let Some(f1) = training.validation_macro_f1 {
        outln!("validation macro F1: {f1:.4}");
    }
    if file.header.temperature != 1.0 {
        outln!("calibrated: temperature {:.4}", file.header.temperature);
    }
    if let Some(images) = &training.validated_on {
        outln!("validated on: {images}");
    }
    if let Some(settings) = &training.settings {
        outln!("settings: {settings}");
    }
    Ok(())
}

/// Describes an ONNX model, as far as its file does.
fn inspect_onnx(path: &Path) -> Result<()> {
    let description = classifiers::describe(path)?;
    let length = |length: Option<usize>| length.map_or_else(|| "not stated".to_owned(), |length| length.to_string());
    outln!("ONNX model; {}", if description.text.is_empty() { "no description" } else { &description.text });
    outln!("parameters: {}", description.parameters);
    outln!("side of images: {}; channels: {}", length(description.side), length(description.channels));
    let scaling = description.scaling.map_or_else(|| "not stated".to_owned(), |scaling| scaling.to_string());
    outln!("scaling: {}", if description.is_bytes { "none: it takes bytes" } else { &scaling });
    let output = if description.output == Output::Probabilities { "probabilities" } else { "logits" };
    match &description.classes {
        Some(order) => {
            let names = order.of_outputs(Expression::COUNT).into_iter();
            let names: Vec<&str> = names.map(|class| class.map_or("another", Expression::name)).collect();
            outln!("output: {output}; classes: {}", names.join(", "));
        }
        None => outln!("output: {output}; classes: not stated"),
    }
    Ok(())
}

fn inspect_dataset(loaded: &LoadedDataset) {
    let (dataset, rejections) = (&loaded.dataset, &loaded.rejections);
    outln!("{}\n", counted(dataset.len() as u64, "image"));
    out!("{:<12}", "");
    for class in Expression::ALL {
        out!(" {:>8}", class.name());
    }
    outln!(" {:>8}", "all");
    for split in Split::ALL {
        let samples = dataset.of_split(split);
        let counts = dataset.class_counts(&samples);
        out!("{:<12}", split.name());
        for count in counts {
            out!(" {count:>8}");
        }
        let ratio = imbalance(&counts).and_then(|imbalance| imbalance.ratio);
        let ratio = ratio.map_or_else(String::new, |ratio| format!("  largest to smallest {ratio:.1}"));
        outln!(" {:>8}{ratio}", samples.len());
    }
    for group in dataset.groups() {
        outln!("\n{}:", group.name());
        inspect_group(dataset, group);
        if group.is_of_persons() {
            let persons = group.count_values(0..dataset.len());
            let across = group.count_across_splits(dataset);
            outln!("  persons: {persons}, of whom {across} are in Training and in a held-out split (data leakage)");
        }
    }

    outln!("");
    print_rejections(rejections);
    let groups = duplicates(dataset);
    outln!("groups of byte-identical images: {}", groups.len());
    outln!("  across splits (data leakage): {}", groups.iter().filter(|group| group.across_splits).count());
    outln!("  with conflicting labels: {}", groups.iter().filter(|group| group.conflicting).count());
    let near = files::near_duplicates(dataset);
    outln!("groups of near duplicates: {}, of {}", near.groups.len(), counted(near.images() as u64, "image"));
    outln!("  across splits (data leakage): {}", near.across_splits(dataset).count());
    outln!("near-constant images: {}", near_constant(dataset).len());
    let selection = select_training(dataset, &near);
    outln!("Training images that are excluded from training for these reasons: {}", selection.excluded.len());
}

/// Prints how many rows or images were rejected, why, and the first of them.
pub fn print_rejections(rejections: &Rejections) {
    outln!("rejected: {}", rejections.count());
    for (reason, count) in rejections.by_reason() {
        outln!("  {reason}: {count}");
    }
    for rejected in rejections.first().iter().take(LISTED) {
        outln!("  {rejected}");
    }
    if rejections.count() > LISTED {
        outln!("  …");
    }
}

fn inspect_group(dataset: &Dataset, group: &GroupColumn) {
    let mut counts = vec![0; group.values().len()];
    for sample in 0..dataset.len() {
        counts[group.code(sample)] += 1;
    }
    let mut counts: Vec<(usize, &str)> = counts.into_iter().zip(group.values().iter().map(String::as_str)).collect();
    counts.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
    for (count, value) in counts.iter().take(LISTED) {
        outln!("  {}: {count}", if value.is_empty() { "(blank)" } else { value });
    }
    if counts.len() > LISTED {
        outln!("  … {} values in all", counts.len());
    }
}
