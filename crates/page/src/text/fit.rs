//! Texts of “Is it right for me?”.

use mien_protocol::FitMethod;

use super::{expression, inline, messages};
use crate::state::fit::{Look, Verdict};

pub use super::messages::fit::*;

/// What a look was taken for.
pub fn look(look: &Look) -> String {
    messages::fit::look(expression(look.asked), inline(look.taken), look.frames, look.of)
}

/// What an adaptation brought.
pub fn verdict(verdict: Verdict) -> String {
    messages::fit::verdict(match verdict {
        Verdict::Better => "better",
        Verdict::Same => "same",
        Verdict::Worse => "worse",
    })
}

/// That there is an adapted network, how it was made if that is known, and whether it is in use.
pub fn adapted(method: Option<FitMethod>, on: bool) -> String {
    messages::fit::adapted(method.map_or("", FitMethod::name), if on { "on" } else { "off" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mien_core::expression::Expression;

    #[test]
    fn looks_verdicts_and_networks_are_sentences() {
        let taken = Look { asked: Expression::Sad, taken: Expression::Neutral, frames: 7, of: 10 };
        assert_eq!(look(&taken), "Sad: neutral in 7 of 10 frames");
        let all = [Verdict::Better, Verdict::Same, Verdict::Worse].map(verdict);
        assert!(all[0] != all[1] && all[1] != all[2] && all[0].starts_with("The adapted"), "{all:?}");
        assert_eq!(adapted(Some(FitMethod::Neutral), true), "In use: the network adapted to you by your neutral look.");
        assert_eq!(adapted(None, false), "Not in use: the network adapted to you.");
    }
}
