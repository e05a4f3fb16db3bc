//! Parts of the pages. They render what they are given and report user actions.
//!
//! A part is a component only if it needs a hook, or if it saves much drawing by rendering only what changed: each component
//! adds code to the page. All others are functions.

pub mod actions;
mod analysis;
mod backend;
mod benchmark;
mod board;
mod built_in;
mod canvas;
mod card;
mod choice;
mod crop;
mod curves;
pub mod dataset;
mod drop;
mod evaluation;
pub mod explain;
mod faces;
mod figures;
mod file;
pub mod fit;
pub mod game;
mod header;
pub mod icons;
mod language;
pub mod lesson;
mod message;
pub mod model_face;
mod notices;
mod overlay;
mod photo_strip;
mod picture_area;
mod player;
mod privacy;
mod recorder;
mod robustness;
mod table;
mod theme;
mod timeline;
mod toolbar;
pub mod training;
mod update;
mod welcome;

pub use analysis::{FaceSummaries, analysis};
pub use benchmark::benchmark;
pub use built_in::{instead_of_a_set, offer};
pub use card::model_card;
pub use curves::curves;
pub use drop::drop_overlay;
pub use evaluation::{Compare, ResultView, Setup, runs};
pub use faces::faces;
pub use figures::figures;
pub use file::{FileButton, file_button};
pub use header::Header;
pub use message::{Message, message};
pub use notices::{engine_failure, notices};
pub use photo_strip::PhotoStrip;
pub use picture_area::PictureArea;
pub use player::Player;
pub use privacy::Privacy;
pub use recorder::recorder;
pub use robustness::{InteractiveFaceTest, InteractiveSetTest, robustness_tests};
pub use timeline::TimelinePlot;
pub use toolbar::toolbar;
pub use welcome::welcome;
