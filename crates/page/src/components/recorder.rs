//! Controls of the timeline: record, download, clear.

use yew::{Callback, Html, html};

use super::icons::{Picture, icon};
use crate::controller::Controller;
use crate::state::Recording;
use crate::text;

/// The timeline's buttons. There is a stream to record while `streaming`.
pub fn recorder(recording: Recording, streaming: bool, controller: &Controller) -> Html {
    let Recording { on, rows, .. } = recording;
    let act = |act: fn(&Controller)| {
        let controller = controller.clone();
        Callback::from(move |_| act(&controller))
    };
    html! {
        <>
            if streaming {
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
                    { text::recording(recording) }
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
                <button type="button" class="button" data-testid="timeline-clear" onclick={act(Controller::clear_timeline)}>
                    { icon(Picture::Trash) }{ text::TIMELINE_CLEAR }
                </button>
            }
        </>
    }
}
