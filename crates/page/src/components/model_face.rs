//! The controls of the model face.

use web_sys::HtmlInputElement;
use yew::{AttrValue, Callback, Html, InputEvent, MouseEvent, TargetCast, html};

use super::evaluation::figure::CopyButton;
use super::icons::{Picture, icon};
use crate::controller::{Controller, copy_model_face};
use crate::language::Text;
use crate::settings::Page;
use crate::state::{ModelFace, ModelFaceAction};
use crate::text::{self, model_face as words};
use mien_core::expression::Expression;
use mien_core::number::plain;
use mien_face::settings::{
    DISTANCE, GAZE_RIGHT, GAZE_UP, GLASSES, INTENSITY, LASHES, LIGHT_RIGHT, LIGHT_UP, PITCH, ROLL, SEED, SETTINGS,
    SKIN, SOFTNESS, STRENGTH, Settings, VIEW_HEIGHT, YAW,
};

/// The groups of sliders, by the indices of their settings.
const GROUPS: [(Text, &[usize]); 5] = [
    (words::BROWS, &[0, 1, 2, 3, 4, 5, 23]),
    (words::MOUTH, &[6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]),
    (words::HEAD, &[YAW, PITCH, ROLL, GAZE_RIGHT, GAZE_UP]),
    (words::LIGHT, &[LIGHT_RIGHT, LIGHT_UP, SOFTNESS, STRENGTH, DISTANCE, VIEW_HEIGHT]),
    (words::PERSON, &[SKIN, LASHES, GLASSES, SEED]),
];

/// The id of the controls of the face, beside which its button stands.
const PANEL: &str = "face-controls";

/// The button that opens the model face.
pub fn open_button(face: &ModelFace, controller: &Controller) -> Html {
    let controller = controller.clone();
    let loading = face.loading;
    html! {
        <button
            type="button"
            class="button"
            data-testid="model-face"
            data-panel={PANEL}
            title={words::OPEN_HINT}
            aria-busy={loading.to_string()}
            onclick={move |_| controller.open_model_face()}
        >
            { icon(Picture::Mien) }
            <span role="status">{ if loading { words::LOADING } else { words::TITLE } }</span>
        </button>
    }
}

/// Shows an expression, by a morph if so chosen.
fn show(face: &ModelFace, expression: Expression, controller: &Controller) {
    let mut settings = face.settings;
    settings.show(expression);
    if face.morphs {
        controller.model_face.play(settings);
    } else {
        controller.model_face.change(settings, None);
    }
}

/// The settings with the next person.
fn next_person(settings: &Settings) -> Settings {
    let (mut settings, seed) = (*settings, settings.get(SEED));
    settings.set(SEED, if seed < SETTINGS[SEED].max { seed + 1.0 } else { 1.0 });
    settings
}

/// Handles a key; returns whether it did.
pub fn on_key(key: &str, face: &ModelFace, controller: &Controller) -> bool {
    let number = key.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    match (key, number.and_then(|index| Expression::ALL.get(index))) {
        (_, Some(&expression)) => show(face, expression, controller),
        ("n", _) => controller.model_face.change(next_person(&face.settings), None),
        ("z", _) => controller.model_face.act(ModelFaceAction::Undo),
        ("y", _) => controller.model_face.act(ModelFaceAction::Redo),
        _ => return false,
    }
    true
}

