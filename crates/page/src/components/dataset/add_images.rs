//! Adds images to a dataset from the camera or from photos.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::{
    Callback, Html, KeyboardEvent, Properties, TargetCast, classes, component, html, use_context, use_effect_with,
};

use super::super::PictureArea;
use super::super::file::{FileButton, file_button};
use super::super::icons::{Picture, icon};
use crate::controller::Controller;
use crate::format::grouped;
use crate::state::{Action, CameraState, Capture, DatasetAction, EngineState, SplitRule, Stream};
use crate::text;
use crate::text::dataset as words;
use crate::text::labelled;
use mien_core::expression::Expression;
use mien_protocol::DatasetSummary;

#[derive(PartialEq, Properties)]
pub struct AddImagesProps {
    /// The set.
    pub set: Rc<DatasetSummary>,
    /// The capture settings and state.
    pub capture: Capture,
    /// The camera.
    pub stream: Stream,
    /// The engine's state.
    pub engine: EngineState,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The camera, the class, the capture button, and import from photos.
#[component]
pub fn AddImages(props: &AddImagesProps) -> Html {
    let controller = use_context::<Controller>();
    {
        // Switching to another dataset or section stops the capture.
        let controller = controller.clone();
        use_effect_with(props.set.id, move |_| {
            move || {
                if let Some(controller) = controller {
                    controller.dataset.capture.release();
                }
            }
        });
    }
    let Some(controller) = controller else { return Html::default() };
    html! {
        <section class="card make" data-testid="dataset-make">
            <h2>{ words::CAPTURE }</h2>
            <p class="muted">{ words::CAPTURE_HINT }</p>
            <div class="make-parts">
                { camera(props, &controller) }
                <div class="make-controls">
                    { classes_of(props) }
                    { split_rule(props) }
                    { hold(props, &controller) }
                    <div class="tools">
                        { photos(props, &controller) }
                        { undo(props, &controller) }
                    </div>
                    if props.capture.waiting > 0 {
                        <p class="muted" role="status">{ words::photos_waiting(props.capture.waiting) }</p>
                    }
                </div>
            </div>
        </section>
    }
}

fn camera(props: &AddImagesProps, controller: &Controller) -> Html {
    let stream = &props.stream;
    let on = stream.camera != CameraState::Off;
    let waiting = match (&props.engine, stream.camera) {
        (_, CameraState::Off) => None,
        (_, state) if state != CameraState::On || stream.size.0 == 0 => Some(text::camera_wait(state)),
        (engine, _) if stream.result.is_none() => Some(text::waiting(engine)),
        _ => stream.result.as_ref().filter(|result| result.faces.is_empty()).map(|_| words::CAPTURE_NO_FACE),
    };
    let toggle = {
        let controller = controller.clone();
        Callback::from(move |_| if on { controller.stream.stop() } else { controller.start_camera(None) })
    };
    let (label, testid, picture) = if on {
        (text::CAMERA_STOP, "camera-stop", Picture::Stop)
    } else {
        (text::CAMERA_START, "camera-start", Picture::Camera)
    };
    html! {
        <div class="make-camera">
            <PictureArea
                picture={on.then(|| controller.stream.video().into())}
                size={stream.size}
                mirrored={stream.mirrored()}
                result={stream.result.clone().filter(|_| on)}
                waiting={waiting.map(yew::AttrValue::from)}
                progress={None::<f32>}
            >
                <p class="muted">{ words::CAPTURE_CAMERA_FIRST }</p>
            </PictureArea>
            <button type="button" class={classes!("button", (!on).then_some("primary"))} data-testid={testid} onclick={toggle}>
                { icon(picture) }{ label }
            </button>
        </div>
    }
}

fn classes_of(props: &AddImagesProps) -> Html {
    html! {
        <div class="make-classes" role="group" aria-label={words::CAPTURE_CLASS}>
            for class in Expression::ALL {
                {{
                    let count = props.set.labels.iter().filter(|&&of| of == class.index() as u8).count();
                    let (dispatch, capture) = (props.dispatch.clone(), props.capture.clone());
                    let onclick = Callback::from(move |_| {
                        let capture = Capture { label: class, ..capture.clone() };
                        dispatch.emit(Action::Dataset(DatasetAction::Capture(capture)));
                    });
                    html! {
                        <button
                            type="button"
                            class="button make-class"
                            data-testid="make-class"
                            data-class={class.name()}
                            data-count={count.to_string()}
                            aria-pressed={(props.capture.label == class).to_string()}
                            {onclick}
                        >
                            { text::expression(class) }<span class="muted number">{ grouped(count) }</span>
                        </button>
                    }
                }}
            }
        </div>
    }
}

fn split_rule(props: &AddImagesProps) -> Html {
    let (dispatch, capture) = (props.dispatch.clone(), props.capture.clone());
    let onchange = Callback::from(move |event: yew::Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        if let Some(&split_rule) = index.and_then(|index| SplitRule::ALL.get(usize::try_from(index).ok()?)) {
            dispatch.emit(Action::Dataset(DatasetAction::Capture(Capture { split_rule, ..capture.clone() })));
        }
    });
    html! {
        <label class="filter">
            <span>{ words::CAPTURE_SPLIT }</span>
            <select class="select" data-testid="make-placing" {onchange}>
                for split_rule in SplitRule::ALL {
                    <option selected={props.capture.split_rule == split_rule}>{ words::split_rule(split_rule) }</option>
                }
            </select>
            <span class="muted">{ words::CAPTURE_SPLIT_HINT }</span>
        </label>
    }
}

