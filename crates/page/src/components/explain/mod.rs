//! Maps over faces that say where a class comes from.

mod art;
mod glow;
mod panel;

pub use art::Painted;
pub use glow::Glow;
pub use panel::{ExplainToggle, Panel};
