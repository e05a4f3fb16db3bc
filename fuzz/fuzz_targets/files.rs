//! Arbitrary files with arbitrary paths, among them tables and lists of labels: a folder of them gives the same
//! dataset as a zip or a tar of them, or is refused for the same reason.
#![no_main]

use std::io::Write;
use std::rc::Rc;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use libfuzzer_sys::fuzz_target;
use mien_core::dataset::ReadError;
use mien_fuzz::{assert_same, bounded, check, load_folder, read_file};
use rawzip::{CompressionMethod, ZipArchiveWriter};

fuzz_target!(|input: &[u8]| {
    let files = files(input);
    let folder = bounded(|| load_folder(&files, None));
    check(&folder, |order| load_folder(&files, order));
    // one kind of archive for each input, so that three times as many are tried
    let archive = match input.iter().fold(0_u8, |sum, &byte| sum.wrapping_add(byte)) % 3 {
        0 => zip(&files),
        1 => tar(&files),
        _ => gzip(&tar(&files)),
    };
    let archive = read_file(&archive);
    match (&folder, &archive) {
        // an empty archive is none, and one within another is mentioned
        (Err(_), Err(ReadError::NoReadableEntry(_))) => {}
        (Err(_), Err(_)) if files.is_empty() => {}
        _ => assert_same(&folder, &archive),
    }
});

/// Grey images of 1×1 and 2×3 pixels.
const IMAGES: [&[u8]; 3] = [
    include_bytes!("../seeds/image/one.png"),
    include_bytes!("../seeds/image/one.jpg"),
    include_bytes!("../seeds/image/two.bmp"),
];

/// Paths and contents, each ended by a zero byte.
fn files(input: &[u8]) -> Vec<(String, Rc<[u8]>)> {
    let mut parts = input.split(|&byte| byte == 0);
    let mut files = Vec::new();
    while let (Some(path), Some(content)) = (parts.next(), parts.next()) {
        let path = String::from_utf8_lossy(path).into_owned();
        // others are not the same in every archive
        if path.len() <= 1024
            && path.split('/').all(|part| !["", ".", ".."].contains(&part))
            && !path.contains(['\\', ':', '\n'])
            // a zip of arrays
            && !path.ends_with(".npy")
        {
            files.push((path, expanded(content).into()));
        }
    }
    files
}

/// Replaces bytes that cannot occur in UTF-8 by images, by 2,304 pixels, or by a long text.
fn expanded(input: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    for &byte in input {
        match byte {
            0xff => content.extend("7 ".repeat(2303).bytes().chain(*b"7")),
            0xfc..=0xfe => content.extend(IMAGES[usize::from(byte - 0xfc)]),
            0xfb => content.extend([b' '; 1000]),
            _ => content.push(byte),
        }
    }
    content
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar(files: &[(String, Rc<[u8]>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, &content[..]).unwrap();
    }
    archive.into_inner().unwrap()
}

fn zip(files: &[(String, Rc<[u8]>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (path, content) in files {
        let deflated = content.len() > 300;
        let method = if deflated { CompressionMethod::DEFLATE } else { CompressionMethod::STORE };
        let (mut entry, config) = archive.new_file(path.as_str()).compression_method(method).start().unwrap();
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
