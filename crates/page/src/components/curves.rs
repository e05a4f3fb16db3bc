//! The curves of the model face: what changes, progress, the plot with thresholds.

use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use web_sys::{DataTransfer, HtmlInputElement, HtmlSelectElement};
use yew::{
    AttrValue, Callback, Event, Html, MouseEvent, Properties, TargetCast, component, html, use_context, use_effect_with,
};

use super::icons::{Picture, icon};
use super::run::run_progress;
use super::training::read;
use crate::controller::Controller;
use crate::language::{Language, Text};
use crate::settings::Page;
use crate::state::{Curves, CurvesAction, CurvesDraft, EngineState, State};
use crate::text::{self as words, curves as text, evaluation, model_face};
use mien_core::expression::Expression;
use mien_core::number::plain;
use mien_core::plot;
use mien_core::sweep::GroupSummary;
use mien_face::action_unit::ActionUnit;
use mien_face::settings::{LIGHT_UP, SETTINGS, SKIN, Settings, YAW};
use mien_face::sweep::{AXES, CurvesAnswer, Grouping, MAX_IDENTITIES, MAX_STEPS};

const PRESETS: [(&str, Text, CurvesDraft); 5] = [
    ("smile", text::PRESET_SMILE, CurvesDraft::SMILE),
    ("brows", text::PRESET_BROWS, CurvesDraft { look: None, axis: ActionUnit::Au4 as usize, ..CurvesDraft::SMILE }),
    ("turn", text::PRESET_TURN, CurvesDraft { axis: YAW, to: 60.0, steps: 13.0, ..CurvesDraft::SMILE }),
    (
        "light",
        text::PRESET_LIGHT,
        CurvesDraft { axis: LIGHT_UP, from: 80.0, to: -80.0, steps: 17.0, ..CurvesDraft::SMILE },
    ),
    ("skin", text::PRESET_SKIN, CurvesDraft { axis: SKIN, to: 5.0, steps: 6.0, ..CurvesDraft::SMILE }),
];

/// What can change: the intensity of the look, the action units, then the rest.
fn axes() -> impl Iterator<Item = usize> {
    AXES.into_iter().take(1).chain(0..ActionUnit::COUNT).chain(AXES.into_iter().skip(1))
}

/// The curves with what they depend on.
pub fn curves(state: &State) -> Html {
    html! {
        <CurvesPanel
            curves={state.curves.clone()}
            face={state.model_face.settings}
            ready={matches!(state.engine, EngineState::Ready { .. })}
            network={state.network.as_ref().map(|network| AttrValue::from(network.name.clone())).unwrap_or_default()}
            language={state.language}
        />
    }
}

#[derive(PartialEq, Properties)]
struct CurvesProps {
    curves: Curves,
    face: Settings,
    ready: bool,
    network: AttrValue,
    language: Language,
}

