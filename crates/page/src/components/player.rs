//! The controls of a video file.

use web_sys::HtmlInputElement;
use yew::{Callback, Html, InputEvent, Properties, TargetCast, component, html, use_context};

use super::icons::{Picture, icon};
use crate::controller::Controller;
use crate::format::clock;
use crate::state::VideoPlayback;
use crate::text;
use mien_core::number::fixed;

#[derive(PartialEq, Properties)]
pub struct PlayerProps {
    /// The playback state.
    pub video: VideoPlayback,
}

/// Play, pause, seek, close.
#[component]
pub fn Player(props: &PlayerProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let video = &props.video;
    let toggle = {
        let controller = controller.clone();
        Callback::from(move |_| controller.stream.toggle_video())
    };
    let seek = {
        let controller = controller.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                controller.stream.seek(input.value_as_number());
            }
        })
    };
    let close = Callback::from(move |_| controller.stream.stop());
    let (picture, label) = if video.playing { (Picture::Pause, text::PAUSE) } else { (Picture::Play, text::PLAY) };
    html! {
        <div class="player">
            <button type="button" class="button bare" data-testid="video-play" title={label} aria-label={label} onclick={toggle}>
                { icon(picture) }
            </button>
            <input
                type="range"
                data-testid="video-seek"
                aria-label={text::SEEK}
                min="0"
                max={fixed(video.duration, 2)}
                step="0.01"
                value={fixed(video.position, 2)}
                oninput={seek}
            />
            <span class="player-clock">{ format!("{} / {}", clock(video.position), clock(video.duration)) }</span>
            <span class="player-name" title={video.name.clone()}>{ &video.name }</span>
            <button
                type="button"
                class="button bare"
                data-testid="video-close"
                title={text::VIDEO_CLOSE}
                aria-label={text::VIDEO_CLOSE}
                onclick={close}
            >
                { icon(Picture::Close) }
            </button>
        </div>
    }
}
