//! Tables that label the images beside them.

use std::io::Cursor;

use super::{folder, gzip, load, png, tar, zip};
use crate::dataset::{FolderLoader, LabelOrder, LoadNote, Loader, ReadError, Split};
use crate::expression::Expression;

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
