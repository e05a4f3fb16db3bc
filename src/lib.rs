//! *mien* reads facial expressions in a web page, on the visitor's own device.
//!
//! The map, lower floors first; a lower room never imports a higher one.
//!
//! - [`expression`] (0): the seven classes, their order, a distribution over them.
//! - [`number`] (0): numbers as text.
//! - [`random`] (0): numbers that depend on a seed alone.
//! - [`vision`] (1): frames, the similarity transform, the 48×48 crop, normalised light, corruptions of a crop.
//! - [`weights`] (1): tensors of a module to and from a safetensors file.
//! - [`dataset`] (1): FER2013's CSV and other forms, samples, splits, duplicates, batches, augmentation.
//! - [`plot`] (1): charts and matrices as SVG text.
//! - [`network`] (2): the classifiers, their configuration and files.
//! - [`detection`] (2): the face detector and the tracking of faces between frames.
//! - [`training`] (3): the session that trains a network, its schedule and checkpoints.
//! - [`evaluation`] (3): predictions, metrics, curves, the comparison of runs, robustness, groups, the report
//!   and its forms.
//! - [`explanation`] (3): where in a face a prediction comes from, what the layers make of it, what the network takes for alike.
//! - [`engine`] (4): the recogniser, the worker that owns device and networks, how page and worker talk, and its reasons in
//!   the visitor's language.
//! - `app` (5, browser only): the page. `cli` (5, native only): the command line.
//!
//! What computes with tensors needs the feature `compute` (on by default); the page's own wasm is built without it and stays
//! small. Of `network`, `training` and `evaluation` it has the configuration, the settings and records, and the metrics, of
//! `explanation` what is shown.

pub mod dataset;
#[cfg(feature = "compute")]
pub mod detection;
pub mod engine;
pub mod evaluation;
pub mod explanation;
pub mod expression;
pub mod network;
pub mod number;
pub mod plot;
pub mod random;
pub mod training;
pub mod vision;
#[cfg(feature = "compute")]
pub mod weights;

#[cfg(any(target_family = "wasm", test))]
pub mod app;
#[cfg(all(not(target_family = "wasm"), feature = "compute"))]
pub mod cli;
