//! Step 3: from scores to probabilities, and what they do not mean.

use std::rc::Rc;

use yew::{Html, Properties, component, html, use_context, use_effect_with};

use super::{grey, part};
use crate::components::faces::bars;
use crate::controller::{Controller, ExplanationRequest};
use crate::format::{fixed, percent};
use crate::state::{Explanations, LayerMaps, Subject};
use crate::text::{expression, lesson as text};
use mien_core::expression::{Distribution, Expression};
use mien_core::random::derive_seed;
use mien_core::vision::{CROP_PIXELS, CROP_SIDE};
use mien_protocol::RecognizedFace;

#[derive(PartialEq, Properties)]
pub struct ConfidenceStepProps {
    /// The face.
    pub face: RecognizedFace,
    /// The activations for the face.
    pub layers: Rc<LayerMaps>,
    /// The predictions for pictures without a face, once available.
    pub odd: Option<Rc<Explanations>>,
}

/// Scores, probabilities, the rule for naming a class, and pictures without a face.
#[component]
pub fn ConfidenceStep(props: &ConfidenceStepProps) -> Html {
    let controller = use_context::<Controller>();
    use_effect_with(Rc::clone(&props.layers), move |_| {
        if let Some(controller) = controller {
            let (ids, crops) = ((0..NON_FACES.len() as u32).collect(), NON_FACES.map(odd).concat());
            controller.explanation.explain(ExplanationRequest {
                subject: Subject::NonFaces,
                ids,
                crops,
                method: None,
                class: None,
            });
        }
    });
    let prediction = props.face.prediction;
    html! {
        <>
            <div class="lesson-grid two">
                { part(text::SCORES, scores(&props.layers.logits, &prediction)) }
                <section class="lesson-part">
                    { bars(Some(prediction), props.face.clear) }
                    <p data-testid="lesson-named">{ text::rule(&prediction, props.face.clear) }</p>
                </section>
            </div>
            {
                part(text::NON_FACES, html! {
                    <>
                        <p>{ text::NON_FACES_TEXT }</p>
                        <div class="lesson-odd">
                            for (index, name) in text::ODD_NAMES.into_iter().enumerate() {
                                <figure data-testid="lesson-odd">
                                    { grey(&odd(NON_FACES[index]), name.text()) }
                                    <figcaption>
                                        { name }{ " " }
                                        <strong>{ said(props.odd.as_deref(), index as u32) }</strong>
                                    </figcaption>
                                </figure>
                            }
                        </div>
                    </>
                })
            }
        </>
    }
}

fn scores(logits: &[f32; Expression::COUNT], prediction: &Distribution) -> Html {
    let power = |logit: f32| f64::from(logit).exp();
    let number = |value: f64| fixed(value, if value < 100.0 { 2 } else { 0 });
    html! {
        <>
            <p>{ text::SCORES_TEXT }</p>
            <table class="lesson-scores" data-testid="lesson-scores">
                <thead>
                    <tr>
                        <th scope="col">{ text::COLUMN_CLASS }</th>
                        <th scope="col">{ text::COLUMN_SCORE }</th>
                        <th scope="col">{ text::COLUMN_POWER }</th>
                        <th scope="col">{ text::COLUMN_SHARE }</th>
                    </tr>
                </thead>
                <tbody>
                    for class in Expression::ALL {
                        <tr>
                            <th scope="row">{ expression(class) }</th>
                            <td>{ fixed(f64::from(logits[class.index()]), 2) }</td>
                            <td>{ number(power(logits[class.index()])) }</td>
                            <td>{ percent(prediction.probability(class)) }</td>
                        </tr>
                    }
                </tbody>
                <tfoot>
                    <tr>
                        <th scope="row">{ text::SUM }</th>
                        <td />
                        <td>{ number(logits.iter().map(|&logit| power(logit)).sum()) }</td>
                        <td>{ percent(1.0) }</td>
                    </tr>
                </tfoot>
            </table>
        </>
    }
}

/// The grey level of a pixel by its index.
type Pattern = fn(usize) -> u8;

/// Noise, uniform grey, stripes.
const NON_FACES: [Pattern; 3] = [
    |place| derive_seed(7, place as u64) as u8,
    |_| 128,
    |place| if (place / CROP_SIDE / 6).is_multiple_of(2) { 60 } else { 200 },
];

fn odd(pattern: Pattern) -> Vec<u8> {
    (0..CROP_PIXELS).map(pattern).collect()
}

fn said(found: Option<&Explanations>, id: u32) -> String {
    found.and_then(|found| found.face(id)).map(|mapped| text::odd(&mapped.prediction)).unwrap_or_default()
}
