//! What the mirror game and “Is it right for me?” share: a panel with its own keys, and a board that asks for a look while
//! time passes.

use gloo::utils::{body, document};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::{Callback, Html, MouseEvent, classes, hook, html, use_effect_with};

use super::icons::{Picture, icon};
use crate::language::Text;
use mien_core::number::plain;

/// The button that shows a panel, and gets the focus back when the panel is closed.
pub fn open_button(
    panel: &'static str,
    [label, hint]: [Text; 2],
    picture: Picture,
    open: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! {
        <button
            type="button"
            class="button"
            data-testid={format!("{panel}-open")}
            title={hint}
            aria-pressed={open.to_string()}
            data-panel={panel}
            {onclick}
        >
            { icon(picture) }{ label }
        </button>
    }
}

/// The button in the head of a panel that closes it.
pub fn close_button(panel: &'static str, label: Text, onclick: Callback<MouseEvent>) -> Html {
    html! {
        <button
            type="button"
            class="button bare"
            data-testid={format!("{panel}-close")}
            title={label}
            aria-label={label}
            {onclick}
        >
            { icon(Picture::Close) }
        </button>
    }
}

/// Moves the focus to a panel, where its keys work.
fn focus(panel: &str) {
    let panel = document().get_element_by_id(panel).and_then(|panel| panel.dyn_into::<HtmlElement>().ok());
    if let Some(panel) = panel {
        panel.focus().ok();
    }
}

/// Moves the focus to a panel when what it shows begins or ends: the button that did it is gone.
#[hook]
pub fn use_panel_focus(panel: &'static str, shows: Option<bool>) {
    use_effect_with(shows, move |_| {
        if document().active_element().is_none_or(|active| active == *body()) {
            focus(panel);
        }
    });
}

/// A button of a panel.
pub fn button(
    panel: &'static str,
    testid: &'static str,
    label: Text,
    picture: Picture,
    act: Callback<MouseEvent>,
) -> Html {
    let onclick = Callback::from(move |event: MouseEvent| {
        // after a click, unlike after a key on the button, the keys are those of the panel
        if event.detail() > 0 {
            focus(panel);
        }
        act.emit(event);
    });
    html! {
        // A button never becomes another one, which could then be pressed by mistake.
        <button key={testid} type="button" class="button" data-testid={testid} {onclick}>{ icon(picture) }{ label }</button>
    }
}

/// What is asked for: which of how many it is, the look, and the time.
pub fn question(place: String, look: Html, time: Html) -> Html {
    html! {
        <div class="game-question">
            <p class="game-place">{ place }</p>
            { look }
            { time }
        </div>
    }
}

/// A clock that runs down, in milliseconds.
pub fn clock(left: f64, whole: f64, label: Text) -> Html {
    html! { <progress max={plain(whole.max(1.0), 0)} value={plain(left.max(0.0), 0)} aria-label={label} /> }
}

/// A board: the question, what else there is beside it, why the clock is stopped, and the buttons.
pub fn board(top: Html, stands: Option<Text>, waits: Option<&'static str>, tools: Html) -> Html {
    html! {
        <div class={classes!("game-board", stands.is_some().then_some("waits"))} data-waits={waits}>
            { top }
            <p class="game-said" role="status">{ stands.map(Text::text).unwrap_or_default() }</p>
            <div class="tools">{ tools }</div>
        </div>
    }
}
