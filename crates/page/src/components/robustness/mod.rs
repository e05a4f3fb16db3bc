//! Robustness: the network on corrupted images.

mod compare;
mod drawings;
mod interactive;
mod runs;
mod table;

pub use interactive::{InteractiveFaceTest, InteractiveSetTest, controls};
pub use runs::robustness_tests;
