//! Controls with a label and an explanation in plain words.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::{AttrValue, Callback, Html, InputEvent, Properties, TargetCast, component, html};

use crate::state::{Action, DraftAction, Knob, Trouble, Typed};
use crate::text::training::knobs as text;
use mien_core::training::Settings;

/// The number of a text, with a point or a comma; `None` for an empty one.
pub fn read(text: &str) -> Option<f64> {
    let text = text.trim();
    // The browser reads numbers already; Rust's own way would weigh more.
    (!text.is_empty()).then(|| JsValue::from_str(&text.replace(',', ".")).unchecked_into_f64())
}

/// What stands in the field of an event.
fn text_of(event: &InputEvent) -> String {
    event.target_dyn_into::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default()
}

#[derive(PartialEq, Properties)]
pub struct KnobFieldProps {
    /// Which setting.
    pub knob: Knob,
    /// The settings as they are.
    pub settings: Rc<Settings>,
    /// What stands in the field, if that was typed.
    pub typed: Option<Typed>,
    /// Takes what the visitor does.
    pub dispatch: Callback<Action>,
}

/// A setting that is a number. Its text is the visitor's own while it is typed.
#[component]
pub fn KnobField(props: &KnobFieldProps) -> Html {
    let knob = props.knob;
    let id = format!("knob-{}", knob.name());
    let (hint, error) = (format!("{id}-hint"), format!("{id}-error"));
    let oninput = props.dispatch.reform(move |event| {
        let text = text_of(&event);
        let value = read(&text);
        Action::Draft(DraftAction::Type(knob, text.into(), value))
    });
    let onblur = props.dispatch.reform(move |_| Action::Draft(DraftAction::Leave(knob)));
    let trouble = props.typed.as_ref().and_then(|typed| typed.trouble.as_ref());
    let value = match &props.typed {
        Some(typed) => typed.text.to_string(),
        None => text::value(knob.get(&props.settings)),
    };
    let placeholder = match knob {
        Knob::Dropout => Some(text::AS_NETWORK),
        _ if knob.is_optional() => Some(text::ALL),
        _ => None,
    };
    html! {
        <div class="field">
            <label for={id.clone()}>{ text::label(knob) }</label>
            <input
                type="text"
                inputmode={if knob.is_whole() { "numeric" } else { "decimal" }}
                autocomplete="off"
                class="input"
                {id}
                data-testid="knob"
                data-knob={knob.name()}
                placeholder={placeholder.map(AttrValue::from)}
                {value}
                aria-invalid={trouble.is_some().then_some("true")}
                aria-describedby={if trouble.is_some() { format!("{error} {hint}") } else { hint.clone() }}
                {oninput}
                {onblur}
            />
            { trouble_of(error, trouble) }
            <p class="hint" id={hint}>{ text::hint(knob) }</p>
        </div>
    }
}

fn trouble_of(id: String, trouble: Option<&Trouble>) -> Html {
    html! {
        if let Some(trouble) = trouble {
            <p class="field-error" {id} role="alert">{ text::trouble(trouble) }</p>
        }
    }
}

/// How far a slider goes, and in which steps.
const fn reach(knob: Knob) -> (f64, &'static str) {
    match knob {
        Knob::Rotation => (45.0, "1"),
        Knob::Flip | Knob::Erasing | Knob::Occlusion | Knob::Blur | Knob::LowResolution | Knob::Shadow => (1.0, "0.05"),
        Knob::Shift => (0.25, "0.005"),
        _ => (0.5, "0.01"),
    }
}

#[derive(PartialEq, Properties)]
pub struct StrengthProps {
    /// Which strength of augmentation.
    pub knob: Knob,
    /// The settings as they are.
    pub settings: Rc<Settings>,
    /// Takes what the visitor does.
    pub dispatch: Callback<Action>,
}

/// A strength of augmentation: a slider from off upwards.
#[component]
pub fn Strength(props: &StrengthProps) -> Html {
    let knob = props.knob;
    let value = knob.get(&props.settings).unwrap_or_default();
    let id = format!("knob-{}", knob.name());
    let hint = format!("{id}-hint");
    let oninput = props.dispatch.reform(move |event| Action::Draft(DraftAction::Slide(knob, read(&text_of(&event)))));
    let (most, step) = reach(knob);
    let shown = text::strength(knob, value);
    html! {
        <div class="field strength">
            <label for={id.clone()}>{ text::label(knob) }</label>
            <output for={id.clone()}>{ shown.clone() }</output>
            <input
                type="range"
                {id}
                data-testid="knob"
                data-knob={knob.name()}
                min="0"
                max={text::attribute(value.max(most))}
                {step}
                value={text::attribute((value * 1e6).round() / 1e6)}
                aria-valuetext={shown}
                aria-describedby={hint.clone()}
                {oninput}
            />
            <p class="hint" id={hint}>{ text::hint(knob) }</p>
        </div>
    }
}

/// A choice among a few, by index.
pub fn select<const N: usize>(
    id: &'static str,
    (label, options, hint): text::Choice<N>,
    chosen: usize,
    on_choose: Callback<usize>,
) -> Html {
    let onchange = Callback::from(move |event: yew::Event| {
        let select = event.target_dyn_into::<HtmlSelectElement>();
        if let Some(index) = select.and_then(|select| usize::try_from(select.selected_index()).ok()) {
            on_choose.emit(index);
        }
    });
    let described = format!("choice-{id}-hint");
    html! {
        <div class="field">
            <label for={format!("choice-{id}")}>{ label }</label>
            <select
                class="select"
                id={format!("choice-{id}")}
                data-testid={format!("choice-{id}")}
                aria-describedby={described.clone()}
                {onchange}
            >
                for (index, option) in options.into_iter().enumerate() {
                    <option selected={index == chosen}>{ option }</option>
                }
            </select>
            <p class="hint" id={described}>{ hint }</p>
        </div>
    }
}
