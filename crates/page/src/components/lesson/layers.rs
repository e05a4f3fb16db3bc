//! Step 2: filters and feature maps of the active network.

use web_sys::HtmlInputElement;
use yew::{Callback, Html, InputEvent, TargetCast, html};

use super::input::EXCERPT;
use super::part;
use crate::components::explain::{painting, styled_painting};
use crate::language::Text;
use crate::state::{LayerMaps, LessonAction, SharedPainting};
use crate::text::lesson as text;
use mien_core::vision::CROP_SIDE;

/// A filter, pooling, and the maps of all stages: the outputs of the layers for a face, given by its grey bytes.
pub fn layers_step(layers: &LayerMaps, crop: &[u8], shown: usize, dispatch: &Callback<LessonAction>) -> Html {
    html! {
        <>
            <div class="lesson-grid two">
                if !layers.filters.is_empty() {
                    { part(text::FILTER, filter(layers, shown, dispatch)) }
                }
                { part(text::POOLING, pooling(crop)) }
            </div>
            { part(text::STAGES, stages(layers)) }
            {
                part(text::FEATURES, html! {
                    <>
                        { styled_painting(&layers.features, "painted features", None) }
                        <p>{ text::features_text(layers.feature_count) }</p>
                    </>
                })
            }
        </>
    }
}

fn filter(layers: &LayerMaps, shown: usize, dispatch: &Callback<LessonAction>) -> Html {
    let count = layers.filters.len();
    let chosen = shown.min(count - 1);
    let choose = dispatch.reform(|event: InputEvent| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        LessonAction::Filter(input.map_or(0, |input| input.value_as_number().max(1.0) as usize - 1))
    });
    let figure = |image: &SharedPainting, words: Text| {
        html! { <figure>{ painting(image, None) }<figcaption>{ words }</figcaption></figure> }
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
                { figure(&layers.normalized, text::FILTER_INPUT) }
                <span aria-hidden="true">{ "∗" }</span>
                { figure(&layers.filters[chosen], text::FILTER_WEIGHTS) }
                <span aria-hidden="true">{ "=" }</span>
                if let Some(answer) = layers.responses.get(chosen) {
                    { figure(answer, text::FILTER_RESPONSE) }
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
                            { painting(maps, Some(text::maps(index + 1).into())) }
                            <figcaption>{ text::stage_maps(index, stage) }</figcaption>
                        </figure>
                        if let Some(pooled) = pooled {
                            <figure>
                                { painting(pooled, Some(text::pooled(stage.pooled_side).into())) }
                                <figcaption>{ text::pooled(stage.pooled_side) }</figcaption>
                            </figure>
                        }
                    </li>
                }
            </ol>
        </>
    }
}
