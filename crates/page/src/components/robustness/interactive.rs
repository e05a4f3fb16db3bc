//! The interactive robustness test: corrupts one face by a slider and shows the probabilities.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::{
    Callback, Html, InputEvent, Properties, TargetCast, component, html, use_context, use_effect_with, use_state,
    use_state_eq,
};

use crate::components::evaluation::image::image;
use crate::components::faces::bars;
use crate::components::icons::{Picture, icon};
use crate::controller::{Controller, CorruptedCrop, CorruptionRequest};
use crate::language::Text;
use crate::settings::Page;
use crate::state::RecognitionResult;
use crate::text::{evaluation as words, robustness as text};
use mien_core::number::fixed;
use mien_core::vision::corruption::{Corruption, Family};
use mien_protocol::DatasetSummary;

/// The largest severity, in tenths.
const MAX_TENTHS: u32 = 50;

#[derive(PartialEq, Properties)]
struct InteractiveTestProps {
    /// The face, 48×48 grey bytes.
    crop: Rc<[u8]>,
    /// Whether the engine is ready.
    ready: bool,
}

/// The corruption and its severity, the corrupted face, and the prediction.
#[component]
fn InteractiveTest(props: &InteractiveTestProps) -> Html {
    let corruption = use_state_eq(|| Corruption::Roll);
    let tenths = use_state_eq(|| 0_u32);
    let seed = use_state_eq(|| 1_u32);
    let corrupted = use_state_eq(|| None::<CorruptedCrop>);
    let controller = use_context::<Controller>();
    {
        let wish =
            CorruptionRequest { crop: Rc::clone(&props.crop), corruption: *corruption, tenths: *tenths, seed: *seed };
        let corrupted = corrupted.clone();
        use_effect_with((wish, props.ready), move |(wish, ready)| {
            if let Some(controller) = controller.filter(|_| *ready) {
                controller.robustness.corrupt(wish.clone(), Callback::from(move |answer| corrupted.set(Some(answer))));
            }
        });
    }
    let turn = {
        let (corruption, tenths) = (corruption.clone(), tenths.clone());
        Callback::from(move |(how, strongly)| {
            corruption.set(how);
            tenths.set(strongly);
        })
    };
    let again = Callback::from(move |_| seed.set(seed.wrapping_add(1)));
    let strength = *tenths as f32 / 10.0;
    let prediction = corrupted.as_ref().and_then(|corrupted| corrupted.prediction);
    let top = prediction.map(|prediction| prediction.top());
    html! {
        <div class="breaker" data-testid="breaker">
            <div class="breaker-knobs">
                { controls(*corruption, *tenths, &turn) }
                <button type="button" class="button" data-testid="breaker-again" title={text::RANDOMIZE_AGAIN_HINT} onclick={again}>
                    { icon(Picture::Undo) }{ text::RANDOMIZE_AGAIN }
                </button>
            </div>
            <div class="breaker-images">
                <figure>
                    { image(Some(&props.crop), Some(text::BEFORE.into())) }
                    <figcaption>{ text::BEFORE }</figcaption>
                </figure>
                <figure data-testid="breaker-crop">
                    { image(corrupted.as_ref().map(|corrupted| &corrupted.crop), Some(text::AFTER.into())) }
                    <figcaption>{ text::AFTER }</figcaption>
                </figure>
            </div>
            <div
                class="breaker-reading"
                data-testid="breaker-reading"
                data-expression={top.map(|(class, _)| class.name())}
                data-probability={top.map(|(_, probability)| fixed(f64::from(probability), 4))}
                data-strength={fixed(f64::from(strength), 1)}
            >
                { bars(prediction, prediction.is_some()) }
                <p class="hint" role="status">{ text::verdict(prediction.as_ref(), props.ready) }</p>
            </div>
        </div>
    }
}

/// The choice of a corruption and its severity, in tenths.
pub fn controls(corruption: Corruption, tenths: u32, turn: &Callback<(Corruption, u32)>) -> Html {
    let strength = tenths as f32 / 10.0;
    let choose = turn.reform(move |event: yew::Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        let chosen = index.and_then(|index| Corruption::ALL.get(usize::try_from(index).ok()?));
        (chosen.copied().unwrap_or(corruption), tenths)
    });
    let strengthen = turn.reform(move |event: InputEvent| {
        let value = event.target_dyn_into::<HtmlInputElement>().map(|input| input.value_as_number());
        let tenths = value.map_or(tenths, |value| (value * 10.0).round().clamp(0.0, f64::from(MAX_TENTHS)) as u32);
        (corruption, tenths)
    });
    html! {
        <>
            <label class="field">
                <span class="field-name">{ text::CORRUPTION_COLUMN }</span>
                <select class="select" data-testid="breaker-corruption" onchange={choose}>
                    for family in Family::ALL {
                        <optgroup label={text::family(family)}>
                            for each in Corruption::ALL.into_iter().filter(|each| each.family() == family) {
                                <option value={each.name()} selected={each == corruption}>{ text::corruption(each) }</option>
                            }
                        </optgroup>
                    }
                </select>
            </label>
            <label class="field">
                <span class="field-name">{ text::strength(strength) }</span>
                <input
                    type="range"
                    min="0"
                    max="5"
                    step="0.1"
                    value={fixed(f64::from(strength), 1)}
                    data-testid="breaker-strength"
                    aria-valuetext={text::parameter(corruption, strength)}
                    oninput={strengthen}
                />
                <span class="hint" aria-hidden="true">{ text::parameter(corruption, strength) }</span>
            </label>
            <p class="hint">{ text::corruption_hint(corruption) }</p>
        </>
    }
}