#[component]
fn CurvesPanel(props: &CurvesProps) -> Html {
    let (draft, class) = (props.curves.draft, props.curves.class);
    let controller = use_context::<Controller>();
    {
        let controller = controller.clone();
        use_effect_with((props.curves.complete, class, props.language), move |(complete, class, _)| {
            if let Some(controller) = controller.filter(|_| *complete > 0) {
                controller.curves.summarize(*class, text::words);
            }
        });
    }
    let Some(controller) = controller else { return Html::default() };
    let plan = draft.plan(&props.face);
    let wrong = plan.check().err().map(text::wrong);
    let set = {
        let controller = controller.clone();
        Callback::from(move |to: CurvesDraft| controller.curves.dispatch(CurvesAction::Draft(to)))
    };
    let on_class = {
        let controller = controller.clone();
        Callback::from(move |index: usize| {
            let class = index.checked_sub(1).and_then(Expression::from_index);
            controller.curves.dispatch(CurvesAction::Class(class));
        })
    };
    let start = {
        let (controller, network) = (controller.clone(), props.network.to_string());
        Callback::from(move |_: MouseEvent| controller.curves.start(plan, network.clone()))
    };
    html! {
        <div class="curves-panel" data-testid="curves">
            <p>{ text::LEAD }</p>
            <p class="hint">{ text::MODEL_ONLY }{ " " }<a href={Page::About.fragment()}>{ model_face::LIMITS_LINK }</a></p>
            <div class="tools small" role="group" aria-label={text::PRESETS}>
                for (name, label, preset) in PRESETS {
                    <button type="button" class="button" data-testid={format!("curves-preset-{name}")} onclick={set.reform(move |_| preset)}>
                        { label }
                    </button>
                }
            </div>
            { choices(draft, &set) }
            if let Some(progress) = &props.curves.progress {
                {
                    run_progress(
                        "curves",
                        progress,
                        text::PROGRESS,
                        text::progress(progress),
                        |controller, _| controller.curves.cancel(),
                        &controller,
                    )
                }
            } else {
                <div class="tools">
                    <button
                        type="button"
                        class="button primary"
                        data-testid="curves-start"
                        disabled={wrong.is_some() || !props.ready}
                        onclick={start}
                    >
                        { icon(Picture::Play) }{ text::START }
                    </button>
                    <p class="hint" role="status" data-testid="curves-hint">
                        {
                            match (wrong, props.ready) {
                                (Some(wrong), _) => String::from(wrong),
                                (None, false) => evaluation::NOT_READY.into(),
                                (None, true) => text::pictures(plan.len()),
                            }
                        }
                    </p>
                </div>
            }
            if let Some(end) = props.curves.ended {
                <p class="important" role="status" data-testid="curves-ended">
                    { text::ended(end) }
                </p>
            }
            if let Some(answer) = &props.curves.shown {
                { result(answer, class, &on_class, &controller) }
            }
        </div>
    }
}

/// Calls back with the index of the selected option.
fn select(testid: &'static str, label: Text, options: Vec<(String, bool)>, on_index: Callback<usize>) -> Html {
    let onchange = Callback::from(move |event: Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        on_index.emit(index.and_then(|index| usize::try_from(index).ok()).unwrap_or_default());
    });
    html! {
        <label class="field">
            <span class="field-name">{ label }</span>
            <select class="select" data-testid={testid} {onchange}>
                for (name, selected) in options {
                    <option {selected}>{ name }</option>
                }
            </select>
        </label>
    }
}

/// A number as it was entered, and nothing if none was.
fn entered(value: f64) -> String {
    if value.is_finite() { plain(value, 6) } else { String::new() }
}

/// The text that an event pastes.
fn pasted(event: &Event) -> Option<String> {
    let data = Reflect::get(event, &"clipboardData".into()).ok()?.dyn_into::<DataTransfer>().ok()?;
    data.get_data("text").ok()
}

/// Calls back with the number that was entered, NaN if it is none.
fn number(testid: &'static str, label: Text, value: f64, [min, max, step]: [f32; 3], on: Callback<f64>) -> Html {
    let paste = on.clone();
    let onchange = Callback::from(move |event: Event| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            on.emit(input.value_as_number());
        }
    });
    // the browser would leave out the minus sign that the page itself writes, and a decimal comma
    let onpaste = Callback::from(move |event: Event| {
        let number = pasted(&event).as_deref().and_then(read).filter(|number| number.is_finite());
        if let Some((input, number)) = event.target_dyn_into::<HtmlInputElement>().zip(number) {
            event.prevent_default();
            input.set_value(&entered(number));
            paste.emit(number);
        }
    });
    let [min, max, step] = [min, max, step].map(|value| plain(f64::from(value), 3));
    let value = entered(value);
    html! {
        <label class="field">
            <span class="field-name">{ label }</span>
            <input type="number" class="select" data-testid={testid} {min} {max} {step} {value} {onchange} {onpaste} />
        </label>
    }
}

