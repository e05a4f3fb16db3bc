//! The actions on the Live page: rules, and what is shown when one fires.

use std::rc::Rc;

use gloo::file::{Blob, ObjectUrl};
use gloo::utils::document;
use web_sys::{File, HtmlInputElement};
use yew::{AttrValue, Callback, Html, InputEvent, MouseEvent, TargetCast, hook, html, use_effect_with};

use super::board;
use super::choice::choice;
use super::file::{FileButton, file_button};
use super::icons::{Picture, icon};
use crate::controller::{Controller, embedder};
use crate::format::{fixed, percent};
use crate::hooks::use_interval;
use crate::language::Text;
use crate::state::actions::{ChosenPicture, Deed, MAX_RULES, PERCENT, Rule, SECONDS, Shown, Sound, origin};
use crate::state::{Actions, ActionsAction, LiveSource, State};
use crate::text::{self, actions as words};
use mien_core::expression::Expression;
use mien_core::number::plain;

/// The id of the panel.
const PANEL: &str = "actions";

/// Milliseconds between two looks at a picture that stands still.
const TICK: u32 = 100;

/// The button that shows the panel.
pub fn open_button(actions: &Actions, controller: &Controller) -> Html {
    let label = if actions.on { words::ON } else { words::OPEN };
    let open = actions.open;
    let onclick = act(controller, move || ActionsAction::Open(!open));
    board::open_button(PANEL, [label, words::OPEN_HINT], Picture::Bolt, open, onclick)
}

fn act(controller: &Controller, action: impl Fn() -> ActionsAction + 'static) -> Callback<MouseEvent> {
    let controller = controller.clone();
    Callback::from(move |_| controller.actions.act(action()))
}

/// Lets the rules watch what is in view.
#[hook]
pub fn use_actions(state: &State, controller: Option<&Controller>) {
    let to = controller.cloned();
    let chosen = (state.actions.on, Rc::clone(&state.actions.rules), state.actions.target().map(str::to_owned));
    let actions = state.actions.clone();
    use_effect_with(chosen, move |_| {
        if let Some(controller) = to {
            controller.actions.choose(actions);
        }
    });
    let to = controller.cloned();
    let picture = (state.source, state.photos.selected, state.stream.video.name.clone());
    use_effect_with(picture, move |_| {
        if let Some(controller) = to {
            controller.actions.reset();
        }
    });
    let still = matches!(state.source, LiveSource::Photos | LiveSource::ModelFace);
    let to = controller.cloned();
    use_effect_with(state.result().filter(|_| still).cloned(), move |result| {
        if let Some(controller) = to {
            controller.actions.show_still(result.clone());
        }
    });
    let to = controller.cloned();
    use_interval(still && state.actions.on, TICK, move || {
        if let Some(controller) = &to {
            controller.actions.tick();
        }
    });
}

/// What is shown over the picture because a rule fired.
pub fn shown(shown: &Shown) -> Html {
    let Shown { rule, count, .. } = shown;
    let class = text::expression(rule.class);
    html! {
        <div class="action-shown" role="status" data-testid="actions-shown" data-deed={rule.deed.name()} data-expression={rule.class.name()}>
            {
                match (rule.deed, &rule.picture) {
                    (Deed::Picture, Some(picture)) => html! { <img src={picture.url.to_string()} alt={AttrValue::from(Rc::clone(&picture.name))} /> },
                    (Deed::Word, _) => html! { <p>{ rule.word.to_string() }</p> },
                    (Deed::Count, _) => html! { <p>{ words::counted(class, *count) }</p> },
                    _ => Html::default(),
                }
            }
        </div>
    }
}

