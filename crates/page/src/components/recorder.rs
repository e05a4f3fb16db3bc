//! Controls of the timeline: record, download, clear.

use yew::{Callback, Html, Properties, component, html, use_context};

use super::icons::{Picture, icon};
use crate::controller::Controller;
use crate::state::Recording;
use crate::text;

#[derive(PartialEq, Properties)]
pub struct RecorderProps {
    /// The state of the recording.
    pub recording: Recording,
    /// Whether there is a stream to record.
    pub streaming: bool,
}

/// The timeline's buttons.
#[component]
pub fn Recorder(props: &RecorderProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let Recording { on, rows } = props.recording;
    let act = |act: fn(&Controller)| {
        let controller = controller.clone();
        Callback::from(move |_| act(&controller))
    };
    html! {
        <>
            if props.streaming {
                <button
                    type="button"
                    class="button"
                    data-testid="record"
                    title={text::RECORD_HINT}
                    aria-pressed={on.to_string()}
                    onclick={act(|controller| controller.timeline.toggle())}
                >
                    { icon(if on { Picture::Stop } else { Picture::Record }) }
                    { if on { text::RECORD_STOP } else { text::RECORD } }
                </button>
            }
            if on || rows > 0 {
                <span class="recorder-rows" data-testid="timeline-rows" data-rows={rows.to_string()}>
                    { text::recording(props.recording) }
                </span>
                <button
                    type="button"
                    class="button"
                    data-testid="timeline-csv"
                    disabled={rows == 0}
                    onclick={act(|controller| controller.timeline.save())}
                >
                    { icon(Picture::Download) }{ text::TIMELINE_SAVE }
                </button>
                <button type="button" class="button" data-testid="timeline-clear" onclick={act(|controller| controller.timeline.clear())}>
                    { icon(Picture::Trash) }{ text::TIMELINE_CLEAR }
                </button>
            }
        </>
    }
}
