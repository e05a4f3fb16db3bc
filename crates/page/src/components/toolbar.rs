//! The buttons that select a source, and those for the current picture.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, TargetCast, classes, html};

use super::file::{FileButton, file_button};
use super::icons::{Picture, icon};
use super::model_face::open_button;
use super::{fit, game};
use crate::controller::{Controller, SAMPLE};
use crate::state::{Action, LiveSource, State, Stream, StreamAction};
use crate::text;
use mien_browser::site;

/// The buttons, with `more` ones for the current picture. `on_snapshot` saves a snapshot, and is `None` if there is no
/// picture.
pub fn toolbar(
    state: &State,
    on_snapshot: Option<Callback<()>>,
    more: Html,
    controller: &Controller,
    dispatch: &Callback<Action>,
) -> Html {
    let source = state.source;
    let on_files = {
        let controller = controller.clone();
        Callback::from(move |files| controller.open_files(files))
    };
    html! {
        <div class="toolbar">
            if source != LiveSource::Empty {
                <div class="tools">
                    if source == LiveSource::Camera {
                        { camera_buttons(state, controller, dispatch) }
                    }
                    <button
                        type="button"
                        class="button"
                        data-testid="snapshot"
                        title={text::SNAPSHOT_HINT}
                        disabled={on_snapshot.is_none()}
                        onclick={on_snapshot.map(|save| Callback::from(move |_| save.emit(())))}
                    >
                        { icon(Picture::Shutter) }{ text::SNAPSHOT }
                    </button>
                    { more }
                </div>
            }
            <div class="tools sources">
            if source != LiveSource::Camera {
                { start_button(source == LiveSource::Empty, controller) }
            }
            {
                file_button(FileButton {
                    accept: Some("image/*"),
                    multiple: true,
                    ..FileButton::new("image-input", text::PHOTOS, Picture::Photo, on_files.clone())
                })
            }
            {
                file_button(FileButton {
                    accept: Some("video/*"),
                    multiple: true,
                    ..FileButton::new("video-input", text::VIDEO, Picture::Film, on_files)
                })
            }
            { sample_button(source, controller) }
            if source != LiveSource::ModelFace {
                { open_button(&state.model_face, controller) }
            }
            { game::open_button(&state.game, controller) }
            { fit::open_button(&state.fit, controller) }
            </div>
        </div>
    }
}

fn start_button(primary: bool, controller: &Controller) -> Html {
    let controller = controller.clone();
    html! {
        <button
            type="button"
            class={classes!("button", primary.then_some("primary"))}
            data-testid="camera-start"
            onclick={Callback::from(move |_| controller.start_camera(None))}
        >
            { icon(Picture::Camera) }{ text::CAMERA_START }
        </button>
    }
}

fn camera_buttons(state: &State, controller: &Controller, dispatch: &Callback<Action>) -> Html {
    let stop = {
        let controller = controller.clone();
        Callback::from(move |_| controller.stream.stop())
    };
    let flip = dispatch.reform(|_| Action::Stream(StreamAction::Flip));
    html! {
        <>
            <button type="button" class="button primary" data-testid="camera-stop" onclick={stop}>
                { icon(Picture::Stop) }{ text::CAMERA_STOP }
            </button>
            if !state.stream.cameras.is_empty() {
                { camera_select(&state.stream, controller) }
            }
            <button
                type="button"
                class="button"
                data-testid="camera-flip"
                aria-pressed={state.mirrored().to_string()}
                onclick={flip}
            >
                { icon(Picture::Flip) }{ text::FLIP }
            </button>
        </>
    }
}

fn camera_select(stream: &Stream, controller: &Controller) -> Html {
    let onchange = {
        let (controller, cameras) = (controller.clone(), Rc::clone(&stream.cameras));
        Callback::from(move |event: yew::Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
            if let Some(camera) = chosen.and_then(|index| cameras.get(usize::try_from(index).ok()?)) {
                controller.start_camera(Some(camera.id.clone()));
            }
        })
    };
    html! {
        <select class="select" data-testid="camera-device" aria-label={text::CAMERA_DEVICE} {onchange}>
            for (index, camera) in stream.cameras.iter().enumerate() {
                <option selected={stream.camera_id.as_deref() == Some(camera.id.as_str())}>
                    { text::camera(index, camera) }
                </option>
            }
        </select>
    }
}

/// The button for the built-in sample, with its thumbnail, as the one source that works immediately for everybody.
fn sample_button(source: LiveSource, controller: &Controller) -> Html {
    let onclick = {
        let controller = controller.clone();
        Callback::from(move |_| controller.open_sample())
    };
    html! {
        <button type="button" class="button try-sample" data-testid="sample" {onclick}>
            <img src={site::address(SAMPLE)} alt={text::SAMPLE_ALT} width="28" height="28" />
            { if source == LiveSource::Empty { text::SAMPLE_TRY } else { text::SAMPLE } }
        </button>
    }
}
