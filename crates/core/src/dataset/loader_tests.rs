//! The file formats, and refused files.

use std::io::{Cursor, Read, Seek, Write};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use image::{DynamicImage, GrayImage, ImageFormat};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::{LoadNote, LoadedDataset, Loader, MAX_BYTES, MAX_SAMPLES, ReadError, Split, read};
use crate::expression::Expression;
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

#[test]
fn every_form_gives_the_same() {
    let text = csv(HEADER, 300);
    let plain = load(&text).unwrap().dataset;
    assert_eq!(plain.len(), 300);
    let packed = gzip(&text);
    let parts = [gzip(&text[..1000]), gzip(&text[1000..])].concat();
    let zipped = zip(&[("a/fer2013.csv", &text)]);
    for form in [&text, &packed, &parts, &zipped] {
        let mut loader = Loader::open(Cursor::new(form)).unwrap();
        let mut position = 0;
        while loader.advance(7).unwrap() {
            assert!(loader.position() >= position && loader.position() <= loader.length());
            position = loader.position();
        }
        assert_eq!(loader.length(), form.len() as u64);
        assert!(loader.position() > loader.length() - 200, "{} of {}", loader.position(), loader.length());
        assert_eq!((loader.accepted(), loader.rejections().count()), (300, 0));
        assert_eq!(loader.finish().unwrap().dataset, plain);
    }
    assert_eq!(load(&zipped).unwrap().notes, [LoadNote::ArchiveEntry("a/fer2013.csv".into())]);
}

#[test]
fn the_right_table_of_an_archive_is_read() {
    let large = csv("emotion,pixels", 9);
    let right = csv(HEADER, 3);
    let small = csv(HEADER, 2);
    let zipped = zip(&[
        ("example_submission.csv", b"id,emotion\n1,2\n"),
        ("train.csv", &large),
        ("__MACOSX/x.csv", b""),
        ("small.CSV", &small),
        ("icml_face_data.csv", &right),
        ("fer2013.tar.gz", b"\x1f\x8b"),
        ("test.csv", b"pixels\n1\n"),
        ("photo/train/happy/1.png", &png(1)),
    ]);
    let loaded = load(&zipped).unwrap();
    assert_eq!(loaded.dataset.len(), 3);
    assert_eq!(loaded.notes, [LoadNote::ArchiveEntry("icml_face_data.csv".into())]);
}

#[test]
fn images_of_an_archive_are_read() {
    let mut large = png(1);
    large.resize(17 << 20, 0);
    let zipped = zip(&[
        ("fer/train/happy/1.png", &png(1)),
        ("fer/train/sad/2", &png(2)),
        ("fer/test/angry/3.png", &png(3)),
        ("fer/../../test/fear/4.png", &png(4)),
        ("fer/train/sad/5.png", b"no image"),
        ("fer/train/bored/6.png", &png(6)),
        ("fer/train/sad/7.png", &large),
        ("votes.csv", b"Usage,neutral\nTraining,1\n"),
        ("LICENSE", b"text"),
    ]);
    let mut loader = Loader::open(Cursor::new(&zipped)).unwrap();
    let mut steps = 0;
    while loader.advance(2).unwrap() {
        steps += 1;
    }
    assert_eq!(steps, 4);
    let loaded = loader.finish().unwrap();
    let dataset = &loaded.dataset;
    assert_eq!((dataset.len(), dataset.pixels(2)[0]), (4, 3));
    assert_eq!((dataset.label(0), dataset.split(0)), (Expression::Happy, Split::Training));
    assert_eq!((dataset.label(3), dataset.split(3)), (Expression::Fear, Split::PublicTest));
    let kinds: Vec<&str> = loaded.rejections.by_reason().keys().map(String::as_str).collect();
    assert_eq!(kinds, ["class", "image-file", "no-image"]);
    assert_eq!(loaded.notes, [LoadNote::SkippedFiles(2)]);
}

#[test]
fn other_files_are_refused_and_named() {
    let npy = b"\x93NUMPY\x01\0v\0{'descr': '|u1'}";
    for (bytes, what) in [
        (&png(1)[..], "a PNG image"),
        (npy, "a NumPy array"),
        (b"\xff\xfee\0m\0", "UTF-16"),
        (b"\x10\x27\0\0\0\0\0\0{\"weights\"", "a weights file"),
        (&[0; 4000], "not a text file"),
        (b"MIENSET\x01", "a dataset stored by mien"),
    ] {
        let message = message(bytes);
        assert!(message.contains(what) && message.contains("emotion,pixels,Usage"), "{message}");
    }
    assert!(message(b"").contains("empty"));
    assert!(message(b"dear diary\n").contains("`dear diary`, names no column of labels"));
    assert!(message(&gzip(b"dear diary\n")).contains("names no column of labels"));
    assert!(message(&gzip(b"")).contains("empty"));
    assert!(message(&gzip(&zip(&[]))).contains("not a text file"));
}

