//! The offer of a new version.

use yew::{Callback, Html, component, html, use_state};

use super::message::{Message, message};
use crate::offline::{update, use_offline_status};
use crate::text::privacy;

/// Tells the user about a new version until it is loaded or dismissed. Nothing happens automatically.
#[component]
pub fn Update() -> Html {
    let later = use_state(|| false);
    if !use_offline_status().update_ready || *later {
        return Html::default();
    }
    let on_dismiss = Callback::from(move |()| later.set(true));
    message(Message {
        on_dismiss: Some(on_dismiss),
        more: html! {
            <button type="button" class="button" data-testid="update" onclick={Callback::from(|_| update())}>
                { privacy::RELOAD }
            </button>
        },
        ..Message::status("update", privacy::UPDATE, privacy::UPDATE_REMEDY)
    })
}
