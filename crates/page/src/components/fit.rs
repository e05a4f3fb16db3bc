//! “Is it right for me?” on Live: asks for looks, shows the counts, and offers the adaptation.

use std::rc::Rc;

use yew::{Callback, Html, MouseEvent, classes, hook, html, use_effect_with};

use super::board::{self, board, button, clock, question, use_panel_focus};
use super::icons::{Picture, icon};
use super::table::{confusion, shade};
use crate::controller::Controller;
use crate::format::{fixed, grouped, percent};
use crate::hooks::use_interval;
use crate::language::{Text, say};
use crate::settings::Page;
use crate::state::fit::{Busy, FRAMES, HOLD, Measured, Phase, Round, Said, Verdict, adapted, verdict};
use crate::state::{Fit, FitAction, LiveSource, State};
use crate::text::{self, fit as words, game};
use mien_core::expression::Expression;
use mien_core::number::plain;
use mien_face::settings::{PITCH, YAW};
use mien_protocol::{FitMethod, NetworkId};

/// The id of the panel.
const PANEL: &str = "fit";

/// Milliseconds between two ticks of the clock.
const TICK: u32 = 100;

/// The button that shows the panel.
pub fn open_button(fit: &Fit, controller: &Controller) -> Html {
    let onclick = act(controller, FitAction::Open(!fit.open));
    board::open_button(PANEL, [words::TITLE, words::OPEN_HINT], Picture::Map, fit.open, onclick)
}

fn act(controller: &Controller, action: FitAction) -> Callback<MouseEvent> {
    let controller = controller.clone();
    Callback::from(move |_| controller.fit.dispatch(action.clone()))
}

/// Lets time pass in a round, makes the looks in a demo, and asks the engine to measure a round that has ended.
#[hook]
pub fn use_fit(state: &State, controller: Option<&Controller>) {
    let fit = &state.fit;
    let tick = controller.cloned();
    use_interval(fit.is_running(), TICK, move || {
        if let Some(controller) = &tick {
            controller.fit.tick();
        }
    });
    use_panel_focus(PANEL, Some(fit.round.is_some()));
    let measuring = match &fit.busy {
        Some(Busy::Measuring { frames, networks, lost, .. }) => Some((Rc::clone(frames), networks.clone(), *lost)),
        _ => None,
    };
    let measure = controller.cloned();
    use_effect_with(measuring, move |measuring| {
        if let (Some((frames, networks, _)), Some(controller)) = (measuring, measure) {
            controller.fit.measure(frames, networks.clone());
        }
    });
    let round = fit.round.as_ref().filter(|_| fit.demo && fit.open && state.source == LiveSource::ModelFace);
    let shown = round.and_then(|round| Some((round.asked()?, round.count(), round.second)));
    let (settings, controller) = (state.model_face.settings, controller.cloned());
    use_effect_with(shown, move |shown| {
        if let (Some((look, count, second)), Some(controller)) = (*shown, controller) {
            let mut settings = settings;
            settings.show(look);
            // each frame from a slightly different side, in the second round from others
            let turn = 2 * count as i32 - FRAMES as i32 + i32::from(second);
            settings.set(YAW, turn as f32);
            settings.set(PITCH, (turn * turn % 7 - 3) as f32);
            controller.model_face.change(settings, None);
        }
    });
}

/// What a key does while the panel is shown; whether it does anything.
pub fn on_key(key: &str, state: &State, controller: &Controller) -> bool {
    let (fit, moving) = (&state.fit, state.sight().moving);
    let action = match (key, &fit.round) {
        (" ", None) if fit.busy.is_none() && fit.first.is_none() && moving => start(state, false),
        (" ", Some(round)) if round.paused => FitAction::Pause(false),
        (" ", Some(Round { phase: Phase::Ready(_), .. })) => FitAction::Now,
        (" ", Some(_)) => FitAction::Pause(true),
        ("arrowleft", Some(_)) => FitAction::Back,
        ("arrowright", Some(_)) => FitAction::Skip,
        ("escape", Some(_)) => FitAction::Stop,
        // whatever else the space bar does on Live is not meant
        (" ", None) => return true,
        _ => return false,
    };
    controller.fit.dispatch(action);
    true
}

