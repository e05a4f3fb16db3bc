//! The page, in Yew.
//!
//! - `state`: the state of the page, and the reducer that changes it.
//! - `controller`: everything with side effects, one struct per feature: engine, camera, files, downloads. Each reports
//!   back as actions.
//! - `bridge`: starts the engine's worker and exchanges messages with it.
//! - `sources`: camera and files, up to a bitmap.
//! - `offline`: offline use and updates, as reported by the site's scripts.
//! - `page_events`: global events, such as dropped files; `hooks`: hooks used by several components.
//! - `pages`, `components`: render the state.
//! - `draft`: the settings of the next training run; `curve`: zoom and smoothing of a run's curves.
//! - `language`: the page's languages and how texts are looked up; `text`: which text is shown for a state.
//!
//! Everything also compiles natively, for unit tests without a browser.

mod bridge;
mod components;
mod controller;
mod curve;
mod draft;
#[cfg(test)]
mod fixtures;
mod format;
mod hooks;
mod identity;
mod language;
mod notice;
mod offline;
mod page_events;
mod pages;
mod root;
mod settings;
mod snapshot;
mod sort;
mod sources;
mod state;
mod storage;
mod text;

pub use root::mount;
