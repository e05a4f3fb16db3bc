//! Texts of the mirror game.

use super::inline;
use crate::language::Text;
use crate::state::game::{Finding, Turn};
use crate::state::sight::Wait;
use mien_core::expression::Expression;

pub use super::messages::game::*;

/// How many of the looks that were found least are listed.
const LISTED: usize = 3;

/// A choice of rounds.
pub fn rounds_choice(rounds: usize) -> String {
    looks_choice(rounds * Expression::COUNT, ["once", "twice"].get(rounds - 1).copied().unwrap_or("more"))
}

/// A choice of players.
pub const fn players_choice(players: Option<usize>) -> Text {
    match players {
        None => PLAYERS_SEEN,
        Some(1) => PLAYERS_ONE,
        Some(_) => PLAYERS_TWO,
    }
}

/// A player of one or two.
pub const fn player(player: usize, players: usize) -> Text {
    match (player, players) {
        (_, 1) => POINTS,
        (0, _) => LEFT,
        _ => RIGHT,
    }
}

/// Why the clock is stopped; `loading` while the model face is being fetched.
pub const fn wait(wait: Wait, loading: bool) -> Text {
    match wait {
        Wait::Source if loading => WAIT_LOADING,
        Wait::Source => NEEDS_SOURCE,
        Wait::Still => WAIT_STILL,
        Wait::Face { any: false } => WAIT_FACE,
        Wait::Face { any: true } => WAIT_SECOND,
    }
}

/// What became of a look for a player.
pub fn verdict(turn: &Turn, player: usize) -> String {
    match turn.answers[player] {
        None => SKIPPED.into(),
        Some(answer) if answer.after.is_some() => made(answer.points),
        Some(answer) => missed(inline(answer.seen)),
    }
}

/// What a game shows about the network, in a sentence.
pub fn finding(finding: &Finding) -> String {
    match finding {
        Finding::Nothing => RESULT_NOTHING.into(),
        Finding::All => RESULT_ALL.into(),
        Finding::Least(looks) => {
            let taken: Vec<String> =
                looks.iter().take(LISTED).map(|(class, other)| taken_for(inline(*class), inline(*other))).collect();
            let (list, more) = (taken.join(", "), looks.len() - taken.len());
            if more > 0 { result_least(&others(&list, more)) } else { result_least(&list) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::game::{PLAYERS, ROUNDS};
    use crate::text::tests::assert_distinct;

    #[test]
    fn every_choice_and_every_reason_has_a_text_of_its_own() {
        assert_distinct(PLAYERS.map(players_choice));
        let waits = [Wait::Source, Wait::Still, Wait::Face { any: true }, Wait::Face { any: false }];
        assert_distinct(waits.map(|reason| wait(reason, false)));
        assert_eq!(wait(Wait::Source, true), WAIT_LOADING);
        assert_eq!(ROUNDS.map(rounds_choice), ["7: each once", "14: each twice", "21: each three times"]);
        assert_eq!([player(0, 1), player(0, 2), player(1, 2)], [POINTS, LEFT, RIGHT]);
    }

    #[test]
    fn what_was_found_least_is_a_sentence() {
        let least = vec![(Expression::Disgust, Expression::Angry), (Expression::Fear, Expression::Surprise)];
        let sentence = "The network recognized least: disgust (taken for angry), fear (taken for surprise).";
        assert_eq!(finding(&Finding::Least(least)), sentence);
        let all = Expression::ALL.map(|class| (class, Expression::Happy)).to_vec();
        assert!(finding(&Finding::Least(all)).ends_with("fear (taken for happy) and 4 more."));
        assert_eq!(finding(&Finding::All), &*RESULT_ALL);
    }
}
