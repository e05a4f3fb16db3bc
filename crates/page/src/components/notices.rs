//! Notices: messages outside the pages' content.

use yew::{AttrValue, Callback, Html, html};

use super::message::{Message, message};
use super::update::Update;
use crate::controller::Controller;
use crate::language::{Language, say};
use crate::state::{Action, PostedNotice};
use crate::text;
use mien_protocol::Problem;

/// The offer of a new version, and the notices, oldest first, each until the visitor dismisses it.
pub fn notices(notices: &[PostedNotice], language: Language, dispatch: &Callback<Action>) -> Html {
    html! {
        <div class="notices">
            // It has no properties, so that only a new key shows it in another language.
            <Update key={language.tag()} />
            for posted in notices {
                <key={posted.id}>{ notice(posted, dispatch) }</>
            }
        </div>
    }
}

fn notice(posted: &PostedNotice, dispatch: &Callback<Action>) -> Html {
    let &PostedNotice { id, ref notice } = posted;
    let (what, remedy) = text::notice(notice);
    message(Message {
        error: notice.is_error(),
        detail: notice.detail().map(AttrValue::from),
        on_dismiss: Some(dispatch.reform(move |()| Action::Dismiss(id))),
        ..Message::status(notice.kind(), what, remedy)
    })
}

/// The message that the engine cannot run, with a way to try again.
pub fn engine_failure(problem: &Problem, controller: &Controller) -> Html {
    let controller = controller.clone();
    let cause = text::onnx_failure(&problem.detail);
    let detail = Some(say(&problem.detail)).filter(|detail| cause.is_none() && !detail.is_empty());
    message(Message {
        detail: detail.map(AttrValue::from),
        more: html! {
            <button
                type="button"
                class="button"
                data-testid="engine-retry"
                onclick={Callback::from(move |_| controller.start_engine())}
            >
                { text::RETRY }
            </button>
        },
        ..Message::error(
            "engine-failed",
            cause.unwrap_or_else(|| text::ENGINE_FAILED.into()),
            text::engine_problem(problem),
        )
    })
}
