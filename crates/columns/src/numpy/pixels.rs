//! Images in an array.

use mien_core::dataset::{Rejection, RowsError};
use mien_core::vision::CROP_PIXELS;

use super::archive::Values;
use super::kind::Kind;
use super::pairs::Array;
use crate::damaged::damaged;

/// Checks that an array of the right shape can be read.
pub fn check(array: &Array) -> Result<(), RowsError> {
    if !array.header.kind().is_some_and(Kind::is_number) {
        return Err(unknown_kind(array));
    }
    if array.header.is_fortran { Err(RowsError::FortranOrder(array.name.clone())) } else { Ok(()) }
}

pub fn unknown_kind(array: &Array) -> RowsError {
    RowsError::ArrayType { array: array.name.clone(), kind: array.header.kind_shown() }
}

/// Whether the values have to be examined to know their scale.
pub fn needs_survey(array: &Array) -> bool {
    array.header.kind().is_some_and(Kind::is_float)
}

/// The numbers of an array, an image at a time.
struct Numbers {
    kind: Kind,
    values: Values,
    buffer: Vec<u8>,
    next: u64,
    count: u64,
}

impl Numbers {
    fn new(array: &Array, values: Values) -> Self {
        // what has another type was refused by `check`
        let kind = array.header.kind().unwrap_or(Kind::BYTE);
        Self { kind, values, buffer: vec![0; CROP_PIXELS * kind.size()], next: 0, count: array.length() }
    }

    /// The bytes of the next image; `None` at the end.
    fn advance(&mut self) -> Result<Option<&[u8]>, RowsError> {
        if self.next == self.count {
            // the checksum is verified at the end
            let rest = self.values.read(&mut [0])?;
            return if rest == 0 { Ok(None) } else { Err(damaged("an array is longer than its shape")) };
        }
        self.values.read_exact(&mut self.buffer)?;
        self.next += 1;
        Ok(Some(&self.buffer))
    }
}

/// Finds the scale of an array: 0 to 255, or 0 to 1.
pub struct Survey {
    numbers: Numbers,
    name: String,
    least: f64,
    most: f64,
}

impl Survey {
    pub fn new(array: &Array, values: Values) -> Self {
        let numbers = Numbers::new(array, values);
        Self { numbers, name: array.name.clone(), least: f64::INFINITY, most: f64::NEG_INFINITY }
    }

    /// Examines up to `max` more images; returns their number, 0 at the end.
    pub fn advance(&mut self, max: usize) -> Result<u64, RowsError> {
        let kind = self.numbers.kind;
        for count in 0..max as u64 {
            let Some(bytes) = self.numbers.advance()? else { return Ok(count) };
            for value in bytes.chunks_exact(kind.size()).map(|bytes| kind.number(bytes)) {
                // images with others are rejected
                if value.is_finite() {
                    self.least = self.least.min(value);
                    self.most = self.most.max(value);
                }
            }
        }
        Ok(max as u64)
    }

    /// What the values are to be multiplied by.
    pub fn scale(&self) -> Result<f64, RowsError> {
        match (self.least, self.most) {
            (0.0.., ..=1.0) => Ok(255.0),
            (0.0.., ..=255.0) => Ok(1.0),
            (least, most) => {
                let (least, most) = (least.to_string(), most.to_string());
                Err(RowsError::Scale { array: self.name.clone(), least, most })
            }
        }
    }
}

/// The images of an array.
pub struct Images {
    numbers: Numbers,
    scale: f64,
}

impl Images {
    /// Reads images whose values are to be multiplied by `scale`.
    pub fn new(array: &Array, values: Values, scale: f64) -> Self {
        Self { numbers: Numbers::new(array, values), scale }
    }

    /// The index of the next image.
    pub fn index(&self) -> u64 {
        self.numbers.next
    }

    /// The next image; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Result<Vec<u8>, Rejection>>, RowsError> {
        let (kind, scale) = (self.numbers.kind, self.scale);
        let Some(bytes) = self.numbers.advance()? else { return Ok(None) };
        if kind.is_byte() {
            return Ok(Some(Ok(bytes.to_vec())));
        }
        let pixel = |(index, bytes): (usize, &[u8])| {
            let value = kind.number(bytes);
            match (value * scale).round() {
                pixel @ 0.0..=255.0 => Ok(pixel as u8),
                _ => Err(Rejection::Pixel { position: index + 1, text: value.to_string() }),
            }
        };
        Ok(Some(bytes.chunks_exact(kind.size()).enumerate().map(pixel).collect()))
    }
}
