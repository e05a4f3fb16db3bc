//! The file formats, and refused files.

use std::io::{Cursor, Read, Seek, Write};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use image::{DynamicImage, GrayImage, ImageFormat};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::{
    FolderLoader, LabelOrder, LoadNote, LoadedDataset, Loader, MAX_BYTES, MAX_SAMPLES, ReadError, Split, read,
};
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

/// A tar archive as GNU tar writes it, with paths of any length.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
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

#[test]
fn every_form_gives_the_same() {
    let text = csv(HEADER, 300);
    let plain = load(&text).unwrap().dataset;
    assert_eq!(plain.len(), 300);
    let packed = gzip(&text);
    let parts = [gzip(&text[..1000]), gzip(&text[1000..])].concat();
    // as tapes and download tools pad it
    let padded = [&packed[..], &[0; 100]].concat();
    let zipped = zip(&[("a/fer2013.csv", &text)]);
    let tape = tar(&[("fer2013/README", b"text"), ("fer2013/fer2013.csv", &text), ("fer2013/fer2013.bib", b"x")]);
    let packed_tape = gzip(&tape);
    for form in [&text, &packed, &parts, &padded, &zipped, &tape, &packed_tape] {
        let mut loader = Loader::open(Cursor::new(form)).unwrap();
        let mut position = 0;
        while loader.advance(7).unwrap() {
            assert!(loader.position() >= position && loader.position() <= loader.length());
            position = loader.position();
        }
        assert_eq!(loader.length(), form.len() as u64);
        // behind the CSV of a tar there are other files
        let rest = if *form == tape { 3000 } else { 200 };
        assert!(loader.position() > loader.length() - rest, "{} of {}", loader.position(), loader.length());
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
    let files: [(&str, &[u8]); 8] = [
        ("example_submission.csv", b"id,emotion\n1,2\n"),
        ("train.csv", &large),
        ("__MACOSX/x.csv", b""),
        ("small.CSV", &small),
        ("icml_face_data.csv", &right),
        ("fer2013.tar.gz", b"\x1f\x8b"),
        ("test.csv", b"pixels\n1\n"),
        ("photo/train/happy/1.png", &png(1)),
    ];
    for form in [zip(&files), tar(&files), gzip(&tar(&files))] {
        let loaded = load(&form).unwrap();
        assert_eq!(loaded.dataset.len(), 3);
        assert_eq!(loaded.notes, [LoadNote::ArchiveEntry("icml_face_data.csv".into())]);
    }
    let (folder, open) = folder(&files);
    let mut loader = FolderLoader::new(folder, open).unwrap();
    while loader.advance(1).unwrap() {}
    assert_eq!(loader.position(), loader.length());
    let loaded = loader.finish().unwrap();
    assert_eq!(
        (loaded.dataset.len(), &loaded.notes[..]),
        (3, &[LoadNote::ArchiveEntry("icml_face_data.csv".into())][..])
    );
}

#[test]
fn images_of_an_archive_are_read() {
    let mut large = png(1);
    large.resize(17 << 20, 0);
    let files: [(&str, &[u8]); 9] = [
        ("fer/train/happy/1.png", &png(1)),
        ("fer/train/sad/2", &png(2)),
        ("fer/test/angry/3.png", &png(3)),
        ("fer/../../test/fear/4.png", &png(4)),
        ("fer/train/sad/5.png", b"no image"),
        ("fer/train/bored/6.png", &png(6)),
        ("fer/train/sad/7.png", &large),
        ("votes.csv", b"Usage,neutral\nTraining,1\n"),
        ("LICENSE", b"text"),
    ];
    let zipped = zip(&files);
    let mut loader = Loader::open(Cursor::new(&zipped)).unwrap();
    let mut steps = 0;
    while loader.advance(2).unwrap() {
        steps += 1;
    }
    assert_eq!(steps, files.len(), "one at a time");
    let loaded = loader.finish().unwrap();
    let dataset = &loaded.dataset;
    assert_eq!((dataset.len(), dataset.pixels(2)[0]), (4, 3));
    assert_eq!((dataset.label(0), dataset.split(0)), (Expression::Happy, Split::Training));
    assert_eq!((dataset.label(3), dataset.split(3)), (Expression::Fear, Split::PublicTest));
    let kinds: Vec<&str> = loaded.rejections.by_reason().keys().map(String::as_str).collect();
    assert_eq!(kinds, ["class", "image-file", "no-image"]);
    assert!(
        matches!(&loaded.notes[..], [LoadNote::UnusedTable { .. }, LoadNote::SkippedFiles(2)]),
        "{:?}",
        loaded.notes
    );
    for form in [tar(&files[..3]), gzip(&tar(&files[..3]))] {
        let taped = load(&form).unwrap();
        assert_eq!((taped.dataset.len(), taped.dataset.pixels(2)), (3, dataset.pixels(2)));
    }
    let (mut files, mut open) = folder(&files);
    files.remove(3); // a path as no folder has it
    let mut loader = FolderLoader::new(files, |index| open(if index < 3 { index } else { index + 1 })).unwrap();
    while loader.advance(1).unwrap() {}
    let loaded = loader.finish().unwrap();
    assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (3, 3));
    assert!(
        matches!(&loaded.notes[..], [LoadNote::UnusedTable { .. }, LoadNote::SkippedFiles(2)]),
        "{:?}",
        loaded.notes
    );
}

