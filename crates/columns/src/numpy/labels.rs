//! Labels in an array.

use std::io::Read;

use mien_core::dataset::{Rejection, RowLabel, RowsError};

use super::archive::Values;
use super::pairs::Array;
use super::pixels::unknown_kind;
use crate::class_names::ClassNames;
use crate::damaged::damaged;

/// Maximum size of an array of labels, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// The labels of an array, in sequence.
pub enum Labels {
    Numbers(std::vec::IntoIter<f64>),
    Texts(std::vec::IntoIter<String>),
    /// This many numbers for each image, of which one is 1.
    Classes(std::vec::IntoIter<f64>, usize),
}

impl Labels {
    /// Reads all labels of an array.
    ///
    /// # Errors
    /// When it is damaged, too large, or of an unsupported type.
    pub fn read(array: &Array, values: Values) -> Result<Self, RowsError> {
        let kind = array.header.kind().ok_or_else(|| unknown_kind(array))?;
        let columns = array.header.shape.get(1).copied().unwrap_or(1);
        if columns > 1 && array.header.is_fortran {
            return Err(RowsError::FortranOrder(array.name.clone()));
        }
        let length = array.length().checked_mul(columns).and_then(|count| count.checked_mul(kind.size() as u64));
        let length = length.filter(|&length| length <= MAX_BYTES).ok_or(RowsError::TooLarge)?;
        let mut bytes = Vec::new();
        // one more, since the checksum is verified at the end
        values.take(length + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != length {
            return Err(damaged("an array whose length is not that of its shape"));
        }
        let items = bytes.chunks_exact(kind.size());
        if kind.is_text() {
            return Ok(Self::Texts(items.map(|bytes| kind.text(bytes)).collect::<Vec<_>>().into_iter()));
        }
        let numbers = items.map(|bytes| kind.number(bytes)).collect::<Vec<_>>().into_iter();
        Ok(if columns > 1 { Self::Classes(numbers, columns as usize) } else { Self::Numbers(numbers) })
    }

    /// All numbers of classes that are not told by their place.
    pub fn numbers(&self) -> Vec<i64> {
        let Self::Numbers(numbers) = self else { return Vec::new() };
        let whole = numbers.as_slice().iter().filter(|number| number.fract() == 0.0);
        whole.map(|&number| number as i64).collect()
    }

    /// All texts; of numbers, none.
    pub fn into_texts(self) -> Vec<String> {
        if let Self::Texts(texts) = self { texts.collect() } else { Vec::new() }
    }

    /// The next label, by the names of the classes if the file has them.
    pub fn next(&mut self, names: Option<&ClassNames>) -> Result<RowLabel, Rejection> {
        let number = match self {
            Self::Texts(texts) => return texts.next().map(RowLabel::Name).ok_or(Rejection::MissingLabel),
            Self::Numbers(numbers) => match numbers.next() {
                None => return Err(Rejection::MissingLabel),
                Some(number) if number.is_nan() => return Err(Rejection::MissingLabel),
                Some(number) if number.fract() == 0.0 => number as i64,
                Some(number) => return Err(Rejection::Label(number.to_string())),
            },
            Self::Classes(numbers, count) => {
                let index = one_of(&numbers.take(*count).collect::<Vec<_>>())?;
                let Some(names) = names else { return Ok(RowLabel::Number(index as i64)) };
                return names.at(index).cloned().map(RowLabel::Name).ok_or_else(|| Rejection::Label(index.to_string()));
            }
        };
        let Some(names) = names else { return Ok(RowLabel::Number(number)) };
        names.of_number(number).cloned().map(RowLabel::Name).ok_or_else(|| Rejection::Label(number.to_string()))
    }
}

/// Which of the numbers is 1 where all others are 0.
fn one_of(numbers: &[f64]) -> Result<usize, Rejection> {
    let mut ones = numbers.iter().enumerate().filter(|&(_, &number)| number != 0.0);
    match (ones.next(), ones.next()) {
        (Some((index, &1.0)), None) => Ok(index),
        (None, None) => Err(Rejection::MissingLabel),
        _ => Err(Rejection::Label(numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" "))),
    }
}
