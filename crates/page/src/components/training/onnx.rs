//! The form for what the file of an ONNX model does not say.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use yew::{
    AttrValue, Callback, Event, Html, KeyboardEvent, Properties, TargetCast, component, html, use_context,
    use_effect_with, use_node_ref, use_state,
};

use crate::components::canvas::{Canvas, Drawing};
use crate::components::choice::choice;
use crate::components::faces::bars;
use crate::components::icons::{Picture, icon};
use crate::controller::Controller;
use crate::language::Text;
use crate::state::{OnnxSheet, SharedPainting, deviation_fault, is_onnx_complete, mean_fault, onnx_numbers, onnx_side};
use crate::text::training::onnx as text;
use mien_core::dataset::LabelOrder;
use mien_core::explanation::Pixmap;
use mien_core::network::{OnnxFacts, OnnxScalingFault, OnnxStatement, OnnxTrial};
use mien_core::number::fixed;

/// The scalings with a name, and their texts.
const SCALINGS: [(&str, Text); 5] = [
    ("unit", text::SCALING_UNIT),
    ("signed", text::SCALING_SIGNED),
    ("levels", text::SCALING_LEVELS),
    ("imagenet", text::SCALING_IMAGENET),
    ("crop", text::SCALING_CROP),
];

/// The id of the form.
pub const PANEL: &str = "onnx";

/// A scaling of which neither mean nor deviation is stated yet.
const OWN_SCALING: &str = ":";

#[derive(PartialEq, Properties)]
pub struct OnnxFormProps {
    /// The model.
    pub sheet: OnnxSheet,
    /// Whether the engine cannot run until it is started again.
    pub engine_failed: bool,
}

/// The form, what the model sees of the sample, and what it says.
#[component]
pub fn OnnxForm(props: &OnnxFormProps) -> Html {
    let controller = use_context::<Controller>();
    let section = use_node_ref();
    {
        let section = section.clone();
        use_effect_with(opening(&props.sheet), move |_| {
            if let Some(section) = section.cast::<HtmlElement>() {
                section.scroll_into_view();
                section.focus().ok();
            }
        });
    }
    let Some(controller) = controller else { return Html::default() };
    let sheet = &props.sheet;
    let use_it = {
        let controller = controller.clone();
        move |_| controller.networks.use_onnx()
    };
    let again = {
        let (controller, section) = (controller.clone(), section.clone());
        move |_| {
            controller.networks.onnx.again();
            // the button is gone then
            if let Some(section) = section.cast::<HtmlElement>() {
                let field = section.query_selector("input, select").ok().flatten();
                field.and_then(|field| field.dyn_into().ok()).unwrap_or(section).focus().ok();
            }
        }
    };
    let cancel = {
        let controller = controller.clone();
        move || drop(controller.networks.onnx.take())
    };
    let onkeydown = {
        let cancel = cancel.clone();
        move |event: KeyboardEvent| {
            // Escape closes a list that is open first, and while a character is composed, it is for the input method
            let is_for_list = || {
                let control = event.target_dyn_into::<Element>();
                control.is_some_and(|control| control.matches("select:open").unwrap_or_default())
            };
            if event.key() == "Escape" && !event.is_composing() && !is_for_list() {
                cancel();
            }
        }
    };
    html! {
        <section
            ref={section}
            id={PANEL}
            class="panel onnx"
            data-testid="onnx"
            aria-labelledby="onnx-title"
            tabindex="-1"
            {onkeydown}
        >
            <h2 id="onnx-title">{ text::title(&sheet.name) }</h2>
            if let Some(facts) = &sheet.facts {
                <p>{ text::LEAD }</p>
                <p class="hint" data-testid="onnx-facts">{ text::facts(facts) }</p>
                { fields(sheet, facts, &controller) }
            }
            <div role="status">{ outcome(sheet) }</div>
            <div class="tools">
                <button
                    type="button"
                    class="button primary"
                    data-testid="onnx-use"
                    disabled={!matches!(sheet.trial, Some(Ok(_)))}
                    onclick={use_it}
                >
                    { text::USE }
                </button>
                if sheet.lost {
                    <button type="button" class="button" data-testid="onnx-again" disabled={props.engine_failed} onclick={again}>
                        { text::AGAIN }
                    </button>
                }
                <button type="button" class="button" data-testid="onnx-cancel" onclick={move |_| cancel()}>
                    { icon(Picture::Close) }{ text::CANCEL }
                </button>
            </div>
        </section>
    }
}

/// What tells a form from the one before, perhaps of a file with the same name: where its name lies in memory.
fn opening(sheet: &OnnxSheet) -> usize {
    Rc::as_ptr(&sheet.name).addr()
}

