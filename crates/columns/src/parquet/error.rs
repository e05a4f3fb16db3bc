//! Errors of the crate `parquet`.

use std::io;

use mien_core::dataset::RowsError;
use parquet::errors::ParquetError;

/// An error of the crate, or one of ours that went through it.
pub fn error_of(error: ParquetError) -> RowsError {
    match error {
        ParquetError::External(error) => {
            match error.downcast::<RowsError>().map_err(|error| error.downcast::<io::Error>()) {
                Ok(error) => *error,
                Err(Ok(error)) => (*error).into(),
                Err(Err(error)) => RowsError::Damaged(error.to_string()),
            }
        }
        ParquetError::General(text) | ParquetError::EOF(text) | ParquetError::NYI(text) => RowsError::Damaged(text),
        error => RowsError::Damaged(error.to_string()),
    }
}

/// One of our errors, to go through the crate.
pub fn external(error: impl Into<RowsError>) -> ParquetError {
    ParquetError::External(Box::new(error.into()))
}
