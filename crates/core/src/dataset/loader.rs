//! One way in for every form of file that a dataset comes in.

use std::io::{BufReader, Read, Seek};

use flate2::bufread::MultiGzDecoder;

use super::archive::{self, Content, EntryReader, Images};
use super::reader::CsvReader;
use super::reading::{MOST_BYTES, ReadError, Reading, Remark};
use super::rejection::Rejections;
use super::source::{Progress, Source};
use crate::file_kind::{FileKind, HEAD};

/// Bytes of compressed data that are read at once.
const BUFFER: usize = 64 * 1024;

/// Reads a dataset's file, some rows or images at a time, so that a caller can show progress and stop between: FER2013's
/// CSV as it is, packed with gzip or in a zip, or a zip of images in folders. What the file is, its bytes tell.
pub struct Loader<R> {
    form: Form<R>,
    progress: Progress,
    length: u64,
    remark: Option<Remark>,
}

enum Form<R> {
    Plain(CsvReader<Source<R>>),
    Gzip(CsvReader<MultiGzDecoder<BufReader<Source<R>>>>),
    Entry(Box<CsvReader<EntryReader<R>>>),
    Images(Box<Images<R>>),
}

impl<R: Read + Seek> Loader<R> {
    /// Looks at the start of the file, and at an archive's list of files.
    ///
    /// # Errors
    /// When the file is empty, no such dataset, larger than can be held, or can't be read.
    pub fn open(file: R) -> Result<Self, ReadError> {
        let mut source = Source::new(file);
        let length = source.length()?;
        let kind = FileKind::of(&source.peek(HEAD as u64)?);
        let progress = source.progress();
        let mut remark = None;
        let form = match kind {
            FileKind::Gzip => {
                Form::Gzip(CsvReader::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, source)))?)
            }
            FileKind::Zip => match archive::open(source, length)? {
                Content::Csv(reader, from) => {
                    remark = Some(from);
                    Form::Entry(reader)
                }
                Content::Images(images) => Form::Images(images),
            },
            _ => {
                if let Some(what) = foreign(kind) {
                    return Err(ReadError::Foreign(what));
                }
                let reader = CsvReader::new(source)?;
                if length > MOST_BYTES {
                    return Err(ReadError::TooLarge);
                }
                Form::Plain(reader)
            }
        };
        Ok(Self { form, progress, length, remark })
    }

    /// Reads up to so many rows or images more; `false` at the end of the file.
    ///
    /// # Errors
    /// When the file breaks off, is damaged, or holds more than can be held.
    pub fn advance(&mut self, most: usize) -> Result<bool, ReadError> {
        match &mut self.form {
            Form::Plain(reader) => reader.read_rows(most),
            Form::Gzip(reader) => reader.read_rows(most),
            Form::Entry(reader) => reader.read_rows(most),
            Form::Images(images) => images.read(most),
        }
    }

    /// How far the file is read, in bytes of the file as it lies there; about proportional to the work done.
    pub fn position(&self) -> u64 {
        self.progress.position().min(self.length)
    }

    /// The file's length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// How many samples are accepted so far.
    pub fn accepted(&self) -> usize {
        match &self.form {
            Form::Plain(reader) => reader.accepted(),
            Form::Gzip(reader) => reader.accepted(),
            Form::Entry(reader) => reader.accepted(),
            Form::Images(images) => images.accepted(),
        }
    }

    /// What was rejected so far.
    pub fn rejections(&self) -> &Rejections {
        match &self.form {
            Form::Plain(reader) => reader.rejections(),
            Form::Gzip(reader) => reader.rejections(),
            Form::Entry(reader) => reader.rejections(),
            Form::Images(images) => images.rejections(),
        }
    }

    /// Hands over what was read.
    ///
    /// # Errors
    /// When no sample was valid.
    pub fn finish(self) -> Result<Reading, ReadError> {
        let mut reading = match self.form {
            Form::Plain(reader) => reader.finish(),
            Form::Gzip(reader) => reader.finish(),
            Form::Entry(reader) => reader.finish(),
            Form::Images(images) => images.finish(),
        }?;
        reading.remarks.extend(self.remark);
        Ok(reading)
    }
}

/// What a file is that is no dataset, for messages; `None` for what may be text.
fn foreign(kind: FileKind) -> Option<&'static str> {
    Some(match kind {
        FileKind::Png { .. } => "a PNG image",
        FileKind::Jpeg => "a JPEG image",
        FileKind::Gif => "a GIF image",
        FileKind::NumPy => "a NumPy array",
        FileKind::Pdf => "a PDF",
        FileKind::SevenZip => "a 7z archive",
        FileKind::Rar => "a RAR archive",
        FileKind::Xz => "an xz archive",
        FileKind::Bzip2 => "a bzip2 archive",
        FileKind::Zstandard => "a Zstandard archive",
        FileKind::Parquet => "a Parquet table",
        FileKind::Sqlite => "an SQLite database",
        FileKind::Hdf5 => "an HDF5 file",
        FileKind::Utf16 => "text in UTF-16; save it as UTF-8",
        FileKind::StoredDataset => "a stored dataset of this project",
        FileKind::Safetensors | FileKind::Burnpack => "a weights file",
        _ => return None,
    })
}

/// Reads a whole file.
///
/// # Errors
/// As [`Loader`].
pub fn read(file: impl Read + Seek) -> Result<Reading, ReadError> {
    let mut loader = Loader::open(file)?;
    while loader.advance(usize::MAX)? {}
    loader.finish()
}
