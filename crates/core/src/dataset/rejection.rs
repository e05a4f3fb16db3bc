//! Rows and images that are rejected when a dataset is loaded, and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mien_message::{Argument, Forms, Message, ToArgument, ToMessage};
use serde::{Deserialize, Serialize};

use super::export::quoted;

/// Number of rejections that are kept in detail; more are only counted.
const DETAILED: usize = 1000;

/// A column of FER2013's CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    /// The label: a number, or the name of a class.
    Emotion,
    /// 2,304 numbers of 0 to 255, row by row.
    Pixels,
    /// The split's name.
    Usage,
}

impl Column {
    /// The name in the header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emotion => "emotion",
            Self::Pixels => "pixels",
            Self::Usage => "Usage",
        }
    }
}

impl ToArgument for Column {
    fn argument(&self) -> Argument {
        self.name().argument()
    }
}

/// Why a row or an image was rejected. Texts are truncated for display.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage, Serialize, Deserialize)]
pub enum Rejection {
    /// An empty line.
    #[error("the row is empty")]
    Empty,
    /// Longer than any valid row.
    #[error("the row is far longer than 2304 pixels need")]
    Long,
    /// The last row of a text in UTF-16 that was cut off.
    #[error("the file ends in the middle of a character, as if it had not been copied or downloaded completely")]
    TextEnd,
    /// A NUL byte in the text.
    #[error("there is a NUL byte in the row, at its byte {0}")]
    Nul(usize),
    /// An unclosed quotation mark.
    #[error("a quotation mark is not closed")]
    Quote,
    /// Too few or too many fields.
    #[error("number of fields in the row: {got}; in the header: {needed}")]
    Fields {
        /// Number of fields of the row.
        got: usize,
        /// Number of fields of the header.
        needed: usize,
    },
    /// Not a valid label.
    #[error("the label is `{0}`, which is none of the seven classes")]
    Label(String),
    /// Too few or too many pixels.
    #[error("number of pixels: {0}; 2304 (48×48) are needed")]
    PixelCount(usize),
    /// A pixel that is not a number from 0 to 255.
    #[error("pixel {position} is `{text}` where 0 to 255 is needed")]
    Pixel {
        /// The first pixel is 1.
        position: usize,
        /// The invalid text.
        text: String,
    },
    /// An unknown split.
    #[error("the split is `{0}` where Training, PublicTest, PrivateTest, train, validation or test is needed")]
    Split(String),
    /// An image whose path names no class.
    #[error("neither a folder of its path nor its name names one of the seven classes")]
    Class,
    /// An image that a list names by a path that others have, too.
    #[error("a list of labels names several images by this name: write their folders in the list")]
    AmbiguousPath,
    /// An image with several labels.
    #[error("the lists of labels give the image different labels")]
    Contradiction,
    /// A bounding box of a list that is not inside the image.
    #[error("the list gives no valid bounding box of the face")]
    Region,
    /// An image file that is too large.
    #[error("the image file is larger than {0} MB")]
    ImageFile(u64),
    /// An image with too many pixels.
    #[error("the image has {width}×{height} pixels where at most {most}×{most} are read")]
    ImageSize {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Maximum width and height.
        most: u32,
    },
    /// Not an image.
    #[error("not a JPEG, PNG, WebP, BMP, TIFF or GIF image")]
    NoImage,
    /// An image of an unsupported format; its name.
    #[error("an image in the format {0}, which is not supported: save it as JPEG or PNG")]
    ImageFormat(String),
    /// An image file that ends before the image.
    #[error("the image file ends early, as if it had not been copied or downloaded completely")]
    ImageEnd,
    /// A damaged image, or one with an unsupported encoding.
    #[error("the image is damaged or its encoding is not supported ({0})")]
    Image(String),
    /// An image of numbers that are neither bytes nor fractions.
    #[error("the image has values from {least} to {most} where 0 to 255, or fractions from 0 to 1, are needed")]
    ImageValues {
        /// The smallest value.
        least: String,
        /// The largest value.
        most: String,
    },
    /// An image file that cannot be read.
    #[error("the file could not be read ({0})")]
    File(String),
    /// A picture without a face.
    #[error("no face was found in the picture")]
    NoFace,
    /// A picture with several faces, where one is needed.
    #[error("{0} faces were found in the picture")]
    SeveralFaces(usize),
    /// An image that the archive cannot decompress correctly.
    #[error("the archive is damaged here ({0})")]
    Entry(String),
    /// A row of a table whose image is missing.
    #[error("the row has no image")]
    MissingImage,
    /// A row of a table with the path of an image in place of the image.
    #[error("the row has only the path of its image, `{0}`: the table must hold the image itself")]
    ImagePath(String),
    /// A row of a table whose label is missing.
    #[error("the row has no label")]
    MissingLabel,
    /// A file of 0 bytes.
    #[error("the file is empty (0 bytes)")]
    EmptyFile,
    /// A file that Git LFS leaves in the place of another.
    #[error("only a Git LFS pointer, which stands for the file: fetch the file itself with `git lfs pull`")]
    GitLfs,
}

