//! The fourth step: cover or spoil the face and see what becomes of the answer.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::{
    Callback, Html, InputEvent, Properties, TargetCast, component, html, use_context, use_effect_with, use_state_eq,
};

use super::{grey, part};
use crate::components::explain::{Painted, Panel};
use crate::components::faces::Bars;
use crate::components::robustness::knobs;
use crate::controller::{Controller, Tried, Wanted, Wish};
use crate::language::Text;
use crate::state::{Action, Cover, Explain, LessonAction, Subject};
use crate::text::lesson as text;
use mien_core::vision::CROP_SIDE;
use mien_core::vision::corruption::Corruption;
use mien_protocol::FaceReading;

/// Over mouth and eyes, as FER2013 frames faces.
const MOUTH: Cover = Cover { x: 12, y: 32, width: 24, height: 11 };
const EYES: Cover = Cover { x: 7, y: 12, width: 34, height: 10 };

/// The most of the crop that can be covered, in pixels across and down.
const LARGEST: usize = 36;

#[derive(PartialEq, Properties)]
pub struct FailsProps {
    /// The face.
    pub face: FaceReading,
    /// What covers it.
    pub cover: Cover,
    /// Maps over it.
    pub explain: Explain,
    /// Takes what the visitor does.
    pub dispatch: Callback<Action>,
}

/// Knobs, the face, what the network says of it now, and the map.
#[component]
pub fn Fails(props: &FailsProps) -> Html {
    let FailsProps { face, cover, explain, dispatch } = props;
    let spoil = use_state_eq(|| (Corruption::SideShadow, 0_u32));
    let damaged = use_spoilt(cover.over(&face.crop), *spoil);
    use_map(face.id, damaged.clone(), explain);
    let found = explain.of(Subject::Lesson).cloned();
    let now = found.as_ref().and_then(|found| found.face(face.id)).cloned();
    let dispatch_cover = dispatch.reform(|cover| Action::Lesson(LessonAction::Cover(cover)));
    let turn = {
        let spoil = spoil.clone();
        Callback::from(move |to| spoil.set(to))
    };
    let uncover = {
        let (dispatch, spoil) = (dispatch_cover.clone(), spoil.clone());
        Callback::from(move |_: yew::MouseEvent| {
            spoil.set((spoil.0, 0));
            dispatch.emit(Cover::default());
        })
    };
    let set = |testid: &'static str, words: Text, cover: Cover| {
        html! {
            <button type="button" class="button" data-testid={testid} onclick={dispatch_cover.reform(move |_| cover)}>{ words }</button>
        }
    };
    let knob = |testid: &'static str, words: Text, value: usize, most: usize, change: fn(Cover, usize) -> Cover| {
        let before = *cover;
        slider(testid, words, value, most, dispatch_cover.reform(move |value| change(before, value)))
    };
    html! {
        <div class="lesson-grid two">
            {
                part(text::COVER, html! {
                    <>
                        <div class="mapped">
                            { grey(&damaged, text::crop(damaged != face.crop).text()) }
                            if let Some(art) = now.as_ref().and_then(|now| now.map.clone()) {
                                <Painted {art} />
                            }
                        </div>
                        <div class="tools">
                            { set("lesson-mouth", text::COVER_MOUTH, MOUTH) }
                            { set("lesson-eyes", text::COVER_EYES, EYES) }
                            <button type="button" class="button" data-testid="lesson-uncover" onclick={uncover}>
                                { text::COVER_NOTHING }
                            </button>
                        </div>
                        {
                            knob("lesson-cover-width", text::COVER_WIDTH, cover.width, LARGEST, |cover, width| {
                                Cover { width, x: cover.x.min(CROP_SIDE - width), ..cover }
                            })
                        }
                        {
                            knob("lesson-cover-height", text::COVER_HEIGHT, cover.height, LARGEST, |cover, height| {
                                Cover { height, y: cover.y.min(CROP_SIDE - height), ..cover }
                            })
                        }
                        { knob("lesson-cover-x", text::COVER_X, cover.x, CROP_SIDE - cover.width, |cover, x| Cover { x, ..cover }) }
                        { knob("lesson-cover-y", text::COVER_Y, cover.y, CROP_SIDE - cover.height, |cover, y| Cover { y, ..cover }) }
                        <div class="breaker-knobs">{ knobs(spoil.0, spoil.1, &turn) }</div>
                    </>
                })
            }
            <section class="lesson-part">
                <div class="lesson-pair">
                    <div>
                        <h3>{ text::BEFORE }</h3>
                        <Bars distribution={Some(face.reading)} clear={true} />
                    </div>
                    <div>
                        <h3>{ text::AFTER }</h3>
                        <Bars distribution={now.as_ref().map(|now| now.reading)} clear={true} />
                    </div>
                </div>
                if let Some(now) = &now {
                    <p class="lesson-verdict" role="status" data-testid="lesson-changed" data-expression={now.reading.top().0.name()}>
                        { text::difference(&face.reading, &now.reading) }
                    </p>
                }
                <Panel explain={explain.clone()} {found} moving={true} dispatch={dispatch.reform(Action::Explain)} />
            </section>
        </div>
    }
}

/// The crop as it is once it is spoilt, as strongly as so many tenths; until that comes, as it was before.
#[yew::hook]
fn use_spoilt(crop: Vec<u8>, spoil: (Corruption, u32)) -> Vec<u8> {
    let (corruption, tenths) = spoil;
    let controller = use_context::<Controller>();
    let spoilt = use_state_eq(|| None::<Rc<[u8]>>);
    {
        let spoilt = spoilt.clone();
        use_effect_with((crop.clone(), corruption, tenths), move |(crop, corruption, tenths)| {
            let Some(controller) = controller.filter(|_| *tenths > 0) else { return spoilt.set(None) };
            let wish = Wish { crop: Rc::from(crop.as_slice()), corruption: *corruption, tenths: *tenths, seed: 1 };
            controller.try_corruption(wish, Callback::from(move |tried: Tried| spoilt.set(Some(tried.crop))));
        });
    }
    spoilt.as_ref().filter(|_| tenths > 0).map_or(crop, |spoilt| spoilt.to_vec())
}

/// Has the map found for the face as it is now.
#[yew::hook]
fn use_map(id: u32, crop: Vec<u8>, explain: &Explain) {
    let controller = use_context::<Controller>();
    use_effect_with((id, crop, explain.method, explain.class), move |(id, crop, method, class)| {
        if let Some(controller) = controller {
            let (crops, method, class) = (crop.clone(), Some(*method), *class);
            controller.explain(Wanted { subject: Subject::Lesson, ids: vec![*id], crops, method, class });
        }
    });
}

fn slider(testid: &'static str, words: Text, value: usize, most: usize, choose: Callback<usize>) -> Html {
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            choose.emit(input.value_as_number().max(0.0) as usize);
        }
    });
    html! {
        <label class="lesson-slider">
            <span>{ words }</span>
            <input type="range" min="0" max={most.to_string()} value={value.to_string()} data-testid={testid} {oninput} />
        </label>
    }
}
