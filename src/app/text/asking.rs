//! Words of who is asked, and how often.

use crate::evaluation::Views;

pub const VIEWS: &str = "Looks at each image";
pub const NETWORKS: &str = "Networks";
pub const TWICE: &str = "Look twice";
pub const TWICE_HINT: &str =
    "Show the network every face mirrored too, and take the mean: a little more exact, twice the work";

/// How an image is looked at.
pub const fn views(views: Views) -> &'static str {
    match views {
        Views::One => "One",
        Views::Flip => "Two: mirrored too",
        Views::TenCrop => "Ten: shifted and mirrored",
    }
}

/// What it costs to ask so often.
pub fn cost(passes: usize) -> String {
    match passes {
        1 => "Several networks together are more exact: their probabilities are averaged.".to_owned(),
        _ => format!("Takes {passes} times as long as one network with one look."),
    }
}