impl Rejection {
    /// A short, stable name of the reason, for counts and tables.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty-row",
            Self::Long => "long-row",
            Self::TextEnd => "text-end",
            Self::Nul(_) => "nul-byte",
            Self::Quote => "open-quote",
            Self::Fields { .. } => "field-count",
            Self::Label(_) => "label",
            Self::PixelCount(_) => "pixel-count",
            Self::Pixel { .. } => "pixel",
            Self::Split(_) => "split",
            Self::Class => "class",
            Self::AmbiguousPath => "ambiguous-path",
            Self::Contradiction => "contradiction",
            Self::Region => "region",
            Self::ImageFile(_) => "image-file",
            Self::ImageSize { .. } => "image-size",
            Self::NoImage => "no-image",
            Self::ImageFormat(_) => "image-format",
            Self::ImageEnd => "image-end",
            Self::Image(_) => "image",
            Self::ImageValues { .. } => "image-values",
            Self::File(_) => "file",
            Self::NoFace => "no-face",
            Self::SeveralFaces(_) => "several-faces",
            Self::Entry(_) => "archive",
            Self::MissingImage => "missing-image",
            Self::ImagePath(_) => "image-path",
            Self::MissingLabel => "missing-label",
            Self::EmptyFile => "empty-file",
            Self::GitLfs => "git-lfs",
        }
    }
}

/// A location in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Location {
    /// The line of a CSV; the header is line 1.
    Row(u64),
    /// The path of an image.
    Path(String),
}

impl std::fmt::Display for Location {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Row(row) => write!(formatter, "row {row}"),
            Self::Path(path) => formatter.write_str(path),
        }
    }
}

impl std::fmt::Display for Rejected {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reason = &self.reason;
        match (&self.location, self.column) {
            (Location::Row(row), Some(column)) => write!(formatter, "row {row}, column {}: {reason}", column.name()),
            (Location::Row(row), None) => write!(formatter, "row {row}: {reason}"),
            (Location::Path(path), _) => write!(formatter, "`{path}`: {reason}"),
        }
    }
}

impl ToMessage for Rejected {
    fn message(&self) -> Message {
        let reason = ("reason", self.reason.argument());
        match (&self.location, &self.column) {
            (Location::Row(row), Some(column)) => Message::new(
                "rejected/field",
                [("row", row.argument()), ("column", column.argument()), reason],
                self.to_string(),
            ),
            (Location::Row(row), None) => {
                Message::new("rejected/row", [("row", row.argument()), reason], self.to_string())
            }
            (Location::Path(path), _) => {
                Message::new("rejected/file", [("path", path.argument()), reason], self.to_string())
            }
        }
    }

    fn forms(forms: &mut Forms) {
        forms.insert("rejected/field", vec!["row", "column", "reason"]);
        forms.insert("rejected/row", vec!["row", "reason"]);
        forms.insert("rejected/file", vec!["path", "reason"]);
        <Rejection as ToMessage>::forms(forms);
    }
}

