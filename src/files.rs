//! Reading and writing files, with the path in errors.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::output::errln;
use mien_compute::detection::Detector;
use mien_compute::network::{self, NetworkFile};
use mien_core::dataset::{Dataset, FolderReader, LoadedDataset, Loader, Votes};

/// Rows between updates of the progress bar.
const ROWS: usize = 500;

/// The weights of the default network, `network::DEFAULT_FILE`, which the program carries.
const DEFAULT_NETWORK: &[u8] = include_bytes!("../www/weights/default.safetensors");

/// The weights of the face detector, which the program carries.
const DETECTOR: &[u8] = include_bytes!("../www/weights/blazeface.safetensors");

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

/// Loads a dataset: FER2013's CSV, also compressed, or images in a folder or a zip file; shows progress on a terminal.
pub fn read_dataset(path: &Path) -> Result<LoadedDataset> {
    let loaded = if path.is_dir() { load_folder(path) } else { load(open(path)?) };
    let loaded = loaded.with_context(|| path.display().to_string())?;
    if let Some(first) = loaded.rejections.first().first() {
        errln!("{}: rejected: {}; the first: {first}", path.display(), loaded.rejections.count());
    }
    for note in &loaded.notes {
        errln!("{}: {note}", path.display());
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

fn load_folder(folder: &Path) -> Result<LoadedDataset> {
    let files = list(folder)?;
    let bar = bar(files.len(), "{pos} of {len} files, {eta} left");
    let mut reader = FolderReader::default();
    for file in &files {
        reader.read(&file.name, open(&file.path)?).with_context(|| file.name.clone())?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(reader.finish()?)
}

/// Opens a file to read.
pub fn open(path: &Path) -> Result<File> {
    File::open(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A file of a folder.
pub struct Listed {
    /// Where it is.
    pub path: PathBuf,
    /// Its path from the folder on, with the folder's own name, and slashes on every system.
    pub name: String,
}

/// The files of a folder and of the folders in it, by name; hidden ones are left out, and links to folders are not followed.
pub fn list(folder: &Path) -> Result<Vec<Listed>> {
    let whole = fs::canonicalize(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut waiting = vec![Listed { path: folder.to_owned(), name }];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        let cannot = || format!("cannot read {}", folder.path.display());
        for entry in fs::read_dir(&folder.path).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let own = entry.file_name().to_string_lossy().into_owned();
            let listed = Listed { path: entry.path(), name: format!("{}/{own}", folder.name) };
            if FolderReader::is_hidden(&own) {
            } else if entry.file_type().with_context(cannot)?.is_dir() {
                waiting.push(listed);
            } else if listed.path.is_file() {
                files.push(listed);
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Reads FER+'s votes, which must have the rows of the dataset.
pub fn read_votes(path: &Path, dataset: &Dataset) -> Result<Votes> {
    let votes = Votes::read(&read(path)?[..]).with_context(|| path.display().to_string())?;
    votes.check(dataset).with_context(|| path.display().to_string())?;
    Ok(votes)
}

/// Loads a weights file, or the default network.
pub fn read_network_or_default(path: Option<&Path>, device: &Device) -> Result<NetworkFile> {
    match path {
        Some(path) => read_network(path, device),
        None => network::load(DEFAULT_NETWORK, device).context("the default network"),
    }
}

/// Loads the detector from a weights file, or the one that the program carries.
pub fn read_detector(path: Option<&Path>, device: &Device) -> Result<Detector> {
    match path {
        Some(path) => Detector::load(&read(path)?, device).with_context(|| path.display().to_string()),
        None => Detector::load(DETECTOR, device).context("the detector"),
    }
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
