//! The quick-start engine: a web worker that finds and classifies faces on the CPU, with a small network, until the engine has
//! loaded. Its program has neither Burn nor decoders of pictures, so that a first visit soon shows a result. It answers
//! [`QuickStartCommand`]s with [`QuickStartEvent`]s; what it cannot do, it leaves to the engine.
//!
//! - `recognition`: the networks and what becomes of a command.
//! - `worker`: messages, pixels and files of the browser.
//! - `library`: functions for the worker of the library for other pages (`library/`), which uses the same program.
//!
//! [`QuickStartCommand`]: mien_protocol::quick_start::QuickStartCommand
//! [`QuickStartEvent`]: mien_protocol::quick_start::QuickStartEvent

#[cfg(target_family = "wasm")]
mod library;
#[cfg(target_family = "wasm")]
mod recognition;
#[cfg(target_family = "wasm")]
mod worker;

fn main() {
    #[cfg(target_family = "wasm")]
    worker::run();
}
