//! The same data in every form of file.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat};

use super::{HEADER, csv, folder, gzip, load, message, png, tar, zip};
use crate::dataset::encoding::tests::{utf16, utf16_and_a_byte};
use crate::dataset::{FolderLoader, LoadNote, LoadedDataset, Loader, Rejection, Split};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;

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
    let unicode_text = utf16(&String::from_utf8(text.clone()).unwrap().replace(',', "\t").replace('\n', "\r\n"));
    let packed_unicode_text = gzip(&unicode_text);
    let forms = [&text, &packed, &parts, &padded, &zipped, &tape, &packed_tape, &unicode_text, &packed_unicode_text];
    for form in forms {
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
fn a_table_in_utf_16_may_end_within_a_character() {
    let text = String::from_utf8(csv(HEADER, 5)).unwrap();
    let plain = load(text.as_bytes()).unwrap().dataset;
    // an end of line by a program that knows of no UTF-16, and a row that begins
    for byte in [b'\n', b'3'] {
        for file in utf16_and_a_byte(&text, byte) {
            let loaded = load(&file).unwrap();
            assert_eq!(loaded.dataset, plain);
            let [rejected] = loaded.rejections.first() else { panic!("{:?}", loaded.rejections) };
            assert_eq!((&rejected.reason, rejected.column), (&Rejection::TextEnd, None));
            assert!(
                rejected.to_string().starts_with("row 7: the file ends in the middle of a character"),
                "{rejected}"
            );
        }
    }
    // a row that was valid to its last character is not taken
    for file in utf16_and_a_byte(text.trim_end(), 0) {
        let loaded = load(&file).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.rejections.by_reason()["text-end"]), (4, 1));
    }
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
fn a_folder_may_have_nothing_but_a_table() {
    let text = csv(HEADER, 9);
    for files in [&[("set/fer2013.csv", &text[..])][..], &[("set/README", b"hi"), ("set/fer2013.csv", &text)]] {
        let (files, open) = folder(files);
        let mut loader = FolderLoader::new(files, open).unwrap();
        while loader.advance(4).unwrap() {}
        let loaded = loader.finish().unwrap();
        assert_eq!((&loaded.dataset, loaded.rejections.count()), (&load(&text).unwrap().dataset, 0));
        assert_eq!(loaded.notes, [LoadNote::ArchiveEntry("set/fer2013.csv".into())]);
    }
}

fn picture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/fixtures/pictures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn images_of_a_set_may_be_of_any_format_but_not_cut_off() {
    let jpeg = picture("baseline.jpg");
    let mut zeros = jpeg.clone();
    zeros[jpeg.len() / 2..].fill(0);
    let [tiff, bmp, webp, gif] = ["lzw.tiff", "grey.bmp", "lossy.webp", "one.gif"].map(picture);
    let files: [(&str, &[u8]); 8] = [
        ("angry/1.tiff", &tiff),
        ("disgust/2.bmp", &bmp),
        ("fear/3.webp", &webp),
        ("happy/4.gif", &gif),
        ("sad/5.jfif", &jpeg),
        ("surprise/quarter.jpg", &jpeg[..jpeg.len() / 4]),
        ("surprise/half.jpg", &jpeg[..jpeg.len() / 2]),
        ("surprise/zeros.jpg", &zeros),
    ];
    for form in [zip(&files), tar(&files)] {
        let loaded = load(&form).unwrap();
        let labels: Vec<&str> = (0..loaded.dataset.len()).map(|at| loaded.dataset.label(at).name()).collect();
        assert_eq!(labels, ["angry", "disgust", "fear", "happy", "sad"]);
        assert!(loaded.rejections.first().iter().all(|rejected| rejected.reason == Rejection::ImageEnd));
        assert_eq!(loaded.rejections.count(), 3);
    }
}

#[test]
fn images_of_a_set_are_turned_upright() {
    let names: Vec<String> = (1..9).map(|orientation| format!("happy/{orientation}.jpg")).collect();
    let contents: Vec<Vec<u8>> = (1..9).map(|orientation| picture(&format!("orientation-{orientation}.jpg"))).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().zip(&contents).map(|(name, content)| (&**name, &content[..])).collect();
    let dataset = load(&zip(&files)).unwrap().dataset;
    assert_eq!(dataset.len(), 8);
    for (sample, name) in names.iter().enumerate() {
        let pairs = dataset.pixels(0).iter().zip(dataset.pixels(sample));
        let difference: u32 = pairs.map(|(&one, &other)| u32::from(one.abs_diff(other))).sum();
        // each was compressed as the camera held it
        assert!(difference / (CROP_PIXELS as u32) < 5, "{name}: {difference}");
    }
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
            let mut header = ::tar::Header::from_byte_slice(header).clone();
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
