//! What `mien evaluate FER2013.csv --split PublicTest --weights WEIGHTS.safetensors --predictions OUT.csv` does, computed as the page does
//! on the CPU and built without Burn:
//! `cargo run --release --package mien-recognition --example predict FER2013.csv WEIGHTS.safetensors OUT.csv`.

use std::{env, fs};

use mien_core::dataset::{Split, read};
use mien_core::evaluation::{Predictions, csv};
use mien_core::expression::Distribution;
use mien_recognition::{CompiledClassifier, CropClassifier as _};

const BATCH: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [dataset, weights, out] = &arguments[..] else {
        return Err("usage: predict FER2013.csv WEIGHTS.safetensors OUT.csv".into());
    };
    let dataset = read(fs::File::open(dataset)?)?.dataset;
    let classifier = CompiledClassifier::load(&fs::read(weights)?)?;
    let mut predictions = Predictions::default();
    for samples in dataset.of_split(Split::PublicTest).chunks(BATCH) {
        let crops: Vec<_> = samples.iter().map(|&sample| dataset.crop(sample)).collect();
        let logits = pollster::block_on(classifier.logits_of_crops(&crops)).map_err(|reason| reason.to_string())?;
        for (&sample, logits) in samples.iter().zip(logits) {
            predictions.push(u32::try_from(sample)?, dataset.label(sample), Distribution::from_logits(logits));
        }
    }
    fs::write(out, csv::predictions(&predictions, |sample| dataset.row(sample as usize)))?;
    Ok(())
}
