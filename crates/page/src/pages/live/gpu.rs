//! Messages about the GPU: that it is not available, or that it failed.

use yew::{AttrValue, Html, html};

use crate::components::{Message, message};
use crate::language::say;
use crate::settings::Page;
use crate::state::EngineState;
use crate::text;
use mien_protocol::Fallback;

/// The hint that WebGPU is not available.
pub(super) fn no_gpu(engine: &EngineState) -> Html {
    match engine {
        EngineState::Ready { fallback: Some(fallback @ Fallback::Missing { reason }), .. } => html! {
            <p class="fallback" data-testid="fallback" title={say(reason)}>
                { text::fallback(fallback) }{ " " }{ backend_link() }
            </p>
        },
        _ => Html::default(),
    }
}

/// The message that the GPU failed.
pub(super) fn gpu_failed(engine: &EngineState) -> Html {
    let EngineState::Ready { fallback: Some(fallback), .. } = engine else { return Html::default() };
    let (kind, reason) = match fallback {
        Fallback::Missing { .. } => return Html::default(),
        Fallback::Mismatch { reason } => ("gpu-mismatch", reason),
        Fallback::Lost { reason } => ("gpu-lost", reason),
    };
    message(Message {
        detail: Some(AttrValue::from(say(reason))),
        more: backend_link(),
        ..Message::status(kind, text::fallback(fallback), "")
    })
}

fn backend_link() -> Html {
    html! { <a href={Page::About.fragment()}>{ text::FALLBACK_LINK }</a> }
}
