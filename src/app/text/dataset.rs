//! Words of the Dataset page.

pub const TITLE: &str = "Dataset";