#[derive(PartialEq, Properties)]
pub struct InteractiveFaceTestProps {
    /// The current recognition result, if any.
    pub result: Option<Rc<RecognitionResult>>,
    /// Whether the engine is ready.
    pub ready: bool,
}

/// The interactive test for the first face on the Live page. Collapsed by default, since it classifies every frame a
/// second time.
#[component]
pub fn InteractiveFaceTest(props: &InteractiveFaceTestProps) -> Html {
    let open = use_state(|| false);
    let Some(face) = props.result.as_ref().and_then(|result| result.faces.first()) else { return Html::default() };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_| open.set(!*open))
    };
    html! {
        <section class="breaker-face">
            <button
                type="button"
                class="button"
                data-testid="breaker-open"
                aria-expanded={open.to_string()}
                title={text::INTERACTIVE_HINT}
                onclick={toggle}
            >
                { icon(if *open { Picture::Up } else { Picture::Down }) }{ text::INTERACTIVE_TITLE }
            </button>
            if *open {
                <InteractiveTest crop={Rc::<[u8]>::from(face.crop.as_slice())} ready={props.ready} />
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
pub struct InteractiveSetTestProps {
    /// The dataset to take images from.
    pub set: Option<Rc<DatasetSummary>>,
    /// The recognition result of the Live page.
    pub result: Option<Rc<RecognitionResult>>,
    /// Whether the engine is ready.
    pub ready: bool,
}

/// The interactive test for an image of a set, or for the face that Live shows.
#[component]
pub fn InteractiveSetTest(props: &InteractiveSetTestProps) -> Html {
    let sample = use_state_eq(|| 0_u32);
    let live = use_state_eq(|| false);
    let image = use_state_eq(|| None::<Rc<[u8]>>);
    let controller = use_context::<Controller>();
    {
        let image = image.clone();
        let wanted = props.set.as_ref().filter(|set| !set.is_empty()).map(|set| (set.id, *sample % set.len() as u32));
        use_effect_with(wanted, move |wanted| {
            if let (Some((set, sample)), Some(controller)) = (*wanted, controller) {
                let take =
                    Callback::from(move |pixels: Vec<u8>| image.set((!pixels.is_empty()).then(|| pixels.into())));
                controller.evaluation.request_image(set, sample, take);
            }
        });
    }
    let face = props.result.as_ref().and_then(|result| result.faces.first());
    let has_set = props.set.as_ref().is_some_and(|set| !set.is_empty());
    let from_live = face.is_some() && (*live || !has_set);
    let crop = match face.filter(|_| from_live) {
        Some(face) => Some(Rc::<[u8]>::from(face.crop.as_slice())),
        None => image.as_ref().filter(|_| has_set).map(Rc::clone),
    };
    let switch = |to: bool| {
        let live = live.clone();
        Callback::from(move |_| live.set(to))
    };
    let step = |by: u32| {
        let (sample, count) = (sample.clone(), props.set.as_ref().map_or(1, |set| set.len() as u32).max(1));
        Callback::from(move |_| sample.set((*sample + by % count) % count))
    };
    let last = props.set.as_ref().map_or(0, |set| (set.len() as u32).saturating_sub(1));
    html! {
        <section class="card" aria-labelledby="breaker">
            <div class="section-head">
                <h2 id="breaker">{ text::INTERACTIVE_TITLE }</h2>
                if has_set && face.is_some() {
                    <div class="segments" role="group" aria-label={text::SOURCE}>
                        <button type="button" class="button" aria-pressed={(!from_live).to_string()} onclick={switch(false)}>
                            { text::FROM_SET }
                        </button>
                        <button
                            type="button"
                            class="button"
                            data-testid="breaker-live"
                            aria-pressed={from_live.to_string()}
                            onclick={switch(true)}
                        >
                            { text::FROM_LIVE }
                        </button>
                    </div>
                }
            </div>
            <p class="hint">{ text::INTERACTIVE_HOW }</p>
            if let Some(set) = props.set.as_ref().filter(|_| has_set && !from_live) {
                <div class="tools">
                    { tool(Picture::Back, words::PREVIOUS, "breaker-previous", step(last)) }
                    { tool(Picture::Next, words::NEXT, "breaker-next", step(1)) }
                    // a stride that shares no factor with many counts leads through the whole set
                    <button type="button" class="button" data-testid="breaker-other" onclick={step(7919)}>{ text::OTHER }</button>
                    <p class="hint">{ text::sample(set, *sample) }</p>
                </div>
            }
            if let Some(crop) = crop {
                <InteractiveTest {crop} ready={props.ready} />
            } else if !has_set {
                <p>
                    { text::NO_FACE }{ " " }
                    <a href={Page::Live.fragment()}>{ text::NO_FACE_LINK }</a>
                </p>
            }
        </section>
    }
}

fn tool(picture: Picture, label: Text, testid: &'static str, onclick: Callback<yew::MouseEvent>) -> Html {
    html! {
        <button type="button" class="button" data-testid={testid} title={label} aria-label={label} {onclick}>
            { icon(picture) }
        </button>
    }
}
