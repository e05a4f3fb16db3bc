//! Images in folders that are named after split and class, such as `train/happy/x.jpg`.

use std::io::Read;

use mien_message::ToMessage as _;

use super::class_names::{self, Role, role_of};
use super::collector::{Collector, Description};
use super::cropping::Cropping;
use super::label_list::{LabelLists, ListEntry, Listed};
use super::label_order::LabelOrder;
use super::path_label::PathLabel;
use super::paths::{file_name, is_hidden, is_image_name};
use super::picture::{MAX_IMAGE_BYTES, Region};
use super::reading::{EntryFault, LoadNote, LoadedDataset, ReadError};
use super::rejection::{Location, Rejection, Rejections};
use super::tables::Tables;
use crate::file_kind::FileKind;

/// Maximum number of bytes of a path that are shown.
const MAX_PATH_LENGTH: usize = 260;

/// Reads images one by one, from a folder or an archive. The path of each needs a folder that is named after its class, or
/// the file name gives the class, and may have a folder that is named after its split.
#[derive(Debug, Default)]
pub struct FolderReader {
    collector: Collector,
    skipped: usize,
    /// Number of photographs of which the aligned faces are used.
    unaligned: usize,
    lists: LabelLists,
    /// What is wrong with files that are not images.
    entry_fault: Option<EntryFault>,
    /// A table that is not used, and why.
    table_faults: Vec<(String, ReadError)>,
}

impl FolderReader {
    /// Whether a file belongs to what operating systems add, which is skipped unread.
    pub fn is_hidden(path: &str) -> bool {
        is_hidden(path)
    }

    /// Whether a file is an image, or is named like one, by its path and its first [`Self::HEAD`] bytes.
    pub fn is_image(path: &str, head: &[u8]) -> bool {
        !is_hidden(path) && (FileKind::of(head).is_image() || is_image_name(path))
    }

    /// The number of bytes that distinguish an image from other files.
    pub const HEAD: usize = 64;