fn choices(draft: CurvesDraft, set: &Callback<CurvesDraft>) -> Html {
    let looks = std::iter::once((text::LOOK_AS_SET.into(), draft.look.is_none()))
        .chain(Expression::ALL.map(|look| (words::expression(look).into(), draft.look == Some(look))));
    let changes = axes().map(|axis| (model_face::NAMES[axis].into(), draft.axis == axis));
    let groups = Grouping::ALL.map(|grouping| (text::grouping(grouping).into(), draft.grouping == grouping));
    let setting = SETTINGS[draft.axis];
    let range = [setting.min, setting.max, setting.step];
    html! {
        <div class="curves-choices">
            {
                select("curves-axis", text::CHANGES, changes.collect(), set.reform(move |index| {
                    axes().nth(index).map_or(draft, |axis| draft.along(axis))
                }))
            }
            {
                select("curves-look", text::LOOK, looks.collect(), set.reform(move |index: usize| {
                    CurvesDraft { look: index.checked_sub(1).and_then(Expression::from_index), ..draft }
                }))
            }
            { number("curves-from", text::FROM, draft.from, range, set.reform(move |from| CurvesDraft { from, ..draft })) }
            { number("curves-to", text::TO, draft.to, range, set.reform(move |to| CurvesDraft { to, ..draft })) }
            {
                number("curves-steps", text::STEPS, draft.steps, [2.0, f32::from(MAX_STEPS), 1.0],
                    set.reform(move |steps| CurvesDraft { steps, ..draft }))
            }
            {
                number("curves-identities", text::IDENTITIES, draft.identities, [1.0, f32::from(MAX_IDENTITIES), 1.0],
                    set.reform(move |identities| CurvesDraft { identities, ..draft }))
            }
            {
                select("curves-groups", text::COMPARE, groups.into(), set.reform(move |index: usize| {
                    CurvesDraft { grouping: Grouping::ALL.get(index).copied().unwrap_or_default(), ..draft }
                }))
            }
        </div>
    }
}

/// The plot, the thresholds, the table, and the files.
fn result(
    answer: &Rc<CurvesAnswer>,
    class: Option<Expression>,
    on_class: &Callback<usize>,
    controller: &Controller,
) -> Html {
    let summary = &answer.summary;
    let classes = std::iter::once((text::CLASS_AUTOMATIC.into(), class.is_none()))
        .chain(Expression::ALL.map(|each| (words::expression(each).into(), class == Some(each))));
    let download = |testid: &'static str,
                    label: &'static str,
                    kind: &'static str,
                    content: fn(&CurvesAnswer) -> String| {
        let (controller, answer) = (controller.clone(), Rc::clone(answer));
        let onclick = move |_| {
            let extension = testid.trim_start_matches("curves-");
            controller.curves.save(&answer.plan, &content(&answer), kind, extension);
        };
        html! {
            <button type="button" class="button" data-testid={testid} {onclick}>{ icon(Picture::Download) }{ label }</button>
        }
    };
    html! {
        <>
            { select("curves-class", evaluation::CLASS, classes.collect(), on_class.clone()) }
            <figure class="drawing" data-testid="curves-plot" data-identities={summary.identities.to_string()}>
                { Html::from_html_unchecked(AttrValue::from(answer.svg.clone())) }
                <figcaption>
                    <p>{ words::headed(&text::title(summary)) }</p>
                    <ul>
                        for (index, part) in summary.parts().enumerate() {
                            { threshold(answer, index, part) }
                        }
                    </ul>
                    <p>{ text::of_identities(summary.identities as usize, summary.not_found() as usize) }{ ". " }{ text::THRESHOLDS_HOW }</p>
                    if summary.is_small() {
                        <p class="important" data-testid="curves-few">{ text::FEW }</p>
                    }
                    if answer.plan.grouping == Grouping::Shape {
                        <p>{ text::SHAPE_HOW }</p>
                    }
                    if answer.plan.grouping == Grouping::Skin || answer.plan.axis == SKIN {
                        <p>{ text::SKIN_HOW }</p>
                    }
                    <p data-testid="curves-network">{ text::network(&answer.network) }</p>
                </figcaption>
                <div class="tools small no-print">
                    { download("curves-svg", "SVG", "image/svg+xml", |answer| plot::standalone(&answer.svg)) }
                    { download("curves-csv", "CSV", "text/csv", |answer| answer.csv.clone()) }
                    { download("curves-json", "JSON", "application/json", |answer| answer.json.clone()) }
                </div>
            </figure>
            <details class="legend" data-testid="curves-table">
                <summary>{ text::TABLE }</summary>
                { table(answer) }
            </details>
        </>
    }
}

