//! Reader for datasets in Parquet files, as Hugging Face writes them, and NumPy files (`.npz`).
//!
//! [`open`] reads the header of such a file and returns its rows as a [`RowSource`], which
//! [`RowLoader`](mien_core::dataset::RowLoader) loads. The page does not contain this crate: its program `columns` is
//! downloaded on demand.
//!
//! - `damaged`: the error for damaged files; `file`: a file with random access.
//! - `numpy`: finds the arrays of images and of labels that belong together.
//! - `class_names`: the names that a file gives to its integer labels.
//! - `parquet`: chooses the columns and reads their row groups. The pages are unpacked here, by codecs without C.
//!
//! No size in a file is trusted: memory is allocated for what is there, up to a limit.

mod class_names;
mod damaged;
mod file;
mod numpy;
mod parquet;

use mien_core::dataset::{RowSource, RowsError};
use mien_core::file_kind::{FileKind, HEAD};
/// A file on the disk, or any source of bytes with random access, to [`open`].
pub use rawzip::{FileReader, ReaderAt};

use file::File;

/// Maximum number of rows of a file, including those that are rejected.
const MAX_ROWS: u64 = 1_000_000;

/// Maximum number of rows that are read at once.
const BATCH: usize = 16;

/// Opens a file of `length` bytes.
///
/// # Errors
/// When it is empty, a Git LFS pointer, or neither a Parquet table nor an archive of NumPy arrays, holds no images or no labels, or cannot be read.
pub fn open<R: ReaderAt + Send + Sync + 'static>(source: R, length: u64) -> Result<Box<dyn RowSource>, RowsError> {
    let file = File::new(source, length);
    let head = file.bytes(0, length.min(HEAD as u64) as usize)?;
    match FileKind::of(&head) {
        FileKind::Parquet => Ok(Box::new(parquet::Table::open(file)?)),
        FileKind::NumPy => Err(numpy::one_array(&head)),
        FileKind::Zip | FileKind::NumPyZip => Ok(Box::new(numpy::Arrays::open(file)?)),
        FileKind::GitLfs => Err(RowsError::GitLfs),
        _ if length == 0 => Err(RowsError::Empty),
        _ => Err(RowsError::Damaged("neither a Parquet table nor NumPy arrays".into())),
    }
}
