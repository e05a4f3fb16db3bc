//! The fourth step: cover the face and see what becomes of the answer.

use web_sys::HtmlInputElement;
use yew::{Callback, Html, InputEvent, Properties, TargetCast, component, html, use_context, use_effect_with};

use super::{grey, part};
use crate::app::components::explain::{Painted, Panel};
use crate::app::components::faces::Bars;
use crate::app::controller::{Controller, Wanted};
use crate::app::language::Text;
use crate::app::state::{Action, Cover, Explain, LessonAction, Subject};
use crate::app::text::lesson as text;
use crate::engine::protocol::FaceReading;
use crate::vision::CROP_SIDE;

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
    let damaged = cover.over(&face.crop);
    use_map(face.id, damaged.clone(), explain);
    let found = explain.of(Subject::Lesson).cloned();
    let now = found.as_ref().and_then(|found| found.face(face.id)).cloned();
    let dispatch_cover = dispatch.reform(|cover| Action::Lesson(LessonAction::Cover(cover)));
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
                            { grey(&damaged, text::crop(*cover).text()) }
                            if let Some(art) = now.as_ref().and_then(|now| now.map.clone()) {
                                <Painted {art} />
                            }
                        </div>
                        <div class="tools">
                            { set("lesson-mouth", text::COVER_MOUTH, MOUTH) }
                            { set("lesson-eyes", text::COVER_EYES, EYES) }
                            { set("lesson-uncover", text::COVER_NOTHING, Cover::default()) }
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
