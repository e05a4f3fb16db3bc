//! What the fuzz targets share: a limit of the memory that a reader takes, and what is true of every dataset that is read.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use mien_core::dataset::{
    ClassOf, Dataset, FolderLoader, LabelOrder, LabelQuestion, LoadNote, LoadedDataset, Loader, ReadError,
};
use mien_core::expression::Expression;

/// Maximum memory in bytes for reading a small file: twice an image of the largest size.
const MAX_MEMORY: usize = 300 << 20;

/// Counts the memory of the process, and its maximum.
struct Counting;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn taken(bytes: usize) {
    PEAK.fetch_max(TAKEN.fetch_add(bytes, Relaxed) + bytes, Relaxed);
}

// SAFETY: as the system's allocator
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        taken(size);
        TAKEN.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs a reader, which must not take more memory than an image of the largest size needs.
pub fn bounded<T>(read: impl FnOnce() -> T) -> T {
    let before = TAKEN.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = read();
    let taken = PEAK.load(Relaxed) - before;
    assert!(taken < MAX_MEMORY, "{taken} bytes of memory are taken");
    result
}

/// What is read of a file, or why nothing is.
pub type Outcome = Result<LoadedDataset, ReadError>;

/// A source that returns a limited number of bytes at a time.
pub struct Trickle<R>(pub R, pub usize);

impl<R: Read> Read for Trickle<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let max = buffer.len().min(self.1);
        self.0.read(&mut buffer[..max])
    }
}

impl<R: Seek> Seek for Trickle<R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.0.seek(position)
    }
}

/// Reads a file as a dataset, at once and in steps, with every order of numbered classes that it allows.
pub fn read_file(file: &[u8]) -> Outcome {
    let whole = bounded(|| load(file, None));
    assert_same(&whole, &load_in_steps(file));
    check(&whole, |order| load(file, order));
    whole
}

fn load(file: &[u8], order: Option<LabelOrder>) -> Outcome {
    let mut loader = Loader::open(Cursor::new(file))?.with_order(order);
    while loader.advance(usize::MAX)? {}
    loader.finish()
}

/// Reads one row or image at a time, from a source that returns few bytes at once.
fn load_in_steps(file: &[u8]) -> Outcome {
    let few = if file.len() < 8192 { 13 } else { 997 };
    let mut loader = Loader::open(Trickle(Cursor::new(file), few))?;
    let mut before = (0, 0, 0);
    loop {
        let more = loader.advance(1)?;
        let now = (loader.position(), loader.accepted(), loader.rejections().count());
        assert!(before.0 <= now.0 && now.0 <= loader.length(), "the progress is not ascending: {before:?} {now:?}");
        assert!(before.1 <= now.1 && before.2 <= now.2, "the counts are not ascending: {before:?} {now:?}");
        before = now;
        if !more {
            break;
        }
    }
    let loaded = loader.finish()?;
    assert_eq!(loaded.dataset.len() + loaded.rejections.count(), before.1 + before.2, "samples are lost");
    Ok(loaded)
}

/// Reads the files of a folder.
pub fn load_folder(files: &[(String, Rc<[u8]>)], order: Option<LabelOrder>) -> Outcome {
    let sizes = files.iter().map(|(path, content)| (path.clone(), content.len() as u64)).collect();
    let open = |index: usize| Ok(Box::new(Cursor::new(Rc::clone(&files[index].1))) as Box<dyn Read>);
    let mut loader = FolderLoader::new(sizes, open)?.with_order(order);
    while loader.advance(1)? {
        assert!(loader.position() <= loader.length());
    }
    loader.finish()
}

/// Checks that the same is read in two ways. How a fault of damaged data is worded may depend on how many bytes are read at once.
pub fn assert_same(one: &Outcome, other: &Outcome) {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.dataset, other.dataset);
            // of a damaged entry without the name of an image, the bytes before the damage tell whether it is one
            if !is_damaged(one) && !is_damaged(other) {
                assert_eq!(one.rejections.by_reason(), other.rejections.by_reason());
                assert_eq!(one.notes, other.notes);
            }
        }
        (Err(ReadError::Labels(one)), Err(ReadError::Labels(other))) => assert_eq!(one, other),
        (one, other) => assert!(one.is_err() && other.is_err(), "only one is refused: {one:?} {other:?}"),
    }
}

