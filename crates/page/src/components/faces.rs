//! The predictions for all faces.

use yew::{AttrValue, Html, classes, html};

use super::crop::crop_view;
use super::icons::{Picture, icon};
use super::message::{Message, message};
use crate::format::percent;
use crate::identity::Identity;
use crate::state::{Explanations, LiveSource, RecognitionResult, SharedPainting};
use crate::text;
use mien_core::expression::{Distribution, Expression};
use mien_core::number::fixed;
use mien_protocol::RecognizedFace;

/// A card for each recognized face, with its heatmap if there is one, or a message that there is none.
pub fn faces(source: LiveSource, result: Option<&RecognitionResult>, found: Option<&Explanations>) -> Html {
    let Some(result) = result else {
        return html! {
            <div class="face none">
                <p>{ text::FACES_EMPTY }</p>
                { bars(None, false) }
            </div>
        };
    };
    match (result.faces.is_empty(), source) {
        (true, LiveSource::Photos) => message(Message::status("no-face", text::NO_FACE_PHOTO, text::NO_FACE_HINT)),
        (true, _) => html! {
            <div class="face none">
                <p data-testid="no-face">{ text::NO_FACE_STREAM }</p>
                { bars(None, false) }
            </div>
        },
        (false, _) => html! {
            <div class="faces">
                if result.found as usize > result.faces.len() {
                    <p class="muted" data-testid="faces-not-shown">
                        { text::faces_not_shown(result.faces.len(), result.found as usize) }
                    </p>
                }
                for face in result.faces.iter() {
                    { face_card(face, result.scale, map(found, face.id)) }
                }
            </div>
        },
    }
}

/// The heatmap of a face and its description.
fn map(found: Option<&Explanations>, id: u32) -> Option<(SharedPainting, AttrValue)> {
    let (found, mapped) = found.and_then(|found| Some((found, found.face(id)?)))?;
    Some((mapped.map.clone()?, AttrValue::from(text::explain::map_of(id, true, mapped, found.method))))
}

/// A face and its prediction. `scale` is source pixels per picture pixel.
fn face_card(face: &RecognizedFace, scale: f32, map: Option<(SharedPainting, AttrValue)>) -> Html {
    let (top, probability) = face.smoothed.top();
    let place = |value: f32| fixed(f64::from(value * scale), 1);
    html! {
        <article
            key={face.id}
            class={classes!("face", Identity::of(face.id).class())}
            aria-label={text::face(face.id)}
            data-testid="face"
            data-face={face.id.to_string()}
            data-expression={top.name()}
            data-probability={fixed(f64::from(probability), 4)}
            data-clear={face.clear.to_string()}
            data-x={place(face.bounds.x)}
            data-y={place(face.bounds.y)}
            data-width={place(face.bounds.width)}
            data-height={place(face.bounds.height)}
        >
            <div class="face-head">
                { crop_view(face.id, &face.crop, map) }
                <div class="face-verdict">
                    <span class="face-number">{ face.id }</span>
                    if face.clear {
                        <h3>{ text::expression(top) }</h3>
                        <span class="face-share">{ percent(probability) }</span>
                    } else {
                        <h3 class="not-sure">{ icon(Picture::Unsure) }{ text::NOT_SURE }</h3>
                    }
                </div>
                <p class="face-beside">{ text::beside(face) }</p>
            </div>
            { bars(Some(face.smoothed), face.clear) }
        </article>
    }
}

/// The seven probabilities as bars, always in the same order; empty bars without a distribution. The top class is marked
/// if it is clear enough.
pub fn bars(distribution: Option<Distribution>, clear: bool) -> Html {
    let top = distribution.filter(|_| clear).map(|distribution| distribution.top().0);
    html! {
        <ul class="bars">
            for expression in Expression::ALL {
                <li class={classes!((top == Some(expression)).then_some("top"))}>
                    <span class="bar-name">{ text::expression(expression) }</span>
                    { bar(distribution.map(|distribution| distribution.probability(expression))) }
                </li>
            }
        </ul>
    }
}

fn bar(probability: Option<f32>) -> Html {
    let width = format!("{}%", fixed(f64::from(probability.unwrap_or_default() * 100.0), 1));
    html! {
        <>
            <svg class="bar" aria-hidden="true" focusable="false">
                <rect class="bar-track" width="100%" height="100%" rx="3" />
                <rect class="bar-fill" {width} height="100%" rx="3" />
            </svg>
            <span class="bar-share">{ probability.map(percent).unwrap_or_default() }</span>
        </>
    }
}