/// The files of a folder, and what opens them.
#[allow(clippy::type_complexity)]
fn folder(files: &[(&str, &[u8])]) -> (Vec<(String, u64)>, impl FnMut(usize) -> std::io::Result<Box<dyn Read>>) {
    let contents: Vec<Vec<u8>> = files.iter().map(|(_, content)| content.to_vec()).collect();
    let paths = files.iter().map(|(path, content)| ((*path).to_owned(), content.len() as u64)).collect();
    (paths, move |index| Ok(Box::new(Cursor::new(contents[index].clone())) as Box<dyn Read>))
}

#[test]
fn a_list_labels_the_images_beside_it() {
    let list = b"image,label\n000.png,angry\n001.png,happy\n002.png,unheard of\n004.png,sad\n";
    let images = [png(0), png(1), png(2), png(3)];
    let mut files: Vec<(&str, &[u8])> = vec![("images/000.png", &images[0]), ("images/001.png", &images[1])];
    files.extend([
        ("images/002.png", &images[2][..]),
        ("images/003.png", &images[3]),
        ("labels.csv", list),
        ("README.txt", b"hi"),
    ]);
    for form in [zip(&files), tar(&files), gzip(&tar(&files))] {
        let loaded = load(&form).unwrap();
        let dataset = &loaded.dataset;
        assert_eq!((dataset.len(), dataset.label(0), dataset.label(1)), (2, Expression::Angry, Expression::Happy));
        let kinds: Vec<&str> = loaded.rejections.by_reason().keys().map(String::as_str).collect();
        assert_eq!(kinds, ["class", "label"]);
        let list = LoadNote::LabelList { path: "labels.csv".into(), count: 2 };
        assert_eq!(loaded.notes, [list, LoadNote::NoSplit(2), LoadNote::SkippedFiles(1)]);
    }
}

#[test]
fn a_list_of_all_beside_those_of_the_splits_adds_no_image_twice() {
    let images = [png(0), png(1)];
    let files: [(&str, &[u8]); 5] = [
        ("images/0.png", &images[0]),
        ("images/1.png", &images[1]),
        ("all.csv", b"image,label\n0.png,angry\n1.png,happy\n"),
        ("test_labels.csv", b"image,label\n1.png,happy\n"),
        ("train_labels.csv", b"image,label\n0.png,angry\n"),
    ];
    let loaded = load(&zip(&files)).unwrap();
    let samples: Vec<_> =
        (0..loaded.dataset.len()).map(|at| (loaded.dataset.label(at), loaded.dataset.split(at))).collect();
    assert_eq!(samples, [(Expression::Angry, Split::Training), (Expression::Happy, Split::PublicTest)]);
    assert_eq!(loaded.rejections.count(), 0);
}