/// The capture button, which is held with the mouse, a finger, Space or Enter.
fn hold(props: &AddImagesProps, controller: &Controller) -> Html {
    let Capture { label, split_rule, .. } = props.capture;
    let set = props.set.id;
    let split = split_rule.split(props.capture.before(set, label));
    let start = {
        let controller = controller.clone();
        let view = props.stream.result.clone();
        Rc::new(move || {
            if let Some(view) = &view {
                controller.dataset.capture.hold(set, label, split, view);
            }
        })
    };
    let stop = {
        let controller = controller.clone();
        Rc::new(move || controller.dataset.capture.release())
    };
    let is_press = |event: &KeyboardEvent| matches!(event.key().as_str(), " " | "Enter");
    let onkeydown = {
        let start = Rc::clone(&start);
        Callback::from(move |event: KeyboardEvent| {
            if is_press(&event) {
                event.prevent_default();
                if !event.repeat() {
                    start();
                }
            }
        })
    };
    let onkeyup = {
        let stop = Rc::clone(&stop);
        Callback::from(move |event: KeyboardEvent| {
            if is_press(&event) {
                event.prevent_default();
                stop();
            }
        })
    };
    let lets_go = || {
        let stop = Rc::clone(&stop);
        move || stop()
    };
    let (up, cancelled, lost, blurred) = (lets_go(), lets_go(), lets_go(), lets_go());
    let onpointerdown = Callback::from(move |event: yew::PointerEvent| {
        // The pointer may slip off the button, or the button from under the pointer: it is still held.
        if let Some(button) = event.target_dyn_into::<web_sys::Element>() {
            button.set_pointer_capture(event.pointer_id()).ok();
        }
        start();
    });
    let ready = props.stream.camera == CameraState::On && props.stream.result.is_some();
    html! {
        <button
            type="button"
            class={classes!("button", "primary", "hold", props.capture.capturing.then_some("holding"))}
            data-testid="make-hold"
            disabled={!ready}
            {onpointerdown}
            onpointerup={Callback::from(move |_| up())}
            onpointercancel={Callback::from(move |_| cancelled())}
            onlostpointercapture={Callback::from(move |_| lost())}
            onblur={Callback::from(move |_| blurred())}
            oncontextmenu={Callback::from(|event: yew::MouseEvent| event.prevent_default())}
            {onkeydown}
            {onkeyup}
        >
            { icon(Picture::Shutter) }
            { labelled(if props.capture.capturing { words::CAPTURING } else { words::CAPTURE_HOLD }, text::expression(label)) }
        </button>
    }
}

fn photos(props: &AddImagesProps, controller: &Controller) -> Html {
    let Capture { label, split_rule, .. } = props.capture;
    let (set, before, controller) = (props.set.id, props.capture.before(props.set.id, label), controller.clone());
    let on_files = Callback::from(move |files: Vec<web_sys::File>| {
        let placed = files.into_iter().enumerate();
        controller.dataset.import.add(
            set,
            label,
            placed.map(|(index, file)| (file, split_rule.split(before + index))).collect(),
        );
    });
    file_button(FileButton {
        accept: Some("image/*"),
        multiple: true,
        ..FileButton::new("make-photos", words::CAPTURE_PHOTOS, Picture::Photo, on_files)
    })
}

fn undo(props: &AddImagesProps, controller: &Controller) -> Html {
    let Some(last) = props.capture.last(props.set.id) else { return Html::default() };
    let controller = controller.clone();
    html! {
        <button type="button" class="button" data-testid="make-undo" onclick={Callback::from(move |_| controller.dataset.custom.undo(last))}>
            { icon(Picture::Undo) }{ words::undo(last) }
        </button>
    }
}
