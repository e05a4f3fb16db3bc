//! Step 2: filters and feature maps of the active network.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::{AttrValue, Callback, Html, InputEvent, Properties, TargetCast, component, html};

use super::input::EXCERPT;
use super::part;
use crate::components::explain::PaintingView;
use crate::language::Text;
use crate::state::{LayerMaps, LessonAction};
use crate::text::lesson as text;
use mien_core::vision::CROP_SIDE;

#[derive(PartialEq, Properties)]
pub struct LayersStepProps {
    /// The outputs of the layers for the face.
    pub layers: Rc<LayerMaps>,
    /// The face's grey bytes.
    pub crop: Rc<[u8]>,
    /// The filter that is shown.
    pub filter: usize,
    /// Receives user actions.
    pub dispatch: Callback<LessonAction>,
}

/// A filter, pooling, and the maps of all stages.
#[component]
pub fn LayersStep(props: &LayersStepProps) -> Html {
    let layers = &props.layers;
    html! {
        <>
            <div class="lesson-grid two">
                if !layers.filters.is_empty() {
                    { part(text::FILTER, filter(props)) }
                }
                { part(text::POOLING, pooling(&props.crop)) }
            </div>
            { part(text::STAGES, stages(layers)) }
            {
                part(text::FEATURES, html! {
                    <>
                        <PaintingView class="features" painting={layers.features.clone()} />
                        <p>{ text::gathered(layers.feature_count) }</p>
                    </>
                })
            }
        </>
    }
}

fn filter(props: &LayersStepProps) -> Html {
    let layers = &props.layers;
    let count = layers.filters.len();
    let chosen = props.filter.min(count - 1);
    let choose = props.dispatch.reform(|event: InputEvent| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        LessonAction::Filter(input.map_or(0, |input| input.value_as_number().max(1.0) as usize - 1))
    });
    let figure = |painting, words: Text| {
        html! { <figure><PaintingView {painting} /><figcaption>{ words }</figcaption></figure> }
    };
    html! {
        <>
            <label class="lesson-slider">
                <span>{ text::filter_place(chosen + 1, count) }</span>
                <input
                    type="range"
                    min="1"
                    max={count.to_string()}
                    value={(chosen + 1).to_string()}
                    data-testid="lesson-filter"
                    oninput={choose}
                />
            </label>
            <div class="lesson-filter">
                { figure(layers.normalized.clone(), text::FILTER_INPUT) }
                <span aria-hidden="true">{ "∗" }</span>
                { figure(layers.filters[chosen].clone(), text::FILTER_WEIGHTS) }
                <span aria-hidden="true">{ "=" }</span>
                if let Some(answer) = layers.responses.get(chosen) {
                    { figure(answer.clone(), text::FILTER_RESPONSE) }
                }
            </div>
            <p>{ text::FILTER_TEXT }</p>
        </>
    }
}

/// 4×4 pixels, and the maximum of each 2×2 block.
fn pooling(crop: &[u8]) -> Html {
    let (left, top, ..) = EXCERPT;
    let row = |row: usize| crop.get((top + row) * CROP_SIDE + left..).unwrap_or_default();
    let largest = |across: usize, down: usize| {
        let pair = |at: usize| row(at).iter().skip(across * 2).take(2);
        pair(down * 2).chain(pair(down * 2 + 1)).max().copied().unwrap_or_default()
    };
    html! {
        <>
            <p>{ text::POOLING_TEXT }</p>
            <div class="lesson-pooling">
                <table class="lesson-numbers">
                    <tbody>
                        for down in 0..4 {
                            <tr>
                                for (across, byte) in row(down).iter().take(4).enumerate() {
                                    <td class={(*byte == largest(across / 2, down / 2)).then_some("largest")}>{ byte }</td>
                                }
                            </tr>
                        }
                    </tbody>
                </table>
                <span aria-hidden="true">{ "→" }</span>
                <table class="lesson-numbers">
                    <tbody>
                        for down in 0..2 {
                            <tr>
                                for across in 0..2 {
                                    <td class="largest">{ largest(across, down) }</td>
                                }
                            </tr>
                        }
                    </tbody>
                </table>
            </div>
        </>
    }
}

fn stages(layers: &LayerMaps) -> Html {
    html! {
        <>
            <p>{ text::STAGES_TEXT }</p>
            <ol class="lesson-stages" data-testid="lesson-stages">
                for (index, (stage, maps, pooled)) in layers.stages.iter().enumerate() {
                    <li>
                        <figure>
                            <PaintingView painting={maps.clone()} label={AttrValue::from(text::maps(index + 1))} />
                            <figcaption>{ text::stage_maps(index, stage) }</figcaption>
                        </figure>
                        if let Some(pooled) = pooled {
                            <figure>
                                <PaintingView painting={pooled.clone()} label={AttrValue::from(text::pooled(stage.pooled_side))} />
                                <figcaption>{ text::pooled(stage.pooled_side) }</figcaption>
                            </figure>
                        }
                    </li>
                }
            </ol>
        </>
    }
}