/// Whether an entry of an archive was rejected because it, or its size, is damaged.
fn is_damaged(loaded: &LoadedDataset) -> bool {
    ["archive", "image-file"].iter().any(|reason| loaded.rejections.by_reason().contains_key(*reason))
}

/// Checks what is true of every outcome; `read` reads the file again with an order of the classes.
pub fn check(outcome: &Outcome, read: impl Fn(Option<LabelOrder>) -> Outcome) {
    match outcome {
        Ok(loaded) => check_loaded(loaded),
        Err(ReadError::Labels(question)) => check_question(question, read),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn check_loaded(LoadedDataset { dataset, rejections, notes, .. }: &LoadedDataset) {
    assert!(!dataset.is_empty());
    assert!((1..dataset.len()).all(|sample| dataset.row(sample - 1) < dataset.row(sample)), "rows are not ascending");
    assert_eq!(rejections.by_reason().values().sum::<usize>(), rejections.count());
    assert_eq!(rejections.first().len(), rejections.count().min(1000));
    assert!(rejections.first().iter().all(|rejected| !rejected.to_string().is_empty()));
    for note in notes {
        if let LoadNote::NoSplit(count) | LoadNote::LabelsFromFileNames(count) | LoadNote::LabelList { count, .. } =
            note
        {
            assert!(*count <= dataset.len(), "{note} of {}", dataset.len());
        }
    }
    let mut stored = Vec::new();
    dataset.write_to(&mut stored).unwrap();
    assert_eq!(Dataset::read_from(&stored[..]).unwrap(), *dataset);
    // what is slow: for one dataset of eight
    if stored.iter().fold(0_u8, |sum, &byte| sum.wrapping_add(byte)) % 8 == 0 {
        check_exports(dataset);
    }
}

fn check_exports(dataset: &Dataset) {
    let mut written = Vec::new();
    dataset.write_csv(&mut written).unwrap();
    assert_eq!(values_of_groups(&exported(&written, dataset)), values_of_groups(dataset));
    let mut zipped = Vec::new();
    let names: Vec<String> = NAMES.iter().cycle().take(dataset.len()).map(|&name| name.to_owned()).collect();
    dataset.write_zip(&names, &mut zipped).unwrap();
    exported(&zipped, dataset);
}

/// The name of each column of groups, and the value of each sample: a column may have values besides that no sample has any more.
fn values_of_groups(dataset: &Dataset) -> Vec<(&str, Vec<&str>)> {
    let mut columns = Vec::new();
    for column in dataset.groups() {
        columns.push((column.name(), (0..dataset.len()).map(|sample| column.value(sample)).collect()));
    }
    columns
}

/// What is read of a file to which a dataset was exported, but for the groups the same.
fn exported(file: &[u8], dataset: &Dataset) -> Dataset {
    let LoadedDataset { dataset: again, rejections, .. } = load(file, None).unwrap();
    assert_eq!((again.len(), rejections.count()), (dataset.len(), 0));
    for sample in 0..dataset.len() {
        assert_eq!(again.pixels(sample), dataset.pixels(sample));
        assert_eq!(again.label(sample), dataset.label(sample));
    }
    assert_eq!(again.splits(), dataset.splits());
    again
}

/// Names of images.
const NAMES: [&str; 6] = ["a:b.jpg", "..", "x/.hidden", "sad.png", "", "\n"];

/// Checks that the answers which a question allows are accepted.
fn check_question(question: &LabelQuestion, read: impl Fn(Option<LabelOrder>) -> Outcome) {
    assert!(!question.numbers.is_empty() && question.numbers.len() <= 16);
    assert!(question.numbers.iter().all(|each| (1..=4).contains(&each.examples.len()) && each.count > 0));
    assert!(question.readings.iter().all(|reading| reading.classes.len() == question.numbers.len()));
    for order in question.orders() {
        match read(Some(order.clone())) {
            Ok(loaded) => check_loaded(&loaded),
            Err(ReadError::NoValidSample(_)) => {}
            Err(error) => panic!("{order} is allowed, but {error}"),
        }
    }
    if !question.has_more {
        let classes: ClassOf = question.numbers.iter().map(|each| (each.number, Some(Expression::Happy))).collect();
        check_loaded(&read(Some(LabelOrder::Own(classes.into()))).unwrap());
    }
}
