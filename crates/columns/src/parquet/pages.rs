//! The pages of a column, unpacked and checked: the crate `parquet` panics at some pages that are not as they should be, and
//! allocates what their headers say.

use std::io::BufReader;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use mien_core::dataset::RowsError;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length, SerializedPageReader};
use rawzip::{RangeReader, ReaderAt};

use super::codec::Codec;
use super::{damaged, external};
use crate::file::File;

/// Maximum size of a page, packed or not, in bytes.
const MAX_PAGE: usize = 128 << 20;

/// Bytes that are read for the header of a page.
const HEADER: usize = 512;

/// A file as the crate reads it.
pub struct Chunks<R>(Arc<File<R>>);

impl<R: ReaderAt> Chunks<R> {
    pub fn new(file: File<R>) -> Self {
        Self(Arc::new(file))
    }

    pub fn file(&self) -> &File<R> {
        &self.0
    }
}

impl<R> Clone for Chunks<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: ReaderAt> Length for Chunks<R> {
    fn len(&self) -> u64 {
        self.0.length()
    }
}

impl<R: ReaderAt + Send + Sync> ChunkReader for Chunks<R> {
    type T = BufReader<RangeReader<Arc<R>>>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::with_capacity(HEADER, self.0.reader(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if length > MAX_PAGE {
            return Err(external(RowsError::TooLarge));
        }
        self.0.bytes(start, length).map(Bytes::from).map_err(external)
    }
}

/// How many bytes may still be unpacked; clones share it.
#[derive(Clone)]
pub struct Budget(Arc<AtomicU64>);

impl Budget {
    pub fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    fn left(&self) -> usize {
        usize::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    fn spend(&self, bytes: usize) {
        let rest = self.0.load(Ordering::Relaxed).saturating_sub(bytes as u64);
        self.0.store(rest, Ordering::Relaxed);
    }
}

/// What is known of a column before its pages are read.
pub struct Expected {
    pub name: String,
    pub codec: Codec,
    pub physical: Type,
    /// Whether cells may be empty, so that pages have levels.
    pub has_levels: bool,
    /// Number of rows, which limits the number of values.
    pub rows: u64,
}

/// Unpacks and checks the pages of a column.
pub struct Pages<R: ChunkReader> {
    packed: SerializedPageReader<R>,
    expected: Expected,
    budget: Budget,
    has_dictionary: bool,
}

impl<R: ChunkReader> Pages<R> {
    /// `packed` gives the pages as they are in the file.
    pub fn new(packed: SerializedPageReader<R>, expected: Expected, budget: Budget) -> Self {
        Self { packed, expected, budget, has_dictionary: false }
    }

    fn unpack(&self, packed: &[u8]) -> Result<Vec<u8>> {
        let bytes = self.expected.codec.unpack(packed, MAX_PAGE.min(self.budget.left())).map_err(external)?;
        self.budget.spend(bytes.len());
        Ok(bytes)
    }

    fn check(&mut self, page: Page) -> Result<Page> {
        match page {
            Page::DictionaryPage { buf, num_values, encoding, is_sorted } => {
                let buf = Bytes::from(self.unpack(&buf)?);
                self.check_encoding(encoding, &[Encoding::PLAIN, Encoding::PLAIN_DICTIONARY])?;
                if self.has_dictionary || u64::from(num_values) * smallest(self.expected.physical) > buf.len() as u64 {
                    return Err(wrong("a dictionary that is shorter than its length"));
                }
                self.has_dictionary = true;
                Ok(Page::DictionaryPage { buf, num_values, encoding, is_sorted })
            }
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics } => {
                let buf = Bytes::from(self.unpack(&buf)?);
                self.check_values(num_values, encoding)?;
                if self.expected.has_levels {
                    self.check_encoding(def_level_encoding, &[Encoding::RLE])?;
                }
                Ok(Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics })
            }
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                num_nulls,
                num_rows,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed,
                statistics,
            } => {
                self.check_values(num_values, encoding)?;
                let levels = u64::from(def_levels_byte_len) + u64::from(rep_levels_byte_len);
                let levels = usize::try_from(levels).map_err(|_| wrong("a page without its levels"))?;
                let (Some(head), Some(values)) = (buf.get(..levels), buf.get(levels..)) else {
                    return Err(wrong("a page without its levels"));
                };
                // levels are never packed, and nothing is packed where there are only empty cells
                let buf = if is_compressed && !values.is_empty() {
                    Bytes::from([head, &self.unpack(values)?].concat())
                } else {
                    buf
                };
                Ok(Page::DataPageV2 {
                    buf,
                    num_values,
                    encoding,
                    num_nulls,
                    num_rows,
                    def_levels_byte_len,
                    rep_levels_byte_len,
                    is_compressed: false,
                    statistics,
                })
            }
        }
    }

    fn check_values(&mut self, count: u32, encoding: Encoding) -> Result<()> {
        let packed = [Encoding::PLAIN_DICTIONARY, Encoding::RLE_DICTIONARY];
        self.check_encoding(encoding, &[Encoding::PLAIN, packed[0], packed[1]])?;
        if packed.contains(&encoding) && !self.has_dictionary {
            return Err(wrong("a page without its dictionary"));
        }
        let rest = self.expected.rows.checked_sub(u64::from(count));
        self.expected.rows = rest.ok_or_else(|| wrong("a column with more values than rows"))?;
        Ok(())
    }

    fn check_encoding(&self, encoding: Encoding, known: &[Encoding]) -> Result<()> {
        if known.contains(&encoding) {
            return Ok(());
        }
        Err(external(RowsError::Encoding { column: self.expected.name.clone(), encoding: encoding.to_string() }))
    }
}

/// The size of the smallest value of a type in a dictionary, in bytes.
fn smallest(physical: Type) -> u64 {
    match physical {
        Type::INT64 | Type::DOUBLE => 8,
        // of text, its length
        _ => 4,
    }
}

fn wrong(what: &str) -> ParquetError {
    external(damaged(what))
}

impl<R: ChunkReader> Iterator for Pages<R> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl<R: ChunkReader> PageReader for Pages<R> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.packed.get_next_page()?;
        page.map(|page| self.check(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.packed.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.packed.skip_next_page()
    }
}
