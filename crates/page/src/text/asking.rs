//! Texts of who is asked, and how often.

use crate::language::Text;
use mien_core::evaluation::Views;

pub use crate::language::messages::asking::*;

/// How an image is looked at.
pub const fn views(views: Views) -> Text {
    match views {
        Views::One => VIEWS_ONE,
        Views::Flip => VIEWS_FLIP,
        Views::TenCrop => VIEWS_TEN_CROP,
    }
}

/// What it costs to ask so often.
pub fn cost(passes: usize) -> String {
    if passes == 1 { COST_ONE.into() } else { cost_many(passes) }
}