#[test]
fn an_archive_without_what_is_read_is_refused() {
    assert!(message(&zip(&[])).contains("neither"));
    assert!(message(&zip(&[("a.txt", b"x")])).contains("neither"));
    assert!(message(&zip(&[("b/a.zip", b"x")])).contains("another archive, `b/a.zip`"));
    let whole = zip(&[("fer2013.csv", &csv(HEADER, 2))]);
    let directory = whole.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut encrypted = whole.clone();
    encrypted[directory + 8] |= 1;
    assert!(message(&encrypted).contains("encrypted"));
    let mut method = whole;
    method[directory + 10] = 93;
    assert!(message(&method).contains("ZSTD"), "{}", message(&method));
}

#[test]
fn what_is_packed_and_damaged_is_refused() {
    let text = csv(HEADER, 60);
    let packed = gzip(&text);
    assert!(message(&packed[..packed.len() / 2]).contains("damaged or truncated"));
    let mut changed = packed;
    let last = changed.len() - 5;
    changed[last] ^= 1;
    assert!(message(&changed).contains("damaged or truncated"));
    let zipped = zip(&[("fer2013.csv", &text)]);
    assert!(message(&zipped[..zipped.len() / 2]).contains("damaged or truncated"));
    let mut changed = zipped.clone();
    changed[zipped.len() / 2] ^= 0xff;
    assert!(message(&changed).contains("damaged or truncated"), "{}", message(&changed));
}

/// A file of any length that repeats a text.
struct Long {
    text: Vec<u8>,
    length: u64,
    position: u64,
    read: u64,
}

impl Read for Long {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let from = (self.position % self.text.len() as u64) as usize;
        let count = buffer.len().min(self.text.len() - from).min((self.length - self.position) as usize);
        buffer[..count].copy_from_slice(&self.text[from..from + count]);
        self.position += count as u64;
        self.read += count as u64;
        Ok(count)
    }
}

impl Seek for Long {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.position = match to {
            std::io::SeekFrom::Start(at) => at,
            std::io::SeekFrom::End(back) => self.length.saturating_add_signed(back),
            std::io::SeekFrom::Current(on) => self.position.saturating_add_signed(on),
        };
        Ok(self.position)
    }
}

#[test]
fn large_files_are_refused_at_once() {
    let texts = [csv(HEADER, 3), b"x".to_vec(), vec![0], b"\x80\x04".to_vec(), b"\x1f\x8b\x08\0".to_vec()];
    for (index, text) in texts.into_iter().enumerate() {
        let mut file = Long { text, length: 2 << 30, position: 0, read: 0 };
        let error = read(&mut file).unwrap_err();
        assert!(file.read < 1_000_000, "{error}");
        assert_eq!(matches!(error, ReadError::TooLarge), index == 0, "{error}");
    }
}

#[test]
fn a_bomb_is_refused() {
    // half a megabyte that unpacks to more than can be held, first as one line, then as many
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&csv(HEADER, 1)).unwrap();
    encoder.write_all(&vec![b'1'; 40 << 20]).unwrap();
    assert!(message(&encoder.finish().unwrap()).contains("a line is longer than 16 MiB"));
    let lines = gzip(("x".repeat((1 << 16) - 1) + "\n").repeat(16).as_bytes());
    let bomb = [gzip(&csv(HEADER, 1)), lines.repeat((MAX_BYTES >> 20) as usize + 1)].concat();
    assert!(matches!(load(&bomb), Err(ReadError::TooLarge)));
}

#[test]
fn more_samples_than_can_be_held_are_refused() {
    let rows = format!("1,{}1,Training\n", "1 ".repeat(CROP_PIXELS - 1)).repeat(100);
    let packed = [gzip(&csv(HEADER, 1)), gzip(rows.as_bytes()).repeat(MAX_SAMPLES / 100)].concat();
    assert!(matches!(load(&packed), Err(ReadError::TooLarge)));
}
