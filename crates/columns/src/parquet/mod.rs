//! Parquet tables: a row is an image and its label.

mod codec;
mod column;
mod error;
mod footer;
mod names;
mod pages;

use mien_core::dataset::{
    Location, MAX_BYTES, MAX_IMAGE_BYTES, Rejection, Row, RowImage, RowLabel, RowSource, RowsError, excerpt,
};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use rawzip::ReaderAt;

use self::column::{Cell, Column};
use self::names::{Columns, ImageColumn};
use self::pages::{Budget, Chunks};
use crate::class_names::ClassNames;
use crate::damaged::damaged;
use crate::file::File;
use crate::{BATCH, MAX_ROWS};

/// Number of labels that are read at once.
const NUMBERS: u64 = 4096;

/// A Parquet table, read row group by row group.
pub struct Table<R> {
    chunks: Chunks<R>,
    metadata: ParquetMetaData,
    columns: Columns,
    class_names: Option<ClassNames>,
    /// The index of the next row group.
    next: usize,
    group: Option<Group>,
    /// Number of rows read so far.
    row: u64,
    rows: u64,
    budget: Budget,
}

/// The row group that is read.
struct Group {
    image: Column,
    path: Option<Column>,
    label: Column,
    split: Option<Column>,
    /// Rows that are left.
    left: u64,
}

impl<R: ReaderAt + Send + Sync + 'static> Table<R> {
    /// Reads the footer.
    ///
    /// # Errors
    /// When it is damaged, there is no column of images or of labels, or there are too many rows.
    pub fn open(file: File<R>) -> Result<Self, RowsError> {
        let metadata = footer::read(&file)?;
        let mut columns = Columns::find(&metadata)?;
        let mut rows = 0_u64;
        for group in metadata.row_groups() {
            rows +=
                u64::try_from(group.num_rows()).map_err(|_| damaged("a negative number of rows"))?.min(MAX_ROWS + 1);
            if rows > MAX_ROWS {
                return Err(RowsError::TooLarge);
            }
        }
        let chunks = Chunks::new(file);
        // beside the images there are labels, and bytes that the pages need
        let budget = Budget::new(2 * MAX_BYTES);
        let class_names = match columns.class_names.take() {
            Some(names) => ClassNames::new(names, numbers(&chunks, &metadata, columns.label)?),
            None => None,
        };
        Ok(Self { chunks, metadata, columns, class_names, next: 0, group: None, row: 0, rows, budget })
    }

    fn open_group(&self) -> Result<Option<Group>, RowsError> {
        let Some(group) = self.metadata.row_groups().get(self.next) else { return Ok(None) };
        let column = |index| Column::open(&self.chunks, group, index, &self.budget);
        let (image, path) = match self.columns.image {
            ImageColumn::Files { bytes, path } => (bytes, path),
            ImageColumn::Paths(index) | ImageColumn::Text(index) => (index, None),
        };
        Ok(Some(Group {
            image: column(image)?,
            path: path.map(column).transpose()?,
            label: column(self.columns.label)?,
            split: self.columns.split.map(column).transpose()?,
            // checked when the table was opened
            left: u64::try_from(group.num_rows()).unwrap_or_default(),
        }))
    }

    /// The image of a row, or why there is none.
    fn image(&self, cell: Option<Cell>, path: Option<Cell>) -> Result<RowImage, Rejection> {
        let Some(Cell::Bytes(bytes)) = cell else {
            return Err(match path {
                Some(Cell::Bytes(path)) => Rejection::ImagePath(excerpt(&path)),
                _ => Rejection::MissingImage,
            });
        };
        match self.columns.image {
            _ if bytes.len() as u64 > MAX_IMAGE_BYTES => Err(Rejection::ImageFile(MAX_IMAGE_BYTES >> 20)),
            ImageColumn::Files { .. } => Ok(RowImage::File(bytes)),
            ImageColumn::Text(_) => Ok(RowImage::Text(bytes)),
            ImageColumn::Paths(_) => Err(Rejection::ImagePath(excerpt(&bytes))),
        }
    }

    /// The label of a row, or why there is none.
    fn label(&self, cell: Option<Cell>) -> Result<RowLabel, Rejection> {
        let number = match cell.ok_or(Rejection::MissingLabel)? {
            Cell::Bytes(text) => return Ok(RowLabel::Name(String::from_utf8_lossy(&text).into_owned())),
            Cell::Whole(number) => number,
            Cell::Real(number) if number.is_nan() => return Err(Rejection::MissingLabel),
            // a column with gaps, as pandas writes it
            Cell::Real(number) if number.fract() == 0.0 => number as i64,
            Cell::Real(number) => return Err(Rejection::Label(number.to_string())),
        };
        let Some(names) = &self.class_names else { return Ok(RowLabel::Number(number)) };
        match names.of_number(number) {
            Some(name) => Ok(RowLabel::Name(name.clone())),
            // as Hugging Face writes it where labels are withheld
            None if number == -1 => Err(Rejection::MissingLabel),
            None => Err(Rejection::Label(number.to_string())),
        }
    }
}

