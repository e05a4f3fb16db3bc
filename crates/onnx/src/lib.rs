//! Third-party ONNX models, which are evaluated exactly as mien's own networks are.
//!
//! A file is read twice. First it is checked in place: its version, the operators, the shapes of all results, and how much memory and time
//! they take ([`Limits`]); whatever does not fit is refused, with the reason. Only then the runtime (`rten`) reads it. Crops are
//! grey and have 48×48 pixels: models for larger images or colours get the crop resized, and its grey levels in each channel.
//!
//! ```no_run
//! use mien_onnx::{Limits, Network, Scaling, Stated};
//!
//! let stated = Stated { scaling: Some(Scaling::ImageNet), classes: Some("affectnet".parse()?), ..Stated::default() };
//! let network = Network::read(std::fs::read("net.onnx")?, &stated, &Limits::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - `error` (0): [`OnnxError`], [`Quantity`], [`Classes`].
//! - `limits` (0): [`Limits`].
//! - `wire` (0): the fields of protocol buffers.
//! - `file` (1): the messages of a model.
//! - `preprocessing` (1): [`Preprocessing`] of crops.
//! - `description` (2): [`Description`], what a file says; [`Stated`], what it does not say.
//! - `shapes` (2): the shapes of all results.
//! - `operators` (2): the operators of the runtime.
//! - `network` (3): [`Network`], which classifies crops; the [`sample`] on which one is tried.
//! - `program` (4): [`Program`], the functions of the program that the page downloads on demand.

mod description;
mod error;
mod file;
mod limits;
mod network;
mod operators;
mod preprocessing;
mod program;
mod shapes;
mod wire;

pub use description::{Description, Output, SIDES, Stated};
pub use error::{Classes, OnnxError, Quantity};
pub use limits::Limits;
pub use network::{Network, sample};
pub use preprocessing::{Layout, Preprocessing, Scaling};
pub use program::Program;
