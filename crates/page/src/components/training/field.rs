//! Controls with a label and an explanation in plain words.

use wasm_bindgen::JsValue;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::{AttrValue, Callback, Html, InputEvent, TargetCast, html};

use crate::state::{Action, DraftAction, FieldText, InvalidValue, NumericSetting};
use crate::text::training::settings as text;
use mien_core::training::Settings;

/// Parses a number with a decimal point or comma, and a hyphen or minus sign; `None` if the text is empty, NaN if it is not a number.
pub fn read(text: &str) -> Option<f64> {
    let text = text.trim();
    // The browser reads numbers already; Rust's own way would weigh more.
    (!text.is_empty()).then(|| JsValue::from_str(&text.replace(',', ".").replace('−', "-")).unchecked_into_f64())
}

/// The text of the field that an event is from.
pub fn text_of(event: &InputEvent) -> String {
    event.target_dyn_into::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default()
}

/// A numeric setting. While it is edited, the typed text is kept as it is.
pub fn setting_field(
    setting: NumericSetting,
    settings: &Settings,
    typed: Option<&FieldText>,
    dispatch: &Callback<Action>,
) -> Html {
    let id = format!("knob-{}", setting.name());
    let (hint, error) = (format!("{id}-hint"), format!("{id}-error"));
    let oninput = dispatch.reform(move |event| {
        let text = text_of(&event);
        let value = read(&text);
        Action::Draft(DraftAction::Type(setting, text.into(), value))
    });
    let onblur = dispatch.reform(move |_| Action::Draft(DraftAction::Leave(setting)));
    let invalid = typed.and_then(|typed| typed.invalid.as_ref());
    let value = match typed {
        Some(typed) => typed.text.to_string(),
        None => text::value(setting.get(settings)),
    };
    let placeholder = match setting {
        NumericSetting::Dropout => Some(text::PLACEHOLDER_NETWORK),
        _ if setting.is_optional() => Some(text::PLACEHOLDER_ALL),
        _ => None,
    };
    html! {
        <div class="field" key={setting.name()}>
            <label for={id.clone()}>{ text::label(setting) }</label>
            <input
                type="text"
                inputmode={if setting.is_whole() { "numeric" } else { "decimal" }}
                autocomplete="off"
                class="input"
                {id}
                data-testid="knob"
                data-knob={setting.name()}
                placeholder={placeholder.map(AttrValue::from)}
                {value}
                aria-invalid={invalid.is_some().then_some("true")}
                aria-describedby={if invalid.is_some() { format!("{error} {hint}") } else { hint.clone() }}
                {oninput}
                {onblur}
            />
            { invalid_message(error, invalid) }
            <p class="hint" id={hint}>{ text::hint(setting) }</p>
        </div>
    }
}

fn invalid_message(id: String, invalid: Option<&InvalidValue>) -> Html {
    html! {
        if let Some(invalid) = invalid {
            <p class="field-error" {id} role="alert">{ text::invalid(invalid) }</p>
        }
    }
}

/// The maximum and step of a slider.
const fn reach(setting: NumericSetting) -> (f64, &'static str) {
    match setting {
        NumericSetting::Rotation => (45.0, "1"),
        NumericSetting::Flip
        | NumericSetting::Erasing
        | NumericSetting::Occlusion
        | NumericSetting::Blur
        | NumericSetting::LowResolution
        | NumericSetting::Shadow => (1.0, "0.05"),
        NumericSetting::Shift => (0.25, "0.005"),
        _ => (0.5, "0.01"),
    }
}

/// The strength of an augmentation: a slider that starts at off.
pub fn strength(setting: NumericSetting, settings: &Settings, dispatch: &Callback<Action>) -> Html {
    let value = setting.get(settings).unwrap_or_default();
    let id = format!("knob-{}", setting.name());
    let hint = format!("{id}-hint");
    let oninput = dispatch.reform(move |event| Action::Draft(DraftAction::Slide(setting, read(&text_of(&event)))));
    let (max, step) = reach(setting);
    let shown = text::strength(setting, value);
    html! {
        <div class="field strength">
            <label for={id.clone()}>{ text::label(setting) }</label>
            <output for={id.clone()}>{ shown.clone() }</output>
            <input
                type="range"
                {id}
                data-testid="knob"
                data-knob={setting.name()}
                min="0"
                max={text::attribute(value.max(max))}
                {step}
                value={text::attribute((value * 1e6).round() / 1e6)}
                aria-valuetext={shown}
                aria-describedby={hint.clone()}
                {oninput}
            />
            <p class="hint" id={hint}>{ text::hint(setting) }</p>
        </div>
    }
}

/// A select element, by index.
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
