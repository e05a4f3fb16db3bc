//! Browser functions shared by the page and the engine.
//!
//! - [`columns`]: runs the program that reads Parquet tables and NumPy arrays.
//! - [`console`]: the log, in the browser's console.
//! - [`site`]: URLs of the site's files, and starting workers from them.
//! - [`wire`]: messages between page and worker (encoded commands and events).
//! - [`value`]: cloning JavaScript values in code that unit tests also run natively.
//! - [`thrown`]: messages of JavaScript exceptions.

pub mod columns;
pub mod console;
pub mod site;
pub mod thrown;
pub mod value;
pub mod wire;
