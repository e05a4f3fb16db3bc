//! A single image in detail.

use std::rc::Rc;

use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement, HtmlSelectElement};
use yew::{
    Callback, Html, KeyboardEvent, Properties, TargetCast, component, html, use_context, use_effect_with, use_node_ref,
};

use super::image::{element_id, image};
use crate::components::explain::{explain_panel, explain_toggle, painting};
use crate::components::faces::bars;
use crate::components::icons::{Picture, icon};
use crate::controller::{Controller, ExplanationRequest};
use crate::language::Text;
use crate::state::{EvaluationRun, Explain, ExplainAction, GalleryAction, GalleryState, Subject};
use crate::text::{evaluation as text, explain};
use mien_protocol::DatasetId;

#[derive(PartialEq, Properties)]
pub struct ImageDetailProps {
    /// The run.
    pub run: Rc<EvaluationRun>,
    /// The gallery.
    pub gallery: GalleryState,
    /// The dataset with these images, if it is still loaded.
    pub source: Option<DatasetId>,
    /// Explanations.
    pub explain: Explain,
    /// Receives user actions.
    pub dispatch: Callback<GalleryAction>,
    /// Receives heatmap actions.
    pub on_explain: Callback<ExplainAction>,
}

/// A dialog with the opened image, its prediction, and similar images. It is always in the DOM and closed while no
/// image is open, so that the browser restores the focus.
#[component]
pub fn ImageDetail(props: &ImageDetailProps) -> Html {
    let controller = use_context::<Controller>();
    let dialog = use_node_ref();
    let opened = props.gallery.opened();
    {
        let dialog = dialog.clone();
        use_effect_with(opened.is_some(), move |open| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                match (*open, dialog.open()) {
                    (true, false) => drop(dialog.show_modal()),
                    (false, true) => dialog.close(),
                    _ => {}
                }
            }
        });
    }
    use_effect_with((props.source, opened), move |(source, opened)| {
        if let (Some(controller), Some(source), Some((_, sample))) = (controller, source, opened) {
            controller.evaluation.request_neighbours(*source, *sample);
        }
    });
    use_similar(props);
    use_map(props);
    let onclose = {
        let (dispatch, place) = (props.dispatch.clone(), props.gallery.opened);
        Callback::from(move |_: yew::Event| {
            dispatch.emit(GalleryAction::OpenImage(None));
            if let Some(place) = place {
                focus(&element_id(place));
            }
        })
    };
    let close = {
        let dialog = dialog.clone();
        Callback::from(move |_| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                dialog.close();
            }
        })
    };
    let step = |forward: bool| {
        let place = props.gallery.opened?;
        let next = if forward { place + 1 } else { place.checked_sub(1)? };
        (next < props.gallery.predictions.len()).then_some(next)
    };
    let (before, after) = (step(false), step(true));
    let onkeydown = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: KeyboardEvent| {
            // there they choose
            let chooses = event.target_dyn_into::<HtmlSelectElement>().is_some();
            let place = match event.key().as_str() {
                "ArrowLeft" if !chooses => before,
                "ArrowRight" if !chooses => after,
                _ => None,
            };
            if place.is_some() {
                event.prevent_default();
                dispatch.emit(GalleryAction::OpenImage(place));
            }
        })
    };
    let subject = opened.zip(props.source).map(|((_, sample), set)| Subject::Sample(set, sample));
    let found = subject.and_then(|subject| props.explain.of(subject)).filter(|_| props.explain.on).cloned();
    html! {
        <dialog class="closeup" ref={dialog} aria-labelledby="closeup" data-testid="closeup" {onclose} {onkeydown}>
            if let Some((prediction, sample)) = opened {
                <div class="section-head close">
                    <h3 id="closeup">{ text::image_detail(&props.run.set, sample) }</h3>
                    { step_button(Picture::Back, text::PREVIOUS, before, &props.dispatch) }
                    { step_button(Picture::Next, text::NEXT, after, &props.dispatch) }
                    <button type="button" class="button bare" data-testid="closeup-close" title={text::BACK} aria-label={text::BACK} onclick={close}>
                        { icon(Picture::Close) }
                    </button>
                </div>
                <div class="closeup-content">
                    <div class="mapped">
                        { image(props.gallery.images.get(&sample), Some(text::image(sample).into())) }
                        if let Some(map) = found.as_ref().and_then(|found| found.face(sample)?.map.as_ref()) {
                            { painting(map, None) }
                        }
                    </div>
                    <div class="closeup-reading">
                        <dl class="closeup-facts">
                            for (term, value) in text::sample_facts(&props.run, prediction) {
                                <div><dt>{ term }</dt><dd>{ value }</dd></div>
                            }
                        </dl>
                        { bars(Some(props.run.predictions.distribution(prediction)), true) }
                        { explain_toggle(props.explain.on, &props.on_explain) }
                    </div>
                </div>
                if props.explain.on {
                    { explain_panel(&props.explain, found.as_deref(), false, &props.on_explain) }
                }
                { neighbours(props) }
                { similar(props) }
            }
        </dialog>
    }
}

