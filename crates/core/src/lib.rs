//! The rooms of *mien* that need neither tensors nor a browser. The lower never imports the higher.
//!
//! - [`expression`] (0): the seven classes, their order, a distribution over them.
//! - [`file_kind`] (0): what a file is, by its first bytes.
//! - [`number`] (0): numbers as text.
//! - [`packed`] (0): numbers as blocks of bytes.
//! - [`random`] (0): pseudo-random numbers that depend on a seed alone.
//! - [`vision`] (1): frames, the similarity transform, the 48×48 crop, normalised light, corruptions of a crop.
//! - [`dataset`] (1): FER2013's CSV and other forms, samples, splits, duplicates, batches, augmentation.
//! - [`plot`] (1): charts and matrices as SVG text.
//! - [`recognition`] (2): what is known of the faces of a picture.
//! - [`network`] (2): the architectures and what they are made of.
//! - [`evaluation`] (3): metrics, curves, the comparison of runs, robustness, groups, the report and its forms.
//! - [`training`] (3): settings, schedules, the history of a run.
//! - [`explanation`] (3): saliency maps and activations as pictures.

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
pub mod training;
pub mod vision;