#[test]
fn images_that_lists_do_not_label_clearly_are_rejected() {
    let image = png(0);
    let files: [(&str, &[u8]); 8] = [
        ("a/0.png", &image),
        ("b/0.png", &image),
        ("b/1.png", &image),
        ("b/2.png", &image),
        ("happy/3.png", &image),
        ("sad/3.png", &image),
        ("labels.csv", b"image,label\n0.png,angry\n1.png,happy\n2.png,sad\n3.png,fear\n"),
        ("old/labels.csv", b"image,label\n1.png,sad\n2.png,sad\n"),
    ];
    let loaded = load(&zip(&files)).unwrap();
    let labels: Vec<&str> = (0..loaded.dataset.len()).map(|at| loaded.dataset.label(at).name()).collect();
    assert_eq!(labels, ["sad", "happy", "sad"], "folders that name the class decide where a list does not");
    let rejected: Vec<String> = loaded.rejections.first().iter().map(ToString::to_string).collect();
    assert_eq!(
        rejected,
        [
            "`a/0.png`: a list of labels names several images by this name: write their folders in the list",
            "`b/0.png`: a list of labels names several images by this name: write their folders in the list",
            "`b/1.png`: the lists of labels give the image different labels"
        ]
    );
}

#[test]
fn a_damaged_entry_is_rejected_if_it_is_an_image_and_otherwise_skipped() {
    let image = png(0);
    let damaged = |name: &str| {
        let mut archive = zip(&[("notes.bin", &b"no image"[..]), ("sad/0.png", &image), ("sad/1.png", &image)]);
        // in the compressed data, behind the name in the entry's own header
        let place = archive.windows(name.len()).position(|window| window == name.as_bytes()).unwrap();
        archive[place + name.len() + 4] ^= 0x55;
        load(&archive).unwrap()
    };
    let loaded = damaged("notes.bin");
    assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (2, 0));
    assert!(loaded.notes.contains(&LoadNote::SkippedFiles(1)), "{:?}", loaded.notes);
    let loaded = damaged("sad/1.png");
    assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (1, 1));
    assert!(loaded.notes.contains(&LoadNote::SkippedFiles(1)), "{:?}", loaded.notes);
}

#[test]
fn tables_that_are_not_used_are_named() {
    let image = png(0);
    let list: &[u8] = b"image,age\n0.png,31\n";
    let loaded = load(&zip(&[("sad/0.png", &image), ("ages.csv", list), ("more.csv", list)])).unwrap();
    let LoadNote::UnusedTable { path, reason } = &loaded.notes[0] else { panic!("{:?}", loaded.notes) };
    assert_eq!(path, "ages.csv");
    assert!(matches!(&loaded.notes[1], LoadNote::UnusedTable { path, .. } if path == "more.csv"), "{:?}", loaded.notes);
    assert!(reason.english().contains("image,age"), "{reason:?}");
    let refused = load(&zip(&[("0.png", &image[..]), ("ages.csv", list)])).unwrap_err();
    assert!(matches!(refused, ReadError::Table { path, .. } if path == "ages.csv"));
    // where the order has no such number, the table is not to blame
    let files: [(&str, &[u8]); 2] = [("9/0.png", &image), ("ages.csv", list)];
    let (files, open) = folder(&files);
    let mut loader = FolderLoader::new(files, open).unwrap().with_order(Some(LabelOrder::Fer2013));
    while loader.advance(1).unwrap() {}
    assert!(!matches!(loader.finish(), Err(ReadError::Table { .. })));
}

