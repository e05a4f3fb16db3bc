//! The page, in Yew.
//!
//! - `storage`: local storage; `settings`: settings in the URL or in local storage.
//! - `sort`: sorting of short lists; `curve`: zoom and smoothing of a run's curves; `identity`: number and colour of a face.
//! - `built_in`: the datasets that come with the page.
//! - `offline`: offline use and updates, as reported by the site's scripts; `page_events`: global events, such as dropped
//!   files; `hooks`: hooks used by several components; `focus`: where the keyboard's focus goes if its control goes.
//! - `language`: the page's languages and how texts are looked up; `format`: numbers in the current language.
//! - `notice`: errors and information for the user, as data.
//! - `draft`: the settings of the next training run.
//! - `state`: the state of the page, and the reducer that changes it.
//! - `text`: which text is shown for a state.
//! - `snapshot`: the current picture with its overlay as one image.
//! - `sources`: camera and files, up to a bitmap.
//! - `bridge`: starts the engine's worker and exchanges messages with it.
//! - `controller`: everything with side effects, one struct per feature: engine, camera, files, downloads. Each reports
//!   back as actions.
//! - `components`, `pages`, `root`: render the state.
//! - `fixtures`: values for the unit tests.
//!
//! Everything also compiles natively, for unit tests without a browser.

mod bridge;
mod built_in;
mod components;
mod controller;
mod curve;
mod draft;
#[cfg(test)]
mod fixtures;
mod focus;
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
