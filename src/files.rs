//! Files in and out, with what went wrong and where.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use mien_compute::network::{self, NetworkFile};
use mien_core::dataset::{Dataset, Loader, Reading, Votes};

/// Rows between two looks at the progress bar.
const ROWS: usize = 500;

/// A whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file so that it is either wholly there or as before: beside it, then renamed.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let partial = path.with_file_name(name);
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a value as JSON.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    write(path, (serde_json::to_string_pretty(value)? + "\n").as_bytes())
}

/// A FER2013 CSV, as it is or packed, or a zip of images; with progress on a terminal.
pub fn read_dataset(path: &Path) -> Result<Reading> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let reading = load(file).with_context(|| path.display().to_string())?;
    if let Some(first) = reading.rejections.first().first() {
        eprintln!("{}: rejected: {}; the first: {first}", path.display(), reading.rejections.count());
    }
    for remark in &reading.remarks {
        eprintln!("{}: {remark}", path.display());
    }
    Ok(reading)
}

fn load(file: File) -> Result<Reading> {
    let mut loader = Loader::open(file)?;
    let bar = bar(loader.length() as usize, "{bytes} of {total_bytes}, {eta} left");
    while loader.advance(ROWS)? {
        bar.set_position(loader.position());
    }
    bar.finish_and_clear();
    Ok(loader.finish()?)
}

/// FER+'s votes, which must fit the dataset.
pub fn read_votes(path: &Path, dataset: &Dataset) -> Result<Votes> {
    let votes = Votes::read(&read(path)?[..]).with_context(|| path.display().to_string())?;
    votes.check(dataset).with_context(|| path.display().to_string())?;
    Ok(votes)
}

/// A weights file's network on a device.
pub fn read_network(path: &Path, device: &Device) -> Result<NetworkFile> {
    network::load(&read(path)?, device).with_context(|| path.display().to_string())
}

/// A progress bar of so many steps, and what stands behind it.
pub fn bar(length: usize, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{bar:30}} {template}"));
    ProgressBar::new(length as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
