//! The engine: runs in a web worker beside the page, owns the device and the networks, and answers [`Command`]s with
//! [`Event`]s of [`mien_protocol`].
//!
//! - `engine`: takes commands, does the work in slices, answers.
//! - `device`: sets up the backend and checks it.
//! - `pixels` and `blob` read the visitor's pictures and files; `storage` keeps files in the browser.
//! - `claim` keeps tabs out of each other's way, `channel` has them tell each other what they changed.
//! - [`reasons`]: what went wrong, in the visitor's language.
//!
//! [`Command`]: mien_protocol::Command
//! [`Event`]: mien_protocol::Event

#[cfg(target_family = "wasm")]
mod blob;
#[cfg(target_family = "wasm")]
mod channel;
#[cfg(target_family = "wasm")]
mod claim;
#[cfg(target_family = "wasm")]
mod device;
#[cfg(target_family = "wasm")]
mod engine;
#[cfg(target_family = "wasm")]
mod pixels;
pub mod reasons;
#[cfg(test)]
mod reasons_tests;
#[cfg(target_family = "wasm")]
mod storage;

#[cfg(target_family = "wasm")]
pub use engine::run;