/// The panel.
pub fn actions(actions: &Actions, controller: &Controller) -> Html {
    let button = |testid, label, picture, disabled, onclick: Callback<MouseEvent>| {
        html! {
            <button type="button" class="button" data-testid={testid} {disabled} {onclick}>{ icon(picture) }{ label }</button>
        }
    };
    let on = actions.on;
    html! {
        <section id={PANEL} class="actions" aria-labelledby="actions-title" data-testid="actions">
            <div class="section-head close">
                <h2 id="actions-title">{ words::TITLE }</h2>
                { board::close_button(PANEL, words::CLOSE, act(controller, || ActionsAction::Open(false))) }
            </div>
            <p class="hint">{ words::LEAD }</p>
            <div class="tools">
                <button
                    type="button"
                    class="button"
                    data-testid="actions-on"
                    aria-pressed={on.to_string()}
                    disabled={actions.rules.is_empty() && !on}
                    onclick={act(controller, move || ActionsAction::On(!on))}
                >
                    { icon(if on { Picture::Stop } else { Picture::Play }) }{ if on { words::ON } else { words::OFF } }
                </button>
                {
                    button("actions-add", words::ADD, Picture::Plus, actions.rules.len() >= MAX_RULES,
                        act(controller, || ActionsAction::Add(words::FIRST_WORD.into())))
                }
                {
                    button("actions-undo", text::model_face::UNDO, Picture::Undo, !actions.history.can_undo(),
                        act(controller, || ActionsAction::Undo))
                }
                if actions.history.can_redo() {
                    { button("actions-redo", text::model_face::REDO, Picture::Next, false, act(controller, || ActionsAction::Redo)) }
                }
                if actions.rules.iter().any(|rule| actions.count(rule.id) > 0) {
                    { button("actions-reset", words::RESET, Picture::Record, false, act(controller, || ActionsAction::Reset)) }
                }
            </div>
            if actions.rules.is_empty() {
                <p>{ words::EMPTY }</p>
            }
            <ul>
                for (index, rule) in actions.rules.iter().enumerate() {
                    { rule_row(index, rule, actions.count(rule.id), controller) }
                }
            </ul>
            if actions.rules.len() >= MAX_RULES {
                <p class="hint">{ words::FULL }</p>
            }
            if actions.rules.iter().any(|rule| rule.deed == Deed::Message) {
                { messages(actions, controller) }
            }
            <p class="hint">{ words::KEPT }{ " " }{ text::DISCLAIMER }</p>
        </section>
    }
}

/// A rule, with a control for each of its parts.
fn rule_row(index: usize, rule: &Rule, count: u32, controller: &Controller) -> Html {
    let id = rule.id;
    let number = index + 1;
    let remove = AttrValue::from(words::remove(number));
    let try_out = {
        let controller = controller.clone();
        Callback::from(move |_| controller.actions.fire(id))
    };
    html! {
        <li key={id}><div class="action-rule" role="group" aria-label={words::rule(number)} data-testid="actions-rule" data-rule={number.to_string()} data-count={count.to_string()}>
            {
                choice("actions-look", words::LOOK, &Expression::ALL.map(|class| text::expression(class).into()),
                    Some(rule.class.index()), change(rule, controller, |rule, index| rule.class = Expression::ALL[index]))
            }
            {
                slider("actions-seconds", words::HELD, (SECONDS.0, SECONDS.1, 0.5), rule.seconds,
                    words::seconds(&fixed(f64::from(rule.seconds), 1)), 2 * id as usize,
                    rule, controller, |rule, value| rule.seconds = value)
            }
            {
                slider("actions-percent", words::SURER, (PERCENT.0 as f32, PERCENT.1 as f32, 5.0), rule.percent as f32,
                    percent(rule.share()), 2 * id as usize + 1, rule, controller, |rule, value| rule.percent = value as u32)
            }
            {
                choice("actions-deed", words::DOES, &Deed::ALL.map(|deed| words::deed(deed).into()),
                    Some(rule.deed as usize), change(rule, controller, |rule, index| rule.deed = Deed::ALL[index]))
            }
            { parameter(rule, controller) }
            <div class="tools">
                <button type="button" class="button" data-testid="actions-try" onclick={try_out}>{ icon(Picture::Play) }{ words::TRY_OUT }</button>
                <span class="action-count">{ words::times(count) }</span>
                <button
                    type="button"
                    class="button bare"
                    data-testid="actions-remove"
                    title={remove.clone()}
                    aria-label={remove}
                    onclick={act(controller, move || ActionsAction::Remove(id))}
                >
                    { icon(Picture::Trash) }
                </button>
            </div>
        </div></li>
    }
}

/// Changes a part of a rule.
fn change<T: 'static>(rule: &Rule, controller: &Controller, edit: fn(&mut Rule, T)) -> Callback<T> {
    let (rule, controller) = (rule.clone(), controller.clone());
    Callback::from(move |value| {
        let mut rule = rule.clone();
        edit(&mut rule, value);
        controller.actions.act(ActionsAction::Change(Box::new(rule), None));
    })
}

