//! The mirror game on the Live page.

use gloo::utils::document;
use yew::{Callback, Html, MouseEvent, classes, hook, html, use_effect_with};

use super::board::{self, board, button, clock, question, use_panel_focus};
use super::choice::choice;
use super::icons::{Picture, icon};
use super::table::{confusion, shade};
use crate::controller::Controller;
use crate::format::{fixed, grouped, percent};
use crate::hooks::{prefers_reduced_motion, use_interval};
use crate::identity::Identity;
use crate::language::Text;
use crate::settings::Page;
use crate::state::game::{PLAYERS, Phase, Play, ROUNDS, SECONDS, finding};
use crate::state::sight::{Wait, faces};
use crate::state::{Game, GameAction, LiveSource, State};
use crate::text::{self, game as words};
use mien_core::number::plain;
use mien_protocol::RecognizedFace;

/// The id of the panel.
const PANEL: &str = "game";

/// Milliseconds between two ticks of the game's clock.
const TICK: u32 = 100;

/// The button that shows the panel.
pub fn open_button(game: &Game, controller: &Controller) -> Html {
    let onclick = act(controller, GameAction::Open(!game.open));
    board::open_button(PANEL, [words::TITLE, words::OPEN_HINT], Picture::Flip, game.open, onclick)
}

fn act(controller: &Controller, action: GameAction) -> Callback<MouseEvent> {
    let controller = controller.clone();
    Callback::from(move |_| controller.play(action))
}

/// Lets time pass while a game runs, moves the focus to the panel once it begins, and makes the looks in a demo.
#[hook]
pub fn use_game(state: &State, controller: Option<&Controller>) {
    let tick = controller.cloned();
    use_interval(state.game.is_running(), TICK, move || {
        if let Some(controller) = &tick {
            controller.tick_game();
        }
    });
    use_panel_focus(PANEL, state.game.play.as_ref().map(Play::is_running));
    let demo = state.game.play.as_ref().filter(|play| play.demo && state.source == LiveSource::ModelFace);
    let look = demo.filter(|_| state.game.is_running()).and_then(|play| Some((play.turns.len(), play.asked()?)));
    let (settings, controller) = (state.model_face.settings, controller.cloned());
    use_effect_with(look, move |look| {
        if let (Some((_, look)), Some(controller)) = (*look, controller) {
            let mut settings = settings;
            settings.show(look);
            if prefers_reduced_motion() {
                controller.model_face.change(settings, None);
            } else {
                controller.model_face.play(settings);
            }
        }
    });
}

/// The panel.
pub fn game(state: &State, controller: &Controller) -> Html {
    let game = &state.game;
    let phase = match game.play.as_ref().map(|play| play.phase) {
        None => "setup",
        Some(Phase::Ready(_)) => "ready",
        Some(Phase::Look(_)) => "look",
        Some(Phase::Done) => "done",
    };
    html! {
        <section
            id={PANEL}
            class="game"
            tabindex="-1"
            aria-labelledby="game-title"
            data-testid="game"
            data-phase={phase}
            data-looks={game.play.as_ref().map_or(0, |play| play.turns.len()).to_string()}
        >
            <div class="section-head close">
                <h2 id="game-title">{ words::TITLE }</h2>
                if document().fullscreen_enabled() {
                    { button(PANEL, "game-full-screen", words::FULL_SCREEN, Picture::Full, Callback::from(|_| toggle_full_screen())) }
                }
                { board::close_button(PANEL, words::CLOSE, act(controller, GameAction::Open(false))) }
            </div>
            {
                match &game.play {
                    None => html! {
                        <>
                            <p>{ words::LEAD }</p>
                            { setup(state, words::START, controller) }
                        </>
                    },
                    Some(play) if play.is_running() => playing(state, play, controller),
                    Some(play) => html! {
                        <>
                            { result(play) }
                            { setup(state, words::AGAIN, controller) }
                        </>
                    },
                }
            }
            <p class="hint">
                { words::HONEST }{ " " }
                <a href={Page::About.fragment()}>{ text::DISCLAIMER_LINK }</a>
            </p>
        </section>
    }
}

