//! Loads a dataset from the files of a folder.

use std::io::{self, Read};

use super::cropping::Cropping;
use super::entries;
use super::folder::FolderReader;
use super::label_order::LabelOrder;
use super::limits::MAX_BYTES;
use super::reader::CsvReader;
use super::reading::{LoadNote, LoadedDataset, ReadError};
use super::rejection::{Rejection, Rejections};
use super::tables::Tables;

/// Reads the dataset of a folder a few rows or one image at a time: FER2013's CSV in it, or images, which their paths or a list
/// label.
pub struct FolderLoader<F> {
    /// Paths and sizes in bytes.
    files: Vec<(String, u64)>,
    open: F,
    form: Form,
    read: u64,
    length: u64,
}

enum Form {
    Csv(Box<CsvReader<Box<dyn Read>>>, LoadNote),
    /// With the index of the next file.
    Images(Box<FolderReader>, usize),
}

impl<F: FnMut(usize) -> io::Result<Box<dyn Read>>> FolderLoader<F> {
    /// Finds the dataset among files with these paths and sizes in bytes; `open` opens the one with an index. Hidden files
    /// are ignored.
    ///
    /// # Errors
    /// When there is none, or reading fails.
    pub fn new(files: Vec<(String, u64)>, mut open: F) -> Result<Self, ReadError> {
        let mut tables = Tables::default();
        for (index, (path, size)) in files.iter().enumerate() {
            if tables.wants(path) {
                tables.examine(index, path, *size, open(index)?)?;
            }
        }
        let (form, length) = match tables.best().and_then(|index| Some((index, files.get(index)?))) {
            Some((_, &(_, size))) if size > MAX_BYTES => return Err(ReadError::TooLarge),
            Some((index, (path, size))) => {
                let reader = CsvReader::new(open(index)?)?;
                (Form::Csv(Box::new(reader), LoadNote::ArchiveEntry(path.clone())), *size)
            }
            None => {
                let paths = || files.iter().map(|(path, _)| path.as_str());
                let reader = FolderReader::beside(tables, entries::fault(paths()), paths());
                (Form::Images(Box::new(reader), 0), files.iter().map(|(_, size)| size).sum())
            }
        };
        Ok(Self { files, open, form, read: 0, length })
    }

    /// Sets the order of the classes for labels that are only numbers, before anything is read.
    #[must_use]
    pub fn with_order(mut self, order: Option<LabelOrder>) -> Self {
        match &mut self.form {
            Form::Csv(reader, _) => reader.set_order(order),
            Form::Images(reader, _) => reader.set_order(order),
        }
        self
    }

    /// Sets how images become samples, before anything is read. A CSV has crops already.
    #[must_use]
    pub fn with_cropping(mut self, cropping: Cropping) -> Self {
        if let Form::Images(reader, _) = &mut self.form {
            reader.set_cropping(cropping);
        }
        self
    }

    /// Reads up to `rows` more rows, or one image; `false` at the end.
    ///
    /// # Errors
    /// When there is too much, or reading fails.
    pub fn advance(&mut self, rows: usize) -> Result<bool, ReadError> {
        match &mut self.form {
            Form::Csv(reader, _) => {
                let more = reader.read_rows(rows)?;
                self.read = reader.position();
                Ok(more)
            }
            Form::Images(reader, next) => {
                let Some((path, size)) = self.files.get(*next) else { return Ok(false) };
                if !FolderReader::is_hidden(path) {
                    match (self.open)(*next) {
                        Ok(file) => reader.read(path, *size, file)?,
                        Err(error) => reader.reject(path, Rejection::File(error.to_string())),
                    }
                }
                *next += 1;
                self.read += size;
                Ok(true)
            }
        }
    }

    /// How much has been read, in bytes.
    pub fn position(&self) -> u64 {
        self.read.min(self.length)
    }

    /// The size of what is read, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Number of samples accepted so far.
    pub fn accepted(&self) -> usize {
        match &self.form {
            Form::Csv(reader, _) => reader.accepted(),
            Form::Images(reader, _) => reader.accepted(),
        }
    }

    /// Rows or images rejected so far.
    pub fn rejections(&self) -> &Rejections {
        match &self.form {
            Form::Csv(reader, _) => reader.rejections(),
            Form::Images(reader, _) => reader.rejections(),
        }
    }

    /// Returns the dataset.
    ///
    /// # Errors
    /// When no sample was valid, or the order of integer labels is unknown.
    pub fn finish(self) -> Result<LoadedDataset, ReadError> {
        match self.form {
            Form::Csv(reader, note) => {
                let mut loaded = reader.finish()?;
                loaded.notes.push(note);
                Ok(loaded)
            }
            Form::Images(reader, _) => reader.finish(),
        }
    }
}
