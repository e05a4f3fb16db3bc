//! Unpacks pages: the codecs of the crate `parquet` trust the sizes in the file, and its codec for Zstandard is written in C.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use mien_core::dataset::RowsError;
use parquet::basic::CompressionCodec;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::damaged::damaged;

/// How many bytes a byte of Snappy can become at most: three bytes repeat up to 64.
const MAX_SNAPPY_RATIO: usize = 22;

/// How pages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Plain,
    Snappy,
    Gzip,
    Zstd,
}

impl Codec {
    /// `None` for an unsupported one.
    pub fn of(codec: CompressionCodec) -> Option<Self> {
        match codec {
            CompressionCodec::UNCOMPRESSED => Some(Self::Plain),
            CompressionCodec::SNAPPY => Some(Self::Snappy),
            CompressionCodec::GZIP => Some(Self::Gzip),
            CompressionCodec::ZSTD => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Unpacks up to `limit` bytes.
    ///
    /// # Errors
    /// [`RowsError::TooLarge`] if there are more, [`RowsError::Damaged`] if they cannot be unpacked.
    pub fn unpack(self, packed: &[u8], limit: usize) -> Result<Vec<u8>, RowsError> {
        match self {
            Self::Plain if packed.len() > limit => Err(RowsError::TooLarge),
            Self::Plain => Ok(packed.to_vec()),
            Self::Snappy => {
                let failed = |error: snap::Error| damaged(&error.to_string());
                let length = snap::raw::decompress_len(packed).map_err(failed)?;
                if length / MAX_SNAPPY_RATIO > packed.len() {
                    return Err(damaged("Snappy data of an impossible length"));
                }
                if length > limit {
                    return Err(RowsError::TooLarge);
                }
                snap::raw::Decoder::new().decompress_vec(packed).map_err(failed)
            }
            Self::Gzip => read(MultiGzDecoder::new(packed), limit),
            Self::Zstd => {
                let mut decoder = FrameDecoder::new();
                decoder.set_max_window_size(limit as u64);
                let reader = StreamingDecoder::new_with_decoder(packed, decoder);
                read(reader.map_err(|error| damaged(&error.to_string()))?, limit)
            }
        }
    }
}

fn read(source: impl Read, limit: usize) -> Result<Vec<u8>, RowsError> {
    let mut bytes = Vec::new();
    source.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit { Err(RowsError::TooLarge) } else { Ok(bytes) }
}
