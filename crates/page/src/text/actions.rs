//! Texts of the actions.

use crate::language::Text;
use crate::state::actions::{Deed, Sound};

pub use super::messages::actions::*;

/// What happens when a rule fires.
pub const fn deed(deed: Deed) -> Text {
    match deed {
        Deed::Word => WORD,
        Deed::Picture => PICTURE,
        Deed::Sound => SOUND,
        Deed::Count => COUNT,
        Deed::Message => MESSAGE,
    }
}

/// The name of a sound.
pub const fn sound(sound: Sound) -> Text {
    match sound {
        Sound::High => SOUND_HIGH,
        Sound::Low => SOUND_LOW,
        Sound::Rising => SOUND_RISING,
        Sound::Falling => SOUND_FALLING,
        Sound::Chord => SOUND_CHORD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::assert_distinct;

    #[test]
    fn everything_that_can_happen_has_a_name_of_its_own() {
        assert_distinct(Deed::ALL.map(deed));
        assert_distinct(Sound::ALL.map(sound));
    }
}
