//! Progress and result of loading a dataset.

use yew::{AttrValue, Callback, Html, Properties, component, html, use_context};

use super::super::icons::{Picture, icon};
use super::super::message::Message;
use crate::controller::Controller;
use crate::format::percent;
use crate::language::say;
use crate::state::{Action, DatasetAction, Failure, Loading};
use crate::text::dataset as text;
use mien_core::number::fixed;

#[derive(PartialEq, Properties)]
pub struct ProgressProps {
    /// The dataset being loaded.
    pub loading: Loading,
}

/// The loading progress, with a cancel button.
#[component]
pub fn Progress(props: &ProgressProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let loading = &props.loading;
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

#[derive(PartialEq, Properties)]
pub struct FailedProps {
    /// The failure.
    pub failure: Failure,
    /// Whether other datasets are loaded.
    pub others: bool,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The message that loading failed, and why.
#[component]
pub fn Failed(props: &FailedProps) -> Html {
    let dispatch = props.dispatch.clone();
    html! {
        <Message
            kind="dataset-failed"
            error={true}
            what={text::failed(&props.failure.name)}
            remedy={AttrValue::from(text::sentence(&say(&props.failure.reason)))}
            detail={None::<AttrValue>}
            on_dismiss={Callback::from(move |()| dispatch.emit(Action::Dataset(DatasetAction::FailureRead)))}
        >
            if props.others {
                <p>{ text::FAILED_STAYS }</p>
            }
        </Message>
    }
}

#[derive(PartialEq, Properties)]
pub struct ClosedProps {
    /// The set's name.
    pub name: AttrValue,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The message that a dataset was closed, with an undo button.
#[component]
pub fn Closed(props: &ClosedProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let dispatch = props.dispatch.clone();
    html! {
        <Message
            kind="dataset-closed"
            error={false}
            what={text::closed(&*props.name)}
            remedy=""
            detail={None::<AttrValue>}
            on_dismiss={Callback::from(move |()| dispatch.emit(Action::Dataset(DatasetAction::ClosedOver)))}
        >
            <button type="button" class="button" data-testid="dataset-reopen" onclick={Callback::from(move |_| controller.dataset.reopen())}>
                { icon(Picture::Undo) }{ text::UNDO }
            </button>
        </Message>
    }
}