/// Shows the picture with the panel on the whole screen, or no longer.
fn toggle_full_screen() {
    if document().fullscreen_element().is_some() {
        document().exit_fullscreen();
    } else if let Some(view) = document().query_selector(".view").ok().flatten() {
        view.request_fullscreen().ok();
    }
}

fn pick(controller: &Controller, action: fn(usize) -> GameAction) -> Callback<usize> {
    let controller = controller.clone();
    Callback::from(move |index| controller.play(action(index)))
}

/// Where a value is among those to choose from.
fn place<T: Copy + PartialEq>(values: &[T], value: T) -> Option<usize> {
    values.iter().position(|known| *known == value)
}

/// The choices for the next game, and the buttons that start it.
fn setup(state: &State, start: Text, controller: &Controller) -> Html {
    let (game, still) = (&state.game, !state.sight().moving);
    let begin = |demo: bool| {
        let (controller, opens) = (controller.clone(), demo && state.source != LiveSource::ModelFace);
        Callback::from(move |_| {
            if opens {
                controller.open_model_face();
            }
            controller.start_game(demo);
        })
    };
    let seconds = SECONDS.map(words::seconds_choice);
    let (rounds, players) =
        (ROUNDS.map(words::rounds_choice), PLAYERS.map(|players| words::players_choice(players).into()));
    html! {
        <>
            <div class="game-choices">
                { choice("game-seconds", words::SECONDS, &seconds, place(&SECONDS, game.seconds), pick(controller, |index| GameAction::Seconds(SECONDS[index]))) }
                { choice("game-looks", words::LOOKS, &rounds, place(&ROUNDS, game.rounds), pick(controller, |index| GameAction::Rounds(ROUNDS[index]))) }
                { choice("game-players", words::PLAYERS, &players, place(&PLAYERS, game.players), pick(controller, |index| GameAction::Players(PLAYERS[index]))) }
            </div>
            if still {
                <p class="hint" data-testid="game-needs-source">{ words::NEEDS_SOURCE }</p>
            }
            <div class="tools">
                <button
                    type="button"
                    class={classes!("button", (!still).then_some("primary"))}
                    data-testid="game-start"
                    disabled={still}
                    onclick={begin(false)}
                >
                    { icon(Picture::Play) }{ start }
                </button>
                <button
                    type="button"
                    class={classes!("button", still.then_some("primary"))}
                    data-testid="game-demo"
                    title={words::DEMO_HINT}
                    onclick={begin(true)}
                >
                    { icon(Picture::Mien) }{ words::DEMO }
                </button>
                <span class="game-key"><kbd>{ words::KEY }</kbd>{ " " }{ words::KEY_DOES }</span>
            </div>
        </>
    }
}

/// The game while it is played.
fn playing(state: &State, play: &Play, controller: &Controller) -> Html {
    let asked = play.asked();
    let place = (play.turns.len() + 1).min(play.looks());
    let (left, of) = match play.phase {
        Phase::Look(passed) => (play.limit - passed, play.limit),
        Phase::Ready(left) => (left, left),
        Phase::Done => (0.0, 0.0),
    };
    let waits = play.wait.map(|wait| words::wait(wait, state.model_face.loading));
    let said = if play.paused { Some(words::PAUSED) } else { waits };
    let (shown, seconds) = (asked.is_some(), left.max(0.0) / 1000.0);
    let pause = if play.paused { words::RESUME } else { text::PAUSE };
    let faces = faces(&state.sight(), play.players);
    let look = html! {
        <p class="game-asked" role="status" data-testid="game-asked" data-expression={asked.map(|asked| asked.name())}>
            { asked.map_or(words::READY, text::expression) }
        </p>
    };
    let time = html! {
        <div class="game-time" data-testid="game-time-left" data-seconds={shown.then(|| plain(seconds, 1))}>
            if shown {
                { clock(left, of, words::TIME_LEFT) }
                <span>{ words::seconds_left(&fixed(seconds, 1)) }</span>
            }
        </div>
    };
    let top = html! {
        <div class="game-top">
            { question(words::place(place, play.looks()), look, time) }
            for index in 0..play.players {
                { player(play, index, &faces) }
            }
        </div>
    };
    let tools = html! {
        <>
            { button(PANEL, "game-pause", pause, if play.paused { Picture::Play } else { Picture::Pause },
                act(controller, GameAction::Pause(!play.paused))) }
            if shown {
                { button(PANEL, "game-skip", words::SKIP, Picture::Next, act(controller, GameAction::Skip)) }
            } else {
                { button(PANEL, "game-next", words::NEXT, Picture::Next, act(controller, GameAction::Next)) }
            }
            { button(PANEL, "game-stop", words::STOP, Picture::Stop, act(controller, GameAction::Stop)) }
            <span class="game-key"><kbd>{ words::KEY }</kbd>{ " " }{ words::KEY_DOES }</span>
        </>
    };
    board(top, said, Some(wait_name(play)), tools)
}

