//! Progress and result of loading a dataset.

use yew::{Callback, Html, html};

use super::super::icons::{Picture, icon};
use super::super::message::{Message, message};
use crate::controller::Controller;
use crate::format::percent;
use crate::language::say;
use crate::state::{Action, DatasetAction, Failure, Loading};
use crate::text::dataset as text;
use mien_core::number::fixed;

/// The loading progress, with a cancel button.
pub fn progress(loading: &Loading, controller: &Controller) -> Html {
    let controller = controller.clone();
    let progress = fixed(loading.progress(), 4);
    html! {
        <section class="card loading" data-testid="dataset-progress" data-share={progress.clone()} data-accepted={loading.accepted.to_string()}>
            <p class="loading-name">{ text::loading(&loading.name) }</p>
            <span class="number">{ percent(loading.progress() as f32) }</span>
            <progress aria-label={text::PROGRESS} max="1" value={progress} />
            <p class="muted number">{ text::progress(loading) }</p>
            <button
                type="button"
                class="button"
                data-testid="dataset-cancel"
                onclick={Callback::from(move |_| controller.dataset.cancel_loading())}
            >
                { icon(Picture::Close) }{ text::CANCEL }
            </button>
        </section>
    }
}

/// The message that loading failed, and why, and that other datasets stay loaded, if there are `others`.
pub fn failed(failure: &Failure, others: bool, dispatch: &Callback<Action>) -> Html {
    message(Message {
        on_dismiss: Some(dispatch.reform(|()| Action::Dataset(DatasetAction::FailureRead))),
        more: html! {
            if others {
                <p>{ text::FAILED_STAYS }</p>
            }
        },
        ..Message::error("dataset-failed", text::failed(&failure.name), text::sentence(&say(&failure.reason)))
    })
}

/// The message that a dataset was closed, with an undo button.
pub fn closed(name: &str, controller: &Controller, dispatch: &Callback<Action>) -> Html {
    let controller = controller.clone();
    message(Message {
        on_dismiss: Some(dispatch.reform(|()| Action::Dataset(DatasetAction::ClosedOver))),
        more: html! {
            <button type="button" class="button" data-testid="dataset-reopen" onclick={Callback::from(move |_| controller.dataset.reopen())}>
                { icon(Picture::Undo) }{ text::UNDO }
            </button>
        },
        ..Message::status("dataset-closed", text::closed(name), "")
    })
}
