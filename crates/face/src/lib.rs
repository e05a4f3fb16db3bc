//! A morphable model of a face, moved by action units, and a software renderer for it. `docs/face-model.md` describes it.
//!
//! Pictures depend on their settings alone: all platforms compute the same bytes.
//!
//! - [`vector`] and [`numbers`] (0): vectors; pseudo-random numbers from a seed.
//! - [`model`] (1): the mesh, its shapes, and their file.
//! - [`action_unit`] (2): the units of the Facial Action Coding System, and expressions as combinations of them.
//! - [`appearance`] (2): what the model does not have: the colours of skin, eyes, brows and hair.
//! - [`scene`] (2): pose, camera, lights and background.
//! - `surface` (3): the map of the skin's colours. `glasses` (3): a frame that fits a face.
//! - [`person`] (4): a face with its appearance, from a seed.
//! - [`render`] (5): the renderer.
//! - [`set`] (6): sets of faces with known labels.
//! - [`settings`] (6): a picture's settings as numbers, as controls set them.
//! - [`sweep`] (7): series of pictures in which one setting changes.
//! - [`handle`] (7): parts of the face that can be pulled.
//!
//! `src/main.rs` is the program with which the page shows the face.

pub mod action_unit;
pub mod appearance;
mod glasses;
pub mod handle;
pub mod model;
pub mod numbers;
pub mod person;
pub mod render;
pub mod scene;
pub mod set;
pub mod settings;
mod surface;
pub mod sweep;
pub mod vector;

pub use model::{FaceModel, ModelError};
