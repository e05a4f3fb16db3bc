//! Files that are refused, and why.

use std::io::{Read, Seek, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{HEADER, csv, folder, gzip, load, message, png, tar, zip};
use crate::dataset::{FolderLoader, LoadNote, MAX_BYTES, MAX_SAMPLES, ReadError, read};
use crate::vision::CROP_PIXELS;

#[test]
fn a_bomb_in_a_tar_is_refused() {
    let mut header = ::tar::Header::new_gnu();
    header.set_path("fer2013.csv").unwrap();
    header.set_size(u64::from(u32::MAX) * 2);
    header.set_cksum();
    let zeros = gzip(&vec![0; 1 << 20]);
    let bomb = [gzip(header.as_bytes()), zeros.repeat(5 << 10)].concat();
    assert!(matches!(load(&bomb), Err(ReadError::TooLarge)));
    // a path without end
    let mut header = ::tar::Header::new_gnu();
    header.set_entry_type(::tar::EntryType::GNULongName);
    header.set_size(u64::from(u32::MAX));
    header.set_cksum();
    let bomb = [gzip(header.as_bytes()), gzip(&vec![b'a'; 1 << 20]).repeat(100)].concat();
    assert!(load(&bomb).is_err());
}

#[test]
fn other_files_are_refused_and_named() {
    let npy = b"\x93NUMPY\x01\0v\0{'descr': '|u1'}";
    for (bytes, what) in [
        (&png(1)[..], "a PNG image"),
        (npy, "a NumPy array"),
        (b"\x10\x27\0\0\0\0\0\0{\"weights\"", "a network, which"),
        (b"\x08\x07\x12\x07pytorch\x1a\x052.9.1:\x80\x02\n", "a network, which"),
        (b"\x80\x02}q\x01(X\x06\n", "not a text file"),
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
fn a_git_lfs_pointer_is_named() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 301072766\n";
    assert!(matches!(load(pointer), Err(ReadError::GitLfs)));
    for form in [zip(&[("fer2013.csv", pointer)]), tar(&[("fer2013.csv", pointer)])] {
        let Err(ReadError::Table { path, fault }) = load(&form) else { panic!("another error") };
        assert!(path == "fer2013.csv" && matches!(*fault, ReadError::GitLfs), "{path}: {fault}");
    }
    let images = zip(&[("happy/1.png", &png(1)), ("happy/2.png", pointer), ("happy/3.png", b"")]);
    let loaded = load(&images).unwrap();
    let kinds: Vec<&str> = loaded.rejections.by_reason().keys().map(String::as_str).collect();
    assert_eq!(kinds, ["empty-file", "git-lfs"]);
}

#[test]
fn images_of_other_formats_are_named() {
    let pgm = [&b"P5\n48 48\n255\n"[..], &[7; CROP_PIXELS]].concat();
    let files: [(&str, &[u8]); 3] =
        [("happy/1", &pgm), ("sad/2.ppm", &pgm), ("sad/3.jp2", b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ")];
    let error = message(&zip(&files));
    assert!(
        error.ends_with(
            "`happy/1`: an image in the format PNM (PBM, PGM, PPM), which is not supported: save it as JPEG or PNG"
        ),
        "{error}"
    );
    let loaded = load(&zip(&[&files[..], &[("happy/4.png", &png(1))]].concat())).unwrap();
    assert_eq!((loaded.rejections.by_reason()["image-format"], loaded.notes), (3, vec![LoadNote::NoSplit(1)]));
}

#[test]
fn what_there_is_without_images_is_named() {
    let npy = b"\x93NUMPY\x01\0v\0{'descr': '|u1'}";
    for (path, content, expected) in [
        ("data/train.parquet", &b"PAR1"[..], "`data/train.parquet` is not read from within an archive: unpack it"),
        ("set.npz", b"PK\x03\x04", "`set.npz` is not read from within an archive: unpack it"),
        ("happy/a.mp4", b"\0\0\0\x18ftypisom", "`happy/a.mp4` is a video: save its frames as images"),
        ("labels.xlsx", b"PK\x03\x04", "`labels.xlsx` is a spreadsheet: save it as CSV"),
    ] {
        for form in [zip(&[(path, content)]), tar(&[(path, content)])] {
            assert!(message(&form).ends_with(expected), "{}", message(&form));
        }
    }
    let files: [(&str, &[u8]); 2] = [("x_train.npy", npy), ("y_train.npy", npy)];
    let (files, open) = folder(&files);
    let mut loader = FolderLoader::new(files, open).unwrap();
    while loader.advance(1).unwrap() {}
    let error = loader.finish().unwrap_err().to_string();
    assert!(error.contains("`x_train.npy` is a single NumPy array") && error.contains("savez"), "{error}");
    let workbook = zip(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"), ("xl/media/1.png", &png(1))]);
    assert!(message(&workbook).starts_with("this is a spreadsheet; save it as CSV"), "{}", message(&workbook));
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