#[test]
fn images_are_known_by_their_bytes_everywhere() {
    let image = png(7);
    let mut bmp = Cursor::new(Vec::new());
    DynamicImage::from(GrayImage::from_pixel(48, 48, [9].into())).write_to(&mut bmp, ImageFormat::Bmp).unwrap();
    let files: [(&str, &[u8]); 7] = [
        ("set/happy/1", &image),
        ("set/sad/2.txt", &image),
        ("set/fear/3.zip", &image),
        ("set/angry/4.png", b"a text"),
        ("set/labels.csv", b"image,label\n5.jpg,neutral\n"),
        ("set/all/5", bmp.get_ref()),
        ("set/notes", b"a text"),
    ];
    let list = LoadNote::LabelList { path: "set/labels.csv".into(), count: 1 };
    let check = |loaded: LoadedDataset| {
        let dataset = &loaded.dataset;
        let labels: Vec<&str> = (0..dataset.len()).map(|sample| dataset.label(sample).name()).collect();
        assert_eq!(labels, ["happy", "sad", "fear", "neutral"]);
        assert_eq!((dataset.pixels(2)[0], dataset.pixels(3)[0]), (7, 9));
        assert_eq!(loaded.rejections.by_reason().iter().collect::<Vec<_>>(), [(&"no-image".to_owned(), &1)]);
        assert_eq!(loaded.notes, [list.clone(), LoadNote::NoSplit(4), LoadNote::SkippedFiles(1)]);
    };
    for form in [zip(&files), tar(&files), gzip(&tar(&files))] {
        check(load(&form).unwrap());
    }
    let (files, open) = folder(&files);
    let mut loader = FolderLoader::new(files, open).unwrap();
    while loader.advance(1).unwrap() {}
    check(loader.finish().unwrap());
}

#[test]
fn paths_of_archives_may_be_in_latin_1() {
    let ascii = "glXcklich/1.png";
    let image = png(7);
    for form in [zip(&[(ascii, &image)]), tar(&[(ascii, &image)])] {
        let place = |form: &[u8]| form.windows(ascii.len()).position(|bytes| bytes == ascii.as_bytes());
        let (mut latin, mut code_page) = (form.clone(), form.clone());
        while let Some(at) = place(&latin) {
            (latin[at + 2], code_page[at + 2]) = (0xfc, 0x81);
        }
        // a tar's header has a checksum of its bytes
        if let Some(header) = latin.first_chunk_mut::<512>().filter(|_| !form.starts_with(b"PK")) {
            let mut header = tar::Header::from_byte_slice(header).clone();
            header.set_cksum();
            latin[..512].copy_from_slice(header.as_bytes());
            code_page.clone_from(&latin);
        }
        for form in [latin, code_page] {
            let loaded = load(&form).unwrap();
            assert_eq!(loaded.dataset.label(0), Expression::Happy);
        }
    }
}

#[test]
fn a_list_counts_the_samples_that_remain() {
    let image = png(7);
    let list = b"subDirectory_filePath,expression\n1/0.png,1\n1/1.png,7\n";
    let files: [(&str, &[u8]); 3] = [("1/0.png", &image), ("1/1.png", &image), ("training.csv", list)];
    let loaded = load(&zip(&files)).unwrap();
    // contempt is none of the seven
    assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (1, 1));
    assert!(loaded.notes.contains(&LoadNote::LabelList { path: "training.csv".into(), count: 1 }));
}