fn start(state: &State, demo: bool) -> FitAction {
    FitAction::Start { demo, network: state.training.active }
}

/// The panel.
pub fn fit(state: &State, controller: &Controller) -> Html {
    let fit = &state.fit;
    let phase = match (&fit.round, &fit.busy) {
        (Some(Round { phase: Phase::Hold(_), .. }), _) => "hold",
        (Some(_), _) => "ready",
        (_, Some(Busy::Measuring { .. })) => "measuring",
        (_, Some(Busy::Adapting(_))) => "adapting",
        _ if fit.second.is_some() => "second",
        _ if fit.first.is_some() => "first",
        _ => "setup",
    };
    html! {
        <section id={PANEL} class="game" tabindex="-1" aria-labelledby="fit-title" data-testid="fit" data-phase={phase}>
            <div class="section-head close">
                <h2 id="fit-title">{ words::TITLE }</h2>
                { board::close_button(PANEL, words::CLOSE, act(controller, FitAction::Open(false))) }
            </div>
            {
                match &fit.round {
                    Some(round) => going_on(state, round, controller),
                    None => results(state, controller),
                }
            }
            <p class="hint">
                { game::HONEST }{ " " }
                <a href={Page::About.fragment()}>{ text::DISCLAIMER_LINK }</a>
            </p>
        </section>
    }
}

/// The buttons that start the first round.
fn setup(state: &State, label: Text, controller: &Controller) -> Html {
    let still = !state.sight().moving;
    let begin = |demo: bool| {
        let (controller, opens) = (controller.clone(), demo && state.source != LiveSource::ModelFace);
        let action = start(state, demo);
        Callback::from(move |_| {
            if opens {
                controller.open_model_face();
            }
            controller.fit.dispatch(action.clone());
        })
    };
    html! {
        <>
            if still {
                <p class="hint" data-testid="fit-needs-source">{ game::NEEDS_SOURCE }</p>
            }
            <div class="tools">
                <button
                    type="button"
                    class={classes!("button", (!still && state.fit.first.is_none()).then_some("primary"))}
                    data-testid="fit-start"
                    disabled={still}
                    onclick={begin(false)}
                >
                    { icon(Picture::Play) }{ label }
                </button>
                <button
                    type="button"
                    class={classes!("button", still.then_some("primary"))}
                    data-testid="fit-demo"
                    title={words::DEMO_HINT}
                    onclick={begin(true)}
                >
                    { icon(Picture::Mien) }{ game::DEMO }
                </button>
                if state.fit.first.is_some() {
                    <button
                        type="button"
                        class="button"
                        data-testid="fit-forget"
                        onclick={
                            let controller = controller.clone();
                            Callback::from(move |_| controller.fit.forget())
                        }
                    >
                        { icon(Picture::Trash) }{ words::FORGET }
                    </button>
                }
            </div>
        </>
    }
}

/// A round while it goes on.
fn going_on(state: &State, round: &Round, controller: &Controller) -> Html {
    let asked = round.asked();
    let (place, of) = round.place();
    let (left, whole, said) = match round.phase {
        Phase::Hold(left) => (left, HOLD, words::hold(round.count())),
        Phase::Ready(left) => (left, left, words::ready(&fixed(left / 1000.0, 1))),
        Phase::Done => (0.0, 0.0, String::new()),
    };
    let waits = round.wait.map(|wait| game::wait(wait, state.model_face.loading));
    let stands = if round.paused { Some(game::PAUSED) } else { waits };
    let pause = if round.paused { game::RESUME } else { text::PAUSE };
    let look = html! {
        <p
            class="game-asked"
            role="status"
            data-testid="fit-asked"
            data-expression={asked.map(|asked| asked.name())}
            data-round={if round.second { "2" } else { "1" }}
            data-frames={round.count().to_string()}
        >
            { asked.map(text::expression) }
        </p>
    };
    let time = html! {
        <>
            <div class="game-time">{ clock(left, whole, game::TIME_LEFT) }</div>
            <p class="game-seen">{ said }</p>
        </>
    };
    let tools = html! {
        <>
            { button(PANEL, "fit-pause", pause, if round.paused { Picture::Play } else { Picture::Pause },
                act(controller, FitAction::Pause(!round.paused))) }
            { button(PANEL, "fit-now", words::NOW, Picture::Shutter, act(controller, FitAction::Now)) }
            { button(PANEL, "fit-back", words::BACK, Picture::Back, act(controller, FitAction::Back)) }
            { button(PANEL, "fit-skip", game::SKIP, Picture::Next, act(controller, FitAction::Skip)) }
            { button(PANEL, "fit-cancel", game::STOP, Picture::Stop, act(controller, FitAction::Stop)) }
            <span class="game-key">{ words::KEYS }</span>
        </>
    };
    board(question(game::place(place, of), look, time), stands, None, tools)
}

