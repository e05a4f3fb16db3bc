//! The buttons that select a source, and those for the current picture.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::{AttrValue, Callback, Html, Properties, TargetCast, classes, component, html, use_context};

use super::file::FileButton;
use super::icons::{Picture, icon};
use crate::controller::{Controller, SAMPLE};
use crate::state::{Action, Camera, LiveSource, StreamAction};
use crate::text;
use mien_browser::site;

#[derive(PartialEq, Properties)]
pub struct ToolbarProps {
    /// The current source.
    pub source: LiveSource,
    /// The available cameras.
    pub cameras: Rc<[Camera]>,
    /// The selected camera.
    pub camera_id: Option<AttrValue>,
    /// Whether the camera's picture is mirrored.
    pub mirrored: bool,
    /// Saves a snapshot; `None` if there is no picture.
    pub on_snapshot: Option<Callback<()>>,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
    /// Additional buttons for the current picture.
    #[prop_or_default]
    pub children: Html,
}

/// The buttons.
#[component]
pub fn Toolbar(props: &ToolbarProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let on_files = {
        let controller = controller.clone();
        Callback::from(move |files| controller.open_files(files))
    };
    html! {
        <div class="toolbar">
            if props.source != LiveSource::Empty {
                <div class="tools">
                    if props.source == LiveSource::Camera {
                        { camera_buttons(props, &controller) }
                    }
                    <button
                        type="button"
                        class="button"
                        data-testid="snapshot"
                        title={text::SNAPSHOT_HINT}
                        disabled={props.on_snapshot.is_none()}
                        onclick={props.on_snapshot.clone().map(|save| Callback::from(move |_| save.emit(())))}
                    >
                        { icon(Picture::Shutter) }{ text::SNAPSHOT }
                    </button>
                    { props.children.clone() }
                </div>
            }
            <div class="tools sources">
            if props.source != LiveSource::Camera {
                { start_button(props.source == LiveSource::Empty, &controller) }
            }
            <FileButton
                testid="image-input"
                label={text::PHOTOS}
                picture={Picture::Photo}
                accept={Some("image/*")}
                multiple={true}
                on_files={on_files.clone()}
            />
            <FileButton testid="video-input" label={text::VIDEO} picture={Picture::Film} accept={Some("video/*")} {on_files} />
            { sample_button(props.source, &controller) }
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

fn camera_buttons(props: &ToolbarProps, controller: &Controller) -> Html {
    let stop = {
        let controller = controller.clone();
        Callback::from(move |_| controller.stream.stop())
    };
    let flip = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_| dispatch.emit(Action::Stream(StreamAction::Flip)))
    };
    html! {
        <>
            <button type="button" class="button primary" data-testid="camera-stop" onclick={stop}>
                { icon(Picture::Stop) }{ text::CAMERA_STOP }
            </button>
            if !props.cameras.is_empty() {
                { camera_select(props, controller) }
            }
            <button
                type="button"
                class="button"
                data-testid="camera-flip"
                aria-pressed={props.mirrored.to_string()}
                onclick={flip}
            >
                { icon(Picture::Flip) }{ text::FLIP }
            </button>
        </>
    }
}

fn camera_select(props: &ToolbarProps, controller: &Controller) -> Html {
    let onchange = {
        let (controller, cameras) = (controller.clone(), Rc::clone(&props.cameras));
        Callback::from(move |event: yew::Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
            if let Some(camera) = chosen.and_then(|index| cameras.get(usize::try_from(index).ok()?)) {
                controller.start_camera(Some(camera.id.clone()));
            }
        })
    };
    html! {
        <select class="select" data-testid="camera-device" aria-label={text::CAMERA_DEVICE} {onchange}>
            for (index, camera) in props.cameras.iter().enumerate() {
                <option selected={props.camera_id.as_deref() == Some(camera.id.as_str())}>
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
