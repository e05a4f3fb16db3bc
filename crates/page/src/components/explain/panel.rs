//! The heatmap settings, and a description of the heatmaps.

use web_sys::HtmlSelectElement;
use yew::{AttrValue, Callback, Html, TargetCast, html};

use crate::components::icons::{Picture, icon};
use crate::components::message::{Message, message};
use crate::language::{Text, say};
use crate::state::{Explain, ExplainAction, Explanations};
use crate::text::{explain as text, inline, onnx_failure};
use mien_core::explanation::Method;
use mien_core::expression::Expression;
use mien_protocol::Message as Reason;

/// The button that toggles heatmaps.
pub fn explain_toggle(on: bool, dispatch: &Callback<ExplainAction>) -> Html {
    html! {
        <button
            type="button"
            class="button"
            data-testid="explain"
            title={text::HINT}
            aria-pressed={on.to_string()}
            onclick={dispatch.reform(move |_| ExplainAction::On(!on))}
        >
            { icon(Picture::Map) }{ text::EXPLAIN }
        </button>
    }
}

/// The settings, the legend, and the description of the heatmaps of the current faces. It is not announced while the
/// source is `moving`, whose description changes continuously.
pub fn explain_panel(
    explain: &Explain,
    found: Option<&Explanations>,
    moving: bool,
    dispatch: &Callback<ExplainAction>,
) -> Html {
    html! {
        <section class="explain" aria-label={text::TITLE} data-testid="explain-panel">
            { choices(explain, dispatch) }
            { legend(explain.method) }
            if let Some(reason) = &explain.failure {
                { message(failure(reason)) }
            } else {
                <div role={(!moving).then_some("status")}>{ findings(found) }</div>
            }
            <p class="hint">{ text::how(explain.method) }</p>
            <p class="hint caution">{ text::CAUTION }</p>
        </section>
    }
}

/// Why there are no heatmaps.
fn failure(reason: &Reason) -> Message {
    match onnx_failure(reason) {
        Some(what) => Message::error("explain-failed", what, text::FAILED_ONNX_DO),
        None => {
            let detail = Some(AttrValue::from(say(reason)));
            Message { detail, ..Message::error("explain-failed", text::FAILED, "") }
        }
    }
}

/// A sentence for each face.
fn findings(found: Option<&Explanations>) -> Html {
    let Some(found) = found else { return html! { <p class="hint">{ text::WAIT }</p> } };
    html! {
        <ul class="explain-findings" title={text::duration(found)}>
            for (id, mapped) in found.faces.iter() {
                <li
                    key={*id}
                    data-testid="explanation"
                    data-face={id.to_string()}
                    data-class={mapped.class.name()}
                    data-part={mapped.regions.first().map(|(region, _)| region.name())}
                    data-time={(found.time as u32).to_string()}
                >
                    { text::map_of(*id, found.faces.len() == 1, mapped, found.method) }
                </li>
            }
        </ul>
    }
}

/// Selects method, stage and class.
fn choices(explain: &Explain, dispatch: &Callback<ExplainAction>) -> Html {
    let stage = match explain.method {
        Method::GradCam { stage } => stage,
        Method::Occlusion => None,
    };
    let cam = explain.method != Method::Occlusion;
    let stages = explain.stages;
    let last = stages.saturating_sub(1);
    let names = (0..stages).map(|stage| text::stage(stage, stages)).collect::<Vec<_>>();
    let classes: Vec<String> = std::iter::once(text::PREDICTED_CLASS.into())
        .chain(Expression::ALL.map(|class| inline(class).into()))
        .collect();
    html! {
        <div class="explain-choices">
            {
                select("explain-method", text::METHOD, &[text::GRAD_CAM.into(), text::OCCLUSION.into()], usize::from(!cam), dispatch.reform(|place| {
                    ExplainAction::Method(if place == 0 { Method::GradCam { stage: None } } else { Method::Occlusion })
                }))
            }
            if cam && stages > 1 {
                {
                    select("explain-stage", text::STAGE, &names, stage.unwrap_or(last).min(last) as usize, dispatch.reform(move |place| {
                        // the last stays the last, however many stages the next network has
                        let stage = Some(place as u32).filter(|stage| *stage < last);
                        ExplainAction::Method(Method::GradCam { stage })
                    }))
                }
            }
            {
                select("explain-class", text::CLASS, &classes, explain.class.map_or(0, |class| class.index() + 1), dispatch.reform(|place: usize| {
                    ExplainAction::Class(place.checked_sub(1).and_then(Expression::from_index))
                }))
            }
        </div>
    }
}

fn select(testid: &'static str, label: Text, options: &[String], chosen: usize, choose: Callback<usize>) -> Html {
    let onchange = Callback::from(move |event: yew::Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            choose.emit(select.selected_index().max(0) as usize);
        }
    });
    html! {
        <label class="explain-choice">
            <span>{ label }</span>
            <select class="select" data-testid={testid} {onchange}>
                for (index, option) in options.iter().enumerate() {
                    <option selected={index == chosen}>{ option }</option>
                }
            </select>
        </label>
    }
}

/// The legend; the scale is signed or unsigned depending on the method.
fn legend(method: Method) -> Html {
    let (low, high, kind) = match method {
        Method::GradCam { .. } => (text::WEAK, text::STRONG, "map-legend"),
        Method::Occlusion => (text::AGAINST, text::FOR, "map-legend both"),
    };
    html! {
        <p class={kind} data-testid="explain-legend"><span>{ low }</span><span class="legend-bar" /><span>{ high }</span></p>
    }
}
