//! The arrays of a zip archive.

use std::io::{BufReader, Read};
use std::sync::Arc;

use flate2::bufread::DeflateDecoder;
use mien_core::dataset::RowsError;
use rawzip::{
    CompressionMethod, RECOMMENDED_BUFFER_SIZE, RangeReader, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder, ZipLocator,
};

use super::header::Header;
use super::pairs::Array;
use crate::damaged::damaged;
use crate::file::File;

/// Maximum number of files of an archive.
const MAX_FILES: usize = 10_000;

/// Maximum number of arrays; the others are ignored.
const MAX_ARRAYS: usize = 256;

/// Maximum length of a name, in bytes.
const MAX_NAME: usize = 256;

/// Bytes that are read at once.
const BUFFER: usize = 64 * 1024;

/// An archive of arrays, which are numbered.
pub struct Archive<R> {
    archive: ZipArchive<Arc<R>>,
    places: Vec<(ZipArchiveEntryWayfinder, CompressionMethod)>,
}

/// The values of an array, in sequence.
pub type Values = Box<dyn Read + Send>;

impl<R: ReaderAt + Send + Sync + 'static> Archive<R> {
    /// Finds the arrays and reads their headers.
    pub fn open(file: &File<R>) -> Result<(Self, Vec<Array>), RowsError> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let located = ZipLocator::new().locate_in_reader(file.source(), &mut buffer, file.length());
        let mut archive = Self { archive: located.map_err(|(_, error)| zip_error(error))?, places: Vec::new() };
        let mut names = Vec::new();
        let mut entries = archive.archive.entries(&mut buffer);
        let mut count = 0;
        while let Some(entry) = entries.next_entry().map_err(zip_error)? {
            count += 1;
            if count > MAX_FILES {
                return Err(RowsError::TooLarge);
            }
            let path = entry.file_path();
            let bytes = path.as_bytes();
            let Some(name) = bytes.strip_suffix(b".npy").filter(|name| name.len() <= MAX_NAME) else { continue };
            if entry.flags().is_encrypted() {
                return Err(RowsError::Encrypted);
            }
            if names.len() < MAX_ARRAYS {
                names.push(String::from_utf8_lossy(name).into_owned());
                archive.places.push((entry.wayfinder(), entry.compression_method()));
            }
        }
        let array = |(index, name)| Ok(Array { name, header: Header::read(&mut archive.unpack(index)?)? });
        let arrays = names.into_iter().enumerate().map(array).collect::<Result<_, RowsError>>()?;
        Ok((archive, arrays))
    }

    /// The values of the array with this index.
    pub fn values(&self, index: usize) -> Result<Values, RowsError> {
        let mut content = self.unpack(index)?;
        Header::read(&mut content)?;
        Ok(content)
    }

    /// The file of an array; its length and checksum are verified at its end.
    fn unpack(&self, index: usize) -> Result<Values, RowsError> {
        let &(place, method) = self.places.get(index).ok_or_else(|| damaged("no such array"))?;
        let local = self.archive.get_entry(place).map_err(zip_error)?;
        let (start, end) = local.compressed_data_range();
        let packed = BufReader::with_capacity(BUFFER, RangeReader::new(Arc::clone(self.archive.get_ref()), start..end));
        let content: Values = match method {
            CompressionMethod::STORE => Box::new(packed),
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(packed)),
            _ => return Err(damaged(&format!("an array is packed with {method}"))),
        };
        Ok(Box::new(BufReader::with_capacity(BUFFER, local.verifying_reader(content))))
    }
}

fn zip_error(error: rawzip::Error) -> RowsError {
    match error.into_kind() {
        rawzip::ErrorKind::IO(error) => error.into(),
        kind => damaged(&rawzip::Error::from(kind).to_string()),
    }
}