    /// A reader of files with these paths, of which `tables` are the tables. `fault` gives the reason why others cannot be read, should
    /// none be an image.
    pub(super) fn beside<'a>(tables: Tables, fault: Option<EntryFault>, paths: impl Iterator<Item = &'a str>) -> Self {
        let (mut lists, table_faults) = tables.into_lists();
        lists.set_images(paths.filter(|path| !Tables::is_table(path)));
        let mut reader = Self { entry_fault: fault, table_faults, ..Self::default() };
        reader.collector.numbers.known = lists.order();
        reader.lists = lists;
        reader
    }

    /// Adds an image or rejects it, or skips another file, of which only the beginning is read; `size` is the file's, in
    /// bytes.
    ///
    /// # Errors
    /// When reading fails, or there are too many samples or bytes.
    pub fn read(&mut self, path: &str, size: u64, mut file: impl Read) -> Result<(), ReadError> {
        let mut bytes = Vec::new();
        file.by_ref().take(Self::HEAD as u64).read_to_end(&mut bytes)?;
        if Self::is_image(path, &bytes) {
            if size > MAX_IMAGE_BYTES {
                self.reject(path, Rejection::ImageFile(MAX_IMAGE_BYTES >> 20));
                return Ok(());
            }
            if self.is_reading() {
                file.take(MAX_IMAGE_BYTES).read_to_end(&mut bytes)?;
            }
        }
        self.add(path, &bytes)
    }

    /// Whether images are read whole, and not only to check their labels.
    pub(super) fn is_reading(&self) -> bool {
        self.collector.cropping.is_reading()
    }

    /// Whether photographs are expected, for whose files there is no limit in total.
    pub(super) fn takes_photos(&self) -> bool {
        self.collector.cropping.takes_photos()
    }

    /// Sets how images become samples, before the first is added.
    pub fn set_cropping(&mut self, cropping: Cropping) {
        self.collector.cropping = cropping;
    }

    /// Sets the order of the classes for numbered folders, before the first image is added.
    pub fn set_order(&mut self, order: Option<LabelOrder>) {
        self.collector.numbers.chosen = order;
    }

    /// Adds an image or rejects it. Other files are skipped.
    ///
    /// # Errors
    /// When there are too many samples or bytes.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), ReadError> {
        self.collector.count_bytes(bytes.len())?;
        if !Self::is_image(path, &bytes[..bytes.len().min(Self::HEAD)]) {
            self.skip(path);
            return Ok(());
        }
        let label = PathLabel::of(path);
        match self.lists.find(path) {
            Listed::Not => self.add_image(path, bytes, label, (role_of(path), None, None)),
            Listed::Elsewhere => {
                self.unaligned += 1;
                Ok(())
            }
            // a folder that names the class decides
            Listed::Ambiguous if label.is_named_by_folder() => {
                self.add_image(path, bytes, label, (role_of(path), None, None))
            }
            Listed::Ambiguous => {
                self.reject(path, Rejection::AmbiguousPath);
                Ok(())
            }
            Listed::As(entries) => {
                // the same label again, as in a list of all beside those of the splits, is no second face
                let mut found: Vec<ListEntry> = Vec::new();
                for entry in entries {
                    match found.iter_mut().find(|other| other.region == entry.region) {
                        Some(other) => {
                            if !other.merge(entry) {
                                self.reject(path, Rejection::Contradiction);
                                return Ok(());
                            }
                        }
                        None => found.push(entry.clone()),
                    }
                }
                for entry in found {
                    let role = entry.role.or_else(|| role_of(path));
                    match label.listed(&entry) {
                        Ok(label) => self.add_image(path, bytes, label, (role, entry.region, entry.person))?,
                        Err(text) => self.reject(path, Rejection::Label(text)),
                    }
                }
                Ok(())
            }
        }
    }

    fn add_image(
        &mut self,
        path: &str,
        bytes: &[u8],
        label: PathLabel,
        (role, region, person): (Option<Role>, Option<Region>, Option<String>),
    ) -> Result<(), ReadError> {
        let Some(label) = label.of_sample() else {
            self.reject(path, Rejection::Class);
            return Ok(());
        };
        let candidates = self.collector.cropping.read(bytes, region)?;
        let name = file_name(path);
        let person = person.or_else(|| class_names::person_of_file(name));
        let (path, name) = (shown(path), shown(name));
        let description =
            Description { location: Location::Path(path.clone()), path: Some(path), label, role, person, name };
        self.collector.add(description, candidates)
    }

    /// Counts an image that was rejected.
    pub(super) fn reject(&mut self, path: &str, reason: Rejection) {
        self.collector.reject(Location::Path(shown(path)), None, reason);
    }

    /// Counts skipped files.
    pub(super) fn skip_others(&mut self, count: usize) {
        self.skipped += count;
    }

    /// Counts a skipped file, unless it is a list.
    pub(super) fn skip(&mut self, path: &str) {
        let is_list = self.lists.paths().iter().any(|list| list == path);
        self.skipped += usize::from(!is_list);
    }

    /// Number of images accepted so far.
    pub fn accepted(&self) -> usize {
        self.collector.accepted()
    }

    /// The images rejected so far.
    pub fn rejections(&self) -> &Rejections {
        self.collector.rejections()
    }

    /// Returns the dataset. A folder `test` becomes PublicTest, or PrivateTest if there is a folder `validation` too.
    ///
    /// # Errors
    /// When there was no image, none was valid, or the order of numbered folders is unknown.
    pub fn finish(self) -> Result<LoadedDataset, ReadError> {
        let images = self.collector.pictures();
        let has_order = self.collector.numbers.chosen.is_some();
        let mut collected = self.collector.finish(|_| Rejection::Class)?;
        let is_unlabelled =
            !has_order && collected.loaded.rejections.by_reason().keys().all(|kind| kind == Rejection::Class.kind());
        let is_for_tables = images == 0 || collected.loaded.dataset.is_empty() && is_unlabelled;
        let notes = &mut collected.loaded.notes;
        match self.entry_fault {
            Some(fault) if images == 0 => return Err(ReadError::NoReadableEntry(fault)),
            _ => {}
        }
        for (path, fault) in self.table_faults {
            if is_for_tables {
                return Err(ReadError::Table { path, fault: Box::new(fault) });
            }
            notes.push(LoadNote::UnusedTable { path: shown(&path), reason: fault.message() });
        }
        if images == 0 {
            return Err(ReadError::NoEntry);
        }
        if !self.lists.paths().is_empty() {
            let path = shown(&self.lists.paths().join(", "));
            notes.push(LoadNote::LabelList { path, count: collected.listed });
        }
        if collected.named_by_file > 0 {
            notes.push(LoadNote::LabelsFromFileNames(collected.named_by_file));
        }
        collected.note_unsplit();
        let mut loaded = collected.loaded;
        if self.unaligned > 0 {
            loaded.notes.push(LoadNote::UnalignedPhotos(self.unaligned));
        }
        if self.skipped > 0 {
            loaded.notes.push(LoadNote::SkippedFiles(self.skipped));
        }
        loaded.check()
    }
}

