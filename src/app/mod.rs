//! The page, in Yew.
//!
//! - `state`: all that is shown, and the one reducer that changes it.
//! - `controller`: what reaches out of the page: engine, camera, files, downloads. It reports back as actions.
//! - `sources`: camera and files, up to a bitmap.
//! - `shell`: what the scripts around the program tell: use without a network, new versions.
//! - `pages`, `components`: show the state, nothing more.
//! - `draft`: how the next run is to go; `curve`: which part of a run's curves is shown.
//! - `language`: the languages of the page, and how a text comes about in one; `text`: which text is shown when.
//!
//! What needs no browser is compiled natively too, for its tests.

#[cfg(target_family = "wasm")]
mod components;
#[cfg(target_family = "wasm")]
mod controller;
#[cfg_attr(not(target_family = "wasm"), allow(dead_code, reason = "only the page draws curves"))]
mod curve;
#[cfg_attr(not(target_family = "wasm"), allow(dead_code, reason = "only the page shows settings"))]
mod draft;
mod format;
#[cfg(target_family = "wasm")]
mod hooks;
mod language;
#[cfg(target_family = "wasm")]
mod notice;
#[cfg(target_family = "wasm")]
mod pages;
#[cfg(target_family = "wasm")]
mod root;
#[cfg(target_family = "wasm")]
mod settings;
#[cfg(target_family = "wasm")]
mod shell;
#[cfg(target_family = "wasm")]
mod snapshot;
#[cfg(any(test, target_family = "wasm"))]
mod sort;
mod sources;
#[cfg(target_family = "wasm")]
mod state;
#[cfg(target_family = "wasm")]
mod text;

#[cfg(target_family = "wasm")]
pub use root::mount;
