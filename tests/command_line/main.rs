//! Tests of the command line.
#![allow(clippy::unwrap_used)]

mod datasets;
mod evaluation;
mod foreign;
mod model_faces;
mod photographs;
mod pictures;
mod refusals;
mod support;
mod training;
mod videos;
