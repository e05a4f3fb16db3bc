//! The engine: what runs in a worker beside the page, owns the device and the networks, and answers [`Command`]s with
//! [`Event`]s.
//!
//! [`protocol`] is what the two say to each other; [`Recognizer`] finds and classifies the faces of a frame and is the
//! same natively; [`reasons`] puts what went wrong into the visitor's language, `fault` is what goes wrong on the page's side. In the browser only: `device` sets up the backend and checks it, `worker` is the worker's side of the
//! message port, `bridge` the page's; `site` names the site's files, `blob` reads the visitor's, `storage` keeps files in the
//! browser, `claim` keeps tabs out of each other's way, `channel` has them tell each other what they changed.

#[cfg(all(target_family = "wasm", feature = "compute"))]
mod blob;
#[cfg(target_family = "wasm")]
pub mod bridge;
#[cfg(all(target_family = "wasm", feature = "compute"))]
mod channel;
#[cfg(all(target_family = "wasm", feature = "compute"))]
mod claim;
#[cfg(all(target_family = "wasm", feature = "compute"))]
mod device;
mod fault;
#[cfg(all(target_family = "wasm", feature = "compute"))]
mod pixels;
pub mod protocol;
#[cfg(feature = "compute")]
pub mod reasons;
#[cfg(test)]
#[cfg(feature = "compute")]
mod reasons_tests;
#[cfg(feature = "compute")]
mod recognizer;
#[cfg(feature = "compute")]
mod self_check;
#[cfg(target_family = "wasm")]
pub mod site;
#[cfg(all(target_family = "wasm", feature = "compute"))]
mod storage;
#[cfg(target_family = "wasm")]
mod thrown;
#[cfg(all(target_family = "wasm", feature = "compute"))]
mod worker;

pub use fault::Fault;
pub use protocol::{Backend, BackendChoice, Command, Event};
#[cfg(feature = "compute")]
pub use recognizer::Recognizer;
#[cfg(feature = "compute")]
pub use self_check::{CheckError, check};
#[cfg(all(target_family = "wasm", feature = "compute"))]
pub use worker::run;
