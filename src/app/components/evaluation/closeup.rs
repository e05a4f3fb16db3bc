//! One image from near.

use std::rc::Rc;

use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::{
    AttrValue, Callback, Html, KeyboardEvent, Properties, component, html, use_context, use_effect_with, use_node_ref,
};

use super::gallery::place_id;
use super::image::Image;
use crate::app::components::faces::Bars;
use crate::app::components::icons::{Icon, Picture};
use crate::app::controller::Controller;
use crate::app::language::Text;
use crate::app::state::{Look, LookAction, Measured};
use crate::app::text::evaluation as text;
use crate::engine::protocol::SetId;

#[derive(PartialEq, Properties)]
pub struct CloseupProps {
    /// The run.
    pub run: Rc<Measured>,
    /// What is looked at.
    pub look: Look,
    /// The loaded set with these images, if it is loaded still.
    pub source: Option<SetId>,
    /// Takes what the visitor does.
    pub dispatch: Callback<LookAction>,
}

/// A dialog with the opened image, what the network says of it, and what is like it. It is always there, closed while
/// none is opened, so that the browser gives the focus back where it came from.
#[component]
pub fn Closeup(props: &CloseupProps) -> Html {
    let controller = use_context::<Controller>();
    let dialog = use_node_ref();
    let opened = props.look.opened();
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
            controller.fetch_neighbours(*source, *sample);
        }
    });
    let onclose = {
        let (dispatch, place) = (props.dispatch.clone(), props.look.opened);
        Callback::from(move |_: yew::Event| {
            dispatch.emit(LookAction::Open(None));
            if let Some(place) = place {
                focus(&place_id(place));
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
        let place = props.look.opened?;
        let next = if forward { place + 1 } else { place.checked_sub(1)? };
        (next < props.look.predictions.len()).then_some(next)
    };
    let (before, after) = (step(false), step(true));
    let onkeydown = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: KeyboardEvent| {
            let place = match event.key().as_str() {
                "ArrowLeft" => before,
                "ArrowRight" => after,
                _ => None,
            };
            if place.is_some() {
                event.prevent_default();
                dispatch.emit(LookAction::Open(place));
            }
        })
    };
    html! {
        <dialog class="closeup" ref={dialog} aria-labelledby="closeup" data-testid="closeup" {onclose} {onkeydown}>
            if let Some((prediction, sample)) = opened {
                <div class="section-head close">
                    <h3 id="closeup">{ text::closeup(&props.run.set, sample) }</h3>
                    { step_button(Picture::Back, text::PREVIOUS, before, &props.dispatch) }
                    { step_button(Picture::Next, text::NEXT, after, &props.dispatch) }
                    <button type="button" class="button bare" data-testid="closeup-close" title={text::BACK} aria-label={text::BACK} onclick={close}>
                        <Icon picture={Picture::Close} />
                    </button>
                </div>
                <div class="closeup-content">
                    <Image pixels={props.look.images.get(&sample).cloned()} label={AttrValue::from(text::image(sample))} />
                    <div class="closeup-reading">
                        <dl class="closeup-facts">
                            for (term, value) in text::sample_facts(&props.run, prediction) {
                                <div><dt>{ term }</dt><dd>{ value }</dd></div>
                            }
                        </dl>
                        <Bars distribution={Some(props.run.predictions.reading(prediction))} clear={true} />
                    </div>
                </div>
                { neighbours(props) }
            }
        </dialog>
    }
}

fn step_button(picture: Picture, label: Text, place: Option<usize>, dispatch: &Callback<LookAction>) -> Html {
    html! {
        <button
            type="button"
            class="button bare"
            title={label}
            aria-label={label}
            disabled={place.is_none()}
            onclick={dispatch.reform(move |_| LookAction::Open(place))}
        >
            <Icon {picture} />
        </button>
    }
}

fn neighbours(props: &CloseupProps) -> Html {
    let Some(neighbours) = &props.look.neighbours else {
        let wait = if props.source.is_some() { text::NEIGHBOURS_WAIT } else { text::SET_GONE };
        return html! { <p class="hint" role="status">{ wait }</p> };
    };
    html! {
        <>
            <h4>{ text::NEIGHBOURS }</h4>
            <p class="hint">{ text::NEIGHBOURS_HOW }</p>
            <ul class="samples neighbours" data-testid="neighbours">
                for &(sample, likeness) in neighbours.iter() {
                    <li key={sample} class="sample">
                        <Image
                            pixels={props.look.images.get(&sample).cloned()}
                            label={AttrValue::from(text::image(sample))}
                        />
                        for line in text::neighbour(&props.run, sample, likeness) {
                            <span class="sample-reading">{ line }</span>
                        }
                    </li>
                }
            </ul>
        </>
    }
}

fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.focus().ok();
    }
}