/// The looks, and what is done with the settings as a whole.
pub fn looks(face: &ModelFace, controller: &Controller) -> Html {
    let settings = face.settings;
    let act = |act: fn(&Controller, &ModelFace)| {
        let (controller, face) = (controller.clone(), face.clone());
        Callback::from(move |_| act(&controller, &face))
    };
    let look = |expression: Expression| {
        let (controller, face) = (controller.clone(), face.clone());
        Callback::from(move |_| show(&face, expression, &controller))
    };
    let paste = {
        let controller = controller.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                controller.model_face.paste(&input.value());
                input.set_value("");
            }
        })
    };
    html! {
        <section id={PANEL} class="model-face" aria-label={words::TITLE}>
            <div class="tools" role="group" aria-label={words::LOOKS}>
                for expression in Expression::ALL {
                    <button
                        type="button"
                        class="button"
                        data-testid={format!("face-look-{}", expression.name())}
                        aria-pressed={(settings.expression() == Some(expression)).to_string()}
                        onclick={look(expression)}
                    >
                        { text::expression(expression) }
                    </button>
                }
                <button
                    type="button"
                    class="button"
                    data-testid="face-morph"
                    title={words::MORPH_HINT}
                    aria-pressed={face.morphs.to_string()}
                    onclick={act(|controller, face| controller.model_face.act(ModelFaceAction::Morphs(!face.morphs)))}
                >
                    { icon(Picture::Play) }{ words::MORPH }
                </button>
            </div>
            { slider(&settings, INTENSITY, controller) }
            <div class="tools">
                {
                    button("face-next-person", words::NEXT_PERSON, false, act(|controller, face| {
                        controller.model_face.change(next_person(&face.settings), None);
                    }))
                }
                {
                    button("face-undo", words::UNDO, !face.history.can_undo(), act(|controller, _| {
                        controller.model_face.act(ModelFaceAction::Undo);
                    }))
                }
                {
                    button("face-redo", words::REDO, !face.history.can_redo(), act(|controller, _| {
                        controller.model_face.act(ModelFaceAction::Redo);
                    }))
                }
                {
                    button("face-reset", words::RESET, false, act(|controller, _| {
                        controller.model_face.change(Settings::default(), None);
                    }))
                }
                <CopyButton text={move |()| copy_model_face(&settings)} label={words::COPY} testid="face-copy" />
                <input type="text" class="select" data-testid="face-paste" aria-label={words::PASTE} placeholder={words::PASTE} oninput={paste} />
                <button
                    type="button"
                    class="button bare"
                    data-testid="face-close"
                    title={words::CLOSE}
                    aria-label={words::CLOSE}
                    onclick={act(|controller, _| controller.model_face.close())}
                >
                    { icon(Picture::Close) }
                </button>
            </div>
            <p class="hint">
                { words::HOW }{ " " }{ words::LIMITS }{ " " }
                <a href={Page::About.fragment()}>{ words::LIMITS_LINK }</a>
            </p>
        </section>
    }
}

fn button(testid: &'static str, label: Text, disabled: bool, onclick: Callback<MouseEvent>) -> Html {
    html! {
        <button type="button" class="button" data-testid={testid} {disabled} {onclick}>{ label }</button>
    }
}

/// The sliders, in groups.
pub fn sliders(face: &ModelFace, controller: &Controller) -> Html {
    html! {
        <div class="model-face">
            for (name, settings) in GROUPS {
                <details>
                    <summary>{ name }</summary>
                    for index in settings {
                        { slider(&face.settings, *index, controller) }
                    }
                </details>
            }
        </div>
    }
}

/// The control of a setting.
fn slider(settings: &Settings, index: usize, controller: &Controller) -> Html {
    let (setting, value, before) = (&SETTINGS[index], settings.get(index), *settings);
    let oninput = {
        let controller = controller.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let mut settings = before;
                settings.set(index, input.value_as_number() as f32);
                controller.model_face.change(settings, Some(index));
            }
        })
    };
    let onchange = {
        let controller = controller.clone();
        move |_| controller.model_face.act(ModelFaceAction::Rest)
    };
    let shown = AttrValue::from(words::shown(settings, index));
    let number = |value: f32| plain(f64::from(value), 2);
    html! {
        <label class="field">
            <span class="field-name">{ words::NAMES[index] }</span>
            <input
                class={(index == SEED).then_some("select")}
                type={if index == SEED { "number" } else { "range" }}
                data-testid={format!("face-{}", setting.name)}
                min={number(setting.min)}
                max={number(setting.max)}
                step={number(setting.step)}
                value={number(value)}
                aria-valuetext={(index != SEED).then(|| shown.clone())}
                {oninput}
                {onchange}
            />
            if index != SEED {
                <span class="hint" aria-hidden="true">{ shown }</span>
            }
        </label>
    }
}