/// A rejected row or image: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Where.
    #[serde(rename = "place")]
    pub location: Location,
    /// The invalid column, if it is a single one.
    pub column: Option<Column>,
    /// What is wrong.
    pub reason: Rejection,
}

/// All rejected rows or images of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejections {
    count: usize,
    first: Vec<Rejected>,
    by_reason: BTreeMap<String, usize>,
}

impl Rejections {
    pub(super) fn push(&mut self, location: Location, column: Option<Column>, reason: Rejection) {
        self.add(1, &reason);
        if self.first.len() < DETAILED {
            self.first.push(Rejected { location, column, reason });
        }
    }

    /// Adds empty rows by a range of lines.
    pub(super) fn push_empty(&mut self, rows: std::ops::Range<u64>) {
        self.add((rows.end - rows.start) as usize, &Rejection::Empty);
        let detailed = rows.take(DETAILED - self.first.len());
        let rejected = |row| Rejected { location: Location::Row(row), column: None, reason: Rejection::Empty };
        self.first.extend(detailed.map(rejected));
    }

    fn add(&mut self, count: usize, reason: &Rejection) {
        self.count += count;
        match self.by_reason.get_mut(reason.kind()) {
            Some(sum) => *sum += count,
            None => {
                self.by_reason.insert(reason.kind().to_owned(), count);
            }
        }
    }

    /// Number of rejected rows or images.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The first rejections, at most 1,000.
    pub fn first(&self) -> &[Rejected] {
        &self.first
    }

    /// The number of rejections for each reason ([`Rejection::kind`]).
    pub fn by_reason(&self) -> &BTreeMap<String, usize> {
        &self.by_reason
    }

    /// The first rejections as CSV: `place,column,kind,reason`, where the place is the number of a row or the path of an
    /// image.
    pub fn to_csv(&self) -> String {
        let mut text = "place,column,kind,reason\n".to_owned();
        for Rejected { location, column, reason } in &self.first {
            let location = match location {
                Location::Row(row) => row.to_string(),
                Location::Path(path) => path.clone(),
            };
            let column = column.map_or("", Column::name);
            let why = reason.to_string();
            // a String takes whatever is written
            let _ = writeln!(text, "{},{column},{},{}", quoted(&location), reason.kind(), quoted(&why));
        }
        text
    }
}

/// The beginning of a text from a file, for a message.
pub fn excerpt(text: &[u8]) -> String {
    const SHOWN: usize = 24;
    // at most four bytes per character
    let cut = &text[..text.len().min(4 * SHOWN + 4)];
    let text = String::from_utf8_lossy(cut);
    let mut shown: String =
        text.chars().take(SHOWN).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_become_a_table() {
        let mut rejections = Rejections::default();
        rejections.push_empty(2..4);
        rejections.push(Location::Row(9), Some(Column::Emotion), Rejection::Label("a,\"b".into()));
        rejections.push(Location::Path("x/y, z.png".into()), None, Rejection::Class);
        let expected = "place,column,kind,reason\n\
            2,,empty-row,the row is empty\n\
            3,,empty-row,the row is empty\n\
            9,emotion,label,\"the label is `a,\"\"b`, which is none of the seven classes\"\n\
            \"x/y, z.png\",,class,neither a folder of its path nor its name names one of the seven classes\n";
        assert_eq!(rejections.to_csv(), expected);
        let counts: Vec<(&str, usize)> =
            rejections.by_reason().iter().map(|(kind, &count)| (&kind[..], count)).collect();
        assert_eq!(counts, [("class", 1), ("empty-row", 2), ("label", 1)]);
        assert_eq!(rejections.count(), 4);
    }

    #[test]
    fn details_are_kept_of_the_first_thousand() {
        let mut rejections = Rejections::default();
        rejections.push_empty(2..902);
        rejections.push_empty(1000..u64::from(u32::MAX));
        rejections.push(Location::Row(5), None, Rejection::Quote);
        assert_eq!(rejections.first().len(), 1000);
        assert_eq!(rejections.first()[999].location, Location::Row(1099));
        assert_eq!(rejections.count(), u32::MAX as usize - 99);
    }
}