/// A text field, with what is wrong with its text; `change` gets the text once it is typed.
fn field(testid: &'static str, label: Text, value: AttrValue, fault: Option<String>, change: Callback<String>) -> Html {
    let onchange = Callback::from(move |event: Event| {
        change.emit(event.target_dyn_into::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default());
    });
    let error = format!("{testid}-error");
    html! {
        <div class="field">
            <label class="field-name" for={testid}>{ label }</label>
            <input
                type="text"
                class="input"
                autocomplete="off"
                id={testid}
                data-testid={testid}
                {value}
                aria-invalid={fault.is_some().then_some("true")}
                aria-describedby={fault.is_some().then(|| error.clone())}
                {onchange}
            />
            if let Some(fault) = fault {
                <p class="field-error" id={error.clone()} data-testid={error} role="alert">{ fault }</p>
            }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct SideFieldProps {
    side: Option<u32>,
}

/// The size of the images. A text that states none is kept, with what may be stated.
#[component]
fn SideField(props: &SideFieldProps) -> Html {
    let controller = use_context::<Controller>();
    let refused = use_state(|| None::<AttrValue>);
    let fault = refused.is_some().then(text::sides);
    let value = match (&*refused, props.side) {
        (Some(typed), _) => typed.clone(),
        (None, side) => side.map(|side| side.to_string()).unwrap_or_default().into(),
    };
    let change = Callback::from(move |typed: String| {
        let side = onnx_side(&typed);
        refused.set((side.is_none() && !typed.trim().is_empty()).then(|| typed.into()));
        if let Some(controller) = &controller {
            controller.networks.onnx.change(|statement| statement.side = side);
        }
    });
    field("onnx-side", text::SIDE, value, fault, change)
}

fn fields(sheet: &OnnxSheet, facts: &OnnxFacts, controller: &Controller) -> Html {
    let statement = &sheet.statement;
    // a control with the way in which its value changes the statement
    let change = |change: fn(&mut OnnxStatement, usize)| {
        let controller = controller.clone();
        Callback::from(move |index| controller.networks.onnx.change(|statement| change(statement, index)))
    };
    let typed = |testid, label, value: String, fault: Option<String>, change: fn(&mut OnnxStatement, String)| {
        let controller = controller.clone();
        let onchange =
            Callback::from(move |value| controller.networks.onnx.change(|statement| change(statement, value)));
        field(testid, label, value.into(), fault, onchange)
    };
    let named = |names: Vec<Text>| names.into_iter().map(String::from).collect::<Vec<_>>();
    let scaling = statement.scaling.as_deref();
    let own_scaling = scaling.and_then(|scaling| scaling.split_once(':'));
    let scalings =
        named([text::CHOOSE].into_iter().chain(SCALINGS.map(|(_, words)| words)).chain([text::OWN]).collect());
    let channels = facts.channels.or(statement.channels);
    let mean_label = if channels == Some(1) { text::MEAN_OF_GREY } else { text::MEAN };
    let of_scaling = |fault: Option<OnnxScalingFault>| fault.map(|fault| String::from(text::scaling_fault(fault)));
    let chosen_scaling = match scaling {
        None => 0,
        Some(name) => SCALINGS.iter().position(|(own, _)| *own == name).unwrap_or(SCALINGS.len()) + 1,
    };
    let classes = statement.classes.as_deref();
    let order = classes.map(|classes| LabelOrder::NAMED.iter().position(|order| order.name() == classes));
    let orders: Vec<String> = std::iter::once(String::from(text::CHOOSE))
        .chain(LabelOrder::NAMED.iter().map(|order| text::order_title(order).to_owned()))
        .chain([String::from(text::OWN)])
        .collect();
    html! {
        <div class="fields">
            if facts.side.is_none() {
                <SideField key={opening(sheet)} side={statement.side} />
            }
            if facts.channels.is_none() {
                {
                    choice(
                        "onnx-channels",
                        text::CHANNELS,
                        &named(vec![text::CHOOSE, text::GREY, text::COLOUR]),
                        Some(statement.channels.map_or(0, |channels| if channels == 1 { 1 } else { 2 })),
                        change(|statement, index| statement.channels = [None, Some(1), Some(3)][index.min(2)]),
                    )
                }
            }
            if !facts.is_bytes {
                {
                    choice("onnx-scaling", text::SCALING, &scalings, Some(chosen_scaling), change(|statement, index| {
                        statement.scaling = index.checked_sub(1).map(|index| {
                            SCALINGS.get(index).map_or(OWN_SCALING, |(name, _)| name).to_owned()
                        });
                    }))
                }
                if let Some((mean, deviation)) = own_scaling {
                    {
                        typed("onnx-mean", mean_label, text::numbers(mean), of_scaling(mean_fault(mean, channels)), |statement, mean| {
                            let mean = onnx_numbers(&mean);
                            let deviation = statement.scaling.as_deref().and_then(|own| own.split_once(':'));
                            statement.scaling = Some(format!("{mean}:{}", deviation.map_or("", |(_, deviation)| deviation)));
                        })
                    }
                    {
                        typed("onnx-deviation", text::DEVIATION, text::numbers(deviation), of_scaling(deviation_fault(deviation, channels)), |statement, deviation| {
                            let deviation = onnx_numbers(&deviation);
                            let mean = statement.scaling.as_deref().and_then(|own| own.split_once(':'));
                            statement.scaling = Some(format!("{}:{deviation}", mean.map_or("", |(mean, _)| mean)));
                        })
                    }
                }
            }
            {
                choice(
                    "onnx-classes",
                    text::CLASSES,
                    &orders,
                    Some(order.map_or(0, |named| named.unwrap_or(LabelOrder::NAMED.len()) + 1)),
                    change(|statement, index| {
                        statement.classes = index.checked_sub(1).map(|index| {
                            LabelOrder::NAMED.get(index).map_or("", LabelOrder::name).to_owned()
                        });
                    }),
                )
            }
            if order == Some(None) {
                {
                    typed(
                        "onnx-list",
                        text::LIST,
                        classes.unwrap_or_default().to_owned(),
                        list_fault(sheet),
                        |statement, list| statement.classes = Some(list),
                    )
                }
            }
            {
                choice(
                    "onnx-output",
                    text::OUTPUT,
                    &named(vec![text::LOGITS, text::PROBABILITIES]),
                    Some(usize::from(statement.probabilities == Some(true))),
                    change(|statement, index| statement.probabilities = Some(index == 1)),
                )
            }
        </div>
    }
}

/// What is wrong with the list of classes, if that is why the model is refused.
fn list_fault(sheet: &OnnxSheet) -> Option<String> {
    let classes = sheet.statement.classes.as_deref()?;
    let is_list = LabelOrder::NAMED.iter().all(|order| order.name() != classes);
    let reason = sheet.trial.as_ref()?.as_ref().err()?;
    if is_list { text::list_fault(reason) } else { None }
}

/// What the model makes of the sample, or why there is nothing.
fn outcome(sheet: &OnnxSheet) -> Html {
    match &sheet.trial {
        _ if sheet.lost => html! {
            <p class="caution" data-testid="onnx-lost">{ icon(Picture::Warning) }{ text::LOST }</p>
        },
        None if sheet.trying => html! { <p class="hint" data-testid="onnx-trying">{ text::TRYING }</p> },
        None => match &sheet.facts {
            None => html! { <p class="hint">{ text::READING }</p> },
            // it is being tried, which is over soon
            Some(facts) if is_onnx_complete(facts, &sheet.statement) => Html::default(),
            Some(_) => html! { <p class="hint" data-testid="onnx-rest">{ text::REST }</p> },
        },
        // its field says so
        Some(Err(_)) if list_fault(sheet).is_some() => html! { <p class="hint">{ text::REST }</p> },
        Some(Err(reason)) => html! {
            <p class="caution" data-testid="onnx-refused">{ icon(Picture::Warning) }{ text::refusal(reason) }</p>
        },
        Some(Ok(trial)) => sample(trial),
    }
}

fn sample(trial: &OnnxTrial) -> Html {
    let (top, probability) = trial.prediction.top();
    let (width, pixels) = (trial.side, trial.pixels.clone());
    let image = SharedPainting::from(Pixmap { width, height: width, pixels });
    let sees = text::network_sees(trial.side);
    html! {
        <>
            <div class="onnx-sample">
                <figure>
                    <Canvas drawing={Drawing::Grey(Rc::from(&*trial.crop))} role="img" label={AttrValue::from(text::CROP)} />
                    <figcaption>{ text::CROP }</figcaption>
                </figure>
                <figure>
                    <Canvas
                        drawing={Drawing::Painting(image)}
                        role="img"
                        label={AttrValue::from(sees.clone())}
                        testid="onnx-preview"
                    />
                    <figcaption>{ sees }{ " " }{ text::values(trial.range) }</figcaption>
                </figure>
                <div
                    class="onnx-prediction"
                    data-testid="onnx-prediction"
                    data-expression={top.name()}
                    data-probability={fixed(f64::from(probability), 4)}
                    data-multiply-adds={trial.multiply_adds.to_string()}
                >
                    { bars(Some(trial.prediction), true) }
                </div>
            </div>
            <p data-testid="onnx-order">{ text::order(&trial.classes) }</p>
            <p class="hint">{ text::CHECK }</p>
        </>
    }
}
