//! The mirror game on the Live page: looks are asked for, and players make them. `docs/game.md` describes its rules.

mod play;
mod score;

pub use play::{Finding, Phase, Play, Turn, finding};

use super::sight::Sight;

/// The choices of seconds per look.
pub const SECONDS: [u32; 4] = [4, 6, 8, 12];
/// The choices of rounds: in each, every look is asked for once.
pub const ROUNDS: [usize; 3] = [1, 2, 3];
/// The choices of players; `None` for as many as there are faces at the start.
pub const PLAYERS: [Option<usize>; 3] = [None, Some(1), Some(2)];

/// The mirror game.
#[derive(Clone, PartialEq)]
pub struct Game {
    /// Whether its panel is shown.
    pub open: bool,
    /// Seconds per look.
    pub seconds: u32,
    /// Number of rounds.
    pub rounds: usize,
    /// Number of players, 1 or 2; `None` for as many as there are faces at the start.
    pub players: Option<usize>,
    /// The game that is being played or has ended.
    pub play: Option<Play>,
}

impl Default for Game {
    fn default() -> Self {
        Self { open: false, seconds: 6, rounds: 1, players: None, play: None }
    }
}

/// What can happen to the game.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GameAction {
    /// Its panel is shown, or no longer; then the game is paused.
    Open(bool),
    /// Seconds per look, from the next game on.
    Seconds(u32),
    /// Number of rounds, from the next game on.
    Rounds(usize),
    /// Number of players, from the next game on.
    Players(Option<usize>),
    /// A new game begins.
    Start {
        /// The order of the looks depends on it.
        seed: u64,
        /// Whether the model face plays by itself.
        demo: bool,
    },
    /// Some time has passed, by the page's clock in milliseconds.
    Tick(f64),
    /// The game is paused, or goes on.
    Pause(bool),
    /// The next look is asked for at once.
    Next,
    /// The look that is asked for is left out.
    Skip,
    /// The game ends.
    Stop,
    /// The one key: starts, asks for the next look, pauses, or goes on. The seed is that of a new game.
    Key(u64),
}

impl Game {
    /// Whether time passes.
    pub fn is_running(&self) -> bool {
        self.open && self.play.as_ref().is_some_and(|play| play.is_running() && !play.paused)
    }

    /// Applies an action, with what is in view.
    pub(super) fn apply(&mut self, action: GameAction, sight: &Sight<'_>) {
        match (action, &mut self.play) {
            (GameAction::Open(open), play) => {
                self.open = open;
                if let (Some(play), false) = (play, open) {
                    play.pause(true);
                }
            }
            (GameAction::Seconds(seconds), _) => self.seconds = seconds,
            (GameAction::Rounds(rounds), _) => self.rounds = rounds,
            (GameAction::Players(players), _) => self.players = players,
            (GameAction::Start { seed, demo }, _) => self.start(seed, demo),
            (GameAction::Key(seed), None) if sight.moving => self.start(seed, false),
            (GameAction::Key(seed), Some(play)) => match play.phase {
                Phase::Done if sight.moving => {
                    // only the model face is without frames
                    let demo = play.demo && sight.frames.is_none();
                    self.start(seed, demo);
                }
                Phase::Done => {}
                _ if play.paused => play.pause(false),
                Phase::Ready(_) => play.next(),
                Phase::Look(_) => play.pause(true),
            },
            (_, None) => {}
            (GameAction::Tick(now), Some(play)) => play.tick(now, sight),
            (GameAction::Pause(paused), Some(play)) => play.pause(paused),
            (GameAction::Next, Some(play)) => play.next(),
            (GameAction::Skip, Some(play)) => play.skip(),
            (GameAction::Stop, Some(play)) => play.stop(),
        }
    }

