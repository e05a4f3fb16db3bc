//! Browser functions shared by the page and the engine.
//!
//! - [`thrown`]: messages of JavaScript exceptions.
//! - [`value`]: cloning JavaScript values in code that unit tests also run natively.
//! - [`console`]: the log, in the browser's console.
//! - [`site`]: URLs of the site's files, and starting workers from them.
//! - [`wire`]: messages between page and worker (encoded commands and events).
//! - [`pixels`]: the pixels of bitmaps, in a worker.
//! - [`columns`]: runs the reader for Parquet and NumPy files.

pub mod columns;
pub mod console;
pub mod pixels;
pub mod site;
pub mod thrown;
pub mod value;
pub mod wire;
