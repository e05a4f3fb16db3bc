//! The modules of *mien* that need neither tensors nor a browser. Each has a level, and none imports from a higher one.
//!
//! - [`expression`] (0): the seven classes and a distribution over them.
//! - [`file_kind`] (0): what a file is, by its first bytes.
//! - [`clip`] (0): MJPEG clips, picture by picture.
//! - [`number`] (0): numbers and JSON strings as text.
//! - [`packed`] (0): numbers as blocks of bytes.
//! - [`random`] (0): pseudo-random numbers that depend on a seed alone.
//! - [`vision`] (1): frames, the similarity transform, the 48×48 crop and its normalization, corruptions of a crop.
//! - [`dataset`] (1): FER2013 in its file formats, samples, splits, duplicates, augmentation.
//! - [`plot`] (1): charts and matrices as SVG text.
//! - [`adaptation`] (1): biases and a head of a network for one person.
//! - [`recognition`] (2): the faces found in a picture, with their predictions.
//! - [`sweep`] (2): predictions for faces while one setting changes: means, and thresholds from which a class is named.
//! - [`timeline`] (2): the expressions of faces over time: what is recorded, summarized, drawn and exported.
//! - [`network`] (2): the architectures and their layers.
//! - [`evaluation`] (3): metrics, curves, comparison of runs, robustness, groups, the report and its file formats.
//! - [`training`] (3): settings, learning-rate schedules, the history of a run.
//! - [`explanation`] (3): heatmaps and activations as images.

pub mod adaptation;
pub mod clip;
pub mod dataset;
pub mod evaluation;
pub mod explanation;
pub mod expression;
pub mod file_kind;
pub mod network;
pub mod number;
pub mod packed;
pub mod plot;
pub mod random;
pub mod recognition;
pub mod sweep;
pub mod timeline;
pub mod training;
pub mod vision;
