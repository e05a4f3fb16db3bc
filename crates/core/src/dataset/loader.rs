//! Loads a dataset from any of its file formats.

use std::io::{BufReader, Read, Seek};

use super::archive::{self, Content, EntryReader, Images};
use super::counted_file::{CountedFile, ReadPosition};
use super::cropping::Cropping;
use super::gunzip::Gunzip;
use super::label_order::LabelOrder;
use super::limits::MAX_BYTES;
use super::reader::CsvReader;
use super::reading::{Foreign, LoadNote, LoadedDataset, ReadError};
use super::rejection::Rejections;
use super::tar::{self, TarLoader};
use crate::file_kind::{FileKind, HEAD, is_onnx};

/// Bytes of compressed data read at once.
const BUFFER: usize = 64 * 1024;

/// Reads a dataset's file a few rows or images at a time, so that the caller can show progress and stop: FER2013's CSV,
/// plain, gzipped, or in a zip or tar archive, or an archive of images. The format is detected from the content.
pub struct Loader<R> {
    form: Form<R>,
    progress: ReadPosition,
    length: u64,
    note: Option<LoadNote>,
    /// Before anything is rejected.
    none: Rejections,
}

enum Form<R> {
    Plain(CsvReader<CountedFile<R>>),
    Gzip(CsvReader<Gunzip<BufReader<CountedFile<R>>>>),
    Entry(Box<CsvReader<EntryReader<R>>>),
    Images(Box<Images<R>>),
    Tar(Box<TarLoader<R>>),
}

impl<R: Read + Seek> Loader<R> {
    /// Detects the format and reads the header, or the list of files of an archive.
    ///
    /// # Errors
    /// When the file is empty, not a dataset or too large, or reading fails.
    pub fn open(file: R) -> Result<Self, ReadError> {
        let mut source = CountedFile::new(file);
        let length = source.length()?;
        let head = source.peek(HEAD as u64)?;
        let kind = FileKind::of(&head);
        let progress = source.progress();
        let mut note = None;
        let form = match kind {
            // first: it begins with a name, which can be any bytes
            _ if tar::is_tar(&head) => Form::Tar(Box::new(TarLoader::new(source, length, false))),
            FileKind::Gzip if tar::is_tar(&tar::unpacked_head(&head)) => {
                Form::Tar(Box::new(TarLoader::new(source, length, true)))
            }
            FileKind::Gzip => Form::Gzip(CsvReader::new(Gunzip::new(BufReader::with_capacity(BUFFER, source)))?),
            FileKind::Zip => match archive::open(source, length)? {
                Content::Csv(reader, from) => {
                    note = Some(from);
                    Form::Entry(reader)
                }
                Content::Images(images) => Form::Images(images),
            },
            _ => {
                let network = || is_onnx(&head).then_some(Foreign::Network);
                if let Some(what) = foreign(kind).or_else(network) {
                    return Err(ReadError::Foreign(what));
                }
                let reader = CsvReader::new(source)?;
                if length > MAX_BYTES {
                    return Err(ReadError::TooLarge);
                }
                Form::Plain(reader)
            }
        };
        Ok(Self { form, progress, length, note, none: Rejections::default() })
    }

    /// Sets the order of the classes for labels that are only numbers, before anything is read.
    #[must_use]
    pub fn with_order(mut self, order: Option<LabelOrder>) -> Self {
        match &mut self.form {
            Form::Plain(reader) => reader.set_order(order),
            Form::Gzip(reader) => reader.set_order(order),
            Form::Entry(reader) => reader.set_order(order),
            Form::Images(images) => images.set_order(order),
            Form::Tar(tar) => tar.set_order(order),
        }
        self
    }

    /// Sets how images become samples, before anything is read. A CSV has crops already.
    #[must_use]
    pub fn with_cropping(mut self, cropping: Cropping) -> Self {
        match &mut self.form {
            Form::Images(images) => images.set_cropping(cropping),
            Form::Tar(tar) => tar.set_cropping(cropping),
            Form::Plain(_) | Form::Gzip(_) | Form::Entry(_) => {}
        }
        self
    }

    /// Reads up to `max` more rows, or one image; `false` at the end of the file.
    ///
    /// # Errors
    /// When the file is damaged or too large, or reading fails.
    pub fn advance(&mut self, max: usize) -> Result<bool, ReadError> {
        match &mut self.form {
            Form::Plain(reader) => reader.read_rows(max),
            Form::Gzip(reader) => reader.read_rows(max),
            Form::Entry(reader) => reader.read_rows(max),
            Form::Images(images) => images.read(1),
            Form::Tar(tar) => tar.advance(max),
        }
    }

    /// How far the file has been read, in bytes; roughly proportional to the work done.
    pub fn position(&self) -> u64 {
        match &self.form {
            Form::Tar(tar) => tar.position(&self.progress),
            _ => self.progress.position().min(self.length),
        }
    }

    /// The file's length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Number of samples accepted so far.
    pub fn accepted(&self) -> usize {
        match &self.form {
            Form::Plain(reader) => reader.accepted(),
            Form::Gzip(reader) => reader.accepted(),
            Form::Entry(reader) => reader.accepted(),
            Form::Images(images) => images.accepted(),
            Form::Tar(tar) => tar.accepted(),
        }
    }

    /// Rows or images rejected so far.
    pub fn rejections(&self) -> &Rejections {
        match &self.form {
            Form::Plain(reader) => reader.rejections(),
            Form::Gzip(reader) => reader.rejections(),
            Form::Entry(reader) => reader.rejections(),
            Form::Images(images) => images.rejections(),
            Form::Tar(tar) => tar.rejections().unwrap_or(&self.none),
        }
    }

    /// Returns the dataset.
    ///
    /// # Errors
    /// When no sample was valid, or the order of integer labels is unknown.
    pub fn finish(self) -> Result<LoadedDataset, ReadError> {
        let mut loaded = match self.form {
            Form::Plain(reader) => reader.finish(),
            Form::Gzip(reader) => reader.finish(),
            Form::Entry(reader) => reader.finish(),
            Form::Images(images) => images.finish(),
            Form::Tar(tar) => tar.finish(),
        }?;
        loaded.notes.extend(self.note);
        Ok(loaded)
    }
}

/// What a file is that is not a dataset; `None` if it may be text.
fn foreign(kind: FileKind) -> Option<Foreign> {
    Some(match kind {
        FileKind::Png { .. } => Foreign::Png,
        FileKind::Jpeg => Foreign::Jpeg,
        FileKind::Gif => Foreign::Gif,
        FileKind::NumPy | FileKind::NumPyZip => Foreign::NumPy,
        FileKind::Pdf => Foreign::Pdf,
        FileKind::SevenZip => Foreign::SevenZip,
        FileKind::Rar => Foreign::Rar,
        FileKind::Xz => Foreign::Xz,
        FileKind::Bzip2 => Foreign::Bzip2,
        FileKind::Zstandard => Foreign::Zstandard,
        FileKind::Parquet => Foreign::Parquet,
        FileKind::Sqlite => Foreign::Sqlite,
        FileKind::Hdf5 => Foreign::Hdf5,
        FileKind::StoredDataset => Foreign::Stored,
        FileKind::Safetensors | FileKind::Burnpack => Foreign::Network,
        _ => return None,
    })
}

/// Reads a whole file.
///
/// # Errors
/// As [`Loader`].
pub fn read(file: impl Read + Seek) -> Result<LoadedDataset, ReadError> {
    let mut loader = Loader::open(file)?;
    while loader.advance(usize::MAX)? {}
    loader.finish()
}
