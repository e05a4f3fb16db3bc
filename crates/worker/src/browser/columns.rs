//! Opens Parquet and NumPy files.

use mien_browser::columns::ColumnsProgram;
use mien_core::dataset::{RowSource, RowsError};

use crate::engine::platform::{Columns, InputFile};

/// Runs the program in this worker.
pub(super) struct BrowserColumns;

impl Columns for BrowserColumns {
    fn open(&self, program: &[u8], file: &dyn InputFile) -> Result<Box<dyn RowSource>, RowsError> {
        Ok(Box::new(ColumnsProgram::open(program, file.open()?, file.size())?))
    }
}
