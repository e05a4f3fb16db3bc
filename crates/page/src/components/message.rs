//! A message: what happened, and what to do.

use yew::{AttrValue, Callback, Html, html};

use super::icons::{Picture, icon};
use crate::text;

/// The content of a message.
#[derive(Default)]
pub struct Message {
    /// The value of `data-kind`.
    pub kind: &'static str,
    /// Whether it reports an error.
    pub error: bool,
    /// What happened.
    pub what: AttrValue,
    /// What to do; may be empty.
    pub remedy: AttrValue,
    /// The original message of the browser or the engine.
    pub detail: Option<AttrValue>,
    /// Called when the user dismisses the message; without it, it cannot be dismissed.
    pub on_dismiss: Option<Callback<()>>,
    /// Additional content.
    pub more: Html,
}

impl Message {
    /// A message that does not report an error.
    pub fn status(kind: &'static str, what: impl Into<AttrValue>, remedy: impl Into<AttrValue>) -> Self {
        Self { kind, what: what.into(), remedy: remedy.into(), ..Self::default() }
    }

    /// A message that reports an error.
    pub fn error(kind: &'static str, what: impl Into<AttrValue>, remedy: impl Into<AttrValue>) -> Self {
        Self { error: true, ..Self::status(kind, what, remedy) }
    }
}

/// One message: what happened, and what to do.
pub fn message(message: Message) -> Html {
    let Message { kind, error, what, remedy, detail, on_dismiss, more } = message;
    let (role, class, picture) =
        if error { ("alert", "message error", Picture::Warning) } else { ("status", "message", Picture::Word) };
    html! {
        // With a key, it is never made by changing another element, which screen readers might not announce.
        <div key={kind} {class} {role} data-testid="message" data-kind={kind}>
            { icon(picture) }
            <div class="message-text">
                <p class="message-what">{ what }</p>
                if !remedy.is_empty() {
                    <p>{ remedy }</p>
                }
                if let Some(detail) = detail {
                    <details>
                        <summary>{ text::DETAILS }</summary>
                        <p class="message-detail">{ detail }</p>
                    </details>
                }
                { more }
            </div>
            if let Some(on_dismiss) = on_dismiss {
                <button
                    type="button"
                    class="button bare"
                    title={text::DISMISS}
                    aria-label={text::DISMISS}
                    onclick={Callback::from(move |_| on_dismiss.emit(()))}
                >
                    { icon(Picture::Close) }
                </button>
            }
        </div>
    }
}
