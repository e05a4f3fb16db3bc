//! The engine: what runs in a worker beside the page, owns the device and the networks, and answers [`Command`]s with
//! [`Event`]s.
//!
//! [`protocol`] is what the two say to each other; [`recognizer`] finds and classifies the faces of a frame and is the
//! same natively; `device`, `worker` and `bridge` exist in the browser only: the backend with its self-check, the
//! worker's side of the message port, the page's side.

pub mod protocol;

pub use protocol::{Backend, BackendChoice, Command, Event};
