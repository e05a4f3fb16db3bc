//! The pages of a column, unpacked and checked: the crate `parquet` panics at some malformed pages, and allocates as much as
//! their headers say.

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
use super::error::external;
use crate::damaged::damaged;
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
                let values = match self.expected.physical {
                    Type::BYTE_ARRAY => whole_texts(&buf).0,
                    Type::INT64 | Type::DOUBLE => buf.len() / 8,
                    _ => buf.len() / 4,
                };
                if self.has_dictionary || num_values as usize > values {
                    return Err(wrong("a dictionary that is shorter than its length"));
                }
                self.has_dictionary = true;
                Ok(Page::DictionaryPage { buf, num_values, encoding, is_sorted })
            }
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics } => {
                let buf = self.unpack(&buf)?;
                self.check_values(num_values, encoding)?;
                let mut levels = 0;
                if self.expected.has_levels {
                    self.check_encoding(def_level_encoding, &[Encoding::RLE])?;
                    let length = buf.first_chunk().map(|length| u32::from_le_bytes(*length) as usize);
                    levels = length.and_then(|length| length.checked_add(4)).unwrap_or(usize::MAX);
                }
                let buf = self.end_texts(buf, levels, encoding)?;
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
                    [head, &self.unpack(values)?].concat()
                } else {
                    buf.into()
                };
                let buf = self.end_texts(buf, levels, encoding)?;
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

    /// Ends the texts of a page, which come after so many bytes of levels, with [`END`]: there may be fewer of them than cells.
    fn end_texts(&self, mut page: Vec<u8>, levels: usize, encoding: Encoding) -> Result<Bytes> {
        if self.expected.physical == Type::BYTE_ARRAY && encoding == Encoding::PLAIN {
            let values = page.get(levels..).ok_or_else(|| wrong("a page without its levels"))?;
            page.truncate(levels + whole_texts(values).1);
            page.extend(END);
        }
        Ok(Bytes::from(page))
    }

    fn check_encoding(&self, encoding: Encoding, known: &[Encoding]) -> Result<()> {
        if known.contains(&encoding) {
            return Ok(());
        }
        Err(external(RowsError::Encoding { column: self.expected.name.clone(), encoding: encoding.to_string() }))
    }
}

/// Four bytes after the last text of a page. The crate takes them for the length of another text, longer than any page, and returns
/// an error; where no length follows, it panics.
const END: [u8; 4] = [0x7F; 4];

/// The number of texts at the beginning of a page, each after its length, that are there as a whole, and their bytes.
fn whole_texts(values: &[u8]) -> (usize, usize) {
    let (mut count, mut rest) = (0, values);
    while let Some((length, after)) = rest.split_first_chunk()
        && let Some(after) = after.get(u32::from_le_bytes(*length) as usize..)
    {
        (count, rest) = (count + 1, after);
    }
    (count, values.len() - rest.len())
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

#[cfg(test)]
mod tests {
    use super::whole_texts;

    #[test]
    fn texts_are_counted_up_to_the_first_that_is_not_whole() {
        let texts = b"\x02\0\0\0ab\0\0\0\0\x01\0\0\0c";
        assert_eq!(whole_texts(texts), (3, 15));
        assert_eq!(whole_texts(&texts[..14]), (2, 10), "its text is cut off");
        assert_eq!(whole_texts(&texts[..13]), (2, 10), "its length is cut off");
        assert_eq!(whole_texts(&texts[..5]), (0, 0));
        assert_eq!(whole_texts(b"\xFF\xFF\xFF\xFFabc"), (0, 0), "a length beyond the page");
        assert_eq!(whole_texts(b""), (0, 0));
    }
}