#[test]
fn a_list_of_numbers_needs_an_order() {
    let list: String = (0..7).map(|index| format!("{index}.png,{index}\n")).collect();
    let image = png(7);
    let paths: Vec<String> = (0..7).map(|index| format!("faces/{index}.png")).collect();
    let files = |name: &'static str, list: &'static str| {
        let images = paths.iter().map(|path| (path.as_str(), &image[..]));
        images.chain([(name, list.as_bytes())]).collect::<Vec<_>>()
    };
    let list: &'static str = list.leak();
    let zipped = zip(&files("labels.csv", list));
    assert!(matches!(load(&zipped), Err(ReadError::Labels(_))));
    let in_order = |bytes: &[u8], order| {
        let mut loader = Loader::open(Cursor::new(bytes)).unwrap().with_order(Some(order));
        while loader.advance(2).unwrap() {}
        loader.finish().unwrap().dataset
    };
    assert_eq!(in_order(&zipped, LabelOrder::AffectNet).label(0), Expression::Neutral);
    let taped = gzip(&tar(&files("labels.csv", list)));
    assert_eq!(in_order(&taped, LabelOrder::AffectNet).label(6), Expression::Angry);
    // FER+ has FER2013's splits and other numbers
    let splits =
        (0..7).map(|index| format!("{index}.png,{index},{}Test\n", if index < 4 { "Public" } else { "Private" }));
    let with_splits: &'static str = ("image,label,Usage\n".to_owned() + &splits.collect::<String>()).leak();
    assert!(matches!(load(&zip(&files("labels.csv", with_splits))), Err(ReadError::Labels(_))));
    // RAF-DB's list has its own order, and the names give the split
    let raf_db = "test_1.png 7\ntrain_2.png 1\n";
    let aligned = [("Image/aligned/test_1_aligned.png", &image[..]), ("Image/original/test_1.png", &image)];
    let more =
        [("Image/aligned/train_2_aligned.png", &image[..]), ("EmoLabel/list_patition_label.txt", raf_db.as_bytes())];
    let loaded = load(&zip(&[aligned, more].concat())).unwrap();
    let dataset = &loaded.dataset;
    assert_eq!((dataset.len(), dataset.label(0), dataset.split(0)), (2, Expression::Neutral, Split::PublicTest));
    assert!(loaded.notes.contains(&LoadNote::UnalignedPhotos(1)), "{:?}", loaded.notes);
    assert!(!loaded.notes.iter().any(|note| matches!(note, LoadNote::SkippedFiles(_))), "{:?}", loaded.notes);
    assert_eq!((dataset.label(1), dataset.split(1)), (Expression::Surprise, Split::Training));
    // ExpW's has a line for each face
    let exp_w = "a.png 0 0 0 48 24 99 3\na.png 1 0 24 48 48 98 4\n";
    let loaded = load(&tar(&[("origin/a.png", &image), ("label/label.lst", exp_w.as_bytes())])).unwrap();
    let labels = [0, 1].map(|sample| loaded.dataset.label(sample));
    assert_eq!((loaded.dataset.len(), labels), (2, [Expression::Happy, Expression::Sad]));
}

#[test]
fn a_tar_is_known_by_its_first_block() {
    let text = csv(HEADER, 2);
    let long = format!("{}/fer2013.csv", "folder/".repeat(40));
    assert_eq!(load(&tar(&[(&long, &text)])).unwrap().dataset.len(), 2);
    for name in ["PK\u{3}\u{4}.csv", "BZh/set.csv", "Rar!.csv"] {
        assert_eq!(
            load(&tar(&[(name, &text)])).unwrap().dataset.len(),
            2,
            "{name:?} begins as another kind of file does"
        );
    }
    assert!(message(&tar(&[("a.txt", b"x")])).contains("neither"), "{}", message(&tar(&[("a.txt", b"x")])));
    assert!(message(&tar(&[("b/a.zip", b"x")])).contains("another archive, `b/a.zip`"));
    assert!(message(&tar(&[("a.csv", b"x;y\n1;2\n")])).contains("`a.csv`: its first line, `x;y`, names no column"));
    assert!(message(&zip(&[("a.csv", b"x;y\n1;2\n")])).contains("`a.csv`: its first line, `x;y`, names no column"));
    let taped = tar(&[("README", b"text"), ("fer2013.csv", &text)]);
    for length in [700, 1100, 3000, 15_000] {
        for cut in [taped[..length].to_vec(), gzip(&taped[..length])] {
            let message = message(&cut);
            assert!(message.contains("damaged or truncated") || message.contains("neither"), "{length}: {message}");
        }
    }
    let packed = gzip(&taped);
    assert!(message(&packed[..packed.len() - 3]).contains("damaged or truncated"));
}

#[test]
fn a_bomb_in_a_tar_is_refused() {
    let mut header = tar::Header::new_gnu();
    header.set_path("fer2013.csv").unwrap();
    header.set_size(u64::from(u32::MAX) * 2);
    header.set_cksum();
    let zeros = gzip(&vec![0; 1 << 20]);
    let bomb = [gzip(header.as_bytes()), zeros.repeat(5 << 10)].concat();
    assert!(matches!(load(&bomb), Err(ReadError::TooLarge)));
    // a path without end
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
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
