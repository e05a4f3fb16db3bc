//! How large a model may be.

use crate::{OnnxError, Quantity};

/// How large a model may be, so that a hostile file takes neither much memory nor much time. The defaults fit VGG16 and
/// ResNet-50 at 224×224 pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Entries of the file's structure: nodes, names, dimensions, attributes.
    pub entries: u64,
    /// Operators.
    pub operators: u64,
    /// Values of weights.
    pub parameters: u64,
    /// Values of all intermediate results for one image.
    pub values: u64,
    /// Multiply-adds for one image.
    pub multiply_adds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256_000_000,
            entries: 1_000_000,
            operators: 10_000,
            parameters: 64_000_000,
            values: 128_000_000,
            multiply_adds: 25_000_000_000,
        }
    }
}

/// A count that ends with an error when it becomes too high.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counter {
    what: Quantity,
    count: u64,
    most: u64,
}

impl Counter {
    pub fn new(what: Quantity, most: u64) -> Self {
        Self { what, count: 0, most }
    }

    pub fn add(&mut self, count: u64) -> Result<(), OnnxError> {
        self.count = self.count.saturating_add(count);
        if self.count > self.most {
            return Err(OnnxError::TooMany { what: self.what, count: self.count, most: self.most });
        }
        Ok(())
    }

    pub const fn count(&self) -> u64 {
        self.count
    }
}
