//! The engine: runs in a web worker, owns the device, the networks and the datasets, and answers [`Command`]s with
//! [`Event`]s of [`mien_protocol`].
//!
//! - `file_text`: descriptions in weights files, as messages.
//! - [`failure`]: why a command failed, as a message to the page; [`engine_error`]: the errors of the engine itself;
//!   `conversions`: the errors that become a failure.
//! - [`engine`]: the command queue, the job queue, and one module per feature. It accesses the browser only through the
//!   traits of [`engine::platform`], so it compiles and is tested natively.
//! - `browser`: these traits in a web worker, and the worker's entry point.
//!
//! [`Command`]: mien_protocol::Command
//! [`Event`]: mien_protocol::Event

#[cfg(target_family = "wasm")]
mod browser;
mod conversions;
pub mod engine;
pub mod engine_error;
pub mod failure;
mod file_text;

#[cfg(target_family = "wasm")]
pub use browser::run;
