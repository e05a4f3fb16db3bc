//! The program that the page fetches when a Parquet table or NumPy arrays come: plain WebAssembly, which the engine calls.
//!
//! It imports `columns.read(offset, pointer, length)`, which copies bytes of the file to its memory and returns their number,
//! or -1. It exports `open(length)` and `read(rows)`; both leave a reply, a `Result<RowBatch, RowsError>` in the form of
//! postcard, at `reply_start()`, of `reply_length()` bytes.

#[cfg(target_family = "wasm")]
#[allow(unsafe_code)] // what makes functions known to the outside
mod program {
    use std::cell::RefCell;
    use std::io;

    use mien_core::dataset::{RowBatch, RowSource, RowsError};
    use rawzip::ReaderAt;

    #[link(wasm_import_module = "columns")]
    unsafe extern "C" {
        #[link_name = "read"]
        safe fn read_file(offset: f64, pointer: *mut u8, length: usize) -> i32;
    }

    /// The file that the engine reads for us.
    struct File;

    impl ReaderAt for File {
        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            let count = read_file(offset as f64, buffer.as_mut_ptr(), buffer.len());
            usize::try_from(count).map_err(|_| io::ErrorKind::Other.into())
        }
    }

    thread_local! {
        static SOURCE: RefCell<Option<Box<dyn RowSource>>> = const { RefCell::new(None) };
        static REPLY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    #[unsafe(no_mangle)]
    extern "C" fn open(length: f64) {
        reply(&mien_columns::open(File, length as u64).map(|source| {
            let batch = RowBatch { is_fer2013: source.is_fer2013(), ..RowBatch::default() };
            SOURCE.set(Some(source));
            batch
        }));
    }

    #[unsafe(no_mangle)]
    extern "C" fn read(rows: usize) {
        reply(&SOURCE.with_borrow_mut(|source| {
            let Some(source) = source else { return Ok(RowBatch::default()) };
            let rows = source.read(rows)?;
            Ok(RowBatch { rows, position: source.position(), is_fer2013: source.is_fer2013() })
        }));
    }

    #[unsafe(no_mangle)]
    extern "C" fn reply_start() -> *const u8 {
        REPLY.with_borrow(|reply| reply.as_ptr())
    }

    #[unsafe(no_mangle)]
    extern "C" fn reply_length() -> usize {
        REPLY.with_borrow(Vec::len)
    }

    fn reply(batch: &Result<RowBatch, RowsError>) {
        // nothing of it is of unknown length, which alone is refused
        REPLY.set(postcard::to_allocvec(batch).unwrap_or_default());
    }
}

fn main() {}
