//! The predictions for all faces.

use std::rc::Rc;

use yew::{AttrValue, Html, Properties, classes, component, html};

use super::crop::CropView;
use super::icons::{Picture, icon};
use super::message::Message;
use crate::format::percent;
use crate::identity::Identity;
use crate::state::{Explanations, LiveSource, RecognitionResult, SharedPainting};
use crate::text;
use mien_core::expression::{Distribution, Expression};
use mien_core::number::fixed;
use mien_protocol::RecognizedFace;

#[derive(PartialEq, Properties)]
pub struct FacesProps {
    /// The current source.
    pub source: LiveSource,
    /// The recognized faces, once available.
    pub result: Option<Rc<RecognitionResult>>,
    /// Heatmaps of the faces, if enabled.
    pub found: Option<Rc<Explanations>>,
}

/// A card for each face, or a message that there is none.
#[component]
pub fn Faces(props: &FacesProps) -> Html {
    let Some(result) = &props.result else {
        return html! {
            <div class="face none">
                <p>{ text::FACES_EMPTY }</p>
                <Bars distribution={None} clear={false} />
            </div>
        };
    };
    match (result.faces.is_empty(), props.source) {
        (true, LiveSource::Photos) => html! {
            <Message kind="no-face" error={false} what={text::NO_FACE_PHOTO} remedy={text::NO_FACE_HINT} detail={None} />
        },
        (true, _) => html! {
            <div class="face none">
                <p data-testid="no-face">{ text::NO_FACE_STREAM }</p>
                <Bars distribution={None} clear={false} />
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
                    <FaceCard key={face.id} face={face.clone()} scale={result.scale} map={map(props.found.as_deref(), face.id)} />
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

#[derive(PartialEq, Properties)]
struct FaceCardProps {
    face: RecognizedFace,
    /// Source pixels per picture pixel.
    scale: f32,
    map: Option<(SharedPainting, AttrValue)>,
}

#[component]
fn FaceCard(props: &FaceCardProps) -> Html {
    let face = &props.face;
    let (top, probability) = face.smoothed.top();
    let place = |value: f32| fixed(f64::from(value * props.scale), 1);
    html! {
        <article
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
                <CropView id={face.id} crop={face.crop.clone()} map={props.map.clone()} />
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
            <Bars distribution={Some(face.smoothed)} clear={face.clear} />
        </article>
    }
}

#[derive(PartialEq, Properties)]
pub struct BarsProps {
    /// The probabilities; `None` shows empty bars.
    pub distribution: Option<Distribution>,
    /// Whether the top class is clear enough to be marked.
    pub clear: bool,
}

/// The seven probabilities as bars, always in the same order.
#[component]
pub fn Bars(props: &BarsProps) -> Html {
    let top = props.distribution.filter(|_| props.clear).map(|distribution| distribution.top().0);
    html! {
        <ul class="bars">
            for expression in Expression::ALL {
                <li class={classes!((top == Some(expression)).then_some("top"))}>
                    <span class="bar-name">{ text::expression(expression) }</span>
                    { bar(props.distribution.map(|distribution| distribution.probability(expression))) }
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
