//! Why the rows of a Parquet table or of NumPy arrays could not be read.

use mien_message::ToMessage;
use serde::{Deserialize, Serialize};

use super::limits::{MAX_BYTES, MAX_SAMPLES};

/// Why the rows of a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage, Serialize, Deserialize)]
pub enum RowsError {
    /// Reading failed.
    #[error("the file could not be read ({0})")]
    Io(String),
    /// Not what its format says.
    #[error("the file is damaged or truncated ({0})")]
    Damaged(String),
    /// More rows or bytes than the limits allow.
    #[error("the file is too large: at most {MAX_SAMPLES} samples and {} MB of text or unpacked images are read", MAX_BYTES >> 20)]
    #[message(samples = MAX_SAMPLES, megabytes = MAX_BYTES >> 20)]
    TooLarge,
    /// A file of 0 bytes.
    #[error("the file is empty (0 bytes)")]
    Empty,
    /// A file that Git LFS leaves in the place of another.
    #[error("this is only a Git LFS pointer, which stands for the file: fetch the file itself with `git lfs pull`")]
    GitLfs,
    /// A table with encrypted columns.
    #[error("the table is encrypted: write it again without encryption")]
    Encrypted,
    /// A table without images; the names of its columns.
    #[error(
        "the table has no column of images: one called `image` with the content of image files is needed, as Hugging Face \
         writes it, or one called `pixels` as in FER2013's CSV; its columns are {0}"
    )]
    NoImages(String),
    /// A table without labels; the names of its columns.
    #[error(
        "the table has no column of labels: one called `label`, `emotion` or `class` is needed; its columns are {0}"
    )]
    NoLabels(String),
    /// A column of an unsupported type.
    #[error("the column `{column}` holds values of the type {kind}, which is not supported")]
    ColumnType {
        /// Its name.
        column: String,
        /// The type in the words of the format.
        kind: String,
    },
    /// A column with an unsupported compression.
    #[error(
        "the column `{column}` is compressed with {codec}, which is not supported: write the table again with snappy, zstd or gzip"
    )]
    Compression {
        /// Its name.
        column: String,
        /// The codec.
        codec: String,
    },
    /// A column with an unsupported encoding.
    #[error(
        "the column `{column}` has the encoding {encoding}, which is not supported: write the table again with pandas or pyarrow"
    )]
    Encoding {
        /// Its name.
        column: String,
        /// The encoding.
        encoding: String,
    },
    /// A file of one array; its type and shape.
    #[error(
        "a .npy file holds a single array, here {0}, without labels: save images and labels in one file, with \
         `numpy.savez(\"set.npz\", images=images, labels=labels)`"
    )]
    OneArray(String),
    /// An archive of arrays without images; the arrays.
    #[error(
        "no array holds images of 48×48 grey pixels, whose shape is (n, 48, 48), (n, 48, 48, 1), (n, 1, 48, 48) or (n, 2304); \
         the arrays are {0}"
    )]
    NoImageArray(String),
    /// Images without labels.
    #[error(
        "no array holds the labels of `{images}`: one of the same length is needed, with the name `labels`, or `y_train` for \
         `x_train`; the arrays are {arrays}"
    )]
    NoLabelArray {
        /// The name of the array of images.
        images: String,
        /// All arrays.
        arrays: String,
    },
    /// An array of an unsupported type.
    #[error(
        "the array `{array}` has the type {kind}, which is not supported: save it as uint8, or labels as whole numbers or text"
    )]
    ArrayType {
        /// Its name.
        array: String,
        /// NumPy's description of the type.
        kind: String,
    },
    /// An array in Fortran's order.
    #[error("the array `{0}` is in Fortran's order, which is not supported: save `numpy.ascontiguousarray(…)` of it")]
    FortranOrder(String),
    /// Pixels on an unknown scale.
    #[error(
        "the pixels of `{array}` go from {least} to {most} where 0 to 255, or fractions from 0 to 1, are needed: save it as \
         uint8"
    )]
    Scale {
        /// The name of the array.
        array: String,
        /// The smallest value.
        least: String,
        /// The largest value.
        most: String,
    },
}
