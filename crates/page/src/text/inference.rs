//! Texts of test-time augmentation and ensembles.

use crate::language::Text;
use mien_core::evaluation::TestTimeAugmentation;

pub use crate::language::messages::inference::*;

/// A test-time augmentation.
pub const fn test_time_augmentation(augmentation: TestTimeAugmentation) -> Text {
    match augmentation {
        TestTimeAugmentation::None => VIEWS_ONE,
        TestTimeAugmentation::Flip => VIEWS_FLIP,
        TestTimeAugmentation::TenCrop => VIEWS_TEN_CROP,
    }
}

/// The cost of a number of forward passes.
pub fn cost(passes: usize) -> String {
    if passes == 1 { COST_ONE.into() } else { cost_many(passes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::assert_distinct;

    #[test]
    fn several_passes_say_how_much_longer_they_take() {
        assert_distinct(TestTimeAugmentation::ALL.map(test_time_augmentation));
        assert!(cost(1).contains("ensemble") && cost(20).contains("20 times"));
    }
}
