//! The engine: what runs in a worker beside the page, owns the device and the networks, and answers [`Command`]s with
//! [`Event`]s.
//!
//! [`protocol`] is what the two say to each other; [`Recognizer`] finds and classifies the faces of a frame and is the
//! same natively. In the browser only: `device` sets up the backend and checks it, `worker` is the worker's side of the
//! message port, `bridge` the page's.

pub mod protocol;
mod recognizer;

#[cfg(target_family = "wasm")]
pub mod bridge;
#[cfg(target_family = "wasm")]
mod device;
#[cfg(target_family = "wasm")]
mod pixels;
mod self_check;
#[cfg(target_family = "wasm")]
mod worker;

pub use protocol::{Backend, BackendChoice, Command, Event};
pub use recognizer::Recognizer;
pub use self_check::{CheckError, check};

#[cfg(target_family = "wasm")]
pub use worker::run;
