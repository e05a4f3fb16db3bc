//! The offer of a new version.

use yew::{Callback, Html, component, html, use_state};

use super::message::Message;
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
    html! {
        <Message
            kind="update"
            error={false}
            what={privacy::UPDATE}
            remedy={privacy::UPDATE_REMEDY}
            detail={None}
            {on_dismiss}
        >
            <button type="button" class="button" data-testid="update" onclick={Callback::from(|_| update())}>
                { privacy::RELOAD }
            </button>
        </Message>
    }
}
