//! Loads a dataset in slices.

use std::io::{self, ErrorKind, Read};

use crate::engine::platform::{InputFile, ReadSeek};
use mien_core::dataset::{Cropping, FolderLoader, LabelOrder, LoadedDataset, Loader, ReadError, RowLoader, RowSource};
use mien_core::file_kind::{FileKind, HEAD};
use mien_protocol::DatasetEvent;

/// Rows read between two checks of the clock.
const ROWS: usize = 64;

/// A dataset being loaded.
pub(in crate::engine) struct LoadJob {
    pub name: String,
    pub source: LoadSource,
    pub began: f64,
    pub reported: f64,
}

/// The source of a dataset.
pub(in crate::engine) enum LoadSource {
    /// A CSV file or an archive.
    File(Box<Loader<Box<dyn ReadSeek>>>),
    /// The files of a folder.
    Folder(Box<FolderLoader<OpenFile>>),
    /// A Parquet table or NumPy arrays.
    Rows(Box<RowLoader>),
}

/// The Parquet and NumPy files, with their names: a single file by its content, those of a folder by
/// their extensions.
///
/// # Errors
/// When the single file cannot be read.
pub(super) fn tables<'a>(
    name: &str,
    paths: &[String],
    files: &'a [Box<dyn InputFile>],
) -> io::Result<Vec<(String, &'a dyn InputFile)>> {
    if let ([], [file]) = (paths, files) {
        let mut head = Vec::new();
        file.open()?.take(HEAD as u64).read_to_end(&mut head)?;
        let has_columns = FileKind::of(&head).has_columns();
        return Ok(has_columns.then(|| (name.to_owned(), &**file)).into_iter().collect());
    }
    let listed = paths.iter().zip(files).filter(|(path, _)| RowLoader::is_table(path));
    Ok(listed.map(|(path, file)| (path.clone(), &**file)).collect())
}

/// Opens a file of a folder by its index.
type OpenFile = Box<dyn FnMut(usize) -> io::Result<Box<dyn Read>>>;

impl LoadSource {
    /// Opens the only file, or a folder if there are `paths`. Numbers as labels are read in the order, if there is one.
    ///
    /// # Errors
    /// When there is no file, or it cannot be read.
    pub fn open(
        paths: Vec<String>,
        files: Vec<Box<dyn InputFile>>,
        order: Option<LabelOrder>,
        cropping: Cropping,
    ) -> Result<Self, ReadError> {
        if paths.is_empty() {
            let file = files.into_iter().next().ok_or(ReadError::Empty)?;
            return Ok(Self::File(Box::new(Loader::open(file.open()?)?.with_order(order).with_cropping(cropping))));
        }
        let sizes: Vec<u64> = files.iter().map(|file| file.size()).collect();
        let open: OpenFile = Box::new(move |index| {
            let file: Box<dyn Read> = files.get(index).ok_or(ErrorKind::NotFound)?.open()?;
            Ok(file)
        });
        let loader = FolderLoader::new(paths.into_iter().zip(sizes).collect(), open)?;
        Ok(Self::Folder(Box::new(loader.with_order(order).with_cropping(cropping))))
    }

    /// Reads the rows of these files, each with its name or path.
    pub fn of_rows(files: Vec<(String, Box<dyn RowSource>)>, order: Option<LabelOrder>, cropping: Cropping) -> Self {
        Self::Rows(Box::new(RowLoader::new(files).with_order(order).with_cropping(cropping)))
    }

    /// Reads some rows, or an image; `false` at the end.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        match self {
            Self::File(loader) => loader.advance(ROWS),
            Self::Folder(loader) => loader.advance(ROWS),
            Self::Rows(loader) => loader.advance(ROWS),
        }
    }

    /// The progress event.
    pub fn progress(&self, name: String) -> DatasetEvent {
        let (read, length, accepted, rejected) = match self {
            Self::File(loader) => (loader.position(), loader.length(), loader.accepted(), loader.rejections().count()),
            Self::Folder(loader) => {
                (loader.position(), loader.length(), loader.accepted(), loader.rejections().count())
            }
            Self::Rows(loader) => (loader.position(), loader.length(), loader.accepted(), loader.rejections().count()),
        };
        DatasetEvent::Loading { name, read, length, accepted: accepted as u64, rejected: rejected as u64 }
    }

    /// The loaded dataset.
    pub fn finish(self) -> Result<LoadedDataset, ReadError> {
        match self {
            Self::File(loader) => loader.finish(),
            Self::Folder(loader) => loader.finish(),
            Self::Rows(loader) => loader.finish(),
        }
    }
}
