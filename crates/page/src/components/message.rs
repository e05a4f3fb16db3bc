//! A message: what happened, and what to do.

use yew::{AttrValue, Callback, Html, Properties, component, html};

use super::icons::{Picture, icon};
use crate::text;

#[derive(PartialEq, Properties)]
pub struct MessageProps {
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
    #[prop_or_default]
    pub on_dismiss: Option<Callback<()>>,
    /// Additional content.
    #[prop_or_default]
    pub children: Html,
}

/// One message: what happened, and what to do.
#[component]
pub fn Message(props: &MessageProps) -> Html {
    let (role, class, picture) =
        if props.error { ("alert", "message error", Picture::Warning) } else { ("status", "message", Picture::Word) };
    html! {
        <div {class} {role} data-testid="message" data-kind={props.kind}>
            { icon(picture) }
            <div class="message-text">
                <p class="message-what">{ props.what.clone() }</p>
                if !props.remedy.is_empty() {
                    <p>{ props.remedy.clone() }</p>
                }
                if let Some(detail) = props.detail.clone() {
                    <details>
                        <summary>{ text::DETAILS }</summary>
                        <p class="message-detail">{ detail }</p>
                    </details>
                }
                { props.children.clone() }
            </div>
            if let Some(on_dismiss) = props.on_dismiss.clone() {
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
