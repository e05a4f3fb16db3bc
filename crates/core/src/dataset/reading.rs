//! The result of loading a dataset: the dataset with what was rejected, or why the whole file was.

use std::io::{self, ErrorKind};

use serde::{Deserialize, Serialize};

use mien_message::{Message, ToMessage};

use super::Dataset;
use super::crops::{CropReport, Crops};
use super::groups::GroupFault;
use super::label_order::{ClassOf, LabelOrder};
use super::label_question::LabelQuestion;
use super::limits::{MAX_BYTES, MAX_SAMPLES};
use super::lines;
use super::rejection::{Rejected, Rejections};
use super::rows_error::RowsError;
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;

/// Why a file as a whole was refused.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum ReadError {
    /// Reading failed.
    #[error("the file could not be read ({0})")]
    Io(io::Error),
    /// Compressed data that cannot be decompressed, or text without line breaks.
    #[error("the file is damaged or truncated ({0})")]
    Damaged(String),
    /// Not lines of text.
    #[error("the file is damaged: a line is longer than 16 MiB")]
    LongLine,
    /// The file is empty.
    #[error("the file is empty; FER2013's CSV is expected, whose first line is `emotion,pixels,Usage`")]
    Empty,
    /// A file that Git LFS leaves in the place of another.
    #[error("this is only a Git LFS pointer, which stands for the file: fetch the file itself with `git lfs pull`")]
    GitLfs,
    /// A file of another type.
    #[error(
        "this is {0}; FER2013's CSV (`emotion,pixels,Usage`) is expected, as it is or packed as .gz, .zip or .tar, or an \
         archive of images in folders like train/happy"
    )]
    Foreign(Foreign),
    /// The header is missing.
    #[error(
        "its first line, `{0}`, is a row where the names of the columns are needed: add the line `emotion,pixels,Usage`"
    )]
    NoHeader(String),
    /// The header has no column of labels.
    #[error(
        "its first line, `{0}`, names no column of labels; FER2013's CSV is expected, whose first line is \
         `emotion,pixels,Usage` (in place of `emotion` also `label`, `class` or `expression`)"
    )]
    NoLabels(String),
    /// The header has no column of pixels.
    #[error(
        "its first line, `{0}`, names no column of pixels; FER2013's CSV is expected, whose first line is \
         `emotion,pixels,Usage` (in place of `pixels` also {CROP_PIXELS} columns such as `pixel0`, `pixel1`, …)"
    )]
    #[message(count = CROP_PIXELS)]
    NoPixels(String),
    /// The header has several columns with a name that one column must have.
    #[error(
        "its first line, `{header}`, names several columns `{name}`, and only one is read: rename or remove the others"
    )]
    SameColumn {
        /// The line, truncated for display.
        header: String,
        /// The name.
        name: String,
    },
    /// The labels are integers, and their order is unknown.
    #[error(transparent)]
    Labels(Box<LabelQuestion>),
    /// A Parquet table or NumPy arrays that cannot be read.
    #[error(transparent)]
    Rows(RowsError),
    /// More samples or bytes than the limits allow.
    #[error("the file is too large: at most {MAX_SAMPLES} samples and {} MB of text or unpacked images are read", MAX_BYTES >> 20)]
    #[message(samples = MAX_SAMPLES, megabytes = MAX_BYTES >> 20)]
    TooLarge,
    /// The detector failed.
    #[error("the face detector failed ({0})")]
    Detector(String),
    /// An archive with too many files.
    #[error("the archive holds more than {0} files")]
    Entries(usize),
    /// An archive or a folder without a dataset.
    #[error(
        "there is neither FER2013's CSV (`emotion,pixels,Usage`) in it nor an image (JPEG, PNG, WebP, BMP, TIFF or GIF)"
    )]
    NoEntry,
    /// A table of an archive or a folder that cannot be read, where there is nothing else.
    #[error("`{path}`: {fault}")]
    Table {
        /// Its path.
        path: String,
        /// What is wrong with it.
        fault: Box<ReadError>,
    },
    /// An archive whose files cannot be read.
    #[error(
        "there is neither FER2013's CSV (`emotion,pixels,Usage`) in it nor an image (JPEG, PNG, WebP, BMP, TIFF or GIF); {0}"
    )]
    NoReadableEntry(EntryFault),
    /// There are no rows or images.
    #[error("the file has no valid sample")]
    NoSamples,
    /// No row or image is valid; why the first is not.
    #[error("the file has no valid sample; {0}")]
    NoValidSample(Box<Rejected>),
}

/// The type of a file that is not a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
#[allow(missing_docs)] // the texts describe them
pub enum Foreign {
    #[error("a PNG image")]
    Png,
    #[error("a JPEG image")]
    Jpeg,
    #[error("a GIF image")]
    Gif,
    #[error("a NumPy array")]
    NumPy,
    #[error("a PDF")]
    Pdf,
    #[error("a 7z archive")]
    SevenZip,
    #[error("a RAR archive")]
    Rar,
    #[error("an xz archive")]
    Xz,
    #[error("a bzip2 archive")]
    Bzip2,
    #[error("a Zstandard archive")]
    Zstandard,
    #[error("a Parquet table")]
    Parquet,
    #[error("an SQLite database")]
    Sqlite,
    #[error("an HDF5 file")]
    Hdf5,
    #[error("a spreadsheet; save it as CSV")]
    Spreadsheet,
    #[error("a dataset stored by mien")]
    Stored,
    #[error("a network, which the page opens under Training")]
    Network,
    #[error("not a text file")]
    Binary,
}

