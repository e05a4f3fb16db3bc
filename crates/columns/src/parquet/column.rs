//! The cells of a column.

use std::sync::Arc;

use mien_core::dataset::RowsError;
use parquet::basic::{Compression, Type};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::SerializedPageReader;
use rawzip::ReaderAt;

use super::codec::Codec;
use super::error::error_of;
use super::pages::{Budget, Chunks, Expected, Pages};
use crate::damaged::damaged;

/// A cell that is not empty.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Bytes(Vec<u8>),
    Whole(i64),
    Real(f64),
}

/// A column of a row group.
pub struct Column {
    reader: Reader,
    /// The level of cells that are not empty.
    level: i16,
}

/// The types that are read.
enum Reader {
    Bytes(ColumnReaderImpl<ByteArrayType>),
    Int32(ColumnReaderImpl<Int32Type>),
    Int64(ColumnReaderImpl<Int64Type>),
    Float(ColumnReaderImpl<FloatType>),
    Double(ColumnReaderImpl<DoubleType>),
}

impl Column {
    /// Opens the column with this index, which must not be nested in a list.
    pub fn open<R: ReaderAt + Send + Sync + 'static>(
        chunks: &Chunks<R>,
        group: &RowGroupMetaData,
        index: usize,
        budget: &Budget,
    ) -> Result<Self, RowsError> {
        let column = group.columns().get(index).ok_or_else(|| damaged("a row group without one of its columns"))?;
        let descriptor = column.column_descr_ptr();
        let name = descriptor.path().string();
        let codec = Codec::of(column.compression_codec()).ok_or_else(|| RowsError::Compression {
            column: name.clone(),
            codec: column.compression_codec().to_string(),
        })?;
        let starts = [Some(column.data_page_offset()), column.dictionary_page_offset(), Some(column.compressed_size())];
        if starts.into_iter().flatten().any(i64::is_negative) {
            return Err(damaged("a column at a negative position"));
        }
        // so that the pages come as they are, and are unpacked here
        let plain =
            column.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build().map_err(error_of)?;
        let rows = u64::try_from(group.num_rows()).unwrap_or_default();
        let packed = SerializedPageReader::new(Arc::new(chunks.clone()), &plain, rows as usize, None);
        let expected = Expected {
            name,
            codec,
            physical: descriptor.physical_type(),
            has_levels: descriptor.max_def_level() > 0,
            rows,
        };
        let pages = Box::new(Pages::new(packed.map_err(error_of)?, expected, budget.clone()));
        let level = descriptor.max_def_level();
        let reader = match descriptor.physical_type() {
            Type::BYTE_ARRAY => Reader::Bytes(ColumnReaderImpl::new(descriptor, pages)),
            Type::INT32 => Reader::Int32(ColumnReaderImpl::new(descriptor, pages)),
            Type::INT64 => Reader::Int64(ColumnReaderImpl::new(descriptor, pages)),
            Type::FLOAT => Reader::Float(ColumnReaderImpl::new(descriptor, pages)),
            Type::DOUBLE => Reader::Double(ColumnReaderImpl::new(descriptor, pages)),
            // no such column is chosen
            other => return Err(damaged(&format!("a column of the type {other}"))),
        };
        Ok(Self { reader, level })
    }

    /// The next `count` cells; `None` for empty ones.
    pub fn read(&mut self, count: usize) -> Result<Vec<Option<Cell>>, RowsError> {
        let level = self.level;
        match &mut self.reader {
            Reader::Bytes(reader) => read(reader, level, count, |value| Cell::Bytes(value.data().to_vec())),
            Reader::Int32(reader) => read(reader, level, count, |&value| Cell::Whole(value.into())),
            Reader::Int64(reader) => read(reader, level, count, |&value| Cell::Whole(value)),
            Reader::Float(reader) => read(reader, level, count, |&value| Cell::Real(value.into())),
            Reader::Double(reader) => read(reader, level, count, |&value| Cell::Real(value)),
        }
    }
}

fn read<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    level: i16,
    count: usize,
    cell: impl Fn(&T::T) -> Cell,
) -> Result<Vec<Option<Cell>>, RowsError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let (rows, _, _) = reader.read_records(count, Some(&mut levels), None, &mut values).map_err(error_of)?;
    if rows != count {
        return Err(damaged("a column that ends before the others"));
    }
    let mut values = values.iter().map(cell);
    if level == 0 {
        return Ok(values.map(Some).collect());
    }
    Ok(levels.into_iter().map(|own| if own == level { values.next() } else { None }).collect())
}
