//! Words of the Evaluation page.

pub const TITLE: &str = "Evaluation";