    fn start(&mut self, seed: u64, demo: bool) {
        let limit = f64::from(self.seconds) * 1000.0;
        // the model face plays alone
        let players = if demo { Some(1) } else { self.players };
        self.play = Some(Play::new(seed, self.rounds, limit, players, demo));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{face, recognized};
    use mien_core::expression::Expression;

    /// The game after these actions, while a neutral face is in view.
    fn after(actions: &[GameAction]) -> Game {
        let result = recognized(vec![face(1, Expression::Neutral, 0.9, true)]);
        let sight = Sight { moving: true, frames: None, result: Some(&result), mirrored: false };
        let mut game = Game::default();
        for action in actions {
            game.apply(*action, &sight);
        }
        game
    }

    const OPEN: GameAction = GameAction::Open(true);
    const KEY: GameAction = GameAction::Key(3);

    /// What happens until the first look is asked for.
    const ASKED: [GameAction; 4] = [OPEN, KEY, GameAction::Next, GameAction::Tick(0.0)];

    fn is_on(game: &Game) -> bool {
        game.play.as_ref().is_some_and(Play::is_running)
    }

    fn phase(game: &Game) -> (bool, Option<Phase>) {
        (game.is_running(), game.play.as_ref().map(|play| play.phase))
    }

    #[test]
    fn one_key_starts_asks_pauses_and_goes_on() {
        assert_eq!(phase(&after(&[OPEN])), (false, None));
        assert!(matches!(phase(&after(&[OPEN, KEY])), (true, Some(Phase::Ready(left))) if left > 0.0));
        assert_eq!(phase(&after(&[OPEN, KEY, KEY])), (true, Some(Phase::Ready(0.0))));
        let asked = after(&[OPEN, KEY, KEY, GameAction::Tick(0.0)]);
        assert_eq!((phase(&asked), phase(&after(&ASKED))), ((true, Some(Phase::Look(0.0))), phase(&asked)));
        let with = |more: &[GameAction]| after(&[ASKED.as_slice(), more].concat());
        assert_eq!(phase(&with(&[KEY])), (false, Some(Phase::Look(0.0))));
        assert_eq!(phase(&with(&[KEY, KEY])), (true, Some(Phase::Look(0.0))));
        assert_eq!(phase(&with(&[GameAction::Stop])), (false, Some(Phase::Done)));
        let again = with(&[GameAction::Stop, KEY]);
        assert!(again.is_running() && again.play.is_some_and(|play| play.turns.is_empty()));
    }

    #[test]
    fn the_key_begins_nothing_where_nothing_moves_and_no_demo_without_the_model_face() {
        let mut game = Game::default();
        let nothing = Sight { moving: false, frames: Some(0), result: None, mirrored: false };
        game.apply(KEY, &nothing);
        assert!(game.play.is_none());
        let demo = GameAction::Start { seed: 1, demo: true };
        for (frames, demos) in [(None, true), (Some(4), false)] {
            let sight = Sight { moving: true, frames, result: None, mirrored: false };
            for action in [demo, GameAction::Stop, KEY] {
                game.apply(action, &sight);
            }
            assert_eq!(game.play.as_ref().map(|play| play.demo), Some(demos));
            game.apply(GameAction::Stop, &sight);
            game.apply(KEY, &nothing);
            assert!(!is_on(&game));
        }
    }

    #[test]
    fn a_closed_game_is_paused_and_kept() {
        let game = after(&[ASKED.as_slice(), &[GameAction::Open(false), GameAction::Tick(5000.0), OPEN]].concat());
        assert_eq!(phase(&game), (false, Some(Phase::Look(0.0))));
        assert!(is_on(&game) && game.play.is_some_and(|play| play.paused));
    }

    #[test]
    fn what_is_chosen_holds_for_the_next_game() {
        let choices = [GameAction::Rounds(3), GameAction::Seconds(12), GameAction::Players(Some(2))];
        let game = after(&[ASKED.as_slice(), &choices].concat());
        let facts = |game: &Game| game.play.as_ref().map(|play| (play.looks(), play.limit, play.players, play.demo));
        assert_eq!(facts(&game), Some((7, 6000.0, 1, false)));
        let start = |demo| [choices.as_slice(), &[GameAction::Start { seed: 1, demo }]].concat();
        assert_eq!(facts(&after(&start(false))), Some((21, 12_000.0, 2, false)));
        assert_eq!(facts(&after(&start(true))), Some((21, 12_000.0, 1, true)), "the model face is alone");
    }

    #[test]
    fn what_needs_a_game_does_nothing_without_one() {
        let actions =
            [GameAction::Tick(1.0), GameAction::Pause(true), GameAction::Next, GameAction::Skip, GameAction::Stop];
        assert!(after(&actions) == Game::default());
    }
}