impl<R: ReaderAt + Send + Sync + 'static> RowSource for Table<R> {
    fn read(&mut self, max: usize) -> Result<Option<Vec<Row>>, RowsError> {
        let mut group = match self.group.take() {
            Some(group) => group,
            None => {
                let Some(group) = self.open_group()? else { return Ok(None) };
                self.next += 1;
                group
            }
        };
        let count = (max.min(BATCH) as u64).min(group.left) as usize;
        let images = group.image.read(count)?;
        let paths = read(group.path.as_mut(), count)?;
        let labels = group.label.read(count)?;
        let splits = read(group.split.as_mut(), count)?;
        let mut rows = Vec::with_capacity(count);
        for (((image, path), label), split) in images.into_iter().zip(paths).zip(labels).zip(splits) {
            self.row += 1;
            rows.push(Row {
                location: Location::Row(self.row),
                image: self.image(image, path),
                label: self.label(label),
                split: match split {
                    Some(Cell::Bytes(text)) => Some(String::from_utf8_lossy(&text).into_owned()),
                    _ => None,
                },
            });
        }
        group.left -= count as u64;
        self.group = Some(group).filter(|group| group.left > 0);
        Ok(Some(rows))
    }

    fn is_fer2013(&self) -> bool {
        self.columns.is_fer2013
    }

    fn position(&self) -> u64 {
        let length = u128::from(self.length());
        (length * u128::from(self.row) / u128::from(self.rows.max(1))) as u64
    }

    fn length(&self) -> u64 {
        self.chunks.file().length()
    }
}

/// The numbers in a column; none if it cannot be read, which its rows tell later.
fn numbers<R: ReaderAt + Send + Sync + 'static>(
    chunks: &Chunks<R>,
    metadata: &ParquetMetaData,
    column: usize,
) -> Result<Vec<i64>, RowsError> {
    let budget = Budget::new(MAX_BYTES);
    let mut numbers = Vec::new();
    let mut read = |group: &RowGroupMetaData| {
        let mut column = Column::open(chunks, group, column, &budget)?;
        let mut left = u64::try_from(group.num_rows()).unwrap_or_default();
        while left > 0 {
            let count = left.min(NUMBERS);
            left -= count;
            numbers.extend(column.read(count as usize)?.into_iter().flatten().filter_map(|cell| match cell {
                Cell::Whole(number) => Some(number),
                Cell::Real(number) if number.fract() == 0.0 => Some(number as i64),
                Cell::Real(_) | Cell::Bytes(_) => None,
            }));
        }
        Ok(())
    };
    match metadata.row_groups().iter().try_for_each(&mut read) {
        Err(error @ RowsError::Io(_)) => Err(error),
        Err(_) => Ok(Vec::new()),
        Ok(()) => Ok(numbers),
    }
}

/// The next cells of a column, all empty if there is no such column.
fn read(column: Option<&mut Column>, count: usize) -> Result<Vec<Option<Cell>>, RowsError> {
    column.map_or_else(|| Ok(vec![None; count]), |column| column.read(count))
}