/// Why the files of an archive cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum EntryFault {
    /// They need a password.
    #[error("its files are encrypted: unpack it and pack it again without a password")]
    Encrypted,
    /// They use a compression method other than stored or deflated.
    #[error("its files are packed with an unsupported method, {0}: pack it again")]
    Method(String),
    /// The archive contains another archive, with this path.
    #[error("it contains another archive, `{0}`: unpack that first")]
    Packed(String),
    /// There is a Parquet table or an archive of NumPy arrays, with this path.
    #[error("`{0}` is not read from within an archive: unpack it")]
    Columns(String),
    /// There is a single NumPy array, with this path.
    #[error(
        "`{0}` is a single NumPy array: save images and labels in one file, with \
         `numpy.savez(\"set.npz\", images=images, labels=labels)`"
    )]
    Array(String),
    /// There is a spreadsheet, with this path.
    #[error("`{0}` is a spreadsheet: save it as CSV")]
    Spreadsheet(String),
    /// There is a video, with this path.
    #[error("`{0}` is a video: save its frames as images")]
    Video(String),
    /// There is a file of data in another format, with this path.
    #[error("`{0}` has a format that is not supported: save its images as JPEG or PNG in folders like train/happy")]
    Data(String),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            _ if lines::is_long(&error) => Self::LongLine,
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Io(error),
        }
    }
}

impl From<rawzip::Error> for ReadError {
    fn from(error: rawzip::Error) -> Self {
        match error.into_kind() {
            rawzip::ErrorKind::IO(error) => error.into(),
            kind => Self::Damaged(rawzip::Error::from(kind).to_string()),
        }
    }
}

impl From<RowsError> for ReadError {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Io(text) => Self::Io(io::Error::other(text)),
            RowsError::Damaged(text) => Self::Damaged(text),
            RowsError::TooLarge => Self::TooLarge,
            RowsError::Empty => Self::Empty,
            RowsError::GitLfs => Self::GitLfs,
            error => Self::Rows(error),
        }
    }
}

impl From<io::Error> for RowsError {
    fn from(error: io::Error) -> Self {
        match error.into() {
            ReadError::Io(error) => Self::Io(error.to_string()),
            error => Self::Damaged(error.to_string()),
        }
    }
}

/// A note about a file that was loaded.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum LoadNote {
    /// The file has no split column.
    #[error("nothing names the splits, so these samples count as Training: {0}")]
    NoSplit(usize),
    /// An extra column that was ignored.
    #[error("the column `{name}` is ignored: {fault}")]
    #[serde(rename = "GroupDropped")]
    ColumnIgnored {
        /// Its name, truncated for display.
        name: String,
        /// Why.
        fault: GroupFault,
    },
    /// Which file of an archive or a folder was read.
    #[error("read from `{0}`")]
    #[serde(rename = "Entry")]
    ArchiveEntry(String),
    /// Files that were skipped because they are not images.
    #[error("skipped files that are not images: {0}")]
    #[serde(rename = "PassedOver")]
    SkippedFiles(usize),
    /// A list that labels images.
    #[error("labels taken from `{path}`: {count}")]
    LabelList {
        /// The path of the list, or of several, with commas between.
        path: String,
        /// The number of images that it labels.
        count: usize,
    },
    /// A table beside the images that neither is the dataset nor labels them.
    #[error("the table `{path}` is not used: {}", reason.english())]
    UnusedTable {
        /// Its path.
        path: String,
        /// Why.
        reason: Message,
    },
    /// What became of images that are not 48×48.
    #[error("{0}")]
    Cropped(CropReport),
    /// Images whose labels are taken from their file names.
    #[error("labels taken from file names: {0}")]
    LabelsFromFileNames(usize),
    /// Images whose file names seem to begin with their person, of whom there are this many; no column gives the persons.
    #[error(
        "the file names seem to begin with the person ({0} persons), and no column gives them: images of a person may be on \
         both sides of a split, which makes results look better than they are"
    )]
    SeemingPersons(usize),
    /// Photographs of a list that are left out, since their aligned faces are there too.
    #[error("left out photographs whose aligned faces are used: {0}")]
    UnalignedPhotos(usize),
    /// Labels that are numbers, and what they were taken for.
    #[error("the labels are numbers; they were read {} as {}", order_text(.order), class_list(.classes))]
    NumberedLabels {
        /// The order; `None` if file names gave the class of each number.
        order: Option<LabelOrder>,
        /// The class of each number that occurs.
        classes: ClassOf,
    },
}

fn order_text(order: &Option<LabelOrder>) -> &'static str {
    match order {
        Some(LabelOrder::Fer2013) => "in FER2013's order",
        Some(LabelOrder::RafDb) => "in RAF-DB's order",
        Some(LabelOrder::AffectNet) => "in AffectNet's order",
        Some(LabelOrder::Alphabetical) => "in alphabetical order",
        Some(LabelOrder::Own(_)) => "in the order given",
        None => "by file name",
    }
}

fn class_list(classes: &ClassOf) -> String {
    let pair =
        |(number, class): (&u32, &Option<Expression>)| format!("{number} {}", class.map_or("-", Expression::name));
    classes.iter().map(pair).collect::<Vec<_>>().join(", ")
}

/// A dataset with what was rejected of its file.
#[derive(Debug, Default)]
pub struct LoadedDataset {
    /// The valid samples.
    pub dataset: Dataset,
    /// The rejected rows or images.
    pub rejections: Rejections,
    /// Notes about the file.
    pub notes: Vec<LoadNote>,
    /// What was cropped; `None` if all images were crops already.
    pub crops: Option<Crops>,
}

impl LoadedDataset {
    /// Returns an error if there are no samples.
    pub(super) fn check(self) -> Result<Self, ReadError> {
        if self.dataset.is_empty() {
            let first = self.rejections.first().first().cloned().map(Box::new);
            return Err(first.map_or(ReadError::NoSamples, ReadError::NoValidSample));
        }
        Ok(self)
    }
}
