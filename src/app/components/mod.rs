//! Parts of the pages. They show what they are given and report what the visitor does.

mod backend;
mod card;
mod crop;
pub mod dataset;
mod drop;
mod evaluation;
mod faces;
mod figures;
mod file;
mod header;
mod icons;
pub mod identity;
mod language;
mod notices;
mod overlay;
mod player;
mod recorder;
mod stage;
mod strip;
mod theme;
mod toolbar;
pub mod training;
mod welcome;

pub use card::ModelCard;
pub use drop::Drop;
pub use evaluation::{Compare, ResultView, Runs, Setup};
pub use faces::Faces;
pub use figures::Figures;
pub use header::Header;
pub use notices::{EngineFailure, Message, Notices};
pub use player::Player;
pub use recorder::Recorder;
pub use stage::Stage;
pub use strip::Strip;
pub use toolbar::Toolbar;
pub use welcome::Welcome;