/// What a deed needs: a word, a sound or a picture.
fn parameter(rule: &Rule, controller: &Controller) -> Html {
    match rule.deed {
        Deed::Word => {
            let (before, to, rest) = (rule.clone(), controller.clone(), controller.clone());
            let oninput = Callback::from(move |event: InputEvent| {
                if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                    let rule = Rule { word: input.value().into(), ..before.clone() };
                    // what is typed in a row is undone at once
                    to.actions.act(ActionsAction::Change(Box::new(rule), Some(usize::MAX - before.id as usize)));
                }
            });
            html! {
                <label class="field">
                    <span class="field-name">{ words::THE_WORD }</span>
                    <input
                        type="text"
                        class="select"
                        data-testid="actions-word"
                        value={AttrValue::from(Rc::clone(&rule.word))}
                        {oninput}
                        onchange={move |_| rest.actions.act(ActionsAction::Rest)}
                    />
                </label>
            }
        }
        Deed::Sound => choice(
            "actions-sound",
            words::THE_SOUND,
            &Sound::ALL.map(|sound| words::sound(sound).into()),
            Some(rule.sound as usize),
            change(rule, controller, |rule, index| rule.sound = Sound::ALL[index]),
        ),
        Deed::Picture => {
            let choose = change(rule, controller, |rule, picture| rule.picture = Some(picture));
            let on_files = Callback::from(move |files: Vec<File>| {
                if let Some(file) = files.into_iter().next() {
                    let name = file.name().into();
                    choose.emit(ChosenPicture { name, url: ObjectUrl::from(Blob::from(web_sys::Blob::from(file))) });
                }
            });
            html! {
                <div class="field">
                    {
                        file_button(FileButton {
                            accept: Some("image/*"),
                            ..FileButton::new("actions-picture", words::CHOOSE_PICTURE, Picture::Photo, on_files)
                        })
                    }
                    <span class="field-name">
                        { rule.picture.as_ref().map_or_else(|| words::NO_PICTURE.into(), |picture| picture.name.to_string()) }
                    </span>
                </div>
            }
        }
        Deed::Count | Deed::Message => Html::default(),
    }
}

/// A slider for a number of a rule; the dragging of it is undone at once.
#[allow(clippy::too_many_arguments, reason = "a part of a rule's row")]
fn slider(
    testid: &'static str,
    label: Text,
    (min, max, step): (f32, f32, f32),
    value: f32,
    shown: String,
    gesture: usize,
    rule: &Rule,
    controller: &Controller,
    edit: fn(&mut Rule, f32),
) -> Html {
    let (rule, to, rest) = (rule.clone(), controller.clone(), controller.clone());
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            let mut rule = rule.clone();
            edit(&mut rule, input.value_as_number() as f32);
            to.actions.act(ActionsAction::Change(Box::new(rule), Some(gesture)));
        }
    });
    let number = |value: f32| plain(f64::from(value), 1);
    let shown = AttrValue::from(shown);
    html! {
        <label class="field">
            <span class="field-name">{ label }{ " " }{ &shown }</span>
            <input
                type="range"
                data-testid={testid}
                min={number(min)}
                max={number(max)}
                step={number(step)}
                value={number(value)}
                aria-valuetext={shown}
                {oninput}
                onchange={move |_| rest.actions.act(ActionsAction::Rest)}
            />
        </label>
    }
}

/// Whether and where messages go.
fn messages(actions: &Actions, controller: &Controller) -> Html {
    if embedder().is_none() {
        return html! { <p class="hint" data-testid="actions-not-embedded">{ words::NOT_EMBEDDED }</p> };
    }
    let oninput = {
        let controller = controller.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                controller.actions.act(ActionsAction::Address(input.value()));
            }
        })
    };
    let sends = actions.target().is_some();
    html! {
        <div class="action-messages">
            <label class="field">
                <span class="field-name">{ words::ADDRESS }</span>
                <input
                    type="url"
                    class="select"
                    data-testid="actions-address"
                    placeholder={document().referrer()}
                    value={AttrValue::from(Rc::clone(&actions.address))}
                    {oninput}
                />
            </label>
            <button
                type="button"
                class="button"
                data-testid="actions-send"
                aria-pressed={sends.to_string()}
                disabled={origin(&actions.address).is_none()}
                onclick={act(controller, move || ActionsAction::Send(!sends))}
            >
                { words::SEND }
            </button>
            <p class="hint">{ if origin(&actions.address).is_none() { words::ADDRESS_WRONG } else { words::SEND_HINT } }</p>
        </div>
    }
}
