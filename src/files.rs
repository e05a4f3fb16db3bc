//! Reading and writing files, with the path in errors.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use mien_compute::network::{self, NetworkFile};
use mien_core::dataset::{Dataset, LoadedDataset, Loader, Votes};

/// Rows between updates of the progress bar.
const ROWS: usize = 500;

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file atomically: to a temporary file, which is then renamed.
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

/// Loads a dataset: FER2013's CSV, also compressed, or a zip file of images; shows progress on a terminal.
pub fn read_dataset(path: &Path) -> Result<LoadedDataset> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let loaded = load(file).with_context(|| path.display().to_string())?;
    if let Some(first) = loaded.rejections.first().first() {
        eprintln!("{}: rejected: {}; the first: {first}", path.display(), loaded.rejections.count());
    }
    for note in &loaded.notes {
        eprintln!("{}: {note}", path.display());
    }
    Ok(loaded)
}

fn load(file: File) -> Result<LoadedDataset> {
    let mut loader = Loader::open(file)?;
    let bar = bar(loader.length() as usize, "{bytes} of {total_bytes}, {eta} left");
    while loader.advance(ROWS)? {
        bar.set_position(loader.position());
    }
    bar.finish_and_clear();
    Ok(loader.finish()?)
}

/// Reads FER+'s votes, which must have the rows of the dataset.
pub fn read_votes(path: &Path, dataset: &Dataset) -> Result<Votes> {
    let votes = Votes::read(&read(path)?[..]).with_context(|| path.display().to_string())?;
    votes.check(dataset).with_context(|| path.display().to_string())?;
    Ok(votes)
}

/// Loads a weights file.
pub fn read_network(path: &Path, device: &Device) -> Result<NetworkFile> {
    network::load(&read(path)?, device).with_context(|| path.display().to_string())
}

/// A progress bar with a number of steps and the template of its text.
pub fn bar(length: usize, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{bar:30}} {template}"));
    ProgressBar::new(length as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
