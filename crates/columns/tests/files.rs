//! Tables and arrays as the usual libraries write them: `tests/fixtures/columns/make.py`.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use mien_core::dataset::{LabelOrder, LoadNote, LoadedDataset, ReadError, RowLoader, RowSource, RowsError, Split};
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use rawzip::ReaderAt;

/// Number of images of most files.
const COUNT: usize = 14;

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/columns")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn source(bytes: Vec<u8>) -> Result<Box<dyn RowSource>, RowsError> {
    let length = bytes.len() as u64;
    mien_columns::open(bytes, length)
}

fn read(bytes: Vec<u8>, name: &str, order: Option<LabelOrder>) -> Result<LoadedDataset, ReadError> {
    let mut loader = RowLoader::new(vec![(name.to_owned(), source(bytes)?)]).with_order(order);
    let mut position = 0;
    while loader.advance(5)? {
        assert!((position..=loader.length()).contains(&loader.position()), "{name}");
        position = loader.position();
    }
    assert_eq!(loader.position(), loader.length(), "{name}");
    loader.finish()
}

fn load(name: &str) -> LoadedDataset {
    read(file(name), "", None).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn error(name: &str) -> String {
    match source(file(name)).map_err(ReadError::from).and_then(|_| read(file(name), "", None)) {
        Ok(_) => panic!("{name} was read"),
        Err(error) => error.to_string(),
    }
}

/// The pixels that `make.py` draws.
fn drawn(index: usize) -> [u8; CROP_PIXELS] {
    std::array::from_fn(|pixel| (pixel / 48 * 2 + pixel % 48 * 3 + 10 * index) as u8)
}

/// Checks that the dataset has these images with their labels.
fn assert_drawn(name: &str, loaded: &LoadedDataset, expected: impl IntoIterator<Item = usize>) {
    let expected: Vec<usize> = expected.into_iter().collect();
    assert_eq!(loaded.dataset.len(), expected.len(), "{name}");
    for (sample, index) in expected.into_iter().enumerate() {
        assert_eq!(loaded.dataset.label(sample), Expression::ALL[index % 7], "{name}: {sample}");
        assert!(loaded.dataset.pixels(sample) == &drawn(index), "{name}: pixels of {sample}");
    }
}

#[test]
fn tables_of_hugging_face_are_read() {
    let loaded = load("hugging-face.parquet");
    assert_drawn("hugging-face", &loaded, 0..COUNT);
    assert_eq!((loaded.notes, loaded.rejections.count()), (vec![LoadNote::NoSplit(COUNT)], 0));
    let loaded = read(file("hugging-face.parquet"), "test-00000-of-00001.parquet", None).unwrap();
    assert_eq!(loaded.dataset.splits(), [Split::PublicTest; COUNT]);
    // several row groups, classes in another order, and one label that is withheld
    let loaded = load("groups.parquet");
    assert_drawn("groups", &loaded, (0..COUNT).filter(|&index| index != 5));
    let rejected: Vec<String> = loaded.rejections.first().iter().map(ToString::to_string).collect();
    assert_eq!(rejected, ["row 6, column emotion: the row has no label"]);
}

#[test]
fn every_compression_gives_the_same() {
    for codec in ["none", "snappy", "zstd", "gzip"] {
        for version in [1, 2] {
            let name = format!("{codec}-{version}.parquet");
            assert_drawn(&name, &load(&name), 0..COUNT);
        }
    }
    assert_eq!(
        error("brotli-1.parquet"),
        "the column `image.bytes` is compressed with BROTLI, which is not supported: write the table again with snappy, zstd or \
         gzip"
    );
    assert!(error("lz4-1.parquet").contains("LZ4"));
    assert_eq!(
        error("delta.parquet"),
        "the column `image.bytes` has the encoding DELTA_LENGTH_BYTE_ARRAY, which is not supported: write the table again with \
         pandas or pyarrow"
    );
}

#[test]
fn rows_without_an_image_or_a_label_are_reported() {
    let loaded = load("gaps.parquet");
    assert_drawn("gaps", &loaded, (0..2).chain(5..COUNT));
    let rejected: Vec<String> = loaded.rejections.first().iter().map(ToString::to_string).collect();
    assert_eq!(
        rejected,
        [
            "row 3: the row has only the path of its image, `2.png`: the table must hold the image itself",
            "row 4: the row has no image",
            "row 5, column emotion: the row has no label"
        ]
    );
    assert_eq!(loaded.dataset.row(2), 5);
    assert_eq!(
        error("paths.parquet"),
        "the file has no valid sample; row 1: the row has only the path of its image, `images/0.png`: the table must hold \
         the image itself"
    );
}

#[test]
fn tables_of_pandas_are_read() {
    let loaded = load("fer2013.parquet");
    assert_drawn("fer2013", &loaded, 0..COUNT);
    assert_eq!(loaded.dataset.splits()[..4], [Split::Training, Split::PublicTest, Split::PrivateTest, Split::Training]);
    assert!(matches!(&loaded.notes[..], [LoadNote::NumberedLabels { order: Some(LabelOrder::Fer2013), .. }]));
    let loaded = load("categories.parquet");
    assert_drawn("categories", &loaded, (0..COUNT).filter(|index| index % 5 != 4));
    assert_eq!(loaded.dataset.splits()[..2], [Split::PublicTest, Split::Training]);
    assert_drawn("polars", &load("polars.parquet"), 0..COUNT);
}

#[test]
fn integer_labels_are_never_interpreted_without_a_note() {
    for name in ["pages.parquet", "numbers.parquet", "numbered.npz", "floats.npz"] {
        let Err(ReadError::Labels(asked)) = read(file(name), "", None) else { panic!("{name}: no question") };
        assert!(!asked.numbers.is_empty());
    }
    let order = || Some(LabelOrder::Fer2013);
    let loaded = read(file("pages.parquet"), "", order()).unwrap();
    assert_eq!((loaded.dataset.len(), loaded.dataset.label(8)), (COUNT, Expression::Disgust));
    assert!((0..COUNT).all(|sample| loaded.dataset.pixels(sample) == &drawn(sample % 3)));
    let loaded = read(file("numbers.parquet"), "", order()).unwrap();
    assert_eq!((loaded.dataset.len(), loaded.dataset.label(0)), (5, Expression::Disgust));
    assert_eq!(
        loaded.rejections.first()[1].to_string(),
        "row 3, column emotion: the label is `3.5`, which is none of the seven classes"
    );
    // one column for each class
    assert_drawn("floats", &read(file("floats.npz"), "", order()).unwrap(), 0..COUNT);
    assert_drawn("numbered", &read(file("numbered.npz"), "", order()).unwrap(), 0..COUNT);
}

#[test]
fn names_may_count_from_1() {
    for name in ["from-one.npz", "from-one.parquet"] {
        let loaded = load(name);
        assert_drawn(name, &loaded, 0..COUNT);
        assert_eq!(loaded.rejections.count(), 0, "{name}");
    }
    // 2 to 8 with seven names
    let Err(ReadError::Labels(asked)) = read(file("beyond.npz"), "", None) else { panic!("no question") };
    assert_eq!(asked.numbers.len(), 7);
}

#[test]
fn arrays_are_read() {
    let loaded = load("splits.npz");
    assert_drawn("splits", &loaded, 0..COUNT);
    assert_eq!(
        loaded.dataset.splits()[6..10],
        [Split::Training, Split::Training, Split::PublicTest, Split::PublicTest]
    );
    assert!(loaded.notes.is_empty());
    for name in ["fractions.npz", "wide.npz"] {
        assert_drawn(name, &load(name), 0..COUNT);
    }
    assert_drawn("stored", &load("stored.npz"), 0..7);
}

#[test]
fn unsupported_arrays_are_rejected_with_the_reason() {
    for (name, expected) in [
        (
            "images.npy",
            "a .npy file holds a single array, here uint8 (7, 48, 48), without labels: save images and labels in one file, \
             with `numpy.savez(\"set.npz\", images=images, labels=labels)`",
        ),
        (
            "standardized.npz",
            "the pixels of `x` go from -2 to 1.984375 where 0 to 255, or fractions from 0 to 1, are needed: save it as uint8",
        ),
        (
            "fortran.npz",
            "the array `x` is in Fortran's order, which is not supported: save `numpy.ascontiguousarray(…)` of it",
        ),
        (
            "objects.npz",
            "the array `y` has the type object, which is not supported: save it as uint8, or labels as whole numbers or text",
        ),
        (
            "unlabelled.npz",
            "no array holds the labels of `images`: one of the same length is needed, with the name `labels`, or `y_train` \
             for `x_train`; the arrays are images uint8 (14, 48, 48)",
        ),
    ] {
        assert_eq!(error(name), expected);
    }
    assert!(error("large.npz").ends_with("the arrays are images uint8 (3, 64, 64), labels int64 (3,)"));
}

#[test]
fn a_cut_file_is_damaged() {
    for name in ["hugging-face.parquet", "zstd-2.parquet", "splits.npz", "stored.npz"] {
        let whole = file(name);
        for end in (0..whole.len()).step_by(97) {
            assert!(read(whole[..end].to_vec(), "", None).is_err(), "{name}: {end}");
        }
    }
}

#[test]
fn no_changed_byte_stops_the_program() {
    for name in
        ["snappy-2.parquet", "zstd-1.parquet", "gzip-1.parquet", "pages.parquet", "polars.parquet", "splits.npz"]
    {
        let whole = file(name);
        for place in 0..whole.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[place] ^= change;
                // any answer will do
                let _ = source(changed).map(|mut source| while let Ok(Some(_)) = source.read(64) {});
            }
        }
    }
}

/// A file that can be read a few times only.
struct Failing(Vec<u8>, AtomicUsize);

impl ReaderAt for Failing {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.1.load(Ordering::Relaxed).checked_sub(1).ok_or_else(|| io::Error::other("unplugged"))?;
        self.1.store(left, Ordering::Relaxed);
        self.0.read_at(buffer, offset)
    }
}

#[test]
fn a_disk_that_fails_is_not_taken_for_a_damaged_file() {
    for name in ["hugging-face.parquet", "splits.npz"] {
        let whole = file(name);
        let mut failures = 0;
        for reads in 0..40 {
            let length = whole.len() as u64;
            let failing = Failing(whole.clone(), AtomicUsize::new(reads));
            let read = mien_columns::open(failing, length).and_then(|mut source| {
                while source.read(64)?.is_some() {}
                Ok(())
            });
            if let Err(error) = read {
                assert_eq!(error, RowsError::Io("unplugged".into()), "{name}: {reads}");
                failures += 1;
            }
        }
        assert!(failures > 2, "{name}");
    }
}