fn step_button(picture: Picture, label: Text, place: Option<usize>, dispatch: &Callback<GalleryAction>) -> Html {
    html! {
        <button
            type="button"
            class="button bare"
            title={label}
            aria-label={label}
            disabled={place.is_none()}
            onclick={dispatch.reform(move |_| GalleryAction::OpenImage(place))}
        >
            { icon(picture) }
        </button>
    }
}

fn neighbours(props: &ImageDetailProps) -> Html {
    let Some(neighbours) = &props.gallery.neighbours else {
        let wait = if props.source.is_some() { text::NEIGHBOURS_WAIT } else { text::SET_GONE };
        return html! { <p class="hint" role="status">{ wait }</p> };
    };
    html! {
        <>
            <h4>{ text::NEIGHBOURS }</h4>
            <p class="hint">{ text::NEIGHBOURS_HOW }</p>
            { like(props, neighbours, "neighbours") }
        </>
    }
}

/// Similar images with their similarity.
fn like(props: &ImageDetailProps, samples: &[(u32, f32)], testid: &'static str) -> Html {
    html! {
        <ul class="samples neighbours" data-testid={testid}>
            for &(sample, likeness) in samples {
                <li key={sample} class="sample">
                    { image(props.gallery.images.get(&sample), Some(text::image(sample).into())) }
                    for line in text::neighbour(&props.run, sample, likeness) {
                        <span class="sample-reading">{ line }</span>
                    }
                </li>
            }
        </ul>
    }
}

/// Images with similar features, which take a while to compute.
fn similar(props: &ImageDetailProps) -> Html {
    if props.source.is_none() {
        return Html::default();
    }
    let wanted = props.explain.find_similar;
    let training = props.run.set.splits.contains(&0);
    let running = wanted && props.gallery.feature_neighbours.as_ref().is_none_or(|found| !found.over);
    let label = if running { explain::SIMILAR_STOP } else { explain::SIMILAR_FIND };
    html! {
        <>
            <h4>{ explain::SIMILAR }</h4>
            <p class="hint">{ explain::SIMILAR_HOW }</p>
            <div class="tools">
                if !wanted || running {
                    <button
                        type="button"
                        class="button"
                        data-testid="alike"
                        onclick={props.on_explain.reform(move |_| ExplainAction::FindSimilar(!running))}
                    >
                        { icon(if running { Picture::Stop } else { Picture::Play }) }{ label }
                    </button>
                }
                if let Some(found) = &props.gallery.feature_neighbours {
                    if running {
                        <progress aria-label={explain::SIMILAR_PROGRESS} max={found.total.to_string()} value={found.done.to_string()} />
                    }
                    <p class="hint" role="status">{ explain::search(found, training) }</p>
                } else if wanted {
                    <p class="hint" role="status">{ explain::wait_or_failure(explain::SIMILAR_WAIT, props.explain.failure.as_ref()) }</p>
                }
            </div>
            if let Some(found) = &props.gallery.feature_neighbours {
                if found.over && found.samples.is_empty() {
                    <p class="hint">{ explain::SIMILAR_NONE }</p>
                } else {
                    { like(props, &found.samples, "alike-images") }
                }
            }
        </>
    }
}

/// Requests similar images for the opened image while they are enabled.
#[yew::hook]
fn use_similar(props: &ImageDetailProps) {
    let controller = use_context::<Controller>();
    let opened = props.gallery.opened().map(|(_, sample)| sample);
    use_effect_with((props.source, opened, props.explain.find_similar), move |(source, opened, wanted)| {
        let Some(controller) = controller else { return };
        match (source, opened) {
            (Some(source), Some(sample)) if *wanted => controller.explanation.request_similar(*source, *sample),
            _ => controller.explanation.stop_similar(),
        }
    });
}

/// Requests the heatmap of the opened image while heatmaps are enabled.
#[yew::hook]
fn use_map(props: &ImageDetailProps) {
    let controller = use_context::<Controller>();
    let Explain { on, method, class, .. } = props.explain;
    let subject = props.gallery.opened().zip(props.source).map(|((_, sample), set)| (set, sample)).filter(|_| on);
    let pixels = subject.and_then(|(_, sample)| props.gallery.images.get(&sample)).filter(|pixels| !pixels.is_empty());
    use_effect_with((pixels.cloned(), subject, method, class), move |(pixels, subject, method, class)| {
        if let (Some(controller), Some(pixels), Some((set, sample))) = (controller, pixels, subject) {
            let (subject, method, class) = (Subject::Sample(*set, *sample), Some(*method), *class);
            controller.explanation.explain(ExplanationRequest {
                subject,
                ids: vec![*sample],
                crops: pixels.to_vec(),
                method,
                class,
            });
        }
    });
}

fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.focus().ok();
    }
}
