//! The CSV.

mod columns;
mod label_orders;
mod properties;
mod rows;
mod spreadsheets;

use std::io::Read;

use super::reader::CsvReader;
use super::{LoadedDataset, ReadError};
use crate::vision::CROP_PIXELS;

fn pixels(value: u8) -> String {
    vec![value.to_string(); CROP_PIXELS].join(" ")
}

fn row(label: &str, pixels: &str, usage: &str) -> String {
    format!("{label},{pixels},{usage}\n")
}

fn read(source: impl Read) -> Result<LoadedDataset, ReadError> {
    let mut reader = CsvReader::new(source)?;
    while reader.read_rows(usize::MAX)? {}
    reader.finish()
}

const HEADER: &str = "emotion,pixels,Usage\n";

/// Seven rows in the order of FER2013's labels; `label` writes them.
fn seven(header: &str, label: impl Fn(usize) -> String, row: impl Fn(String, String, &str) -> String) -> String {
    let rows = (0..7).map(|index| row(label(index), pixels(index as u8 * 9), ["Training", "PublicTest"][index % 2]));
    header.to_owned() + &rows.collect::<String>()
}
