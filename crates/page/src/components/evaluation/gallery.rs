//! The images of a cell of the confusion matrix.

use std::rc::Rc;

use gloo::utils::window;
use web_sys::Element;
use yew::{AttrValue, Callback, Html, Properties, component, html, use_context, use_effect_with, use_node_ref};

use super::image::{element_id, image};
use super::image_detail::ImageDetail;
use super::matrix::focus_cell;
use crate::components::icons::{Picture, icon};
use crate::controller::Controller;
use crate::state::{Action, EvaluationAction, EvaluationRun, Explain, GalleryAction, GalleryState};
use crate::text::evaluation as text;
use mien_protocol::DatasetId;

#[derive(PartialEq, Properties)]
pub struct GalleryProps {
    /// The run.
    pub run: Rc<EvaluationRun>,
    /// The gallery.
    pub gallery: GalleryState,
    /// The dataset with these images, if it is still loaded.
    pub source: Option<DatasetId>,
    /// Explanations.
    pub explain: Explain,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The images of a cell, highest confidence first. Selecting one opens it in detail.
#[component]
pub fn Gallery(props: &GalleryProps) -> Html {
    let panel = use_node_ref();
    let gallery = &props.gallery;
    use_images(props.source, gallery.missing());
    {
        let panel = panel.clone();
        use_effect_with(gallery.cell, move |_| {
            // On a narrow screen the images are far below the matrix.
            let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
            if let Some(panel) =
                panel.cast::<Element>().filter(|panel| panel.get_bounding_client_rect().top() > height * 0.8)
            {
                panel.scroll_into_view();
            }
        });
    }
    let dispatch = props.dispatch.reform(|action| Action::Evaluation(EvaluationAction::Gallery(action)));
    let close = {
        let (cell, dispatch) = (gallery.cell, dispatch.clone());
        Callback::from(move |_| {
            focus_cell(cell);
            dispatch.emit(GalleryAction::Close);
        })
    };
    let (all, visible) = (gallery.predictions.len(), gallery.visible());
    html! {
        <section class="gallery card no-print" ref={panel} aria-labelledby="gallery" data-testid="gallery">
            <div class="section-head close">
                <h3 id="gallery">{ text::gallery(gallery.cell, all) }</h3>
                <button type="button" class="button bare" title={text::CLOSE} aria-label={text::CLOSE} onclick={close}>
                    { icon(Picture::Close) }
                </button>
            </div>
            if props.source.is_none() {
                <p class="hint">{ text::SET_GONE }</p>
            }
            <ul class="samples">
                for place in 0..visible {
                    { thumbnail(props, place, dispatch.clone()) }
                }
            </ul>
            if visible < all {
                <button type="button" class="button" data-testid="gallery-more" onclick={dispatch.reform(|_| GalleryAction::More)}>
                    { text::show_more(all - visible) }
                </button>
            }
            <ImageDetail
                run={Rc::clone(&props.run)}
                gallery={gallery.clone()}
                source={props.source}
                explain={props.explain.clone()}
                {dispatch}
                on_explain={props.dispatch.reform(Action::Explain)}
            />
        </section>
    }
}

fn thumbnail(props: &GalleryProps, place: usize, dispatch: Callback<GalleryAction>) -> Html {
    let gallery = &props.gallery;
    let (Some(&prediction), Some(&sample)) = (gallery.predictions.get(place), gallery.samples.get(place)) else {
        return Html::default();
    };
    let distribution = props.run.predictions.distribution(prediction);
    let label = AttrValue::from(text::sample_title(&props.run.set, sample, &distribution, gallery.cell.actual));
    html! {
        <li key={sample}>
            <button
                type="button"
                class="sample"
                id={element_id(place)}
                data-testid="gallery-image"
                data-sample={sample.to_string()}
                title={label.clone()}
                aria-label={label}
                onclick={Callback::from(move |_| dispatch.emit(GalleryAction::OpenImage(Some(place))))}
            >
                { image(gallery.images.get(&sample), None) }
                <span class="sample-reading">{ text::sample_prediction(&distribution, gallery.cell.actual) }</span>
            </button>
        </li>
    }
}

/// Requests the pixels of visible images that are not loaded yet.
#[yew::hook]
fn use_images(source: Option<DatasetId>, missing: Vec<u32>) {
    let controller = use_context::<Controller>();
    use_effect_with((source, missing), move |(source, missing)| {
        if let (Some(controller), Some(source), false) = (controller, source, missing.is_empty()) {
            controller.evaluation.request_images(*source, missing.clone());
        }
    });
}