/// The beginning of a path, as it is shown.
fn shown(path: &str) -> String {
    let end = (0..=MAX_PATH_LENGTH.min(path.len())).rev().find(|&end| path.is_char_boundary(end));
    let letters = path[..end.unwrap_or(0)].chars();
    letters.map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, GrayImage, ImageFormat};

    use super::*;
    use crate::dataset::Split;
    use crate::expression::Expression;

    fn png(grey: u8) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        DynamicImage::from(GrayImage::from_pixel(48, 48, [grey].into())).write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    }

    fn read(files: &[(&str, &[u8])]) -> Result<LoadedDataset, ReadError> {
        let mut reader = FolderReader::default();
        for (path, bytes) in files {
            reader.add(path, bytes)?;
        }
        reader.finish()
    }

    #[test]
    fn folders_name_class_and_split() {
        let png = png(5);
        let cases = [
            ("train/happy/a.png", Expression::Happy, Split::Training),
            ("archive/fer/Train/Anger/a.PNG", Expression::Angry, Split::Training),
            ("x\\test\\fearful\\a.png", Expression::Fear, Split::PublicTest),
            ("PrivateTest/6_neutral/a.jpeg", Expression::Neutral, Split::PrivateTest),
            ("publictest/disgusted/b/a.png", Expression::Disgust, Split::PublicTest),
            ("surprised/train/a.png", Expression::Surprise, Split::Training),
            ("happy/train/sad/a.png", Expression::Sad, Split::Training),
            ("calm/a.png", Expression::Neutral, Split::Training),
        ];
        let files: Vec<(&str, &[u8])> = cases.iter().map(|&(path, ..)| (path, &png[..])).collect();
        let loaded = read(&files).unwrap();
        for (sample, (path, label, split)) in cases.into_iter().enumerate() {
            let dataset = &loaded.dataset;
            assert_eq!(
                (dataset.label(sample), dataset.split(sample), dataset.row(sample)),
                (label, split, sample),
                "{path}"
            );
        }
        assert_eq!(loaded.notes, [LoadNote::NoSplit(1)]);
    }

    #[test]
    fn beside_validation_the_test_is_private() {
        let png = png(5);
        let files = [("test/sad/1.png", &png[..]), ("val/sad/1.png", &png), ("test/sad/2.png", &png)];
        let dataset = read(&files).unwrap().dataset;
        assert_eq!(dataset.splits(), [Split::PrivateTest, Split::PublicTest, Split::PrivateTest]);
        assert_eq!(read(&files[..1]).unwrap().dataset.splits(), [Split::PublicTest]);
    }

    #[test]
    fn what_is_no_sample_is_rejected_or_passed_over() {
        let png = png(5);
        let loaded = read(&[
            ("README.md", b"a text"),
            ("train/happy/.DS_Store", b""),
            ("__MACOSX/train/happy/a.png", b""),
            ("train/contempt/a.png", &png),
            ("picture.png", &png),
            ("train/happy/bad.png", &png[..30]),
            ("train/happy/good", &png),
            ("train/happy/text.jpg", b"a text"),
            ("train/happy/notes", b"a text"),
        ])
        .unwrap();
        assert_eq!((loaded.dataset.len(), loaded.dataset.row(0)), (1, 3));
        let places: Vec<String> = loaded.rejections.first().iter().map(|rejected| rejected.to_string()).collect();
        assert_eq!(
            places[0],
            "`train/contempt/a.png`: neither a folder of its path nor its name names one of the seven classes"
        );
        assert!(places[1].starts_with("`picture.png`: ") && places[2].starts_with("`train/happy/bad.png`: "));
        assert_eq!(places[3], "`train/happy/text.jpg`: not a JPEG, PNG, WebP, BMP, TIFF or GIF image");
        assert_eq!(loaded.rejections.by_reason()["class"], 2);
        assert_eq!(loaded.notes, [LoadNote::SkippedFiles(4)]);
        assert!(matches!(read(&[("a/b.png", &png)]), Err(ReadError::NoValidSample(_))));
        assert!(matches!(read(&[]), Err(ReadError::NoEntry)));
        assert!(matches!(read(&[("happy/notes.txt", b"a text")]), Err(ReadError::NoEntry)));
    }

    fn read_in(files: &[(String, &[u8])], order: Option<LabelOrder>) -> Result<LoadedDataset, ReadError> {
        let mut reader = FolderReader::default();
        reader.set_order(order);
        for (path, bytes) in files {
            reader.add(path, bytes)?;
        }
        reader.finish()
    }

    #[test]
    fn numbered_folders_need_an_order() {
        let png = png(5);
        let raf_db: Vec<(String, &[u8])> = (0..21)
            .map(|index| {
                (format!("DATASET/{}/{}/{index:05}_aligned.png", ["train", "test"][index % 2], index % 7 + 1), &png[..])
            })
            .collect();
        let Err(ReadError::Labels(asked)) = read_in(&raf_db, None) else { panic!("no question") };
        assert!(asked.orders().eq(&[LabelOrder::RafDb, LabelOrder::AffectNet, LabelOrder::Alphabetical]));
        assert_eq!(asked.numbers[2].examples[1].location, Location::Path("DATASET/test/3/00009_aligned.png".into()));
        let loaded = read_in(&raf_db, Some(LabelOrder::RafDb)).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.dataset.label(0)), (21, Expression::Surprise));
        let own = "surprise,fear,disgust,happy,sad,angry,neutral".parse().unwrap();
        assert_eq!(read_in(&raf_db, Some(own)).unwrap().dataset, loaded.dataset);
        assert!(matches!(&loaded.notes[..], [LoadNote::NumberedLabels { order: Some(LabelOrder::RafDb), .. }]));
        assert!(matches!(read_in(&raf_db, Some(LabelOrder::Fer2013)), Err(ReadError::Labels(_))));
        // names of folders are never numbers
        let named: Vec<(String, &[u8])> =
            Expression::ALL.iter().map(|class| (format!("{}_{class}/1.png", 6 - class.index()), &png[..])).collect();
        let loaded = read_in(&named, None).unwrap();
        assert_eq!((loaded.dataset.label(0), loaded.dataset.len()), (Expression::Angry, 7));
    }

    #[test]
    fn numbers_of_people_are_not_classes() {
        let png = png(5);
        let mut files: Vec<(String, &[u8])> = Vec::new();
        for person in [4, 5, 6, 12] {
            for name in ["Anger", "Disgust", "Fear", "Happy", "Sad", "Surprised", "Neutral", "portrait"] {
                files.push((format!("images/{person}/{name}.png"), &png));
            }
        }
        let loaded = read_in(&files, None).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.rejections.by_reason()["class"]), (28, 4));
        assert_eq!((loaded.dataset.label(0), loaded.dataset.label(8)), (Expression::Angry, Expression::Disgust));
        assert_eq!(loaded.notes, [LoadNote::LabelsFromFileNames(28), LoadNote::NoSplit(28)]);
        let nested: Vec<(String, &[u8])> =
            ["4/happy/1.png", "5/happy/1.png", "4/sad/6.png", "sad/5/1.png"].map(|path| (path.into(), &png[..])).into();
        let labels = read_in(&nested, None).unwrap().dataset;
        assert_eq!([0, 1, 2, 3].map(|sample| labels.label(sample).name()), ["happy", "happy", "sad", "sad"]);
        // more numbers than classes
        let many: Vec<(String, &[u8])> = (0..40).map(|person| (format!("{person}/a.png"), &png[..])).collect();
        assert!(matches!(read_in(&many, None), Err(ReadError::NoValidSample(_))));
    }

    #[test]
    fn persons_are_those_of_known_file_names_or_seem_to_be() {
        let png = png(5);
        let mut files: Vec<(String, &[u8])> = Vec::new();
        for person in 1..8 {
            for code in ["AN", "DI", "HA", "NE"] {
                files.push((format!("KDEF/AF{person:02}/AF{person:02}{code}S.JPG"), &png));
                files.push((format!("KDEF/BF{person:02}/BF{person:02}{code}S.JPG"), &png));
            }
        }
        let loaded = read_in(&files, None).unwrap();
        let [column] = loaded.dataset.groups() else { panic!("no column") };
        assert_eq!((column.name(), column.values().len(), column.value(9)), ("person", 7, "F02"));
        assert_eq!(loaded.notes, [LoadNote::LabelsFromFileNames(56), LoadNote::NoSplit(56)]);
        let unknown: Vec<(String, &[u8])> = (0..42)
            .map(|image| {
                (format!("{}/s{:03}_{}.png", ["happy", "sad", "fear"][image % 3], image / 6, image % 6), &png[..])
            })
            .collect();
        let loaded = read_in(&unknown, None).unwrap();
        assert_eq!(loaded.notes, [LoadNote::SeemingPersons(7), LoadNote::NoSplit(42)]);
        assert!(loaded.dataset.groups().is_empty());
    }

    #[test]
    fn file_names_determine_the_class_of_a_number() {
        let png = png(5);
        let mut files: Vec<(String, &[u8])> = Vec::new();
        for (number, class) in [(1, "surprise"), (2, "fear")] {
            for index in 0..5 {
                files.push((format!("train/{number}/{class}_{index}.png"), &png));
            }
            files.push((format!("train/{number}/other.png"), &png));
        }
        let loaded = read_in(&files, None).unwrap();
        assert_eq!(
            (loaded.dataset.len(), loaded.dataset.label(5), loaded.dataset.label(11)),
            (12, Expression::Surprise, Expression::Fear)
        );
        assert!(matches!(
            &loaded.notes[..],
            [LoadNote::NumberedLabels { order: None, .. }, LoadNote::LabelsFromFileNames(10)]
        ));
        // too few names determine nothing
        files.retain(|(path, _)| !path.contains("fear") || path.ends_with("0.png"));
        assert!(matches!(read_in(&files, None), Err(ReadError::Labels(_))));
    }

    #[test]
    fn jaffe_and_kdef_are_read_by_their_names() {
        let png = png(5);
        let files =
            [("jaffe/KA.AN1.39.png", &png[..]), ("KDEF/AF01/AF01AFS.png", &png), ("KDEF/AF01/AF01SUHL.PNG", &png)];
        let dataset = read(&files).unwrap().dataset;
        assert_eq!([0, 1, 2].map(|sample| dataset.label(sample).name()), ["angry", "fear", "surprise"]);
    }
}
