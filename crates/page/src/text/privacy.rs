//! Texts about what leaves the device (nothing), use without a network, and new versions.

use crate::language::Text;
use crate::offline::OfflineCopy;

pub use crate::language::messages::privacy::*;

pub const STEPS: [Text; 4] = [STEP_WAIT, STEP_OFF, STEP_LOAD, STEP_USE];

/// The status of the offline copy.
pub const fn kept(copy: OfflineCopy) -> Text {
    match copy {
        OfflineCopy::Preparing => OFFLINE_PREPARING,
        OfflineCopy::Ready => OFFLINE_READY,
        OfflineCopy::None => OFFLINE_NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::assert_distinct;

    #[test]
    fn every_state_of_the_copy_on_the_device_has_a_text() {
        assert_distinct([OfflineCopy::Preparing, OfflineCopy::Ready, OfflineCopy::None].map(kept));
        assert_distinct(STEPS);
    }
}
