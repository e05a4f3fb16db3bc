//! End-to-end tests of the built site in Chromium. `cargo xtask test` builds the site and runs them.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod actions;
mod analysis;
mod benchmark;
mod curves;
mod dataset;
mod evaluation;
mod explanation;
mod failures;
mod first_visit;
mod fit;
mod game;
mod harness;
mod language;
mod library;
mod live;
mod model_face;
mod networks;
mod offline;
mod onnx;
mod photographs;
mod privacy;
mod robustness;
mod sets;
mod start;
mod support;
mod timeline;
mod training;
