//! The file formats, and refused files.

mod forms;
mod lists;
mod refusals;

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use image::{DynamicImage, GrayImage, ImageFormat};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::{LoadedDataset, ReadError, read};
use crate::vision::CROP_PIXELS;

fn csv(header: &str, rows: usize) -> Vec<u8> {
    let pixels = |row: usize| (0..CROP_PIXELS).map(|index| ((index + row) % 256).to_string()).collect::<Vec<_>>();
    let usage = if header.contains("Usage") { ",PublicTest" } else { "" };
    let rows = (0..rows).map(|row| format!("{},{}{usage}\n", row % 7, pixels(row).join(" ")));
    (header.to_owned() + "\n" + &rows.collect::<String>()).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (index, (path, content)) in files.iter().enumerate() {
        // alternately stored and deflated
        let deflated = index % 2 == 0;
        let method = if deflated { CompressionMethod::DEFLATE } else { CompressionMethod::STORE };
        let (mut entry, config) = archive.new_file(*path).compression_method(method).start().unwrap();
        let descriptor = if deflated {
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
            writer.write_all(content).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(content).unwrap();
            writer.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

/// A tar archive as GNU tar writes it, with paths of any length.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ::tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, *content).unwrap();
    }
    archive.into_inner().unwrap()
}

fn png(grey: u8) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(GrayImage::from_pixel(48, 48, [grey].into())).write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

fn load(bytes: &[u8]) -> Result<LoadedDataset, ReadError> {
    read(Cursor::new(bytes))
}

fn message(bytes: &[u8]) -> String {
    load(bytes).unwrap_err().to_string()
}

const HEADER: &str = "emotion,pixels,Usage";

/// The files of a folder, and what opens them.
#[allow(clippy::type_complexity)]
fn folder(files: &[(&str, &[u8])]) -> (Vec<(String, u64)>, impl FnMut(usize) -> std::io::Result<Box<dyn Read>>) {
    let contents: Vec<Vec<u8>> = files.iter().map(|(_, content)| content.to_vec()).collect();
    let paths = files.iter().map(|(path, content)| ((*path).to_owned(), content.len() as u64)).collect();
    (paths, move |index| Ok(Box::new(Cursor::new(contents[index].clone())) as Box<dyn Read>))
}
