//! Words of the Training page.

pub const TITLE: &str = "Training";
