//! A run of the engine: how far it is, with a cancel button, and why it ended without a result.

use yew::{AttrValue, Callback, Html, html};

use super::icons::{Picture, icon};
use super::message::{Message, message};
use crate::controller::Controller;
use crate::language::{Text, say};
use crate::state::{Run, RunFailure, RunProgress};
use crate::text::{self as words, evaluation as text, run};
use mien_core::number::fixed;

/// The parts of a run, which differ by what runs.
pub struct RunView<'a> {
    /// What the test ids begin with.
    pub name: &'static str,
    /// The run.
    pub run: &'a Run,
    /// The label of its progress.
    pub label: Text,
    /// Its progress in words.
    pub said: &'a dyn Fn(&RunProgress) -> String,
    /// Cancels the run of a number.
    pub cancel: fn(&Controller, u32),
    /// What starts one, shown while none is in progress.
    pub start: Html,
    /// Why it ended without a result.
    pub failed: fn(&RunFailure) -> Message,
    /// Called when the user dismisses that message; without it, it stays until the next run starts.
    pub on_dismiss: Option<Callback<()>>,
}

/// The progress of the run, or what starts one, and why the last one ended without a result.
pub fn run_view(view: RunView<'_>, controller: &Controller) -> Html {
    let RunView { name, run, label, said, cancel, start, failed, on_dismiss } = view;
    html! {
        <>
            if let Some(progress) = run.progress() {
                { run_progress(name, progress, label, said(progress), cancel, controller) }
            } else {
                { start }
            }
            if let Some(failure) = run.failure() {
                { message(Message { on_dismiss, ..failed(failure) }) }
            }
        </>
    }
}

/// The progress with a label, in words, and a cancel button. `name` begins the test ids.
pub fn run_progress(
    name: &str,
    progress: &RunProgress,
    label: Text,
    said: String,
    cancel: fn(&Controller, u32),
    controller: &Controller,
) -> Html {
    let share = fixed(progress.share(), 4);
    let onclick = {
        let (controller, run) = (controller.clone(), progress.run);
        Callback::from(move |_| cancel(&controller, run))
    };
    html! {
        <div
            key={format!("{name}-progress")}
            class="evaluate-progress"
            data-testid={format!("{name}-progress")}
            data-share={share.clone()}
            data-done={progress.done.to_string()}
            data-total={progress.total.to_string()}
        >
            <progress max="1" value={share} aria-label={label} />
            <p>{ said }</p>
            <button type="button" class="button" data-testid={format!("{name}-cancel")} {onclick}>
                { icon(Picture::Stop) }{ text::CANCEL }
            </button>
        </div>
    }
}

/// The message why an evaluation ended without a result.
pub fn run_failure(failure: &RunFailure) -> Message {
    let (kind, error, detail) = match failure {
        RunFailure::Cancelled => ("evaluation-cancelled", false, None),
        RunFailure::Lost => ("evaluation-lost", true, None),
        RunFailure::Failed(reason) if words::onnx_failure(reason).is_some() => ("evaluation-failed", true, None),
        RunFailure::Failed(reason) => ("evaluation-failed", true, Some(AttrValue::from(say(reason)))),
    };
    let (what, remedy) = run::failure(failure);
    Message { error, detail, ..Message::status(kind, what, remedy) }
}
