//! Texts of test-time augmentation and ensembles.

use crate::language::Text;
use mien_core::evaluation::Views;

pub use crate::language::messages::inference::*;

/// A test-time augmentation.
pub const fn views(views: Views) -> Text {
    match views {
        Views::One => VIEWS_ONE,
        Views::Flip => VIEWS_FLIP,
        Views::TenCrop => VIEWS_TEN_CROP,
    }
}

/// What so many forward passes cost.
pub fn cost(passes: usize) -> String {
    if passes == 1 { COST_ONE.into() } else { cost_many(passes) }
}
