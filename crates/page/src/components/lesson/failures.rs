//! Step 4: occlude or corrupt the face and watch the prediction.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::{
    Callback, Html, InputEvent, Properties, TargetCast, component, html, use_context, use_effect_with, use_state_eq,
};

use super::{grey, part};
use crate::components::explain::{explain_panel, painting};
use crate::components::faces::bars;
use crate::components::robustness::controls;
use crate::controller::{Controller, CorruptedCrop, CorruptionRequest, ExplanationRequest};
use crate::language::Text;
use crate::state::{Action, Explain, LessonAction, Patch, Subject};
use crate::text::lesson as text;
use mien_core::vision::CROP_SIDE;
use mien_core::vision::corruption::Corruption;
use mien_protocol::RecognizedFace;

/// Patches over mouth and eyes in the crop of a found face (`mien_core::vision::Framing::FOUND_FACES`).
const MOUTH: Patch = Patch { x: 13, y: 29, width: 22, height: 10 };
const EYES: Patch = Patch { x: 9, y: 11, width: 30, height: 9 };

/// Maximum width and height of the patch, in pixels.
const MAX_PATCH_SIDE: usize = 36;

#[derive(PartialEq, Properties)]
pub struct FailuresStepProps {
    /// The face.
    pub face: RecognizedFace,
    /// The patch that occludes the face.
    pub patch: Patch,
    /// The explanation settings and results.
    pub explain: Explain,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The controls, the face, its prediction, and the heatmap.
#[component]
pub fn FailuresStep(props: &FailuresStepProps) -> Html {
    let FailuresStepProps { face, patch, explain, dispatch } = props;
    let corruption_choice = use_state_eq(|| (Corruption::SideShadow, 0_u32));
    let modified = use_corrupted(patch.over(&face.crop), *corruption_choice);
    use_map(face.id, modified.clone(), explain);
    let found = explain.of(Subject::Lesson).cloned();
    let now = found.as_ref().and_then(|found| found.face(face.id)).cloned();
    let dispatch_cover = dispatch.reform(|patch| Action::Lesson(LessonAction::Patch(patch)));
    let turn = {
        let corruption_choice = corruption_choice.clone();
        Callback::from(move |to| corruption_choice.set(to))
    };
    let uncover = {
        let (dispatch, corruption_choice) = (dispatch_cover.clone(), corruption_choice.clone());
        Callback::from(move |_: yew::MouseEvent| {
            corruption_choice.set((corruption_choice.0, 0));
            dispatch.emit(Patch::default());
        })
    };
    let set = |testid: &'static str, words: Text, patch: Patch| {
        html! {
            <button type="button" class="button" data-testid={testid} onclick={dispatch_cover.reform(move |_| patch)}>{ words }</button>
        }
    };
    let patch_slider =
        |testid: &'static str, words: Text, value: usize, max: usize, change: fn(Patch, usize) -> Patch| {
            let before = *patch;
            slider(testid, words, value, max, dispatch_cover.reform(move |value| change(before, value)))
        };
    html! {
        <div class="lesson-grid two">
            {
                part(text::COVER, html! {
                    <>
                        <div class="mapped">
                            { grey(&modified, text::crop(modified != face.crop).text()) }
                            if let Some(map) = now.as_ref().and_then(|now| now.map.as_ref()) {
                                { painting(map, None) }
                            }
                        </div>
                        <div class="tools">
                            { set("lesson-mouth", text::COVER_MOUTH, MOUTH) }
                            { set("lesson-eyes", text::COVER_EYES, EYES) }
                            <button type="button" class="button" data-testid="lesson-uncover" onclick={uncover}>
                                { text::COVER_RESET }
                            </button>
                        </div>
                        {
                            patch_slider("lesson-cover-width", text::COVER_WIDTH, patch.width, MAX_PATCH_SIDE, |patch, width| {
                                Patch { width, x: patch.x.min(CROP_SIDE - width), ..patch }
                            })
                        }
                        {
                            patch_slider("lesson-cover-height", text::COVER_HEIGHT, patch.height, MAX_PATCH_SIDE, |patch, height| {
                                Patch { height, y: patch.y.min(CROP_SIDE - height), ..patch }
                            })
                        }
                        { patch_slider("lesson-cover-x", text::COVER_X, patch.x, CROP_SIDE - patch.width, |patch, x| Patch { x, ..patch }) }
                        { patch_slider("lesson-cover-y", text::COVER_Y, patch.y, CROP_SIDE - patch.height, |patch, y| Patch { y, ..patch }) }
                        <div class="breaker-knobs">{ controls(corruption_choice.0, corruption_choice.1, &turn) }</div>
                    </>
                })
            }
            <section class="lesson-part">
                <div class="lesson-pair">
                    <div>
                        <h3>{ text::BEFORE }</h3>
                        { bars(Some(face.prediction), true) }
                    </div>
                    <div>
                        <h3>{ text::AFTER }</h3>
                        { bars(now.as_ref().map(|now| now.prediction), true) }
                    </div>
                </div>
                if let Some(now) = &now {
                    <p class="lesson-verdict" role="status" data-testid="lesson-changed" data-expression={now.prediction.top().0.name()}>
                        { text::difference(&face.prediction, &now.prediction) }
                    </p>
                }
                { explain_panel(explain, found.as_deref(), true, &dispatch.reform(Action::Explain)) }
            </section>
        </div>
    }
}

/// The crop corrupted with a severity in tenths; until it is computed, the previous crop.
#[yew::hook]
fn use_corrupted(crop: Vec<u8>, corruption_choice: (Corruption, u32)) -> Vec<u8> {
    let (corruption, tenths) = corruption_choice;
    let controller = use_context::<Controller>();
    let corrupted = use_state_eq(|| None::<Rc<[u8]>>);
    {
        let corrupted = corrupted.clone();
        use_effect_with((crop.clone(), corruption, tenths), move |(crop, corruption, tenths)| {
            let Some(controller) = controller.filter(|_| *tenths > 0) else { return corrupted.set(None) };
            let request = CorruptionRequest {
                crop: Rc::from(crop.as_slice()),
                corruption: *corruption,
                tenths: *tenths,
                seed: 1,
            };
            controller
                .robustness
                .corrupt(request, Callback::from(move |answer: CorruptedCrop| corrupted.set(Some(answer.crop))));
        });
    }
    corrupted.as_ref().filter(|_| tenths > 0).map_or(crop, |corrupted| corrupted.to_vec())
}

/// Requests the heatmap of the modified face.
#[yew::hook]
fn use_map(id: u32, crop: Vec<u8>, explain: &Explain) {
    let controller = use_context::<Controller>();
    use_effect_with((id, crop, explain.method, explain.class), move |(id, crop, method, class)| {
        if let Some(controller) = controller {
            let (crops, method, class) = (crop.clone(), Some(*method), *class);
            controller.explanation.explain(ExplanationRequest {
                subject: Subject::Lesson,
                ids: vec![*id],
                crops,
                method,
                class,
            });
        }
    });
}

fn slider(testid: &'static str, words: Text, value: usize, max: usize, choose: Callback<usize>) -> Html {
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            choose.emit(input.value_as_number().max(0.0) as usize);
        }
    });
    html! {
        <label class="lesson-slider">
            <span>{ words }</span>
            <input type="range" min="0" max={max.to_string()} value={value.to_string()} data-testid={testid} {oninput} />
        </label>
    }
}
