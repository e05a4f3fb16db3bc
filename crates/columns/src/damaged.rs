//! Files that break the rules of their format.

use mien_core::dataset::RowsError;

/// The error for a damaged file, and `what` is wrong with it.
pub fn damaged(what: &str) -> RowsError {
    RowsError::Damaged(what.to_owned())
}