/// What was measured, and what can be done next.
fn results(state: &State, controller: &Controller) -> Html {
    let fit = &state.fit;
    let busy = fit.busy.as_ref().map(|busy| match busy {
        Busy::Measuring { .. } => words::MEASURING,
        Busy::Adapting(_) => words::ADAPTING,
    });
    let Some(first) = &fit.first else {
        return html! {
            <>
                if let Some(busy) = busy {
                    <p role="status">{ busy }</p>
                } else {
                    <p>{ words::LEAD }</p>
                }
                { failure(fit) }
                if busy.is_none() {
                    { setup(state, game::START, controller) }
                }
            </>
        };
    };
    html! {
        <div class="game-end">
            if let Some(second) = &fit.second {
                { comparison(second) }
            }
            { measured(words::FIRST, "1", &first.said_before(), fit.second.is_none()) }
            <p class="hint">{ words::LIMITS }</p>
            <p class="game-said" role="status">{ busy.map(Text::text).unwrap_or_default() }</p>
            { failure(fit) }
            if busy.is_none() {
                { offers(state, first, controller) }
                { setup(state, words::AGAIN, controller) }
            }
        </div>
    }
}

fn failure(fit: &Fit) -> Html {
    html! {
        if let Some(reason) = &fit.failure {
            <p role="alert" data-testid="fit-failed">{ words::failed(&say(reason)) }</p>
        }
    }
}

/// What can be adapted, and the second round.
fn offers(state: &State, first: &Rc<Measured>, controller: &Controller) -> Html {
    let fit = &state.fit;
    let looks = fit.looks();
    // one that is kept stays beside the next
    let is_kept = |id| adapted(&state.training.networks).any(|network| network.id == id && network.saved);
    let replaced = fit.adapted.map(|(_, id)| id).filter(|id| !is_kept(*id));
    let adapt = |method: FitMethod| {
        let (controller, frames, base) = (controller.clone(), Rc::clone(&first.frames), fit.base);
        Callback::from(move |_: MouseEvent| controller.fit.adapt(&frames, base, method, replaced))
    };
    let offer = |testid: &'static str, label: Text, hint: Text, possible: bool, method: FitMethod| {
        html! {
            <li>
                <button type="button" class="button" data-testid={testid} disabled={!possible} onclick={adapt(method)}>
                    { label }
                </button>
                <span class="hint">{ hint }</span>
            </li>
        }
    };
    html! {
        <>
            <h3>{ words::ADAPT }</h3>
            <p class="hint">{ words::ADAPT_LEAD }</p>
            <ul class="fit-offers">
                { offer("fit-neutral", words::ADAPT_NEUTRAL, words::ADAPT_NEUTRAL_HINT,
                    looks.contains(&Expression::Neutral), FitMethod::Neutral) }
                { offer("fit-looks", words::ADAPT_LOOKS, words::ADAPT_LOOKS_HINT, looks.len() > 1, FitMethod::Head) }
                if fit.adapted.is_some() {
                    <li>
                        <button
                            type="button"
                            class="button primary"
                            data-testid="fit-second"
                            onclick={act(controller, FitAction::Second)}
                        >
                            { icon(Picture::Play) }{ words::SECOND }
                        </button>
                        <span class="hint">{ words::SECOND_HINT }</span>
                    </li>
                }
            </ul>
        </>
    }
}

