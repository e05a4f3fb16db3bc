//! Rows that other crates read from a file: Parquet tables and NumPy arrays, whose readers are not part of the engine.

use serde::{Deserialize, Serialize};

use super::class_names::{self, Label, Role};
use super::collector::{Collector, Description, LabelSource, SampleLabel};
use super::cropping::{Candidates, Cropping};
use super::label_order::LabelOrder;
use super::paths::{has_ending, is_hidden};
use super::pixels::parse_pixels;
use super::reading::{LoadNote, LoadedDataset, ReadError};
use super::rejection::{Column, Location, Rejection, Rejections, excerpt};
use super::rows_error::RowsError;
use super::{Pixels, Split};

/// A row as its file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Where it is in the file.
    pub location: Location,
    /// The image, or why there is none.
    pub image: Result<RowImage, Rejection>,
    /// The label, or why there is none.
    pub label: Result<RowLabel, Rejection>,
    /// What the file says about the split; `None` if it says nothing.
    pub split: Option<String>,
}

/// The image of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowImage {
    /// The content of an image file.
    File(#[serde(with = "serde_bytes")] Vec<u8>),
    /// 48×48 grey bytes, row by row.
    Pixels(#[serde(with = "serde_bytes")] Vec<u8>),
    /// 2,304 numbers as text, as in FER2013's CSV.
    Text(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// The label of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowLabel {
    /// The name of a class, or any other text.
    Name(String),
    /// An integer label, whose class the file does not give.
    Number(i64),
}

/// Reads the rows of a file.
pub trait RowSource {
    /// Reads up to `max` more rows, perhaps none yet; `None` at the end.
    ///
    /// # Errors
    /// When the file is damaged or too large, or reading fails.
    fn read(&mut self, max: usize) -> Result<Option<Vec<Row>>, RowsError>;

    /// Whether the columns have FER2013's names, so that numbers are in FER2013's order.
    fn is_fer2013(&self) -> bool;

    /// How far the file has been read, in bytes of its length.
    fn position(&self) -> u64;

    /// The file's length in bytes.
    fn length(&self) -> u64;
}

/// A message from a [`RowSource`] that runs in another program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowBatch {
    /// As [`RowSource::read`].
    pub rows: Option<Vec<Row>>,
    /// As [`RowSource::position`].
    pub position: u64,
    /// As [`RowSource::is_fer2013`].
    pub is_fer2013: bool,
}

/// Loads a dataset from the rows of one or several files, a few rows at a time.
pub struct RowLoader {
    files: Vec<RowFile>,
    /// The index of the file that is read.
    current: usize,
    collector: Collector,
    /// Whether an image is none of pixels as text, which only FER2013's tables have.
    has_other_images: bool,
    /// Whether a split has a name that only FER2013 has.
    has_fer2013_split: bool,
}

struct RowFile {
    name: String,
    source: Box<dyn RowSource>,
    /// The split in its name.
    role: Option<Role>,
}

impl RowLoader {
    /// Whether a file of a folder is a Parquet table or an archive of NumPy arrays, by its extension.
    pub fn is_table(path: &str) -> bool {
        !is_hidden(path) && has_ending(path, &["parquet", "npz"])
    }

    /// Starts to read these files, each with its name or path, which may give the split (`train-00000-of-00001.parquet`).
    pub fn new(files: Vec<(String, Box<dyn RowSource>)>) -> Self {
        let is_fer2013 = files.iter().all(|(_, source)| source.is_fer2013());
        let mut collector = Collector::default();
        collector.numbers.known = is_fer2013.then_some(LabelOrder::Fer2013);
        let file = |(name, source): (String, _)| RowFile { role: role_of_file(&name), name, source };
        let files = files.into_iter().map(file).collect();
        Self { files, current: 0, collector, has_other_images: false, has_fer2013_split: false }
    }

    /// Sets the order of the classes for labels that are only numbers, before anything is read.
    #[must_use]
    pub fn with_order(mut self, order: Option<LabelOrder>) -> Self {
        self.collector.numbers.chosen = order;
        self
    }

    /// Sets how image files become samples, before anything is read. Pixels are crops already.
    #[must_use]
    pub fn with_cropping(mut self, cropping: Cropping) -> Self {
        self.collector.cropping = cropping;
        self
    }

    /// Reads up to `max` more rows; `false` at the end of the last file.
    ///
    /// # Errors
    /// When a file is damaged or too large, or reading fails.
    pub fn advance(&mut self, max: usize) -> Result<bool, ReadError> {
        let Some(file) = self.files.get_mut(self.current) else { return Ok(false) };
        match file.source.read(max)? {
            Some(rows) => rows.into_iter().try_for_each(|row| self.add(row))?,
            None => self.current += 1,
        }
        Ok(true)
    }

    fn add(&mut self, Row { location, image, label, split }: Row) -> Result<(), ReadError> {
        self.collector.count_bytes(match &image {
            Ok(RowImage::File(bytes) | RowImage::Text(bytes)) => bytes.len(),
            _ => 0,
        })?;
        let location = self.location(location);
        let role = self.files.get(self.current).and_then(|file| file.role);
        let (label, role) = match label_and_role(label, split.as_deref(), role) {
            Ok(known) => known,
            Err((column, reason)) => {
                self.collector.reject(location, Some(column), reason);
                return Ok(());
            }
        };
        self.has_other_images |= matches!(image, Ok(RowImage::File(_) | RowImage::Pixels(_)));
        self.has_fer2013_split |= matches!(role, Some(Role::Split(Split::PublicTest | Split::PrivateTest)));
        let candidates = match image {
            Ok(RowImage::File(bytes)) => self.collector.cropping.read(&bytes, None)?,
            Ok(RowImage::Text(text)) => Candidates::same(parse_pixels(&text).map(|pixels| vec![pixels])),
            Ok(RowImage::Pixels(bytes)) => Candidates::same(
                Pixels::try_from(&bytes[..]).map(|pixels| vec![pixels]).map_err(|_| Rejection::PixelCount(bytes.len())),
            ),
            Err(reason) => Candidates::same(Err(reason)),
        };
        let path = self.collector.cropping.takes_photos().then(|| format!("{}.png", self.collector.pictures() + 1));
        let (person, name) = (None, String::new());
        self.collector.add(Description { location, path, label, role, person, name }, candidates)
    }

    /// A row's place among several files.
    fn location(&self, location: Location) -> Location {
        match (location, self.files.get(self.current)) {
            (Location::Row(row), Some(file)) if self.files.len() > 1 => Location::Path(format!("{}:{row}", file.name)),
            (location, _) => location,
        }
    }

    /// How far the files have been read, in bytes of their length.
    pub fn position(&self) -> u64 {
        let before = self.files.iter().take(self.current).map(|file| file.source.length());
        before.sum::<u64>() + self.files.get(self.current).map_or(0, |file| file.source.position())
    }

    /// The length of all files, in bytes.
    pub fn length(&self) -> u64 {
        self.files.iter().map(|file| file.source.length()).sum()
    }

    /// Number of samples accepted so far.
    pub fn accepted(&self) -> usize {
        self.collector.accepted()
    }

    /// Rows rejected so far.
    pub fn rejections(&self) -> &Rejections {
        self.collector.rejections()
    }

    /// Returns the dataset. A split `test` becomes PublicTest, or PrivateTest if there is a validation split too.
    ///
    /// # Errors
    /// When no row was valid, or the order of integer labels is unknown.
    pub fn finish(mut self) -> Result<LoadedDataset, ReadError> {
        if self.has_fer2013_split && !self.has_other_images {
            self.collector.numbers.known = Some(LabelOrder::Fer2013);
        }
        let mut collected = self.collector.finish(|number| Rejection::Label(number.to_string()))?;
        collected.note_unsplit();
        let mut loaded = collected.loaded;
        if self.files.len() > 1 {
            let names: Vec<&str> = self.files.iter().map(|file| &file.name[..]).collect();
            loaded.notes.push(LoadNote::ArchiveEntry(names.join(", ")));
        }
        loaded.check()
    }
}

/// The label and the split of a row, which is `role` if it says nothing about it; or the column and the reason for which it is
/// rejected.
fn label_and_role(
    label: Result<RowLabel, Rejection>,
    split: Option<&str>,
    role: Option<Role>,
) -> Result<(SampleLabel, Option<Role>), (Column, Rejection)> {
    let label = label.and_then(sample_label).map_err(|reason| (Column::Emotion, reason))?;
    let role = match split {
        None => role,
        Some(name) => {
            let split = name.trim().parse().ok().map(Role::Split).or_else(|| class_names::role(name));
            Some(split.ok_or_else(|| (Column::Usage, Rejection::Split(excerpt(name.as_bytes()))))?)
        }
    };
    Ok((label, role))
}

/// What a label says about the class.
fn sample_label(label: RowLabel) -> Result<SampleLabel, Rejection> {
    let source = LabelSource::Direct;
    match label {
        RowLabel::Name(name) => match class_names::label(&name) {
            Some(Label::Class(class)) => Ok(SampleLabel::Class { class, number: None, source }),
            Some(Label::Number(number)) => Ok(SampleLabel::Number { number, source }),
            None | Some(Label::Other) => Err(Rejection::Label(excerpt(name.as_bytes()))),
        },
        RowLabel::Number(number) => match u32::try_from(number) {
            Ok(number) => Ok(SampleLabel::Number { number, source }),
            Err(_) => Err(Rejection::Label(number.to_string())),
        },
    }
}

/// The split in a file's name or path.
fn role_of_file(path: &str) -> Option<Role> {
    path.rsplit(['/', '\\']).find_map(role_of_name)
}

/// The split in a name: the only part between punctuation that names one.
fn role_of_name(name: &str) -> Option<Role> {
    let mut roles = name.split(|letter: char| !letter.is_alphanumeric()).filter_map(class_names::role);
    roles.next().filter(|_| roles.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expression;
    use crate::vision::CROP_PIXELS;

    /// Hands out its rows, at most two at a time.
    struct Rows(Vec<Row>, bool);

    impl RowSource for Rows {
        fn read(&mut self, max: usize) -> Result<Option<Vec<Row>>, RowsError> {
            let count = self.0.len().min(max).min(2);
            Ok((count > 0).then(|| self.0.drain(..count).collect()))
        }

        fn is_fer2013(&self) -> bool {
            self.1
        }

        fn position(&self) -> u64 {
            100 - self.0.len() as u64
        }

        fn length(&self) -> u64 {
            100
        }
    }

    fn row(number: u64, label: RowLabel, split: Option<&str>) -> Row {
        let image = RowImage::Pixels(vec![number as u8; CROP_PIXELS]);
        Row { location: Location::Row(number), image: Ok(image), label: Ok(label), split: split.map(str::to_owned) }
    }

    fn name(name: &str) -> RowLabel {
        RowLabel::Name(name.into())
    }

    fn load(files: Vec<(&str, Vec<Row>)>, order: Option<LabelOrder>) -> Result<LoadedDataset, ReadError> {
        let files =
            files.into_iter().map(|(name, rows)| (name.to_owned(), Box::new(Rows(rows, false)) as Box<dyn RowSource>));
        let mut loader = RowLoader::new(files.collect()).with_order(order);
        while loader.advance(64)? {
            assert!(loader.position() <= loader.length());
        }
        loader.finish()
    }

    #[test]
    fn classes_and_splits_are_those_of_the_rows() {
        let rows = vec![
            row(1, name("Anger"), Some("train")),
            row(2, name("neutral"), Some("PrivateTest")),
            row(3, name("bored"), Some("test")),
            row(4, name("contempt"), Some("test")),
            row(5, RowLabel::Number(-1), Some("test")),
            row(6, name("sad"), Some("somewhere")),
            row(7, name("sad"), Some("test")),
        ];
        let loaded = load(vec![("set.parquet", rows)], None).unwrap();
        let dataset = &loaded.dataset;
        assert_eq!(dataset.splits(), [Split::Training, Split::PrivateTest, Split::PublicTest]);
        assert_eq!([0, 1, 2].map(|sample| dataset.label(sample).name()), ["angry", "neutral", "sad"]);
        assert_eq!((dataset.row(2), dataset.pixels(2)[7]), (6, 7));
        let rejected: Vec<String> = loaded.rejections.first().iter().map(ToString::to_string).collect();
        assert_eq!(rejected.len(), 4);
        assert_eq!(rejected[0], "row 3, column emotion: the label is `bored`, which is none of the seven classes");
        assert!(loaded.notes.is_empty());
    }

    #[test]
    fn the_file_name_gives_the_split() {
        let files = ["train-00000-of-00001.parquet", "x/fer2013_validation.npz", "fer-test-0.parquet", "contest.npz"];
        let rows = |label| vec![row(1, name(label), None)];
        let files = files.into_iter().zip(["happy", "sad", "fear", "angry"]).map(|(file, label)| (file, rows(label)));
        let loaded = load(files.collect(), None).unwrap();
        assert_eq!(loaded.dataset.splits(), [Split::Training, Split::PublicTest, Split::PrivateTest, Split::Training]);
        assert_eq!(loaded.notes[0], LoadNote::NoSplit(1));
        assert_eq!(role_of_file("train_test.parquet"), None);
        assert_eq!(role_of_file("default/train/0000.parquet"), Some(Role::Split(Split::Training)));
    }

    #[test]
    fn numbers_need_an_order() {
        let rows = || (0..14).map(|number| row(number, RowLabel::Number(number as i64 % 7), None)).collect();
        let Err(ReadError::Labels(asked)) = load(vec![("a", rows())], None) else { panic!("no question") };
        assert_eq!(asked.numbers.len(), 7);
        let loaded = load(vec![("a", rows())], Some(LabelOrder::AffectNet)).unwrap();
        assert_eq!(loaded.dataset.label(0), Expression::Neutral);
        // the splits of FER2013 tell nothing of other images, which FER+ numbers in its order
        let rows = |is_text: bool, split: &str| {
            let mut rows: Vec<Row> =
                (0..14).map(|number| row(number, RowLabel::Number(number as i64 % 7), Some(split))).collect();
            if is_text {
                rows.iter_mut().for_each(|row| row.image = Ok(RowImage::Text("7 ".repeat(CROP_PIXELS).into_bytes())));
            }
            rows
        };
        let loaded = load(vec![("a", rows(true, "PublicTest"))], None).unwrap();
        assert_eq!(loaded.dataset.label(0), Expression::Angry);
        for (is_text, split) in [(true, "test"), (false, "PublicTest")] {
            assert!(matches!(load(vec![("a", rows(is_text, split))], None), Err(ReadError::Labels(_))), "{split}");
        }
        let rows = || rows(false, "train");
        // those of FER2013's own columns have one
        let mut loader = RowLoader::new(vec![("a".into(), Box::new(Rows(rows(), true)))]);
        while loader.advance(9).unwrap() {}
        assert_eq!(loader.finish().unwrap().dataset.label(0), Expression::Angry);
    }

    #[test]
    fn places_among_several_files_have_their_names() {
        let rows = |label| vec![row(3, name(label), None)];
        let loaded = load(vec![("a.parquet", rows("happy")), ("b.parquet", rows("dog"))], None).unwrap();
        assert_eq!(loaded.rejections.first()[0].location, Location::Path("b.parquet:3".into()));
        assert!(matches!(load(vec![("a", rows("dog"))], None), Err(ReadError::NoValidSample(_))));
    }
}
