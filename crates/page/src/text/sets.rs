//! Texts about the datasets that come with the page.

use crate::built_in::BuiltInSet;
use crate::format::bytes;
use crate::language::Text;

pub use crate::language::messages::sets::*;

/// The label of the button that loads a set, with the size of its file.
pub fn open(set: BuiltInSet) -> String {
    let title = match set {
        BuiltInSet::London => LONDON,
        BuiltInSet::ModelFaces => MODEL_FACES,
    };
    load(title.text(), &bytes(u64::from(set.bytes())))
}

/// What a set shows, in short.
pub const fn what(set: BuiltInSet) -> Text {
    match set {
        BuiltInSet::London => LONDON_WHAT,
        BuiltInSet::ModelFaces => MODEL_FACES_WHAT,
    }
}

/// What must be known to use a set and to understand results on it.
pub const fn about(set: BuiltInSet) -> [Text; 3] {
    match set {
        BuiltInSet::London => [LONDON_LIMITS, LONDON_SPLITS, LONDON_CONSENT],
        BuiltInSet::ModelFaces => [MODEL_FACES_LIMITS, MODEL_FACES_SPLITS, MODEL_FACES_GROUPS],
    }
}

/// Who made a set, and its licence.
pub const fn credit(set: BuiltInSet) -> Text {
    match set {
        BuiltInSet::London => LONDON_CREDIT,
        BuiltInSet::ModelFaces => MODEL_FACES_CREDIT,
    }
}