/// What the second round says of the adaptation.
fn comparison(second: &Measured) -> Html {
    let before = second.said_before();
    let Some(after) = second.said_after() else { return measured(words::SECOND, "2", &before, true) };
    let verdict = verdict(&before, &after);
    let name = match verdict {
        Verdict::Better => "better",
        Verdict::Same => "same",
        Verdict::Worse => "worse",
    };
    html! {
        <div
            data-testid="fit-compared"
            data-before={plain(before.accuracy(), 4)}
            data-after={plain(after.accuracy(), 4)}
            data-verdict={name}
        >
            <h3>{ words::SECOND }</h3>
            <p class="game-finding" role="status">{ words::verdict(verdict) }</p>
            <div class="fit-sides">
                { measured(words::BEFORE, "2", &before, true) }
                { measured(words::AFTER, "adapted", &after, true) }
            </div>
        </div>
    }
}

/// What a network said of a round: in words, and as a confusion matrix of its frames if `whole`.
fn measured(title: Text, round: &'static str, said: &Said, whole: bool) -> Html {
    let cell = |asked: Expression, seen: Expression| {
        let count = said.matrix.cell(asked, seen);
        let class = classes!(shade(said.matrix.share_of_row(asked, seen)), (asked == seen).then_some("right"));
        html! {
            <td {class} data-actual={asked.name()} data-predicted={seen.name()} data-count={count.to_string()}>
                if count > 0 {
                    { grouped(count as usize) }
                }
            </td>
        }
    };
    let caption = html! { <caption class="visually-hidden">{ title }</caption> };
    html! {
        <div
            class="fit-measured"
            data-testid="fit-result"
            data-round={round}
            data-found={said.found().to_string()}
            data-looks={said.looks.len().to_string()}
            data-accuracy={plain(said.accuracy(), 4)}
        >
            <h4>{ title }</h4>
            <p>{ words::found(said.found(), said.looks.len(), &percent(said.accuracy() as f32)) }</p>
            <ul class="fit-looks">
                for look in &said.looks {
                    <li class={classes!((look.taken == look.asked).then_some("right"))} data-look={look.asked.name()} data-taken={look.taken.name()}>
                        { words::look(look) }
                    </li>
                }
            </ul>
            if whole {
                <p class="hint">{ words::MATRIX_HOW }</p>
                <div class="scroll" tabindex="0" role="group" aria-label={game::MATRIX} data-testid="fit-matrix">
                    { confusion("matrix numbers", caption, game::ASKED, None, &cell) }
                </div>
            }
        </div>
    }
}

/// Says that the network is adapted to a person, with the switch back, while such a network is there that was made now or is in use.
pub fn adapted_bar(state: &State, controller: &Controller) -> Html {
    let (fit, active) = (&state.fit, state.training.active);
    let made = |id: NetworkId| fit.adapted.is_some_and(|(_, adapted)| adapted == id);
    // one that was kept before is offered in the panel
    let shown = adapted(&state.training.networks)
        .filter(|network| network.id == active || made(network.id) || (fit.open && network.saved))
        .min_by_key(|network| (network.id != active, !made(network.id)));
    let Some(network) = shown else { return Html::default() };
    let (id, on, saved) = (network.id, network.id == active, network.saved);
    let method = fit.adapted.filter(|(_, adapted)| *adapted == id).map(|(method, _)| method);
    let switch = {
        let (controller, next) = (controller.clone(), if on { fit.base } else { id });
        move |_| controller.activate_network(next)
    };
    let keep = {
        let controller = controller.clone();
        move |_| controller.networks.set_saved(id, !saved)
    };
    html! {
        <div
            class={classes!("fit-bar", on.then_some("on"))}
            role="group"
            aria-label={words::BAR}
            data-testid="fit-adapted"
            data-method={method.map(FitMethod::name)}
            data-on={on.to_string()}
            data-saved={saved.to_string()}
        >
            <p role="status">{ words::adapted(method, on) }</p>
            <div class="tools">
                <button type="button" class="button" data-testid="fit-switch" onclick={switch}>
                    { icon(if on { Picture::Undo } else { Picture::Mien }) }
                    { if on { words::SWITCH_OFF } else { words::SWITCH_ON } }
                </button>
                <button type="button" class="button" data-testid="fit-keep" aria-pressed={saved.to_string()} title={words::KEEP_HINT} onclick={keep}>
                    { icon(Picture::Save) }{ words::KEEP }
                </button>
            </div>
        </div>
    }
}
