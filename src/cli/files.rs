//! Files in and out, with what went wrong and where.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};

use crate::dataset::{Reader, Reading};
use crate::network::{self, NetworkFile};

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

/// A FER2013 CSV, with progress on a terminal.
pub fn read_dataset(path: &Path) -> Result<Reading> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let bar = ProgressBar::new(length).with_style(style("{bar:30} {bytes} of {total_bytes}, {eta} left"));
    let reading = read_rows(bar.wrap_read(file)).with_context(|| path.display().to_string())?;
    bar.finish_and_clear();
    if let Some(first) = reading.rejections.first().first() {
        eprintln!("{}: rejected rows: {}; the first: {first}", path.display(), reading.rejections.count());
    }
    Ok(reading)
}

fn read_rows(source: impl Read) -> Result<Reading> {
    let mut reader = Reader::new(source)?;
    while reader.read_rows(ROWS)? {}
    Ok(reader.finish()?)
}

/// A weights file's network on a device.
pub fn read_network(path: &Path, device: &Device) -> Result<NetworkFile> {
    network::load(&read(path)?, device).with_context(|| path.display().to_string())
}

/// How progress looks.
pub fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
