//! The page, in Yew.
//!
//! - `state`: all that is shown, and the one reducer that changes it.
//! - `controller`: what reaches out of the page, a struct per feature: engine, camera, files, downloads. Each reports back as
//!   actions.
//! - `bridge`: the engine's worker, started and spoken to.
//! - `sources`: camera and files, up to a bitmap.
//! - `offline`: what the site's scripts tell: use without a network, new versions.
//! - `page_events`: what happens to the page as a whole; `hooks`: what several components use.
//! - `pages`, `components`: show the state, nothing more.
//! - `draft`: the settings of the next training run; `curve`: which part of a run's curves is shown.
//! - `language`: the languages of the page, and how a text comes about in one; `text`: which text is shown when.
//!
//! All of it compiles natively too, for the unit tests of what needs no browser.

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