fn threshold(answer: &CurvesAnswer, index: usize, part: &GroupSummary) -> Html {
    let threshold = &part.threshold;
    let missing = if threshold.known() > 0 { "never" } else { "unknown" };
    let value = |value: Option<f32>| value.map_or_else(|| missing.to_owned(), |value| plain(f64::from(value), 4));
    let [low, high] = threshold.interval;
    html! {
        <li
            data-testid="curves-threshold"
            data-group={if index == 0 { "all".to_owned() } else { part.name.clone() }}
            data-value={value(threshold.value)}
            data-low={value(low)}
            data-high={value(high)}
            data-never={threshold.never.to_string()}
            data-unknown={threshold.unknown.to_string()}
        >
            { text::finding(answer, index, part) }
        </li>
    }
}

fn table(answer: &CurvesAnswer) -> Html {
    let summary = &answer.summary;
    let row = |(step, value): (usize, &f32)| {
        html! {
            <tr>
                <th scope="row">{ text::value(&answer.plan, summary, *value) }</th>
                for cell in summary.all.steps.get(step).map(text::cells).unwrap_or_default() {
                    <td>{ cell }</td>
                }
                for part in &summary.groups {
                    <td>{ part.steps.get(step).map(|step| text::mean(step, summary.class)).unwrap_or_default() }</td>
                }
            </tr>
        }
    };
    html! {
        <div class="scroll" tabindex="0" role="group" aria-label={text::TABLE}>
            <table class="figures-table">
                <thead>
                    <tr>
                        <th scope="col">{ text::axis(&answer.plan) }</th>
                        for class in Expression::ALL {
                            <th scope="col">{ words::expression(class) }</th>
                        }
                        <th scope="col">{ text::FOUND }</th>
                        for index in 1..=summary.groups.len() {
                            <th scope="col">{ words::inline(summary.class) }{ ", " }{ text::part(answer.plan.grouping, index) }</th>
                        }
                    </tr>
                </thead>
                <tbody>{ for summary.values.iter().enumerate().map(row) }</tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mien_face::settings::INTENSITY;

    #[test]
    fn presets_can_be_swept() {
        for (name, _, preset) in PRESETS {
            assert_eq!(preset.plan(&Settings::default()).check(), Ok(()), "{name}");
        }
        let axes: Vec<usize> = axes().collect();
        assert_eq!((axes.len(), axes[0], axes[1]), (ActionUnit::COUNT + AXES.len(), INTENSITY, 0));
        for axis in axes {
            assert_eq!(CurvesDraft::SMILE.along(axis).plan(&Settings::default()).check(), Ok(()), "{axis}");
        }
    }

    #[test]
    fn fields_keep_what_was_entered() {
        let shown = [99_999_999.0, -3.0, 2.7, 0.12345, 11.0, f64::NAN].map(entered);
        assert_eq!(shown, ["99999999", "-3", "2.7", "0.12345", "11", ""]);
    }

    #[test]
    fn a_look_takes_the_place_of_the_units_and_leaves_the_rest() {
        let mut face = Settings::default();
        face.set(YAW, 20.0);
        face.show(Expression::Sad);
        let plan = CurvesDraft::SMILE.plan(&face);
        assert_eq!((plan.look(), plan.base.get(YAW)), (Some(Expression::Happy), 20.0));
        assert_eq!(CurvesDraft { look: None, ..CurvesDraft::SMILE }.plan(&face).look(), Some(Expression::Sad));
    }
}