/// Why the clock is stopped, for tests and style sheets.
const fn wait_name(play: &Play) -> &'static str {
    match play.wait {
        _ if play.paused => "paused",
        None => "",
        Some(Wait::Source) => "source",
        Some(Wait::Still) => "still",
        Some(Wait::Face { .. }) => "face",
    }
}

/// A player's points, what the network sees now, and what became of the last look.
/// A player; which one a face belongs to is known only while all are in view.
fn player(play: &Play, index: usize, faces: &[&RecognizedFace]) -> Html {
    let face = faces.get(index).copied().filter(|_| faces.len() == play.players);
    let won = match (play.made(index), play.turns.last()) {
        (Some(answer), _) => Some(words::made(answer.points)),
        (None, Some(turn)) if play.asked().is_none() => Some(words::verdict(turn, index)),
        _ => None,
    };
    let sureness = play.asked().zip(face).map(|(asked, face)| face.smoothed.probability(asked));
    let seen = match face {
        Some(face) => format!("{} {}", text::verdict(face), percent(face.smoothed.top().1)),
        None if faces.is_empty() => words::NO_FACE.into(),
        // the line below says who is missing
        None => "–".to_owned(),
    };
    html! {
        <div class={classes!("game-player", face.map(|face| Identity::of(face.id).class()))}>
            <p class="game-name">{ words::player(index, play.players) }</p>
            { score(play, index) }
            <progress class="game-sureness" aria-hidden="true" max="1" value={plain(f64::from(sureness.unwrap_or_default()), 3)} />
            <p class="game-seen">{ seen }</p>
            <p class={classes!("game-won", play.made(index).map(|_| "made"))}>{ won.unwrap_or_default() }</p>
        </div>
    }
}

fn score(play: &Play, index: usize) -> Html {
    let points = play.points(index);
    html! {
        <p
            class="game-score"
            data-testid="game-score"
            data-player={(index + 1).to_string()}
            data-points={points.to_string()}
        >
            { grouped(points as usize) }
        </p>
    }
}

/// What was played, and what it shows about the network.
fn result(play: &Play) -> Html {
    let matrix = play.confusion();
    let found = |index: usize| {
        let (found, asked) = play.found(index);
        words::found(found, asked)
    };
    let cell = |asked, seen| {
        let count = matrix.cell(asked, seen);
        let class = classes!(shade(matrix.share_of_row(asked, seen)), (asked == seen).then_some("right"));
        html! {
            <td {class} data-actual={asked.name()} data-predicted={seen.name()} data-count={count.to_string()}>
                if count > 0 {
                    { grouped(count as usize) }
                }
            </td>
        }
    };
    let caption = html! { <caption class="visually-hidden">{ words::MATRIX }</caption> };
    html! {
        <div class="game-end" data-testid="game-result">
            <h3>{ words::RESULT }</h3>
            <div class="game-players">
                for index in 0..play.players {
                    <div class="game-player">
                        <p class="game-name">{ words::player(index, play.players) }</p>
                        { score(play, index) }
                        <p class="game-seen">{ found(index) }</p>
                    </div>
                }
            </div>
            <p class="game-finding" role="status">{ words::finding(&finding(&matrix)) }</p>
            if matrix.samples() > 0 {
                <h3>{ words::MATRIX }</h3>
                <p class="hint">{ words::MATRIX_HOW }</p>
                <div class="scroll" tabindex="0" role="group" aria-label={words::MATRIX} data-testid="game-matrix">
                    { confusion("matrix numbers", caption, words::ASKED, None, &cell) }
                </div>
            }
        </div>
    }
}
