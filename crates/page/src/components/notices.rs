//! Notices: messages outside the pages' content.

use yew::{AttrValue, Callback, Html, Properties, component, html, use_context};

use super::message::Message;
use super::update::Update;
use crate::controller::Controller;
use crate::language::say;
use crate::state::{Action, PostedNotice};
use crate::text;
use mien_protocol::Problem;

#[derive(PartialEq, Properties)]
pub struct NoticesProps {
    /// Oldest first.
    pub notices: Vec<PostedNotice>,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The offer of a new version, and the notices, each until the visitor dismisses it.
#[component]
pub fn Notices(props: &NoticesProps) -> Html {
    html! {
        <div class="notices">
            <Update />
            for posted in props.notices.iter() {
                <Message
                    key={posted.id}
                    kind={posted.notice.kind()}
                    error={posted.notice.is_error()}
                    what={text::notice(&posted.notice).0}
                    remedy={text::notice(&posted.notice).1}
                    detail={posted.notice.detail().map(AttrValue::from)}
                    on_dismiss={
                        let (id, dispatch) = (posted.id, props.dispatch.clone());
                        Callback::from(move |()| dispatch.emit(Action::Dismiss(id)))
                    }
                />
            }
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub struct EngineFailureProps {
    /// Why the engine cannot run.
    pub problem: Problem,
}

/// The message that the engine cannot run, with a way to try again.
#[component]
pub fn EngineFailure(props: &EngineFailureProps) -> Html {
    let controller = use_context::<Controller>();
    let onclick = Callback::from(move |_| {
        if let Some(controller) = &controller {
            controller.start_engine();
        }
    });
    let detail = Some(say(&props.problem.detail)).filter(|detail| !detail.is_empty());
    html! {
        <Message
            kind="engine-failed"
            error={true}
            what={text::ENGINE_FAILED}
            remedy={text::engine_problem(&props.problem)}
            detail={detail.map(AttrValue::from)}
        >
            <button type="button" class="button" data-testid="engine-retry" {onclick}>{ text::RETRY }</button>
        </Message>
    }
}
